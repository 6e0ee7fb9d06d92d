-- translation.sql - English into Italian, word by word: a sentence goes in, a sentence comes out (sequence -> vector -> sequence).
--
-- The claim: an encoder reads a sentence and condenses it into its last state h, "which represents a concept"; a decoder unrolls h into
-- another language: "Today I'm very happy" becomes an Italian sentence. Here a small grammar makes the sentences, so that there is a
-- right answer for each. Word by word will not do: adjectives follow the noun and agree with it ("the white houses", "le case bianche"),
-- articles depend on the noun, verbs on the person, subject pronouns fall away, the time of day moves to the front.
-- Two networks: the document's, which sees nothing of the English but h, and one with attention, which looks back at every word.
--
--     sqlite3 :memory: < sql/gallery/translation.sql
.bail on
.load build/rnn
.read sql/chart.sql

-- ---- the language -----------------------------------------------------------------------------------------------

-- gender decides the adjective's ending; the articles depend on the noun's first letters as well: il, lo, l', la.
CREATE TABLE noun(english, english_plural, italian, italian_plural, gender, one, the, the_plural, animal);
INSERT INTO noun VALUES
  ('cat', 'cats', 'gatto', 'gatti', 'm', 'un', 'il', 'i', 1),       ('dog', 'dogs', 'cane', 'cani', 'm', 'un', 'il', 'i', 1),
  ('girl', 'girls', 'ragazza', 'ragazze', 'f', 'una', 'la', 'le', 1), ('boy', 'boys', 'ragazzo', 'ragazzi', 'm', 'un', 'il', 'i', 1),
  ('lady', 'ladies', 'signora', 'signore', 'f', 'una', 'la', 'le', 1), ('student', 'students', 'studente', 'studenti', 'm', 'uno', 'lo', 'gli', 1),
  ('house', 'houses', 'casa', 'case', 'f', 'una', 'la', 'le', 0),   ('book', 'books', 'libro', 'libri', 'm', 'un', 'il', 'i', 0),
  ('car', 'cars', 'macchina', 'macchine', 'f', 'una', 'la', 'le', 0), ('flower', 'flowers', 'fiore', 'fiori', 'm', 'un', 'il', 'i', 0);

CREATE TABLE adjective(english, m, f, m_plural, f_plural, feeling);
INSERT INTO adjective VALUES
  ('black', 'nero', 'nera', 'neri', 'nere', 0),   ('white', 'bianco', 'bianca', 'bianchi', 'bianche', 0),
  ('red', 'rosso', 'rossa', 'rossi', 'rosse', 0), ('green', 'verde', 'verde', 'verdi', 'verdi', 0),
  ('happy', 'felice', 'felice', 'felici', 'felici', 1), ('tired', 'stanco', 'stanca', 'stanchi', 'stanche', 1),
  ('sad', 'triste', 'triste', 'tristi', 'tristi', 1), ('quiet', 'tranquillo', 'tranquilla', 'tranquilli', 'tranquille', 1);

-- The six persons: I, you, he or she, we, they.
CREATE TABLE verb(english, english_s, i, you, he, we, they);
INSERT INTO verb VALUES
  ('see', 'sees', 'vedo', 'vedi', 'vede', 'vediamo', 'vedono'),  ('want', 'wants', 'voglio', 'vuoi', 'vuole', 'vogliamo', 'vogliono'),
  ('buy', 'buys', 'compro', 'compri', 'compra', 'compriamo', 'comprano'), ('love', 'loves', 'amo', 'ami', 'ama', 'amiamo', 'amano'),
  ('find', 'finds', 'trovo', 'trovi', 'trova', 'troviamo', 'trovano');

CREATE TABLE occasion(before, after, italian);
INSERT INTO occasion VALUES ('', '', ''), ('today ', '', 'oggi '), ('', ' today', 'oggi '), ('', ' every day', 'ogni giorno '), ('', ' now', 'adesso ');

