-- Rows that nobody would want, for the tasks of sequences: a model that works (and can be read again), or an error that says why not.
SELECT '1..57';
CREATE TABLE r(k, body);
INSERT INTO r SELECT value % 2, 'text ' || value FROM json_each('[1, 2, 3, 4, 5, 6]');
.param init
.param set :c '{"task":"classify","epochs":1,"ensemble":1,"hidden":2,"embedding":2,"subwords":10,"threads":1}'
.param set :r '{"task":"regress","epochs":1,"ensemble":1,"hidden":2,"embedding":2,"subwords":10,"threads":1}'
.param set :g '{"task":"generate","epochs":1,"ensemble":1,"hidden":2,"embedding":2,"threads":1}'
.param set :s '{"task":"seq2seq","epochs":1,"ensemble":1,"hidden":2,"embedding":2,"threads":1}'

-- Numbers.
INSERT INTO tap(name, got) SELECT 'targets near 1e300, scale ' || s.value, (SELECT abs(rnn_predict(rnn_train(
  json_set(:r, '$.scale', s.value), v.value * 1e300, '[1, 2]'), '[1, 2]')) < 1e303 FROM json_each('[1, -1, 0.5, 0.9]') v)
  FROM json_each('["standard", "minmax", "robust", "mean"]') s RETURNING line;
INSERT INTO tap(name, got) SELECT 'targets near 1e-305, scale ' || s.value, (SELECT typeof(rnn_predict(rnn_train(
  json_set(:r, '$.scale', s.value), v.value * 1e-305, '[1, 2]'), '[1, 2]')) = 'real' FROM json_each('[1, -1, 0.5, 0.9]') v)
  FROM json_each('["standard", "minmax", "robust", "mean", "none"]') s RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'forecasts of numbers near 1e306, scale standard', json_extract(rnn_info(rnn_train(
  '{"task":"forecast","horizon":2,"hidden":2,"epochs":1,"ensemble":1,"context":4,"scale":"standard"}', 1, i, i % 4 * 3e305)), '$.task'),
  'forecast' FROM (WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39) SELECT i FROM n) RETURNING line;
-- error: the target of row 1 is 1.0e\+302; task "regress" takes a finite number up to 1e300
SELECT rnn_train(:r, value * 1e302, 'a') FROM json_each('[1, 2]');
-- error: the target of row 1 is Inf; task "regress" takes a finite number
SELECT rnn_train(:r, value * 9e999, 'a') FROM json_each('[1, 2]');
INSERT INTO tap(name, got, want) SELECT 'inputs near 1e308', typeof(rnn_predict(rnn_train(:r, value, '[1e308, -1e308, ' || value || ']'),
  '[-1e308]')), 'real' FROM json_each('[1, 2, 3, 4]') RETURNING line;
-- error: the elements of a vector are finite
SELECT rnn_train(:c, value % 2, x'0000807f00000000') FROM json_each('[1, 2, 3]');
-- error: the elements of a vector are finite
SELECT rnn_train(:c, value % 2, x'0000c07f') FROM json_each('[1, 2, 3]');
-- error: column 2 of row [12] is '\[\]'
SELECT rnn_train(:c, value % 2, '[]') FROM json_each('[1, 2]');

-- All the same, none, one.
INSERT INTO tap(name, got, want) SELECT 'one text for all', typeof(rnn_predict(rnn_train(:c, k, 'same'), 'same')), 'integer' FROM r
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'one target for all', round(rnn_predict(rnn_train(:r, 5, body), 'same')), 5.0 FROM r
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'marks alone', typeof(rnn_predict(rnn_train(:c, k, '!!! ???'), '!')), 'integer' FROM r
  RETURNING line;
-- error: all texts of column 2 are empty
SELECT rnn_train(:c, k, '') FROM r;
-- error: all texts of column 2 are empty
SELECT rnn_train(:r, k, '  ') FROM r;
-- error: all texts of column 1 are empty
SELECT rnn_train(:g, '') FROM r;
-- error: all texts of column 1 are empty
SELECT rnn_train(:s, '', body) FROM r;
-- error: column 2 is NULL in all 6 rows
SELECT rnn_train(:c, k, NULL) FROM r;
-- error: column 1 is NULL in all 6 rows
SELECT rnn_train(:s, NULL, body) FROM r;
-- error: no row has a known target
SELECT rnn_train(:r, NULL, body) FROM r;
-- error: the target is 1 in all rows where it is known; task "classify" needs two classes or more
SELECT rnn_train(:c, 1, 'text');
INSERT INTO tap(name, got, want) SELECT 'a single row, regress', round(rnn_predict(rnn_train(:r, 4, 'text'), 'text')), 4.0 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a single row, generate', typeof(rnn_generate(rnn_train(:g, 'text'), 'text')), 'text'
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a single character in lanes', typeof(rnn_generate(rnn_train(json_set(:g, '$.tokens', 'char',
  '$.tbptt', 1, '$.batch', 64, '$.validation', 0.9), 'x'), 'x')), 'text' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a single row, seq2seq', typeof(rnn_predict(rnn_train(:s, 'text', 'abc'), 'abc')), 'text'
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'series of a row each', typeof(rnn_score(rnn_train, 1, 2.0)), 'integer'
  FROM (SELECT rnn_train(:c, value, 1, value % 2, value * 1.0) AS rnn_train FROM json_each('[1, 2, 3, 4]')) RETURNING line;

