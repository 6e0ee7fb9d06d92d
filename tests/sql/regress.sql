-- Task regress: a number for a numeric sequence, for a text, for a series and for every step.
SELECT '1..33';
-- mean is that of a list of 1 and 2: a JSON array, and the same numbers as a BLOB of little-endian float32.
CREATE TABLE wave(id INTEGER PRIMARY KEY, mean, list, vector);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
INSERT INTO wave SELECT i, avg(v), json_group_array(v), CAST(group_concat(iif(v = 1, x'0000803f', x'00000040'), '') AS BLOB)
  FROM (SELECT n.i, j.i AS j, 1 + ((n.i * 7919 + j.i * 104729) % 101 < n.i % 101) AS v FROM n JOIN n j ON j.i < 4 + n.i % 5) GROUP BY i;
.param init
.param set :o '{"task":"regress","hidden":6,"epochs":40,"ensemble":1}'
CREATE TEMP TABLE m AS SELECT rnn_train(:o, mean, list) AS model, rnn_rows(id, list) AS data, rnn_rows(mean, list) AS labelled
  FROM wave WHERE id < 150;
CREATE TEMP TABLE p AS SELECT p.* FROM m, rnn_predict(m.model, (SELECT rnn_rows(id, list) FROM wave)) p;
INSERT INTO tap(name, got, want) SELECT 'a REAL each, without probabilities', count(*) || ' ' || group_concat(DISTINCT typeof(prediction)
  || typeof(probability) || typeof(probabilities) || typeof(series) || typeof(time)), '200 realnullnullnullnull' FROM p RETURNING line;
INSERT INTO tap(name, got) SELECT 'numbers of arrays it has not seen', avg(abs(prediction - mean)) < 0.1 FROM p JOIN wave ON id = key
  WHERE id >= 150 RETURNING line;
INSERT INTO tap(name, got) SELECT 'one by one as all at once', max(abs(prediction - rnn_predict(model, list))) < 1e-4
  FROM m, p JOIN wave ON id = key RETURNING line;
INSERT INTO tap(name, got) SELECT 'a BLOB of float32 is the array', min(rnn_predict(model, vector) = rnn_predict(model, list)) FROM m, wave
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'also among rows', count(*) = 200 AND min(p.prediction = q.prediction)
  FROM m, rnn_predict(m.model, (SELECT rnn_rows(id, vector) FROM wave)) q JOIN p USING (key) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the same bits on ' || n || ' threads', count(*), 200 FROM (SELECT value AS n FROM json_each('[1,3]')), m,
  rnn_predict(m.model, (SELECT rnn_rows(id, list) FROM wave), '{"threads":' || n || '}') q JOIN p USING (key, prediction) GROUP BY n
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'NULL for NULL', coalesce(rnn_predict(model, NULL), 'NULL'), 'NULL' FROM m RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'one element, and very many', typeof(rnn_predict(model, '[1]')) || ' '
  || typeof(rnn_predict(model, '[1' || replace(hex(zeroblob(100000)), '00', ',2') || ']')), 'real real' FROM m RETURNING line;
-- error: rnn_predict: the input is '\[1,"x"\]'; every element of a vector is a number
SELECT rnn_predict(model, '[1,"x"]') FROM m;
-- error: rnn_predict: the input is 'two'; a vector is a JSON array of numbers or a BLOB of float32
SELECT rnn_predict(model, 'two') FROM m;
-- error: rnn_predict: the input is 2.5; a vector is
SELECT rnn_predict(model, 2.5) FROM m;
-- error: rnn_predict: the input is x'000000'; a vector BLOB holds float32 values
SELECT rnn_predict(model, x'000000') FROM m;
-- error: rnn_predict: the input is x'0000807f'; the elements of a vector are finite
SELECT rnn_predict(model, x'0000807f') FROM m;
-- error: rnn_predict: column 2 of row 2 is 'x'; a vector is a JSON array
SELECT p.* FROM m, rnn_predict(m.model, (SELECT rnn_rows(1, column1) FROM (VALUES ('[1]'), ('x')))) p;

-- ---- metrics ----
CREATE TEMP TABLE e AS SELECT e.* FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(iif(id % 9, mean, NULL), list) FROM wave)) e;
CREATE TEMP TABLE j AS SELECT mean, prediction FROM wave JOIN p ON id = key WHERE id % 9;
INSERT INTO tap(name, got, want) SELECT 'metrics', group_concat(metric), 'mae,rmse,r2' FROM e RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT metric, value, CASE metric WHEN 'mae' THEN (SELECT avg(abs(mean - prediction)) FROM j)
  WHEN 'rmse' THEN (SELECT sqrt(avg((mean - prediction) * (mean - prediction))) FROM j)
  ELSE (SELECT 1 - sum((mean - prediction) * (mean - prediction)) / sum((mean - a) * (mean - a)) FROM j, (SELECT avg(mean) AS a FROM j)) END, 1e-6
  FROM e RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'r2 of a single target is NULL', group_concat(metric || typeof(value)), 'maereal,rmsereal,r2null'
  FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(1.5, '[1,2]'))) RETURNING line;