-- Every noun with every adjective or none, one or many.
CREATE TABLE thing AS
WITH number(many) AS (VALUES (0), (1)),
quality AS (SELECT ' ' || english AS english, * FROM adjective WHERE NOT feeling UNION ALL SELECT '', '', '', '', '', '', 0)
SELECT many, gender, animal,
  q.english || ' ' || iif(many, english_plural, n.english) AS english,
  rtrim(iif(many, italian_plural, italian) || ' ' || CASE WHEN many THEN iif(gender = 'm', m_plural, f_plural) ELSE iif(gender = 'm', m, f) END) AS italian,
  one, iif(many, the_plural, the) AS the
FROM noun n, quality q, number;

-- Subjects with what they need to agree: person and gender. A pronoun is left out in Italian, except he and she.
CREATE TABLE subject(english, is_, italian, person, many, gender);
INSERT INTO subject VALUES ('I', 'I''m', '', 'i', 0, 'm'), ('you', 'you''re', '', 'you', 0, 'm'), ('he', 'he''s', 'lui ', 'he', 0, 'm'),
  ('she', 'she''s', 'lei ', 'he', 0, 'f'), ('we', 'we''re', '', 'we', 1, 'm'), ('they', 'they''re', '', 'they', 1, 'm');
INSERT INTO subject SELECT 'the' || english, 'the' || english || iif(many, ' are', ' is'), the || ' ' || italian || ' ', iif(many, 'they', 'he'), many, gender
FROM thing WHERE animal;

-- What is said of them: "see a white house", "am very happy".
CREATE TABLE predicate AS
SELECT person.value AS person, NULL AS many, NULL AS gender, iif(person.value = 'he', english_s, v.english) || o.english AS english,
  CASE person.value WHEN 'i' THEN i WHEN 'you' THEN you WHEN 'he' THEN he WHEN 'we' THEN we ELSE they END || ' ' || o.italian AS italian
FROM verb v, json_each('["i","you","he","we","they"]') person,
  (SELECT ' the' || english AS english, the || ' ' || italian AS italian FROM thing
   UNION ALL SELECT ' a' || english, one || ' ' || italian FROM thing WHERE NOT many) o
UNION ALL
SELECT person.key, json_extract(person.value, '$[1]'), gender.value, adverb.key || a.english,
  json_extract(person.value, '$[0]') || ' ' || adverb.value
    || CASE WHEN json_extract(person.value, '$[1]') THEN iif(gender.value = 'm', m_plural, f_plural) ELSE iif(gender.value = 'm', m, f) END
FROM adjective a, json_each('["m","f"]') gender, json_each('{"":"","very ":"molto ","so ":"così "}') adverb,
  json_each('{"i":["sono",0],"you":["sei",0],"he":["è",0],"we":["siamo",1],"they":["sono",1]}') person
WHERE feeling;

-- Some 4,600 of the 250,000 sentences of this language, drawn with dice: a subject, something it agrees with, an occasion. No sentence comes twice; every
-- sixth is kept for the test, and so is the document's.
CREATE TABLE dice AS
WITH RECURSIVE throw(n, x) AS (SELECT 0, 1 UNION ALL SELECT n + 1, x * 48271 % 2147483647 FROM throw WHERE n < 4 * 6000)
SELECT n / 4 AS sentence, max(x / 64 * (n % 4 = 0)) AS a, max(x / 64 * (n % 4 = 1)) AS b, max(x / 64 * (n % 4 = 2)) AS c,
  max(x / 64 * (n % 4 = 3)) AS d FROM throw GROUP BY 1;

CREATE TABLE sentence(id INTEGER PRIMARY KEY, english TEXT UNIQUE, italian TEXT, 
  part TEXT AS (iif(id % 6 = 0 OR english = 'today I''m very happy', 'test', 'train')));
INSERT OR IGNORE INTO sentence(english, italian)
WITH choice AS (SELECT *, row_number() OVER agreeing - 1 AS number, count(*) OVER agreeing AS choices FROM predicate
  WINDOW agreeing AS (PARTITION BY person, many, gender ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))
SELECT before || iif(p.gender IS NULL, s.english, is_) || ' ' || p.english || after, o.italian || s.italian || p.italian
FROM dice JOIN subject s ON s.rowid = 1 + iif(a % 2, a / 2 % 6, 6 + a / 2 % 60)
JOIN choice p ON p.person = s.person AND p.number = c % choices
  AND iif(b % 2, p.gender IS NULL, p.many = s.many AND p.gender = s.gender)
