-- Task classify: texts with a class each, series with a class each, a class for every step.
SELECT '1..54';
CREATE TABLE review(id INTEGER PRIMARY KEY, label, body);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 240)
INSERT INTO review SELECT i, iif(i % 2, 'good', 'bad'),
  CASE i % 6 WHEN 0 THEN 'a dull and boring film, number ' WHEN 1 THEN 'what a wonderful film, great fun: ' WHEN 2 THEN 'boring '
    WHEN 3 THEN 'great! ' WHEN 4 THEN 'I hated every dull minute of it ' ELSE 'wonderful actors, a great story, I loved it ' END
  || printf('%.*c', i % 5 * 8, 'x') || ' ' || (i * 7919 % 100) FROM n;
.param init
.param set :o '{"task":"classify","hidden":6,"embedding":5,"epochs":4,"ensemble":2,"subwords":500}'
CREATE TEMP TABLE m AS SELECT rnn_train(:o, label, body) AS model, rnn_rows(id, body) AS data, rnn_rows(label, body) AS labelled
  FROM review WHERE id <= 160;
CREATE TEMP TABLE p AS SELECT p.* FROM m, rnn_predict(m.model, (SELECT rnn_rows(id, body) FROM review)) p;

-- ---- texts ----
INSERT INTO tap(name, got, want) SELECT 'columns', group_concat(name), 'key,prediction,probability,probabilities,series,time'
  FROM pragma_table_info('p') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a row for each row, in their order', group_concat(key), (SELECT group_concat(id) FROM review)
  FROM p RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'keys keep their type, series and time are NULL',
  group_concat(DISTINCT typeof(key) || typeof(series) || typeof(time)), 'integernullnull' FROM p RETURNING line;
INSERT INTO tap(name, got) SELECT 'classes of texts it has not seen', avg(prediction = label) > 0.95 FROM p JOIN review ON id = key
  WHERE id > 160 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'one by one as all at once: classes', sum(prediction IS NOT rnn_predict(model, body)), 0
  FROM m, p JOIN review ON id = key RETURNING line;
INSERT INTO tap(name, got) SELECT 'one by one as all at once: probabilities',
  max(abs(probability - rnn_probability(model, prediction, body))) < 1e-5 FROM m, p JOIN review ON id = key RETURNING line;
INSERT INTO tap(name, got) SELECT 'the probability is that of the likeliest class',
  min(probability >= 0.5 AND probability = max(probabilities ->> 'good', probabilities ->> 'bad')) FROM p RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'probabilities: every class, in their order',
  group_concat(DISTINCT (SELECT group_concat(j.key) FROM json_each(probabilities) j)), 'bad,good' FROM p RETURNING line;
INSERT INTO tap(name, got) SELECT 'probabilities: sum', max(abs(1 - (SELECT sum(value) FROM json_each(probabilities)))) < 1e-12 FROM p
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the same bits on ' || n || ' threads', count(*), 240
  FROM (SELECT value AS n FROM json_each('[1,2,3]')), m,
  rnn_predict(m.model, (SELECT rnn_rows(id, body) FROM review), '{"threads":' || n || '}') q JOIN p USING (key)
  WHERE q.probability = p.probability AND q.probabilities = p.probabilities AND q.prediction = p.prediction
  GROUP BY n RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a class never seen has no probability, nor has NULL',
  coalesce(rnn_probability(model, 'awful', 'dull'), rnn_probability(model, NULL, 'dull'), rnn_probability(model, 1, 'dull'), 'none'), 'none'
  FROM m RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'LIMIT', count(*), 3 FROM (SELECT 1 FROM m, rnn_predict(m.model, m.data) LIMIT 3)
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'arrival order of the rows changes nothing', count(*), 160
  FROM m, rnn_predict(m.model, (SELECT rnn_rows(id, body) FROM (SELECT * FROM review WHERE id <= 160 ORDER BY -id))) q
  JOIN p USING (key) WHERE q.prediction = p.prediction AND abs(q.probability - p.probability) < 1e-5 RETURNING line;

-- ---- odd texts ----
CREATE TEMP TABLE odd(name TEXT, body);
INSERT INTO odd VALUES ('empty', ''), ('blank', '  ' || char(9, 10)), ('emoji', '😀😀 👩‍👩‍👧'), ('not UTF-8', CAST(x'C328FFFEA0' AS TEXT)),
  ('NUL', CAST(x'6100670072' AS TEXT)), ('unknown words', 'zyzzyva qwertz'), ('an array', '[1, 2]'), ('a number as text', '17'),
  ('very long', replace(hex(zeroblob(50000)), '00', 'great ')), ('one long word', printf('%.*c', 100000, 'q'));