-- error: rnn_evaluate: none of the 2 rows has both an input and a known target
SELECT * FROM m, rnn_evaluate(m.model, (SELECT rnn_rows(column1, column2) FROM (VALUES (1, NULL), (NULL, '[1]'))));
-- error: rnn_evaluate: the target of row 1 is 'many'; task "regress" takes a finite number
SELECT * FROM m, rnn_evaluate(m.model, (SELECT rnn_rows('many', '[1]')));

-- ---- texts, integer targets ----
CREATE TEMP TABLE price AS SELECT id, 100 * (1 + id % 3) AS amount, CASE id % 3 WHEN 0 THEN 'cheap' WHEN 1 THEN 'fair' ELSE 'dear' END || ' no. '
  || id AS body FROM wave;
CREATE TEMP TABLE t AS SELECT rnn_train('{"task":"regress","hidden":6,"epochs":20,"ensemble":1}', amount, body) AS model FROM price;
INSERT INTO tap(name, got) SELECT 'numbers of texts, in the units of the data, REAL', typeof(rnn_predict(model, 'cheap')) = 'real'
  AND abs(rnn_predict(model, 'cheap no. 1') - 100) < 40 AND abs(rnn_predict(model, 'dear no. 2') - 300) < 40 FROM t RETURNING line;
INSERT INTO tap(name, got) SELECT 'an empty text has a number', rnn_predict(model, '') BETWEEN 0 AND 400 FROM t RETURNING line;
-- error: rnn_predict: the input is 5; the model reads text
SELECT rnn_predict(model, 5) FROM t;

-- ---- a step a row ----
CREATE TABLE step(s, t, y, x, w);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 399)
INSERT INTO step SELECT i / 20, i % 20, i * 7919 % 101 / 10.0 + iif(i % 3, 0, 5), i * 7919 % 101 / 10.0, iif(i % 3, 'off', 'on') FROM n;
CREATE TEMP TABLE v AS SELECT rnn_train('{"task":"regress","hidden":8,"epochs":200,"ensemble":1}', s, t, y, x, w) AS model FROM step;
CREATE TEMP TABLE pv AS SELECT p.* FROM v, rnn_predict(v.model, (SELECT rnn_rows(s, t, NULL, x, w) FROM (SELECT * FROM step ORDER BY x))) p;
INSERT INTO tap(name, got, want) SELECT 'a number a step, by series and time, key NULL', group_concat(series || ':' || time || typeof(key)),
  (SELECT group_concat(s || ':' || t || 'null') FROM (SELECT s, t FROM step ORDER BY s, t)) FROM pv RETURNING line;
INSERT INTO tap(name, got) SELECT 'numbers of steps', avg(abs(prediction - y)) < 1 FROM pv JOIN step ON series = s AND time = t RETURNING line;
INSERT INTO tap(name, got) SELECT 'a series alone as among others', count(*) = 20 AND max(abs(p.prediction - pv.prediction)) < 1e-4
  FROM v, rnn_predict(v.model, (SELECT rnn_rows(s, t, NULL, x, w) FROM step WHERE s = 7)) p JOIN pv USING (series, time) RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'metrics of steps: ' || metric, value,
  (SELECT avg(abs(prediction - y)) FROM pv JOIN step ON series = s AND time = t WHERE x < 5), 1e-4
  FROM v, rnn_evaluate(v.model, (SELECT rnn_rows(s, t, iif(x < 5, y, NULL), x, w) FROM step)) WHERE metric = 'mae' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'missing inputs, an unknown word, NULL times and series', count(prediction), 3
  FROM v, rnn_predict(v.model, (SELECT rnn_rows(column1, NULL, NULL, column2, column3)
  FROM (VALUES (NULL, NULL, NULL), (NULL, 3, 'perhaps'), ('z', NULL, 'on')))) RETURNING line;
-- error: rnn_predict: the rows have 7 columns; the model was trained with 5: series, time, target and 2 inputs
SELECT p.* FROM v, rnn_predict(v.model, (SELECT rnn_rows(s, t, y, x, w, 1, 2) FROM step)) p;
-- error: rnn_predict: input 1 .* is 'x' .*holds? numbers
SELECT p.* FROM v, rnn_predict(v.model, (SELECT rnn_rows(s, t, y, 'x', w) FROM step)) p;
-- error: rnn_predict: two rows have series 0 and time 1
SELECT p.* FROM v, rnn_predict(v.model, (SELECT rnn_rows(s, 1, y, x, w) FROM step)) p;