JOIN occasion o ON o.rowid = 1 + d % 5;

.mode box
.print Some of the sentences
SELECT english, italian FROM sentence LIMIT 8;
SELECT part, count(*) AS sentences FROM sentence GROUP BY part;

-- ---- two networks -----------------------------------------------------------------------------------------------

-- The same in all but one option. rnn_fit gives a row an epoch; its metric is the share of held-out sentences translated without a
-- mistake (a tenth of the rows given, drawn by rnn_fit for itself). The model is kept of the last epoch only.
.param init
.param set :network '{"task":"seq2seq","tokens":"word","hidden":96,"embedding":32,"dropout":0,"batch":16,"learning_rate":0.004,"epochs":12}'
CREATE TABLE run AS
SELECT 'from h alone' AS decoder, epoch, valid_loss, metric AS exact, iif(epoch = 12, model, NULL) AS model
FROM rnn_fit((SELECT rnn_rows(italian, english) FROM sentence WHERE part = 'train'), json_set(:network, '$.attention', json('false')))
UNION ALL
SELECT 'with attention', epoch, valid_loss, metric, iif(epoch = 12, model, NULL)
FROM rnn_fit((SELECT rnn_rows(italian, english) FROM sentence WHERE part = 'train'), :network);

.print
.print Share of sentences translated without a mistake, epoch by epoch
SELECT epoch, printf('%.3f', max(iif(decoder = 'from h alone', exact, 0))) AS "from h alone",
  printf('%.3f', max(iif(decoder = 'with attention', exact, 0))) AS "with attention"
FROM run GROUP BY epoch;

-- The test: sentences that neither network nor choice of epoch has seen.
CREATE TABLE translation AS
SELECT decoder, key AS id, english, italian, prediction, prediction = italian AS exact, probability
FROM run, rnn_predict(run.model, (SELECT rnn_rows(id, english) FROM sentence WHERE part = 'test')), sentence
WHERE run.model IS NOT NULL AND sentence.id = key;

.print
.print The test: all sentences, and by the length of the English one
CREATE TABLE by_length AS
SELECT length(english) - length(replace(english, ' ', '')) + 1 AS words, count(*) / 2 AS sentences,
  avg(iif(decoder = 'from h alone', exact, NULL)) AS from_h_alone, avg(iif(decoder = 'with attention', exact, NULL)) AS with_attention
FROM translation GROUP BY 1;
SELECT 'all' AS words, count(*) / 2 AS sentences, printf('%.3f', avg(iif(decoder = 'from h alone', exact, NULL))) AS "from h alone",
  printf('%.3f', avg(iif(decoder = 'with attention', exact, NULL))) AS "with attention" FROM translation
UNION ALL SELECT words, sentences, printf('%.3f', from_h_alone), printf('%.3f', with_attention) FROM by_length;

-- Word order, agreement, article, person: all of them in sentences that never occurred.
.print
.print Translations by the network that has seen nothing but h
SELECT english, prediction, iif(exact, '', italian) AS "should have been"
FROM translation WHERE decoder = 'from h alone'
ORDER BY english <> 'today I''m very happy', id % 37, id LIMIT 10;
.print Mistakes, the most confident first
SELECT english, prediction, italian AS "should have been"
FROM translation WHERE decoder = 'from h alone' AND NOT exact ORDER BY probability DESC LIMIT 6;

-- ---- the picture ------------------------------------------------------------------------------------------------

INSERT INTO chart(name, title, subtitle, y_label, x_label, source) VALUES ('translation', 'English into Italian: what one vector holds',
  'A decoder that sees the sentence as one vector h, and one that looks back at every word', 'share of sentences without a mistake', 'epoch',
  'Generated sentences; measured on a tenth of the training rows that is held out. sql/gallery/translation.sql');
INSERT INTO chart_line(chart, line) VALUES ('translation', 'with attention'), ('translation', 'from h alone');
INSERT INTO chart_point(chart, line, time, y) SELECT 'translation', decoder, epoch, exact FROM run;
.output /dev/null
SELECT writefile('build/gallery/translation.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'translation' ORDER BY position);
.output
