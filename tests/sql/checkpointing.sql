-- Checkpointed backpropagation: what memory_limit does not let be kept is computed again; engine/checkpoint.h.
SELECT '1..15';
-- 40 series of 600 steps; the class is the sign of the first value, 0.2 of it added to noise at every step.
CREATE TABLE signal AS
WITH RECURSIVE step(n, noise) AS (
  SELECT 0, 42 UNION ALL SELECT n + 1, (noise * 1103515245 + 12345) % 2147483648 FROM step WHERE n < 23999)
SELECT n / 600 AS series, n % 600 AS t, n / 600 % 2 AS class, noise / 2147483648.0 - 0.5 + (n / 600 % 2) * 0.2 AS x FROM step;
.param init
.param set :o '{"task":"classify","cell":"lstm","hidden":64,"ensemble":1,"batch":20,"epochs":2,"tbptt":0,"bidirectional":false,"validation":0.2}'
CREATE TEMP TABLE made(name, model);
INSERT INTO made SELECT 'plain', rnn_train(json_set(:o, '$.memory_limit', 100000000), series, t, class, x) FROM signal;
INSERT INTO made SELECT 'sliced', rnn_train(json_set(:o, '$.memory_limit', 20000000), series, t, class, x) FROM signal;
INSERT INTO made SELECT 'short', rnn_train(json_set(:o, '$.memory_limit', 12000000), series, t, class, x) FROM signal;
CREATE TEMP VIEW slice AS SELECT name, model, json_extract(rnn_info(model), '$.checkpointing') AS steps FROM made;

-- ---- when ----
INSERT INTO tap(name, got) SELECT 'with memory for all steps nothing is computed again', steps IS NULL FROM slice WHERE name = 'plain' RETURNING line;
INSERT INTO tap(name, got) SELECT 'with less, slices of up to half the steps', steps BETWEEN 25 AND 300 FROM slice WHERE name = 'sliced' RETURNING line;
INSERT INTO tap(name, got) SELECT 'with still less, shorter ones', s.steps BETWEEN 25 AND l.steps - 1 FROM slice s, slice l
  WHERE s.name = 'short' AND l.name = 'sliced' RETURNING line;
-- error: rnn_train: training needs about [0-9]+ bytes, memory_limit is 5000000; raise it, or lower batch, context, hidden or ensemble
SELECT rnn_train(json_set(:o, '$.memory_limit', 5000000), series, t, class, x) FROM signal;
INSERT INTO tap(name, got) SELECT 'without a limit the same losses as with one that is not reached',
  (SELECT model FROM made WHERE name = 'plain') IS NOT NULL AND
  json_extract(rnn_info(rnn_train(json_set(:o, '$.memory_limit', 0), series, t, class, x)), '$.metrics.train_loss') =
  json_extract(rnn_info((SELECT model FROM made WHERE name = 'plain')), '$.metrics.train_loss') FROM signal RETURNING line;

-- ---- the same results ----
INSERT INTO tap(name, got, want, tolerance) SELECT name || ': the losses of plain training, epoch ' || a.epoch, a.train_loss / b.train_loss, 1, 1e-4
FROM slice, rnn_history(model) a, rnn_history((SELECT model FROM made WHERE name = 'plain')) b
WHERE name <> 'plain' AND a.epoch = b.epoch ORDER BY name, a.epoch RETURNING line;
INSERT INTO tap(name, got) SELECT threads || ' threads: the same bits', rnn_train(json_set(:o, '$.memory_limit', 10000000, '$.threads', threads), series, t, class, x) =
    rnn_train(json_set(:o, '$.memory_limit', 10000000, '$.threads', 1), series, t, class, x)
FROM signal, (SELECT 2 AS threads UNION ALL SELECT 4) GROUP BY threads RETURNING line;

-- ---- outputs at every step, and chunks cut once more ----
.param set :e '{"task":"regress","output":"every","cell":"gru","hidden":64,"ensemble":1,"batch":20,"epochs":1,"validation":0.2,"bidirectional":false}'
INSERT INTO tap(name, got) SELECT 'outputs at every step',
  json_extract(rnn_info(rnn_train(json_set(:e, '$.tbptt', 0, '$.memory_limit', 20000000), series, t, x, x)), '$.checkpointing') BETWEEN 25 AND 300
FROM signal RETURNING line;
INSERT INTO tap(name, got) SELECT 'chunks of tbptt',
  json_extract(rnn_info(rnn_train(json_set(:e, '$.tbptt', 200, '$.memory_limit', 12000000), series, t, x, x)), '$.checkpointing') BETWEEN 14 AND 100
FROM signal RETURNING line;

-- ---- refused where later steps are needed ----
-- error: rnn_train: training needs about [0-9]+ bytes, memory_limit is 10000000; .* or set bidirectional to false: then fewer steps are kept
SELECT rnn_train(json_set(:o, '$.bidirectional', json('true'), '$.memory_limit', 10000000), series, t, class, x) FROM signal;
-- error: memory_limit is 10000000; .* or set pooling to last
SELECT rnn_train(json_set(:o, '$.pooling', 'mean', '$.memory_limit', 10000000), series, t, class, x) FROM signal;