INSERT INTO tap(name, got, want) SELECT 'odd text: ' || o.name,
  typeof(q.prediction) || (abs(q.probability - rnn_probability(model, q.prediction, body)) < 1e-5) || (q.probability BETWEEN 0.5 AND 1),
  'text11' FROM m, rnn_predict(m.model, (SELECT rnn_rows(name, body) FROM odd)) q JOIN odd o ON o.name = q.key RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a long text is what it says', rnn_predict(model, body), 'good' FROM m, odd WHERE name = 'very long'
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a NULL text has no class', coalesce(rnn_predict(model, NULL),
  rnn_probability(model, 'good', NULL), 'none'), 'none' FROM m RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a NULL text among rows', group_concat(key || ':' || coalesce(prediction, 'NULL') || ':'
  || coalesce(probability, 'NULL') || ':' || coalesce(probabilities, 'NULL')), '1:NULL:NULL:NULL,2:NULL:NULL:NULL'
  FROM m, rnn_predict(m.model, (SELECT rnn_rows(column1, column2) FROM (VALUES (1, NULL), (2, NULL)))) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a NULL text beside others', group_concat(typeof(key) || ':' || typeof(prediction)),
  'integer:text,null:null,text:text'
  FROM m, rnn_predict(m.model, (SELECT rnn_rows(column1, column2) FROM (VALUES (1, 'dull'), (NULL, NULL), ('x', 'fun')))) RETURNING line;
-- error: rnn_predict: the input is 17; the model reads text: use CAST\(... AS TEXT\)
SELECT rnn_predict(model, 17) FROM m;
-- error: rnn_probability: the input is x'00'; the model reads text
SELECT rnn_probability(model, 'good', x'00') FROM m;
-- error: rnn_predict: column 2 of row 2 is 17; the model reads text in this column
SELECT p.* FROM m, rnn_predict(m.model, (SELECT rnn_rows(1, column1) FROM (VALUES ('a'), (17)))) p;

-- ---- metrics ----
CREATE TEMP TABLE truth AS SELECT id, CASE WHEN id % 20 = 0 THEN 'good' WHEN id % 31 = 0 THEN NULL WHEN id % 37 = 0 THEN 'odd' ELSE label END
  AS label, body FROM review;
CREATE TEMP TABLE e AS SELECT e.* FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(label, body) FROM truth)) e;
CREATE TEMP TABLE j AS SELECT label, prediction, probabilities FROM truth JOIN p ON id = key WHERE label IS NOT NULL;
INSERT INTO tap(name, got, want) SELECT 'metrics of two classes', group_concat(metric), 'accuracy,macro_f1,log_loss,auc' FROM e RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'accuracy', value, (SELECT avg(label = prediction) FROM j), 1e-12 FROM e
  WHERE metric = 'accuracy' RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'log_loss leaves a class never seen out', value,
  (SELECT avg(-ln(max(probabilities ->> label, 1e-15))) FROM j WHERE label <> 'odd'), 1e-6 FROM e WHERE metric = 'log_loss' RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'macro_f1', value, (SELECT avg(2.0 * (SELECT count(*) FROM j WHERE label = prediction AND label = c)
    / ((SELECT count(*) FROM j WHERE label = c) + (SELECT count(*) FROM j WHERE prediction = c)))
  FROM (SELECT DISTINCT label AS c FROM j)), 1e-12 FROM e WHERE metric = 'macro_f1' RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'auc', value, (SELECT avg((g.probabilities ->> 'good' > b.probabilities ->> 'good')
  + 0.5 * (g.probabilities ->> 'good' = b.probabilities ->> 'good')) FROM j g, j b WHERE g.label = 'good' AND b.label = 'bad'), 1e-4
  FROM e WHERE metric = 'auc' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'metrics on ' || n || ' threads', count(*), 4 FROM (SELECT value AS n FROM json_each('[1,3]')), m,
  rnn_evaluate(m.model, (SELECT rnn_rows(label, body) FROM truth), '{"threads":' || n || '}') q JOIN e USING (metric, value)
  GROUP BY n RETURNING line;
-- error: rnn_evaluate: none of the 2 rows has both an input and a known target
SELECT * FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(column1, column2) FROM (VALUES (NULL, 'dull'), ('good', NULL))));
INSERT INTO tap(name, got, want) SELECT 'classes never seen are all wrong', group_concat(metric || ' ' || coalesce(value, 'NULL')),
  'accuracy 0.0,macro_f1 0.0,log_loss NULL,auc NULL'
  FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(column1, column2) FROM (VALUES ('?', 'dull'), ('!', 'fun')))) RETURNING line;

-- ---- types of classes ----
CREATE TEMP TABLE kinds AS SELECT CASE id % 5 WHEN 0 THEN 0 WHEN 1 THEN 1.5 WHEN 2 THEN '1' WHEN 3 THEN x'01' ELSE 1 END AS c,
  CASE id % 5 WHEN 0 THEN 'red' WHEN 1 THEN 'green' WHEN 2 THEN 'blue' WHEN 3 THEN 'black' ELSE 'white' END || ' ' || id AS body FROM review;
