-- captions.sql - a picture goes in as one vector, a sentence comes out word by word (vector -> sequence).
--
-- The claim: the input is "one input vector, which is the representation of an image", the state evolves from it, and each word that is
-- written is fed back to write the next: "a yellow school bus parked in a lot". Some captions come out refined, some wrong: "two dogs
-- play in the grass, while it's actually three". Here the vectors are made up. Each thing to be seen (what, how many, colour, doing,
-- where) has a pattern of 32 numbers; a picture is the sum of its five patterns and noise, so no number of it means anything alone.
-- The pattern of the count is the faintest. The scenes of the test never occurred in training, in no picture.
--
--     sqlite3 :memory: < sql/gallery/captions.sql
.bail on
.load build/rnn
.read sql/heatmap.sql

-- ---- the pictures -----------------------------------------------------------------------------------------------

-- What there is to see; strength says how clearly. Words that change with the number have two forms.
CREATE TABLE seen(id INTEGER PRIMARY KEY, role TEXT, one TEXT, many TEXT, strength REAL DEFAULT 1);
INSERT INTO seen(role, one, strength) VALUES ('count', 'a', 0.6), ('count', 'two', 0.6), ('count', 'three', 0.6);
INSERT INTO seen(role, one, many) VALUES
  ('colour', 'yellow', 'yellow'), ('colour', 'black', 'black'), ('colour', 'white', 'white'), ('colour', 'brown', 'brown'),
  ('what', 'dog', 'dogs'), ('what', 'cat', 'cats'), ('what', 'horse', 'horses'), ('what', 'elephant', 'elephants'),
  ('what', 'school bus', 'school buses'), ('what', 'car', 'cars'),
  ('doing', 'plays', 'play'), ('doing', 'rests', 'rest'), ('doing', 'is parked', 'are parked'), ('doing', 'waits', 'wait'),
  ('place', 'in the grass', 'in the grass'), ('place', 'in a parking lot', 'in a parking lot'), ('place', 'on the beach', 'on the beach'),
  ('place', 'in the snow', 'in the snow'), ('place', 'across a dry field', 'across a dry field');

-- A caption for each possible scene. Animals play or rest, vehicles are parked or wait.
CREATE TABLE scene AS
SELECT row_number() OVER () AS id, n.id AS count, c.id AS colour, w.id AS what, d.id AS doing, p.id AS place,
  CASE n.one WHEN 'a' THEN 'a ' || c.one || ' ' || w.one || ' ' || d.one ELSE n.one || ' ' || c.many || ' ' || w.many || ' ' || d.many END
    || ' ' || p.one AS caption
FROM seen n, seen c, seen w, seen d, seen p
WHERE n.role = 'count' AND c.role = 'colour' AND w.role = 'what' AND d.role = 'doing' AND p.role = 'place'
  AND (w.one IN ('school bus', 'car')) = (d.one IN ('is parked', 'waits'));

-- Numbers between -1 and 1 that look like chance (Lehmer 1951), enough for patterns, for the choice of scenes and for noise.
CREATE TABLE noise AS
WITH RECURSIVE chance(n, x) AS (SELECT 0, 1 UNION ALL SELECT n + 1, x * 48271 % 2147483647 FROM chance WHERE n < 110000)
SELECT n, x / 1073741823.5 - 1 AS value FROM chance;
CREATE UNIQUE INDEX noise_n ON noise(n);

CREATE TABLE pattern AS
WITH RECURSIVE position(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM position WHERE n < 31)
SELECT id AS seen, position.n AS position, strength * value AS value FROM seen, position, noise WHERE noise.n = 1000 + 32 * id + position.n;

-- 3,000 pictures: a scene by chance, the sum of its patterns, noise. The vector is a JSON array.
CREATE TABLE picture AS
WITH RECURSIVE number(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM number WHERE id < 3000),
shown AS (SELECT number.id, scene.id AS scene, caption, count, colour, what, doing, place FROM number, noise, scene
  WHERE noise.n = 2000 + number.id
  AND scene.id = 1 + CAST((value + 1) / 2 * (SELECT count(*) FROM scene) AS INTEGER)),
