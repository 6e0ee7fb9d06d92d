-- rnn_predict and rnn_probability as functions: arguments, models of other tasks, what the cache keeps from row to row.
SELECT '1..36';
CREATE TABLE t(s, d, y);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
INSERT INTO t SELECT i % 2, i, 5 + i % 7 FROM n;
CREATE TABLE x(id, label, body, value);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO x SELECT i, iif(i % 2, 'even', 'odd'), iif(i % 2, 'two four ', 'one three ') || i, 2 - i % 2 FROM n;
CREATE TEMP TABLE m AS SELECT
  (SELECT rnn_train('{"task":"forecast","horizon":2,"hidden":2,"epochs":1,"context":4,"ensemble":1}', s, d, y) FROM t) AS forecast,
  (SELECT rnn_train('{"task":"classify","hidden":3,"epochs":3,"ensemble":1}', label, body) FROM x) AS classify,
  (SELECT rnn_train('{"task":"regress","hidden":3,"epochs":1,"ensemble":1}', value, body) FROM x) AS regress,
  (SELECT rnn_train('{"task":"generate","hidden":3,"epochs":1}', body) FROM x) AS generate,
  (SELECT rnn_train('{"task":"seq2seq","hidden":3,"epochs":1,"ensemble":1}', label, body) FROM x) AS seq2seq,
  (SELECT rnn_train('{"task":"classify","hidden":3,"epochs":1,"ensemble":1}', s, d, s, y) FROM t) AS steps,
  (SELECT rnn_rows(id, body) FROM x) AS data;

-- ---- the wrong model ----
-- error: rnn_predict: the model's task is forecast; use rnn_forecast, rnn_backtest or rnn_anomalies
SELECT rnn_predict(forecast, 'x') FROM m;
-- error: rnn_predict: the model's task is generate; use rnn_generate or rnn_suggest
SELECT rnn_predict(generate, 'x') FROM m;
-- error: rnn_predict: the model's task is forecast; use rnn_forecast
SELECT p.* FROM m, rnn_predict(m.forecast, m.data) p;
-- error: rnn_predict: the model's task is generate; use rnn_generate or rnn_suggest
SELECT p.* FROM m, rnn_predict(m.generate, m.data) p;
-- error: rnn_probability: the model's task is regress; use rnn_predict
SELECT rnn_probability(regress, 1, 'x') FROM m;
-- error: rnn_probability: the model's task is seq2seq; use rnn_predict or rnn_generate
SELECT rnn_probability(seq2seq, 'odd', 'x') FROM m;
-- error: rnn_probability: the model was trained on a step a row; use rnn_predict\(model, rows\)
SELECT rnn_probability(steps, 1, 5) FROM m;
-- error: rnn_forecast: the model's task is classify; use rnn_predict or rnn_probability
SELECT f.* FROM m, rnn_forecast(m.classify, m.data) f;
-- error: rnn_backtest: the model's task is generate; use rnn_generate or rnn_suggest
SELECT f.* FROM m, rnn_backtest(m.generate, m.data) f;
INSERT INTO tap(name, got) SELECT 'rnn_evaluate takes all of them: ' || name, n > 2 FROM (
  SELECT 'forecast' AS name, count(*) AS n FROM m, rnn_evaluate(m.forecast, (SELECT rnn_rows(s, d, y) FROM t))
  UNION ALL SELECT 'classify', count(*) FROM m, rnn_evaluate(m.classify, (SELECT rnn_rows(label, body) FROM x))
  UNION ALL SELECT 'regress', count(*) FROM m, rnn_evaluate(m.regress, (SELECT rnn_rows(value, body) FROM x))
  UNION ALL SELECT 'generate', count(*) FROM m, rnn_evaluate(m.generate, (SELECT rnn_rows(body) FROM x))
  UNION ALL SELECT 'seq2seq', count(*) FROM m, rnn_evaluate(m.seq2seq, (SELECT rnn_rows(label, body) FROM x))) RETURNING line;

