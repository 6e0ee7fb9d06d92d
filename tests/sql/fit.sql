-- rnn_fit: a row an epoch, checkpoints, LIMIT, continuing from a model; rnn_history says the same afterwards.
SELECT '1..38';
-- y is driven by x, known ahead: there is something to learn in a few epochs.
CREATE TABLE t(s, d, y, x);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59),
  p AS (SELECT i, v, s, ((i + v) * (i + v) * 31 + i * 17) % 11 < 4 AS x FROM n, (SELECT 'a' AS s, 0 AS v UNION ALL SELECT 'b', 1))
INSERT INTO t SELECT s, date('2024-01-01', i || ' days'), 20 + 10 * x + i * 7919 % 13 / 13.0, x FROM p;
.param init
.param set :o '{"task":"forecast","horizon":3,"hidden":6,"epochs":6,"ensemble":1,"batch":8,"context":8,"learning_rate":0.01,"season":[],"known_ahead":[1]}'
CREATE TEMP TABLE r AS SELECT rnn_rows(s, d, y, x) AS data, rnn_train(:o, s, d, y, x) AS model FROM t;
CREATE TEMP TABLE f AS SELECT f.*, f.model AS checkpoint FROM r, rnn_fit(r.data, :o) f;

INSERT INTO tap(name, got, want) SELECT 'a row an epoch', group_concat(epoch), '1,2,3,4,5,6' FROM f RETURNING line;
INSERT INTO tap(name, got) SELECT 'losses are finite and positive', min(train_loss > 0 AND train_loss < 10 AND valid_loss > 0
  AND valid_loss < 10) FROM f RETURNING line;
INSERT INTO tap(name, got) SELECT 'metric is a MASE', min(metric > 0 AND metric < 10) FROM f RETURNING line;
INSERT INTO tap(name, got) SELECT 'the learning rate follows the cosine', min(learning_rate < before AND learning_rate > 0)
  AND max(learning_rate) <= 0.01
