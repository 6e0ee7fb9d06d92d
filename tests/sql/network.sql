-- Every option of the network, the loss and the training runs, is reported as it was given, and forecasts.
SELECT '1..102';
CREATE TABLE t(s, d, y);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO t SELECT s, date('2024-01-01', i || ' days'), 20 + (i + v) % 7 + i * 7919 % 13 / 13.0
  FROM n, (SELECT 'a' AS s, 0 AS v UNION ALL SELECT 'b', 1);
CREATE TEMP TABLE o(o);
INSERT INTO o VALUES
('{"cell":"lstm"}'), ('{"cell":"gru"}'), ('{"cell":"gru","reset":"before"}'), ('{"cell":"rnn"}'), ('{"cell":"rnn","activation":"relu"}'),
('{"layers":2}'), ('{"layers":3,"cell":"lstm"}'), ('{"bidirectional":true}'), ('{"bidirectional":true,"layers":2,"cell":"lstm"}'),
('{"cell":"lstm","peephole":true}'), ('{"cell":"lstm","projection":2}'), ('{"cell":"lstm","projection":2,"bidirectional":true,"layers":2}'),
('{"layer_norm":true}'), ('{"layer_norm":true,"layers":2,"cell":"lstm"}'), ('{"initial_state":"learned"}'),
  ('{"initial_state":"learned","cell":"lstm","layers":2}'),
('{"init":"glorot"}'), ('{"init":"orthogonal"}'), ('{"init":"uniform"}'), ('{"cell":"rnn","activation":"relu","init":"identity"}'),
  ('{"cell":"lstm","forget_bias":2}'),
('{"loss":"mse"}'), ('{"loss":"mae"}'), ('{"loss":"huber"}'), ('{"loss":"quantile"}'), ('{"loss":"gaussian"}'), ('{"loss":"student_t"}'),
  ('{"loss":"negative_binomial"}'),
('{"quantiles":[0.1,0.5,0.9]}'), ('{"quantiles":0.5}'), ('{"loss":"gaussian","quantiles":[0.01,0.5]}'),
('{"optimizer":"sgd"}'), ('{"optimizer":"momentum"}'), ('{"optimizer":"rmsprop"}'), ('{"optimizer":"adagrad"}'), ('{"optimizer":"adam"}'),
  ('{"optimizer":"adamw"}'),
('{"schedule":"constant"}'), ('{"schedule":"cosine"}'), ('{"schedule":"plateau"}'), ('{"schedule":"one_cycle"}'),
('{"scale":"window"}'), ('{"scale":"none"}'), ('{"scale":"standard"}'), ('{"scale":"robust"}'), ('{"scale":"minmax"}'),
  ('{"scale":"mean"}'),
('{"tbptt":3}'), ('{"tbptt":1,"cell":"lstm","layers":2}'), ('{"average_gradient":true}'), ('{"dropout":0.5}'), ('{"dropout":0}'),
  ('{"recurrent_dropout":0.3}'),
('{"embedding_dropout":0.3}'), ('{"clip_norm":0}'), ('{"clip_value":0.1}'), ('{"weight_decay":0.1}'),
  ('{"weight_decay":0.1,"optimizer":"sgd"}'),
('{"learning_rate":0.1}'), ('{"batch":1}'), ('{"batch":1000}'), ('{"context":1}'), ('{"context":1000}'), ('{"hidden":1}'),
  ('{"hidden":33}'),
('{"series_embedding":3}'), ('{"ensemble":3}'), ('{"decoder":"recursive"}'), ('{"decoder":"recursive","cell":"lstm","layers":2}'),
  ('{"horizon":1}'), ('{"horizon":12}'),
('{"validation":0}'), ('{"validation":0.5}'), ('{"patience":1}'), ('{"patience":0}'), ('{"time_limit":60}'),
  ('{"memory_limit":100000000}'), ('{"seed":9007199254740991}'), ('{"seed":0}'),
