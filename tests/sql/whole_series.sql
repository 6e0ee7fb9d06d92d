-- Series of numbers with one prediction each: patches, convolutions, shares; the ways to a prediction.
SELECT '1..41';
-- 90 series of 40 to 69 steps and two values: a bump up, a bump down or none somewhere in noise, at any level and size.
CREATE TABLE curve AS
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 119), t(s) AS (SELECT 0 UNION ALL SELECT s + 1 FROM t WHERE s < 68)
SELECT i AS id, s AS step, CASE i % 3 WHEN 0 THEN 'up' WHEN 1 THEN 'down' ELSE 'flat' END AS kind,
  100.0 * (i * 31 % 7) + (1 + i % 5) * ((i * 7919 + s * 104729) % 1009 / 1009.0
    + iif(abs(s - 12 - i * 17 % 25) <= 4, (5 - abs(s - 12 - i * 17 % 25)) * (1 - i % 3) * 0.8, 0)) AS a,
  ((i * 15485863 + s * 32452843) % 997) / 997.0 AS b, 3 * (i % 3) + i % 2 / 10.0 AS amount
FROM n, t WHERE s < 40 + i * 13 % 30;
.param init
.param set :o '{"task":"classify","epochs":12,"ensemble":2,"hidden":8}'
CREATE TEMP TABLE m AS SELECT rnn_train(:o, id, step, kind, a, b) AS model, rnn_info(rnn_train(:o, id, step, kind, a, b)) AS info
  FROM curve WHERE id < 90;
CREATE TEMP TABLE p AS SELECT p.* FROM m, rnn_predict(m.model, (SELECT rnn_rows(id, step, NULL, a, b) FROM curve WHERE id >= 90)) p;

-- ---- what was decided ----
INSERT INTO tap(name, got, want) SELECT 'patches', info ->> 'patch' || ' ' || (info ->> 'stride') || ' ' || (info ->> 'own_scale')
  || ' ' || (info ->> '$.options.bidirectional') || ' ' || (info ->> 'pooling'), '8 1 1 1 mixed' FROM m RETURNING line;
INSERT INTO tap(name, got) SELECT 'linear models and shares', info ->> '$.linear.features[0]' > 1000 AND info ->> '$.linear.features[1]' > 500
  AND json_array_length(info, '$.linear.shares') = 3 AND info ->> '$.options.wide' FROM m RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'format version', info ->> 'format_version', 2 FROM m RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'nothing is held out', coalesce(info ->> '$.metrics.valid_loss', 'none'), 'none' FROM m RETURNING line;

-- ---- predictions ----
INSERT INTO tap(name, got, want) SELECT 'a row a series, with the last time', count(*) || ' ' || sum(time = (SELECT max(step) FROM curve WHERE id = series)),
  '30 30' FROM p RETURNING line;
INSERT INTO tap(name, got) SELECT 'series it has not seen', avg(prediction = kind) >= 0.9
  FROM p JOIN curve ON id = series WHERE step = 0 RETURNING line;
INSERT INTO tap(name, got) SELECT 'probabilities: sum', max(abs(1 - (SELECT sum(value) FROM json_each(probabilities)))) < 1e-12 FROM p RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the same bits on ' || n || ' threads', count(*), 30
  FROM (SELECT value AS n FROM json_each('[1,2,3]')), m,
  rnn_predict(m.model, (SELECT rnn_rows(id, step, NULL, a, b) FROM curve WHERE id >= 90), '{"threads":' || n || '}') q JOIN p USING (series)
  WHERE q.probability = p.probability AND q.probabilities = p.probabilities GROUP BY n RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the same model from rows in another order', count(DISTINCT model), 1 FROM (
  SELECT model FROM m UNION ALL SELECT rnn_train(:o, id, step, kind, a, b) FROM (SELECT * FROM curve WHERE id < 90 ORDER BY step DESC, id)
  UNION ALL SELECT rnn_train(json_set(:o, '$.threads', 1), id, step, kind, a, b) FROM curve WHERE id < 90) RETURNING line;
INSERT INTO tap(name, got) SELECT 'another seed is another model', rnn_train(json_set(:o, '$.seed', 2), id, step, kind, a, b) <> (SELECT model FROM m)
  FROM curve WHERE id < 90 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'level and size change nothing where each series is standardised by itself',
  count(*), 30 FROM m, rnn_predict(m.model, (SELECT rnn_rows(id, step, NULL, a, b) FROM curve WHERE id >= 90)) q JOIN p USING (series)
  WHERE q.prediction = p.prediction RETURNING line;

