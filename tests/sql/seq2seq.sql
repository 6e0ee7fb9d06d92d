-- Task seq2seq: a text for a text, for a vector, for numbers.
SELECT '1..35';
-- The target is the source backwards, in capitals: three letters of five.
CREATE TABLE pair(id INTEGER PRIMARY KEY, source TEXT, target TEXT);
WITH l(c) AS (VALUES ('a'), ('b'), ('c'), ('d'), ('e'))
INSERT INTO pair(source, target) SELECT x.c || y.c || z.c, upper(z.c || y.c || x.c) FROM l x, l y, l z;
.param init
.param set :o '{"task":"seq2seq","hidden":32,"embedding":12,"epochs":60,"ensemble":1,"tokens":"char","batch":16,"dropout":0,"validation":0}'
CREATE TEMP TABLE m AS SELECT rnn_train(:o, target, source) AS model FROM pair;
CREATE TEMP TABLE p AS SELECT p.* FROM m, rnn_predict(m.model, (SELECT rnn_rows(id, source) FROM pair)) p;
INSERT INTO tap(name, got, want) SELECT 'a text each, in the order of the rows', group_concat(key), (SELECT group_concat(id) FROM pair) FROM p
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'texts are written right', avg(prediction = target) > 0.9 FROM p JOIN pair ON id = key RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a probability of the text, no others', min(probability > 0 AND probability <= 1) || ' '
  || count(probabilities) || ' ' || count(series) || ' ' || count(time), '1 0 0 0' FROM p
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'one by one as all at once', sum(prediction IS NOT rnn_predict(model, source)), 0
  FROM m, p JOIN pair ON id = key RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the same bits on ' || n || ' threads', count(*), 125 FROM (SELECT value AS n FROM json_each('[1,2,3]')), m,
  rnn_predict(m.model, (SELECT rnn_rows(id, source) FROM pair), '{"threads":' || n || '}') q JOIN p USING (key, prediction, probability) GROUP BY n
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'NULL for NULL', coalesce(rnn_predict(model, NULL), 'NULL'), 'NULL' FROM m RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'NULL among rows', group_concat(key || typeof(prediction) || typeof(probability)), '1nullnull,2textreal'
  FROM m, rnn_predict(m.model, (SELECT rnn_rows(column1, column2) FROM (VALUES (1, NULL), (2, 'abc')))) RETURNING line;
CREATE TEMP TABLE odd(name TEXT, body);
INSERT INTO odd VALUES ('empty', ''), ('emoji', '😀'), ('not UTF-8', CAST(x'C3FF' AS TEXT)), ('letters it does not know', 'xyz'),
  ('very long', replace(hex(zeroblob(20000)), '00', 'ab'));
INSERT INTO tap(name, got, want) SELECT 'odd source: ' || o.name, typeof(q.prediction) || (q.prediction = rnn_predict(model, body))
  || (q.probability BETWEEN 0 AND 1) || (length(q.prediction) <= 4), 'text111'
  FROM m, rnn_predict(m.model, (SELECT rnn_rows(name, body) FROM odd)) q JOIN odd o ON o.name = q.key RETURNING line;
-- error: rnn_predict: the input is 12; the model reads text
SELECT rnn_predict(model, 12) FROM m;
-- error: rnn_predict: column 2 of row 1 is 12; the model reads text in this column
SELECT p.* FROM m, rnn_predict(m.model, (SELECT rnn_rows(1, 12))) p;
-- error: rnn_predict: 2 inputs are given; the model was trained with 1
SELECT rnn_predict(model, 'abc', 'abc') FROM m;
-- error: rnn_predict: the rows have 3 columns; the model was trained with 2: target \(or any key\) and 1 input
SELECT p.* FROM m, rnn_predict(m.model, (SELECT rnn_rows(1, 'abc', 'abc'))) p;

-- ---- metrics ----
INSERT INTO tap(name, got, want) SELECT 'metrics', group_concat(metric), 'exact_match,token_accuracy,edit_distance'
  FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(target, source) FROM pair)) RETURNING line;