('{"season":[]}'), ('{"season":[7,14]}'), ('{"season":[7,1000]}'), ('{"gaps":"skip"}'), ('{"gaps":"error"}'), ('{"frequency":"day"}'),
('{"cell":"lstm","peephole":true,"projection":3,"layer_norm":true,"layers":2,"initial_state":"learned","bidirectional":true,"recurrent_dropout":0.1}'),
('{"cell":"rnn","layer_norm":true,"layers":2,"initial_state":"learned","bidirectional":true,"dropout":0.3,"average_gradient":true}'),
('{"cell":null,"hidden":null,"loss":null,"quantiles":null,"season":null,"frequency":null}'), ('{"progress":false,"threads":2}'),
  ('{"bidirectional":0,"layer_norm":1}');
.param init
.param set :o '{"task":"forecast","horizon":4,"hidden":4,"epochs":2,"ensemble":1,"batch":8,"context":8}'
CREATE TEMP TABLE m AS SELECT o.rowid AS id, o, rnn_train(json_patch(:o, o), s, d, y) AS model FROM o, t GROUP BY o.rowid;
CREATE TEMP TABLE r AS SELECT rnn_rows(s, d, y) AS data FROM t;
INSERT INTO tap(name, got) SELECT o, (SELECT count(*) = 2 * coalesce(json_extract(o, '$.horizon'), 4) AND min(f.status = 'ok'
    AND f.lower_bound <= f.forecast AND f.forecast <= f.upper_bound AND f.upper_bound - f.lower_bound < 200
      AND f.forecast BETWEEN -50 AND 100)
  FROM r, rnn_forecast(m.model, r.data) f) FROM m ORDER BY id RETURNING line;

-- What was given is what rnn_info reports.
INSERT INTO tap(name, got, want) SELECT 'options as given', (SELECT group_concat(o || ' ' || g.key || '=' || json_extract(rnn_info(model),
  '$.options.' || g.key), '; ') FROM m, json_each(m.o) g
  WHERE g.value IS NOT NULL AND g.key NOT IN ('progress', 'threads', 'context') AND CASE g.type
    WHEN 'array' THEN json_extract(rnn_info(model), '$.options.' || g.key) <> g.value
    ELSE json_extract(rnn_info(model), '$.options.' || g.key) NOT IN (g.value, json_array(g.value)) END), NULL RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'threads and progress are no part of a model',
  sum(json_type(rnn_info(model), '$.options.threads') IS NOT NULL
  OR json_type(rnn_info(model), '$.options.progress') IS NOT NULL), 0 FROM m RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'null is the default', a.model = b.model, 1
  FROM m a, (SELECT rnn_train(json_remove(:o, '$.hidden'), s, d, y) AS model FROM t) b
WHERE a.o LIKE '{"cell":null%' RETURNING line;

-- Models that differ.
INSERT INTO tap(name, got) SELECT 'the option changes the model: ' || b.o, a.model <> b.model AND json_extract(rnn_info(a.model),
  '$.parameters') <= json_extract(rnn_info(b.model), '$.parameters') FROM m a, m b
WHERE a.o = '{"schedule":"cosine"}' AND b.o IN ('{"layers":2}', '{"bidirectional":true}', '{"layer_norm":true}',
  '{"initial_state":"learned"}', '{"ensemble":3}', '{"series_embedding":3}') RETURNING line;

-- Quantiles are those asked for, whatever the loss; the intervals of every loss come from them.
INSERT INTO tap(name, got, want) SELECT 'quantiles of ' || o, (SELECT group_concat(q.key, ' ')
  FROM r, rnn_forecast(m.model, r.data) f, json_each(f.quantiles) q WHERE f.series = 'a' AND f.step = 1),
  CASE o WHEN '{"quantiles":0.5}' THEN '0.5' WHEN '{"quantiles":[0.1,0.5,0.9]}' THEN '0.1 0.5 0.9' ELSE '0.01 0.5' END FROM m
    WHERE o LIKE '%quantiles":[%' OR o LIKE '%quantiles":0%' RETURNING line;
