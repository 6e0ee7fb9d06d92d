-- The same rows in any order, options and seed give the same model byte for byte, whatever the number of threads.
SELECT '1..16';
-- Several series, text and number inputs, gaps, and NULL series: everything whose order could show.
CREATE TABLE t(s, d, y, x, c);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
INSERT INTO t SELECT k, date('2024-01-01', i || ' days'), (5 + (i + k) % 7) * (k + 1) + i * 7919 % 13 / 13.0, i % 3, 'c' || (i * 31 % 5)
FROM n, (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) WHERE (i + k) % 17 <> 0;
UPDATE t SET s = NULL WHERE s = 3;
.param init
.param set :o '{"task":"forecast","horizon":3,"hidden":5,"epochs":2,"ensemble":2,"batch":8,"dropout":0.2,"known_ahead":[1],"series_embedding":2,"layers":2}'
CREATE TEMP TABLE m AS SELECT rnn_train(:o, s, d, y, x, c) AS model, rnn_rows(s, d, y, x, c) AS data FROM t;

INSERT INTO tap(name, got) SELECT 'the same again', rnn_train(:o, s, d, y, x, c) = (SELECT model FROM m) FROM t RETURNING line;
INSERT INTO tap(name, got) SELECT 'time descending', rnn_train(:o, s, d, y, x, c) = (SELECT model FROM m)
FROM (SELECT * FROM t ORDER BY d DESC, s DESC) RETURNING line;
INSERT INTO tap(name, got) SELECT 'shuffled', rnn_train(:o, s, d, y, x, c) = (SELECT model FROM m)
FROM (SELECT * FROM t ORDER BY random()) RETURNING line;
INSERT INTO tap(name, got) SELECT 'shuffled another way', rnn_train(:o, s, d, y, x, c) = (SELECT model FROM m)
FROM (SELECT * FROM t ORDER BY rowid * 7919 % 211) RETURNING line;
INSERT INTO tap(name, got) SELECT value || ' threads', rnn_train(json_set(:o, '$.threads', value), s, d, y, x, c) = (SELECT model FROM m)
FROM json_each('[0, 1, 2, 4]'), t GROUP BY value ORDER BY value RETURNING line;
INSERT INTO tap(name, got) SELECT 'options in another order and spelling', rnn_train(
  '{"layers":2, "series_embedding":2, "known_ahead":1, "dropout":2e-1, "batch":8, "ensemble":2.0, "epochs":2, "hidden":5, "horizon":3, "task":"forecast"}',
  s, d, y, x, c) = (SELECT model FROM m) FROM t RETURNING line;
INSERT INTO tap(name, got) SELECT 'rnn_fit ends with the model of rnn_train', (SELECT model FROM m) =
  (SELECT f.model FROM m, rnn_fit(m.data, :o) f ORDER BY valid_loss LIMIT 1) RETURNING line;
INSERT INTO tap(name, got) SELECT 'another seed, another model', rnn_train(json_set(:o, '$.seed', 2), s, d, y, x, c) <> (SELECT model
  FROM m)
FROM t RETURNING line;
INSERT INTO tap(name, got) SELECT 'and the same again', rnn_train(json_set(:o, '$.seed', 2), s, d, y, x, c)
  = (SELECT rnn_train(json_set(:o, '$.seed', 2), s, d, y, x, c) FROM t) FROM t RETURNING line;
INSERT INTO tap(name, got) SELECT 'NaN is NULL in SQL: one model', (SELECT rnn_train(:o, s, d, iif(x = 0, NULL, y), x, c) FROM t)
  = (SELECT rnn_train(:o, s, d, iif(x = 0, 9e999 - 9e999, y), x, c) FROM t) RETURNING line;

-- Scoring likewise.
INSERT INTO tap(name, got) SELECT 'forecasts do not depend on order or threads', count(DISTINCT f) = 1 FROM (
  SELECT group_concat(quote(series) || time || quote(forecast) || quote(lower_bound) || quantiles) AS f FROM json_each('[1, 2, 4]') n, m,
    rnn_forecast(m.model, (SELECT rnn_rows(s, d, y, x, c) FROM (SELECT * FROM t ORDER BY random())), json_object('threads', n.value))
  GROUP BY n.value) RETURNING line;
INSERT INTO tap(name, got) SELECT 'nor do backtests', count(DISTINCT f) = 1 FROM (
  SELECT group_concat(quote(series) || time || quote(forecast) || quote(lower_bound)) AS f FROM json_each('[1, 2, 4]') n, m,
    rnn_backtest(m.model, (SELECT rnn_rows(s, d, y, x, c) FROM (SELECT * FROM t ORDER BY random())),
      json_object('threads', n.value, 'origins', 3)) GROUP BY n.value) RETURNING line;
INSERT INTO tap(name, got) SELECT 'a forecast of one series is its forecast among others', count(*) = 3
  AND max(abs(a.forecast - b.forecast) + abs(a.lower_bound - b.lower_bound)) < 1e-5 FROM m, rnn_forecast(m.model, m.data) a,
  rnn_forecast(m.model, (SELECT rnn_rows(s, d, y, x, c) FROM t WHERE s = 1)) b WHERE a.series = 1 AND a.step = b.step RETURNING line;