-- ---- arguments ----
-- error: rnn_predict: arguments are missing; usage: rnn_predict\(model, input...\), or in FROM rnn_predict\(model, rows \[, options\]\)
SELECT rnn_predict();
-- error: rnn_predict: arguments are missing
SELECT rnn_predict(classify) FROM m;
-- error: rnn_probability: arguments are missing; usage: rnn_probability\(model, class, input...\)
SELECT rnn_probability(classify, 'odd') FROM m;
-- error: rnn_predict: 2 inputs are given; the model was trained with 1, and takes them without the target
SELECT rnn_predict(classify, 'odd', 'one') FROM m;
-- error: rnn_predict: the model is NULL; give a model BLOB or the name of one
SELECT rnn_predict(NULL, 'one');
-- error: rnn_predict: a BLOB of 3 bytes is not a model
SELECT rnn_predict(x'010203', 'one');
-- error: rnn_predict: no model is called 'nobody'
SELECT rnn_predict('nobody', 'one');
-- error: rnn_predict: argument 2, rows, is missing; usage: rnn_predict\(model, rows \[, options\]\)
SELECT p.* FROM m, rnn_predict(m.classify) p;
-- error: rnn_predict: the rows are NULL: rnn_rows\(\) was given no row
SELECT p.* FROM m, rnn_predict(m.classify, (SELECT rnn_rows(1, 'a') WHERE 0)) p;
-- error: rnn_predict: the rows are TEXT 'x'
SELECT p.* FROM m, rnn_predict(m.classify, 'x') p;
-- error: rnn_predict: the rows have 3 columns; task "classify" takes either class, input
SELECT p.* FROM m, rnn_predict(m.classify, (SELECT rnn_rows(1, 2, 3))) p;
-- error: rnn_predict: option "level" belongs to
SELECT p.* FROM m, rnn_predict(m.classify, m.data, '{"level":0.5}') p;
-- error: rnn_predict: option "thread" is unknown; did you mean "threads"
SELECT p.* FROM m, rnn_predict(m.classify, m.data, '{"thread":1}') p;
-- error: rnn_evaluate: option "horizon" belongs to
SELECT p.* FROM m, rnn_evaluate(m.classify, (SELECT rnn_rows(label, body) FROM x), '{"horizon":2}') p;
INSERT INTO tap(name, got, want) SELECT 'threads is an option', count(*), 60 FROM m, rnn_predict(m.classify, m.data, '{"threads":1}')
  RETURNING line;

-- ---- by name, and what stays on the connection ----
INSERT INTO rnn_models(name, model) SELECT 'n', classify FROM m;
INSERT INTO tap(name, got, want) SELECT 'by name as by value', sum(rnn_predict('n', body) IS NOT rnn_predict(classify, body)), 0 FROM x, m
  RETURNING line;
INSERT INTO rnn_models(name, model) SELECT 'n', regress FROM m;
INSERT INTO tap(name, got, want) SELECT 'a new version shows at once', typeof(rnn_predict('n', 'one')) || ' ' || typeof(rnn_predict('n@1', 'one')),
  'real text' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'models taking turns, row by row', count(DISTINCT rnn_predict(iif(id % 3, classify, regress), 'one three 9')), 2
  FROM x, m RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'one text again: the class and its probabilities belong together',
  sum(abs(rnn_probability(classify, 'odd', body) + rnn_probability(classify, 'even', body) - 1) > 1e-12
    OR (rnn_predict(classify, body) = 'odd') <> (rnn_probability(classify, 'odd', body) > 0.5)), 0 FROM x, m RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'text and BLOB with the same bytes are not one input', rnn_predict(classify, 'one three'), 'odd' FROM m RETURNING line;
-- error: rnn_predict: the input is x'6f6e65207468726565'; the model reads text
SELECT rnn_predict(classify, CAST('one three' AS BLOB)) FROM m;
CREATE TEMP TABLE scored(id, class);
CREATE TEMP TRIGGER score AFTER INSERT ON scored BEGIN
  UPDATE scored SET class = (SELECT rnn_predict(classify, body) FROM m, x WHERE x.id = new.id) WHERE id = new.id;
END;
INSERT INTO scored(id) SELECT id FROM x;
INSERT INTO tap(name, got, want) SELECT 'in a trigger', sum(class IS NOT prediction), 0 FROM scored JOIN
  (SELECT p.* FROM m, rnn_predict(m.classify, m.data) p) ON key = id RETURNING line;