FROM (SELECT learning_rate, lag(learning_rate, 1, 1) OVER (ORDER BY epoch) AS before FROM f) RETURNING line;
INSERT INTO tap(name, got) SELECT 'gradient norms are positive', min(gradient_norm > 0 AND gradient_norm < 1e3) FROM f RETURNING line;
INSERT INTO tap(name, got) SELECT 'time goes on', min(seconds >= before AND steps_per_second > 0)
  FROM (SELECT *, lag(seconds, 1, 0) OVER (ORDER BY epoch) AS before FROM f) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'best marks the lowest valid_loss so far', sum(best <> (valid_loss < coalesce(lowest, 1e9))), 0
  FROM (
  SELECT *, min(valid_loss) OVER (ORDER BY epoch ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS lowest FROM f) RETURNING line;
INSERT INTO tap(name, got) SELECT 'training learns', (SELECT train_loss FROM f WHERE epoch = 6) < (SELECT train_loss FROM f
  WHERE epoch = 1) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'types', group_concat(DISTINCT typeof(epoch) || ' ' || typeof(train_loss) || ' ' || typeof(best)
  || ' ' || typeof(checkpoint)), 'integer real integer blob' FROM f RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'every checkpoint is a model of its own',
  count(DISTINCT checkpoint) || ' ' || min(json_extract(rnn_info(checkpoint), '$.epochs') = epoch), '6 1' FROM f RETURNING line;
INSERT INTO tap(name, got) SELECT 'rnn_train is the best checkpoint', checkpoint IS (SELECT model FROM r) OR
  (SELECT count(*) = 6 FROM rnn_tensors((SELECT model FROM r)) a JOIN rnn_tensors(f.checkpoint) b USING (name, data)) FROM f
    ORDER BY valid_loss LIMIT 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a checkpoint forecasts', count(*) || ' ' || sum(g.status = 'ok'), '36 36'
  FROM f, r, rnn_forecast(f.checkpoint, r.data) g RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'LIMIT stops', group_concat(epoch), '1,2,3'
  FROM (SELECT f.epoch FROM r, rnn_fit(r.data, json_set(:o, '$.epochs', 1000000, '$.patience', 0)) f LIMIT 3) RETURNING line;
INSERT INTO tap(name, got) SELECT 'patience stops', count(*) < 2000 FROM r, rnn_fit(r.data, json_set(:o, '$.epochs', 2000, '$.patience',
  2, '$.learning_rate', 0.1)) f RETURNING line;
INSERT INTO tap(name, got) SELECT 'time_limit stops', max(f.seconds) < 5 AND max(f.epoch) < 1000000
  FROM r, rnn_fit(r.data, json_set(:o, '$.epochs', 1000000, '$.patience', 0, '$.time_limit', 0.1)) f RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'without a validation part: NULLs, best by train_loss',
  group_concat(DISTINCT typeof(valid_loss) || ' ' || typeof(metric)) || ' ' || max(best), 'null null 1'
FROM r, rnn_fit(r.data, json_set(:o, '$.validation', 0)) f RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'which rnn_train minds', json_extract(rnn_info(rnn_train(json_set(:o, '$.validation', 0), s, d, y,
  x)), '$.metrics.valid_loss'), NULL FROM t RETURNING line;

-- The history of a model is the rows of its training.
INSERT INTO tap(name, got, want) SELECT 'rnn_history is what rnn_fit gave', count(*), 6 FROM f
  JOIN rnn_history((SELECT model FROM r)) h USING (epoch, train_loss, valid_loss, learning_rate, gradient_norm, best)
WHERE f.metric IS h.metric RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the history of a checkpoint ends with it', group_concat(n), '1,2,3,4,5,6'
  FROM (SELECT (SELECT count(*) FROM rnn_history(f.checkpoint)) AS n FROM f ORDER BY epoch) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'rnn_info names the best epoch', json_extract(rnn_info(model), '$.best_epoch'), (SELECT epoch
  FROM f ORDER BY valid_loss LIMIT 1) FROM r RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'and its loss', json_extract(rnn_info(model), '$.metrics.valid_loss'),
  (SELECT min(valid_loss) FROM f), 1e-9 FROM r RETURNING line;

-- The best checkpoint into the registry, as documented.
INSERT INTO rnn_models(name, model) SELECT 'best', f.model FROM rnn_fit((SELECT data FROM r), :o) f ORDER BY valid_loss LIMIT 1;
INSERT INTO tap(name, got, want) SELECT 'ORDER BY valid_loss LIMIT 1 into the registry',
  count(*) || ' ' || (valid_loss = (SELECT min(valid_loss) FROM f)), '1 1' FROM rnn_models RETURNING line;

-- Going on.
CREATE TEMP TABLE g AS SELECT g.*, g.model AS checkpoint FROM r, rnn_fit(r.data, '{"epochs":4}', r.model) g;
INSERT INTO tap(name, got, want) SELECT 'epochs are counted on', group_concat(epoch), '7,8,9,10' FROM g RETURNING line;
INSERT INTO tap(name, got) SELECT 'the loss goes down from there', (SELECT min(train_loss) FROM g) < (SELECT min(train_loss) FROM f)
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'the same again', count(DISTINCT model) = 1 FROM (SELECT checkpoint AS model FROM g WHERE epoch = 10
  UNION ALL SELECT h.model FROM r, rnn_fit(r.data, '{"epochs":4}', r.model) h WHERE h.epoch = 10) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the history goes on', group_concat(h.epoch), '1,2,3,4,5,6,7,8,9,10'
  FROM g, rnn_history(g.checkpoint) h WHERE g.epoch = 10 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a name will do', group_concat(epoch), '7,8'
  FROM rnn_fit((SELECT data FROM r), '{"epochs":2}', 'best') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'options that say the same are no contradiction', count(*), 1
  FROM r, rnn_fit(r.data, json_set(:o, '$.epochs', 1), r.model) f RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'new rows and a new learning rate are none', count(*), 2
FROM r, rnn_fit((SELECT rnn_rows(s, d, y * 3, x) FROM t), '{"epochs":2,"learning_rate":0.001,"optimizer":"adam","dropout":0.1,"batch":8}',
  r.model) f RETURNING line;
INSERT INTO tap(name, got) SELECT 'what it continues from is as it was', model = (SELECT rnn_train(:o, s, d, y, x) FROM t) FROM r
  RETURNING line;
-- error: rnn_fit: option "hidden" .*contradicts the model
SELECT f.epoch FROM r, rnn_fit(r.data, '{"hidden":7}', r.model) f;
-- error: rnn_fit: option "horizon" .*contradicts the model
SELECT f.epoch FROM r, rnn_fit(r.data, '{"horizon":4}', r.model) f;
-- error: rnn_fit: option "cell" .*contradicts the model
SELECT f.epoch FROM r, rnn_fit(r.data, '{"cell":"lstm"}', r.model) f;
-- error: rnn_fit: option "season" .*contradicts the model
SELECT f.epoch FROM r, rnn_fit(r.data, '{"season":[5,7]}', r.model) f;
-- error: rnn_fit: option "seed" .*contradicts the model
SELECT f.epoch FROM r, rnn_fit(r.data, '{"seed":5}', r.model) f;
-- error: rnn_fit: the rows have 3 columns; the model was trained with 4: series, time, target and 1 input
SELECT f.epoch FROM r, rnn_fit((SELECT rnn_rows(s, d, y) FROM t), '{"epochs":2}', r.model) f;
-- error: rnn_fit: horizon 3 needs a series of at least 5 steps; the longest has 3
SELECT f.epoch FROM r, rnn_fit((SELECT rnn_rows(s, d, y, x) FROM t WHERE d < '2024-01-04'), '{"epochs":2}', r.model) f;
-- error: rnn_fit: no model is called 'worst'; rnn_models has 'best'
SELECT f.epoch FROM r, rnn_fit(r.data, '{"epochs":2}', 'worst') f;