-- What it writes is the target: 1, 0 edits. With a letter more it is wrong: a quarter of the texts, one edit each.
INSERT INTO tap(name, got, want, tolerance) SELECT 'of texts with a letter too many: ' || metric, value, iif(metric = 'exact_match', 0.75, 0.25), 0.01
  FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(prediction || iif(key % 4, '', 'A'), source) FROM p JOIN pair ON id = key)) e
  WHERE metric <> 'token_accuracy' RETURNING line;
INSERT INTO tap(name, got) SELECT 'token_accuracy counts tokens and ends', value > 0.95 FROM m,
  rnn_evaluate(m.model, (SELECT rnn_rows(target, source) FROM pair)) WHERE metric = 'token_accuracy' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a NULL target is left out', group_concat(metric || iif(value > 0.5, '+', '-')),
  'exact_match+,token_accuracy+,edit_distance-'
  FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(iif(id = 1, prediction, NULL), source) FROM p JOIN pair ON id = key)) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'letters that cannot be written are edits', value, 3.0 FROM m,
  rnn_evaluate(m.model, (SELECT rnn_rows('???', source) FROM pair WHERE id = 1)) WHERE metric = 'edit_distance' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'metrics on ' || n || ' threads', count(*), 3 FROM (SELECT value AS n FROM json_each('[1,3]')), m,
  (SELECT e.metric AS a, e.value AS b FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(target, source) FROM pair)) e),
  rnn_evaluate(m.model, (SELECT rnn_rows(target, source) FROM pair), '{"threads":' || n || '}') q WHERE a = q.metric AND b = q.value
  GROUP BY n RETURNING line;
-- error: rnn_evaluate: none of the 1 rows has both an input and a known target
SELECT * FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(NULL, 'abc')));

-- ---- from numbers, and from a vector ----
CREATE TABLE size(id INTEGER PRIMARY KEY, name, a, b);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
INSERT INTO size SELECT i, iif(i % 2, 'a big one', 'small'), iif(i % 2, 5, -5) + i % 3, i % 7 FROM n;
.param set :v '{"task":"seq2seq","hidden":12,"embedding":8,"epochs":30,"ensemble":1,"tokens":"word","dropout":0}'
CREATE TEMP TABLE v AS SELECT rnn_train(:v, name, a, b) AS numbers, rnn_train(:v, name, json_array(a, b)) AS vector FROM size;
INSERT INTO tap(name, got) SELECT 'numbers', avg(prediction = name) > 0.95 AND sum(prediction IS NOT rnn_predict(numbers, a, b)) = 0
  FROM v, rnn_predict(v.numbers, (SELECT rnn_rows(id, a, b) FROM size)) JOIN size ON id = key RETURNING line;
INSERT INTO tap(name, got) SELECT 'a vector', avg(prediction = name) > 0.95 AND sum(prediction IS NOT rnn_predict(vector, json_array(a, b))) = 0
  FROM v, rnn_predict(v.vector, (SELECT rnn_rows(id, json_array(a, b)) FROM size)) JOIN size ON id = key RETURNING line;
INSERT INTO tap(name, got) SELECT 'a vector as a BLOB of float32', rnn_predict(vector, x'000000400000a0c0') = rnn_predict(vector, '[2,-5]') FROM v
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'one number missing, all of them missing', typeof(rnn_predict(numbers, NULL, 3)) || ' '
  || typeof(rnn_predict(numbers, NULL, NULL)), 'text null' FROM v RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the same among rows', group_concat(typeof(prediction)), 'text,null'
  FROM v, rnn_predict(v.numbers, (SELECT rnn_rows(1, column1, column2) FROM (VALUES (NULL, 3), (NULL, NULL)))) RETURNING line;
-- error: rnn_predict: input 2 is 'x'; the training rows hold numbers
SELECT rnn_predict(numbers, 1, 'x') FROM v;
-- error: rnn_predict: input 1 is a vector of 3; the model was trained on vectors of 2
SELECT rnn_predict(vector, '[1,2,3]') FROM v;
-- error: rnn_predict: input 1 is '\[1,'; every element of a vector is a number
SELECT rnn_predict(vector, '[1,') FROM v;