-- ---- rnn_score, rnn_advance ----
INSERT INTO tap(name, got, want) SELECT 'rnn_score as an aggregate is rnn_predict', sum(s.class = p.prediction), 30
  FROM (SELECT id, rnn_score((SELECT model FROM m), step, a, b) AS class FROM curve WHERE id >= 90 GROUP BY id) s JOIN p ON p.series = s.id
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'rnn_score as a window: of the rows so far', group_concat(now = sofar, ''), '111'
  FROM (SELECT step, rnn_score((SELECT model FROM m), step, a, b) OVER (ORDER BY step) AS now FROM curve WHERE id = 90)
  JOIN (SELECT n.value AS upto, rnn_score((SELECT model FROM m), step, a, b) AS sofar FROM curve c, json_each('[5,20,39]') n
        WHERE c.id = 90 AND step <= n.value GROUP BY n.value) ON step = upto RETURNING line;
INSERT INTO tap(name, got) SELECT 'a sliding frame', count(now) = count(*) FROM (
  SELECT rnn_score((SELECT model FROM m), step, a, b) OVER (ORDER BY step ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS now
  FROM curve WHERE id = 91) RETURNING line;
-- error: rnn_advance: the model is bidirectional: it reads series as a whole.* train it with "bidirectional":false
SELECT rnn_advance(model, NULL, 1, 2.0, 3.0) FROM m;

-- ---- looking inside ----
INSERT INTO tap(name, got, want) SELECT 'states: a row a patch, with the time of its middle step', group_concat(step || ':' || time, ' '), '1:0 2:1 3:2'
  FROM m, rnn_states(m.model, (SELECT rnn_rows(id, step, NULL, a, b) FROM curve WHERE id = 90))
  WHERE unit = 1 AND direction = 'forward' AND step <= 3 RETURNING line;
INSERT INTO tap(name, got) SELECT 'gradients', count(*) >= 40 FROM m, rnn_gradients(m.model, (SELECT rnn_rows(id, step, kind, a, b) FROM curve WHERE id < 3))
  RETURNING line;

-- ---- arrays, one value ----
CREATE TABLE array AS SELECT id, kind, amount, json_group_array(a) AS x FROM (SELECT * FROM curve ORDER BY id, step) GROUP BY id;
CREATE TEMP TABLE w AS SELECT rnn_train(:o, kind, x) AS model FROM array WHERE id < 90;
INSERT INTO tap(name, got, want) SELECT 'arrays: one by one as all at once', sum(prediction = rnn_predict(model, x)), 30
  FROM w, rnn_predict(w.model, (SELECT rnn_rows(id, x) FROM array WHERE id >= 90)) JOIN array ON id = key RETURNING line;
INSERT INTO tap(name, got) SELECT 'arrays: probabilities one by one', max(abs(probability - rnn_probability(model, prediction, x))) < 1e-5
  FROM w, rnn_predict(w.model, (SELECT rnn_rows(id, x) FROM array WHERE id >= 90)) JOIN array ON id = key RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'arrays: one element, none', typeof(rnn_predict(model, '[1]')) || typeof(rnn_predict(model, NULL)), 'textnull'
  FROM w RETURNING line;
INSERT INTO tap(name, got) SELECT 'the networks alone', info ->> '$.linear' IS NULL AND NOT info ->> '$.options.wide' AND info ->> 'patch' = 8
  FROM (SELECT rnn_info(rnn_train(json_set(:o, '$.wide', json('false')), kind, x)) AS info FROM array WHERE id < 90) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'patch as asked for', info ->> 'patch' || ' ' || (info ->> 'stride'), '20 3'
  FROM (SELECT rnn_info(rnn_train(json_set(:o, '$.patch', 20), kind, x)) AS info FROM array WHERE id < 90) RETURNING line;
INSERT INTO tap(name, got) SELECT 'step by step where rows are to be read as they come', info ->> 'patch' IS NULL AND NOT info ->> '$.options.wide'
  AND info ->> 'format_version' = 1
  FROM (SELECT rnn_info(rnn_train(json_set(:o, '$.bidirectional', json('false')), id, step, kind, a, b)) AS info FROM curve WHERE id < 90) RETURNING line;

-- ---- regress ----
CREATE TEMP TABLE r AS SELECT rnn_train(json_set(:o, '$.task', 'regress'), amount, x) AS model FROM array WHERE id < 90;
INSERT INTO tap(name, got) SELECT 'numbers: r2 on series it has not seen', value > 0.7
  FROM r, rnn_evaluate(r.model, (SELECT rnn_rows(amount, x) FROM array WHERE id >= 90)) WHERE metric = 'r2' RETURNING line;
INSERT INTO tap(name, got) SELECT 'numbers: one by one as all at once', max(abs(prediction - rnn_predict(model, x))) < 1e-4
  FROM r, rnn_predict(r.model, (SELECT rnn_rows(id, x) FROM array WHERE id >= 90)) JOIN array ON id = key RETURNING line;
-- ---- missing values, level that tells ----
INSERT INTO tap(name, got) SELECT 'missing values', avg(prediction = kind) >= 0.8 FROM (SELECT
    rnn_train(:o, id, step, kind, iif((id + step) % 7 = 0, NULL, a), b) AS model FROM curve WHERE id < 90) t,
  rnn_predict(t.model, (SELECT rnn_rows(id, step, NULL, iif((id * 3 + step) % 6 = 0, NULL, a), b) FROM curve WHERE id >= 90)) q
  JOIN array ON id = q.series RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a series without a known value has a class all the same', count(q.prediction), 1
  FROM m, rnn_predict(m.model, (SELECT rnn_rows(1, value, NULL, NULL, NULL) FROM json_each('[1,2,3]'))) q RETURNING line;
INSERT INTO tap(name, got) SELECT 'level that tells: not by itself', NOT info ->> 'own_scale'
  FROM (SELECT rnn_info(rnn_train(:o, id, step, id % 5, 10 * (id % 5) + b, b)) AS info FROM curve WHERE id < 90) RETURNING line;

-- ---- held out, trained further ----
INSERT INTO tap(name, got) SELECT 'validation asked for', count(valid_loss) = 3 AND min(metric BETWEEN 0 AND 1)
  FROM rnn_fit((SELECT rnn_rows(kind, x) FROM array), json_set(:o, '$.validation', 0.2, '$.epochs', 3)) RETURNING line;
INSERT INTO tap(name, got) SELECT 'trained further: the same kernels and shares',
  before ->> '$.linear.shares' = after ->> '$.linear.shares' AND after ->> 'epochs' = 15
  FROM (SELECT rnn_info(w.model) AS before, rnn_info(f.model) AS after
        FROM w, rnn_fit((SELECT rnn_rows(kind, x) FROM array WHERE id < 90), '{"epochs":3}', w.model) f ORDER BY epoch DESC LIMIT 1) RETURNING line;

INSERT INTO tap(name, got) SELECT 'regress from ' || n.value || ' series', length(rnn_train('{"task":"regress","epochs":2}', a.value, json_array(a.value, 2, 3))) > 0
  FROM json_each('[1,2,3,5]') n JOIN json_each('[1,2,3,4,5]') a ON a.value <= n.value GROUP BY n.value RETURNING line;
INSERT INTO tap(name, got) SELECT 'classes of a series each', length(rnn_train('{"task":"classify","epochs":2}', value, json_array(value, 2, 3))) > 0
  FROM json_each('[1,2]') RETURNING line;

-- ---- errors ----
-- error: rnn_train: option "patch" is 8, but these rows are read step by step: .*leave it out
SELECT rnn_train(json_set(:o, '$.patch', 8, '$.bidirectional', json('false')), id, step, kind, a, b) FROM curve;
-- error: rnn_train: option "wide" is true, but its linear models are of the words of whole texts .*leave it out
SELECT rnn_train(json_set(:o, '$.wide', json('true'), '$.bidirectional', json('false')), id, step, kind, a, b) FROM curve;
-- error: rnn_train: option "patch" is 5000
SELECT rnn_train(json_set(:o, '$.patch', 5000), kind, x) FROM array;
-- error: rnn_train: the linear models beside the networks need about [0-9]+ bytes, memory_limit is 1000000; raise it, or set wide to false
SELECT rnn_train(json_set(:o, '$.memory_limit', 1000000), kind, x) FROM array;
