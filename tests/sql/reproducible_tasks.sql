-- The tasks of sequences: the same rows in any order, options and seed give the same model byte for byte, whatever the number of
-- threads; so does going on with training. Duplicate rows, NULLs and empty texts among them.
SELECT '1..84';
CREATE TABLE review(label, body);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
INSERT INTO review SELECT CASE i % 3 WHEN 0 THEN 'good' WHEN 1 THEN 7 ELSE NULL END, CASE i % 7 WHEN 0 THEN '' WHEN 1 THEN NULL
  ELSE 'word' || (i % 5) || ' and more ' || (i * 31 % 11) END FROM n;
CREATE TABLE shape(label, body);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO shape SELECT i % 4 * 0.1, json_array(i % 5, i * 7 % 11, i % 3 * 0.3) FROM n;
CREATE TABLE walk(s, d, tag, word, x);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 119)
INSERT INTO walk SELECT nullif(i % 8, 3), date('2024-01-01', (i / 8) || ' days'), nullif(iif(i % 3, 'N', 'V'), iif(i % 17, '', 'N')),
  'w' || (i * 31 % 13), i * 7919 % 13 / 13.0 FROM n;
CREATE TABLE story(body);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29)
INSERT INTO story SELECT 'once upon ' || (i * 31 % 7) || ' times' FROM n;
CREATE TABLE pair(target, source, a, b);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO pair SELECT 'to' || (i * 31 % 13), 'from ' || (i * 31 % 13), i % 3, i * 0.7 FROM n;

-- `way`: the order of the rows; 211 is a prime and more than the rows of any table.
CREATE TEMP TABLE trial(name, threads, way);
INSERT INTO trial VALUES ('first', 1, 1), ('again', 1, 1), ('2 threads', 2, 1), ('4 threads', 4, 1), ('backwards', 1, 210), ('shuffled', 2, 97);
CREATE TEMP TABLE made(task, trial, model);
.param init
.param set :o '{"hidden":5,"embedding":4,"epochs":2,"ensemble":2,"batch":8,"dropout":0.2}'
CREATE TEMP TABLE place AS SELECT *, json_set(:o, '$.threads', threads) AS o FROM trial;

CREATE TEMP VIEW all_review AS SELECT * FROM place, (SELECT rowid AS r, * FROM review) ORDER BY name, r * way % 211;
CREATE TEMP VIEW all_shape AS SELECT * FROM place, (SELECT rowid AS r, * FROM shape) ORDER BY name, r * way % 211;
CREATE TEMP VIEW all_walk AS SELECT * FROM place, (SELECT rowid AS r, * FROM walk) ORDER BY name, r * way % 211;
CREATE TEMP VIEW all_story AS SELECT * FROM place, (SELECT rowid AS r, * FROM story) ORDER BY name, r * way % 211;
CREATE TEMP VIEW all_pair AS SELECT * FROM place, (SELECT rowid AS r, * FROM pair) ORDER BY name, r * way % 211;
INSERT INTO made SELECT 'classify texts', name, rnn_train(json_set(o, '$.task', 'classify', '$.subwords', 50), label, body) FROM all_review GROUP BY name;
INSERT INTO made SELECT 'classify arrays', name, rnn_train(json_set(o, '$.task', 'classify'), label, body) FROM all_shape GROUP BY name;
INSERT INTO made SELECT 'regress arrays', name, rnn_train(json_set(o, '$.task', 'regress'), label, body) FROM all_shape GROUP BY name;
INSERT INTO made SELECT 'classify steps', name, rnn_train(json_set(o, '$.task', 'classify'), s, d, tag, word, x) FROM all_walk GROUP BY name;
INSERT INTO made SELECT 'classify series', name, rnn_train(json_set(o, '$.task', 'classify', '$.output', 'last'), s, d, s IN (1, 2, 5), x) FROM all_walk GROUP BY name;
INSERT INTO made SELECT 'regress steps', name, rnn_train(json_set(o, '$.task', 'regress'), s, d, x, word) FROM all_walk GROUP BY name;
INSERT INTO made SELECT 'generate', name, rnn_train(json_set(o, '$.task', 'generate', '$.tokens', 'char'), body) FROM all_story GROUP BY name;
INSERT INTO made SELECT 'generate in lanes', name, rnn_train(json_set(o, '$.task', 'generate', '$.tbptt', 5, '$.validation', 0.1), body) FROM all_story GROUP BY name;
INSERT INTO made SELECT 'generate steps', name, rnn_train(json_set(o, '$.task', 'generate'), s, d, word) FROM all_walk GROUP BY name;
INSERT INTO made SELECT 'seq2seq', name, rnn_train(json_set(o, '$.task', 'seq2seq'), target, source) FROM all_pair GROUP BY name;
INSERT INTO made SELECT 'seq2seq numbers', name, rnn_train(json_set(o, '$.task', 'seq2seq'), target, a, b) FROM all_pair GROUP BY name;
INSERT INTO tap(name, got, want) SELECT 'the rows came in three orders', count(DISTINCT data), 3
  FROM (SELECT rnn_rows(label, body) AS data FROM all_review GROUP BY name) RETURNING line;