CREATE TEMP TABLE k AS SELECT rnn_train(:o, c, body) AS model FROM kinds;
INSERT INTO tap(name, got, want) SELECT 'classes keep value and type',
  (SELECT group_concat(DISTINCT quote(rnn_predict(model, column1))) FROM (VALUES ('red'), ('green'), ('blue'), ('black'), ('white'))),
  '0,1.5,''1'',X''01'',1' FROM k RETURNING line;
INSERT INTO tap(name, got) SELECT '1 and 1.0 are one class, ''1'' is another', rnn_probability(model, 1, 'white') = rnn_probability(model, 1.0, 'white')
  AND rnn_probability(model, 1, 'white') > 0.5 AND rnn_probability(model, '1', 'white') < 0.5 FROM k RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'keys of probabilities', (SELECT group_concat(key) FROM json_each(p.probabilities)), '0,1,1.5,1,x''01'''
  FROM k, rnn_predict(k.model, (SELECT rnn_rows(1, 'red'))) p RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'metrics of more classes', group_concat(metric), 'accuracy,macro_f1,log_loss'
  FROM k, rnn_evaluate(k.model, (SELECT rnn_rows(c, body) FROM kinds)) RETURNING line;

-- ---- a step a row ----
CREATE TABLE step(s, t, c, x, w);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 419)
INSERT INTO step SELECT 'm' || (i / 7 % 60), date('2024-01-01', (i % 7) || ' days'), i / 7 % 2, (i / 7 % 2 * 2 - 1) * (1 + i % 7 / 10.0),
  iif(i % 3, 'on', 'off') FROM n;
.param set :s '{"task":"classify","hidden":6,"epochs":30,"ensemble":1}'
CREATE TEMP TABLE l AS SELECT rnn_train(:s, s, t, c, x) AS model, rnn_rows(s, t, NULL, x) AS data FROM step;
CREATE TEMP TABLE pl AS SELECT p.* FROM l, rnn_predict(l.model, l.data) p;
INSERT INTO tap(name, got, want) SELECT 'a class a series, at its last step', count(*) || ' ' || count(DISTINCT series) || ' ' || min(time)
  || ' ' || max(time) || ' ' || count(key), '60 60 2024-01-07 2024-01-07 0' FROM pl RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'classes of series', avg(prediction = c) || ' ' || group_concat(DISTINCT typeof(prediction)), '1.0 integer'
  FROM pl JOIN step ON series = s AND time = t RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'metrics of series', group_concat(metric || ' ' || (value = 1 OR metric = 'log_loss')),
  'accuracy 1,macro_f1 1,log_loss 1,auc 1'
  FROM l, rnn_evaluate(l.model, (SELECT rnn_rows(s, t, iif(t > '2024-01-03', c, NULL), x) FROM step)) RETURNING line;
-- A class for every step: whether the word is "on".
UPDATE step SET c = w = 'on';
CREATE TEMP TABLE v AS SELECT rnn_train(:s, s, t, c, x, w) AS model FROM step;
CREATE TEMP TABLE pv AS SELECT p.*, p.rowid AS n FROM v, rnn_predict(v.model,
  (SELECT rnn_rows(s, t, iif(x > 0, c, NULL), x, w) FROM (SELECT * FROM step ORDER BY x))) p;
INSERT INTO tap(name, got, want) SELECT 'a class a step, known or not, by series and time', group_concat(series || time),
  (SELECT group_concat(s || t) FROM (SELECT s, t FROM step ORDER BY s, t)) FROM pv RETURNING line;
INSERT INTO tap(name, got) SELECT 'classes of steps', avg(prediction = c) > 0.99 FROM pv JOIN step ON series = s AND time = t RETURNING line;
INSERT INTO tap(name, got) SELECT 'metrics of steps', value > 0.99 FROM v, rnn_evaluate(v.model,
  (SELECT rnn_rows(s, t, iif(x > 0, c, NULL), x, w) FROM step)) WHERE metric = 'accuracy' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the same bits on one thread', count(*), 420 FROM v, rnn_predict(v.model,
  (SELECT rnn_rows(s, t, NULL, x, w) FROM step), '{"threads":1}') q JOIN pv USING (series, time) WHERE q.probability = pv.probability RETURNING line;
-- error: rnn_predict: the model was trained on a step a row; use rnn_predict\(model, rows\) in FROM, or rnn_score\(model, time, input...\)
SELECT rnn_predict(model, 1.0, 'on') FROM v;
-- error: rnn_predict: .*input 2 .*is 5.*hold text in this column
SELECT p.* FROM v, rnn_predict(v.model, (SELECT rnn_rows('a', 1, NULL, 1, 5))) p;