-- Sizes.
INSERT INTO tap(name, got, want) SELECT 'validation 0.9 and a batch larger than the data: ' || (o.value ->> 'task'), (SELECT typeof(
  rnn_predict(rnn_train(json_patch(o.value, '{"validation":0.9,"batch":65536}'), iif(o.value ->> 'task' = 'seq2seq', body, k), body),
    'text')) FROM r), o.type FROM (SELECT :c AS value, 'integer' AS type UNION ALL SELECT :r, 'real' UNION ALL SELECT :s, 'text') o
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'tbptt beyond the text', typeof(rnn_generate(rnn_train(json_set(:g, '$.tbptt', 1000000,
  '$.batch', 65536), body), 'text')), 'text' FROM r RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no word is frequent enough: ' || (o.value ->> 'task'), (SELECT typeof(rnn_predict(rnn_train(
    json_set(o.value, '$.min_count', 1000), iif(o.value ->> 'task' = 'seq2seq', body, k), body), 'text')) FROM r), o.type
  FROM (SELECT :c AS value, 'integer' AS type UNION ALL SELECT :s, 'text') o RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'nor of a text that goes on', rnn_generate(rnn_train(json_set(:g, '$.min_count', 1000), body),
  'text'), '' FROM r RETURNING line;
INSERT INTO tap(name, got) SELECT 'a text of 2 MB', typeof(rnn_predict(rnn_train(:c, value % 2, replace(hex(zeroblob(400000)), '00',
  'a' || value || ' ')), 'a1')) = 'integer' FROM json_each('[1, 2]') RETURNING line;
INSERT INTO tap(name, got) SELECT 'a word of 2 MB', typeof(rnn_predict(rnn_train(:c, value % 2, printf('%.*c', 2000000, 'x')), 'a')) =
  'integer' FROM json_each('[1, 2]') RETURNING line;

-- Classes.
CREATE TEMP TABLE m AS SELECT rnn_train(:c, CAST(char(65 + k) AS BLOB), body) AS model FROM r;
INSERT INTO tap(name, got, want) SELECT 'BLOB classes stay BLOBs', typeof(rnn_predict(model, 'text')), 'blob' FROM m RETURNING line;
INSERT INTO tap(name, got) SELECT 'and have a probability', abs(rnn_probability(model, x'41', 'text') + rnn_probability(model, x'42',
  'text') - 1) < 1e-9 AND rnn_probability(model, 'A', 'text') IS NULL FROM m RETURNING line;
-- error: the target has more than 65536 different values; for numbers use task "regress"
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 65536) SELECT rnn_train(:c, i, 'text') FROM n;
-- Linear models of so many classes would be larger than the texts are worth.
INSERT INTO tap(name, got) SELECT '3000 classes: a model of reasonable size', length(rnn_train(json_set(:c, '$.threads', 0), i, 'text ' || i))
  < 5000000 FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n) RETURNING line;
-- error: option "class_weights" names "nobody", which is none of the 2 classes in the target column
SELECT rnn_train(json_set(:c, '$.class_weights', json('{"1":2,"nobody":2}')), k, body) FROM r;
INSERT INTO tap(name, got, want) SELECT 'no class counts', typeof(rnn_predict(rnn_train(json_set(:c, '$.class_weights',
  json('{"0":0,"1":0}')), k, body), 'text')), 'integer' FROM r RETURNING line;

-- Options of another task.
-- error: option "class_weights" belongs to task classify, but the task is regress; leave it out
SELECT rnn_train(json_set(:r, '$.class_weights', 'balanced'), k, body) FROM r;
-- error: option "horizon" belongs to task forecast, but the task is classify; leave it out
SELECT rnn_train(json_set(:c, '$.horizon', 2), k, body) FROM r;
-- error: option "pooling" belongs to tasks classify and regress, but the task is generate; leave it out
SELECT rnn_train(json_set(:g, '$.pooling', 'max'), body) FROM r;
-- error: option "attention" belongs to task seq2seq, but the task is classify; leave it out
SELECT rnn_train(json_set(:c, '$.attention', 1), k, body) FROM r;

-- memory_limit.
-- error: memory limit exceeded: .*memory_limit is 300000; raise memory_limit
SELECT rnn_train('{"task":"classify","memory_limit":300000}', k, body) FROM r;
-- error: memory limit exceeded: .*memory_limit is 300000; raise memory_limit
SELECT rnn_train('{"task":"regress","memory_limit":300000}', k, body) FROM r;
-- error: memory limit exceeded: .*memory_limit is 300000; raise memory_limit
SELECT rnn_train('{"task":"generate","memory_limit":300000}', body) FROM r;
-- error: memory limit exceeded: .*memory_limit is 300000; raise memory_limit
SELECT * FROM rnn_fit((SELECT rnn_rows(body, body) FROM r), '{"task":"seq2seq","memory_limit":300000}');
-- error: memory limit exceeded: .*memory_limit is 30000; raise memory_limit
SELECT * FROM m, rnn_fit((SELECT rnn_rows(CAST(char(65 + k) AS BLOB), body) FROM r), '{"memory_limit":30000}', m.model);
-- error: a network of this size is out of range; lower hidden, layers or embedding
SELECT rnn_train('{"task":"seq2seq","hidden":8192,"layers":16}', body, body) FROM r;