dot AS (
  SELECT shown.id, caption, scene, pattern.position, sum(pattern.value) + 1.1 * noise.value AS value
  FROM shown JOIN pattern ON pattern.seen IN (count, colour, what, doing, place)
  JOIN noise ON noise.n = 5000 + 32 * shown.id + pattern.position
  GROUP BY shown.id, pattern.position ORDER BY shown.id, pattern.position)
SELECT id, scene, iif(scene % 7 = 0, 'test', 'train') AS part, caption, json_group_array(round(value, 3)) AS vector FROM dot GROUP BY id;

.mode box
.print Pictures and their captions
SELECT part, count(*) AS pictures, count(DISTINCT scene) AS scenes FROM picture GROUP BY part;
SELECT id, substr(vector, 1, 44) || '...' AS vector, caption FROM picture LIMIT 3;

-- ---- learning to describe them ----------------------------------------------------------------------------------

-- The source is one vector: a sequence of one step, whose state the decoder unrolls into words.
CREATE TABLE captioner AS
SELECT rnn_train('{"task":"seq2seq","tokens":"word","hidden":64,"embedding":24,"dropout":0,"batch":16,"learning_rate":0.004,"epochs":6}',
  caption, vector) AS model
FROM picture WHERE part = 'train';

.print
.print Pictures of scenes that never occurred in training
SELECT metric, printf('%.3f', value) AS value
FROM captioner, rnn_evaluate(captioner.model, (SELECT rnn_rows(caption, vector) FROM picture WHERE part = 'test'));

CREATE TABLE described AS
SELECT key AS id, scene, caption, prediction, prediction = caption AS exact, probability
FROM captioner, rnn_predict(captioner.model, (SELECT rnn_rows(id, vector) FROM picture WHERE part = 'test')), picture
WHERE picture.id = key;

.print Captions that are right
SELECT prediction, printf('%.3f', probability) AS probability FROM described WHERE exact ORDER BY id LIMIT 5;
.print Captions that are wrong, the most confident first
SELECT prediction, caption AS "what it is", printf('%.3f', probability) AS probability
FROM described WHERE NOT exact ORDER BY described.probability DESC LIMIT 6;

-- What was said against what was there. A caption that describes no scene ("two dog plays") would find no partner here.
CREATE TABLE confusion AS
SELECT role.key AS role, shown.one AS shown, said.one AS said, count(*) AS pictures
FROM described JOIN scene s ON s.id = described.scene JOIN scene p ON p.caption = prediction,
  json_each(json_object('count', json_array(s.count, p.count), 'colour', json_array(s.colour, p.colour),
    'what', json_array(s.what, p.what), 'doing', json_array(s.doing, p.doing), 'place', json_array(s.place, p.place))) role
JOIN seen shown ON shown.id = json_extract(role.value, '$[0]') JOIN seen said ON said.id = json_extract(role.value, '$[1]')
GROUP BY role.key, shown.id, said.id ORDER BY shown.id, said.id;

.print What it is mistaken about: the count, whose pattern is the faintest, before all else
SELECT role, sum(pictures * (shown <> said)) AS mistaken, printf('%.3f', sum(pictures * (shown <> said)) * 1.0 / sum(pictures)) AS share
FROM confusion GROUP BY role ORDER BY 2 DESC;

-- ---- the picture ------------------------------------------------------------------------------------------------

INSERT INTO heatmap(name, title, subtitle, x_label, y_label, value_label, source) VALUES ('captions', 'What is there, and what the caption says',
  'Pictures of scenes that never occurred in training; each row adds up to 1', 'said', 'there', 'share of the pictures',
  'Made-up patterns in noise. sql/gallery/captions.sql');
INSERT INTO heatmap_cell(heatmap, x, y, value)
SELECT 'captions', b.one, a.one, coalesce(pictures * 1.0 / sum(pictures) OVER (PARTITION BY a.id), 0)
FROM seen a JOIN seen b ON b.role = a.role LEFT JOIN confusion ON shown = a.one AND said = b.one
ORDER BY a.id, b.id;
.output /dev/null
SELECT writefile('build/gallery/captions.svg', group_concat(text, char(10)))
FROM (SELECT text FROM heatmap_svg WHERE heatmap = 'captions' ORDER BY position);
.output