INSERT INTO tap(name, got, want) SELECT m.task || ': ' || m.trial, m.model = f.model, 1 FROM made m JOIN made f USING (task)
  WHERE f.trial = 'first' AND m.trial <> 'first' ORDER BY m.rowid RETURNING line;
INSERT INTO tap(name, got, want) SELECT task || ': another seed, another model', model <> CASE task
    WHEN 'classify texts' THEN (SELECT rnn_train(json_set(:o, '$.task', 'classify', '$.subwords', 50, '$.seed', 2), label, body) FROM review)
    WHEN 'generate' THEN (SELECT rnn_train(json_set(:o, '$.task', 'generate', '$.tokens', 'char', '$.seed', 2), body) FROM story)
    ELSE (SELECT rnn_train(json_set(:o, '$.task', 'seq2seq', '$.seed', 2), target, source) FROM pair) END, 1
  FROM made WHERE trial = 'first' AND task IN ('classify texts', 'generate', 'seq2seq') RETURNING line;

-- Going on from a model.
CREATE TEMP TABLE more(task, trial, model);
INSERT INTO more SELECT m.task, p.name, f.model FROM made m,
  (SELECT name, threads, rnn_rows(label, body) AS data FROM all_review GROUP BY name) p,
  rnn_fit(p.data, json_object('epochs', 1, 'threads', p.threads), m.model) f WHERE m.task = 'classify texts' AND m.trial = 'first';
INSERT INTO more SELECT m.task, p.name, f.model FROM made m,
  (SELECT name, threads, rnn_rows(s, d, tag, word, x) AS data FROM all_walk GROUP BY name) p,
  rnn_fit(p.data, json_object('epochs', 1, 'threads', p.threads), m.model) f WHERE m.task = 'classify steps' AND m.trial = 'first';
INSERT INTO more SELECT m.task, p.name, f.model FROM made m,
  (SELECT name, threads, rnn_rows(body) AS data FROM all_story GROUP BY name) p,
  rnn_fit(p.data, json_object('epochs', 1, 'threads', p.threads), m.model) f WHERE m.task = 'generate in lanes' AND m.trial = 'first';
INSERT INTO more SELECT m.task, p.name, f.model FROM made m,
  (SELECT name, threads, rnn_rows(target, source) AS data FROM all_pair GROUP BY name) p,
  rnn_fit(p.data, json_object('epochs', 1, 'threads', p.threads), m.model) f WHERE m.task = 'seq2seq' AND m.trial = 'first';
INSERT INTO tap(name, got, want) SELECT m.task || ' continued: ' || m.trial, m.model = f.model, 1 FROM more m JOIN more f USING (task)
  WHERE f.trial = 'first' AND m.trial <> 'first' ORDER BY m.rowid RETURNING line;
INSERT INTO tap(name, got, want) SELECT task || ' continued: another model', more.model <> made.model, 1 FROM more JOIN made
  USING (task, trial) WHERE trial = 'first' ORDER BY more.rowid RETURNING line;

-- rnn_fit to the end is rnn_train.
INSERT INTO tap(name, got, want) SELECT 'rnn_fit ends with the model of rnn_train: texts', model = (SELECT f.model FROM
  rnn_fit((SELECT rnn_rows(label, body) FROM review), json_set(:o, '$.task', 'classify', '$.subwords', 50)) f ORDER BY coalesce(valid_loss,
  -epoch) LIMIT 1), 1 FROM made WHERE task = 'classify texts' AND trial = 'first' RETURNING line;
