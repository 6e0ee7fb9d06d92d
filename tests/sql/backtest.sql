-- rnn_backtest and rnn_evaluate: which origins, which actuals, and the metrics computed once more in SQL.
SELECT '1..37';
CREATE TABLE t(s, d, y);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
INSERT INTO t SELECT s, date('2024-01-01', i || ' days'), k * (20 + i % 7 + i * 7919 % 13 / 3.0)
  FROM n, (SELECT 'a' AS s, 1 AS k UNION ALL SELECT 'b', -10);
INSERT INTO t SELECT 'short', date('2024-02-20', value || ' days'), 10 + value FROM json_each('[0,1,2,3,4,5,6]');
INSERT INTO t SELECT 'void', d, NULL FROM t WHERE s = 'a';
UPDATE t SET y = NULL WHERE s = 'a' AND d = '2024-02-26';
.param init
.param set :o '{"task":"forecast","horizon":4,"hidden":3,"epochs":2,"ensemble":1,"context":8}'
CREATE TEMP TABLE m AS SELECT rnn_train(:o, s, d, y) AS model, rnn_rows(s, d, y) AS data FROM t;
CREATE TEMP TABLE b AS SELECT b.* FROM m, rnn_backtest(m.model, m.data) b;

-- Without options: one origin, the last `horizon` steps are the test.
INSERT INTO tap(name, got, want) SELECT 'origin and times of a', group_concat(origin || ' ' || time || ' ' || step, ', '),
  '2024-02-25 2024-02-26 1, 2024-02-25 2024-02-27 2, 2024-02-25 2024-02-28 3, 2024-02-25 2024-02-29 4' FROM b WHERE series = 'a'
    RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'actuals are the table''s', sum(actual IS NOT y), 0 FROM b JOIN t ON s = series AND d = time
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'an unknown actual is NULL, and has a forecast', actual || ' ' || (forecast IS NOT NULL), NULL
  FROM b WHERE series = 'a' AND step = 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a series without targets: one row of NULLs',
  count(*) || ' ' || count(forecast) || ' ' || count(actual) || ' ' || count(time), '1 0 0 0' FROM b WHERE series = 'void' RETURNING line;
INSERT INTO tap(name, got) SELECT 'bounds hold the forecast', min(lower_bound <= forecast AND forecast <= upper_bound) FROM b
  WHERE series <> 'void' RETURNING line;
-- The future is not looked at: the forecasts are those from the rows up to the origin.
INSERT INTO tap(name, got, want) SELECT 'a backtest is the forecast made at its origin', count(*), 12 FROM b
  JOIN rnn_forecast((SELECT model FROM m),
  (SELECT rnn_rows(s, d, y) FROM t WHERE s = 'a' AND d <= '2024-02-25' OR s = 'b' AND d <= '2024-02-25' OR s = 'short'
    AND d <= '2024-02-22')) f USING (series, time, step)
WHERE abs(b.forecast - f.forecast) < 1e-5 AND abs(b.lower_bound - f.lower_bound) + abs(b.upper_bound - f.upper_bound) < 1e-5 RETURNING line;

-- Origins and stride.
INSERT INTO tap(name, got, want) SELECT 'options ' || coalesce(o.o, 'NULL'), (SELECT group_concat(DISTINCT b.origin)
  FROM m, rnn_backtest(m.model, m.data, o.o) b WHERE b.series = 'b'), o.want
FROM (SELECT '{"origins":3}' AS o, '2024-02-17,2024-02-21,2024-02-25' AS want UNION ALL SELECT '{"origins":3,"stride":1}',
  '2024-02-23,2024-02-24,2024-02-25'
  UNION ALL SELECT '{"origins":2,"stride":10}', '2024-02-15,2024-02-25' UNION ALL SELECT '{"origins":2,"horizon":1}',
    '2024-02-27,2024-02-28'
  UNION ALL SELECT '{"horizon":6}', '2024-02-23' UNION ALL SELECT NULL, '2024-02-25') o RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'rows of ' || b.series, count(*) || ' ' || count(b.forecast) || ' ' || sum(b.step),
  iif(b.series = 'void', '1 0 1', iif(b.series = 'short', '4 4 10', '12 12 30'))
FROM m, rnn_backtest(m.model, m.data, '{"origins":3}') b GROUP BY b.series RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'actuals over origins and a longer horizon', count(*) || ' ' || sum(b.actual IS NOT y), '100 0'
  FROM m, rnn_backtest(m.model, m.data, '{"origins":5,"stride":3,"horizon":10}') b
  JOIN t ON s = b.series AND d = b.time WHERE b.series IN ('a', 'b') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'more origins than there are steps: those that there are',
  count(DISTINCT b.origin) || ' ' || min(b.origin), '56 2024-01-01'
FROM m, rnn_backtest(m.model, m.data, '{"origins":1000,"stride":1}') b WHERE b.series = 'b' RETURNING line;
INSERT INTO tap(name, got) SELECT 'a higher level is wider', min(h.upper_bound - h.lower_bound > b.upper_bound - b.lower_bound
  AND h.forecast = b.forecast)
FROM m, rnn_backtest(m.model, m.data, '{"level":0.99}') h JOIN b USING (series, origin, step) WHERE series IN ('a', 'b') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'LIMIT stops', count(*), 3 FROM (SELECT b.*
  FROM m, rnn_backtest(m.model, m.data, '{"origins":1000000,"stride":1}') b LIMIT 3) RETURNING line;

-- A training before each origin: the last one is a training on what precedes the last `horizon` steps.
CREATE TEMP TABLE p AS SELECT rnn_train(:o, s, d, y) AS model, rnn_rows(s, d, y) AS data FROM t WHERE s = 'b';
CREATE TEMP TABLE refit AS SELECT b.* FROM p, rnn_backtest(p.model, p.data, '{"origins":3,"refit":true}') b;
INSERT INTO tap(name, got, want) SELECT 'refit: origins and rows', count(*) || ' ' || group_concat(DISTINCT origin),
  '12 2024-02-17,2024-02-21,2024-02-25' FROM refit RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'refit: actuals', sum(actual IS NOT y), 0 FROM refit JOIN t ON s = series AND d = time
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'refit: a training on what precedes ' || origin || ' forecasts the same', (SELECT count(*)
  FROM rnn_forecast(
    (SELECT rnn_train(:o, s, d, y) FROM t WHERE s = 'b' AND d <= r.origin), (SELECT rnn_rows(s, d, y) FROM t
      WHERE s = 'b' AND d <= r.origin)) f
    JOIN refit USING (series, time, step) WHERE abs(f.forecast - refit.forecast) < 1e-6
      AND abs(f.upper_bound - refit.upper_bound) < 1e-6), 4
FROM (SELECT DISTINCT origin FROM refit) r RETURNING line;
INSERT INTO tap(name, got) SELECT 'refit: the first origins may be too early to train', count(DISTINCT b.origin) BETWEEN 5 AND 14
  AND max(b.origin) = '2024-02-25'
FROM p, rnn_backtest(p.model, p.data, '{"origins":100,"refit":true}') b RETURNING line;

-- Metrics.
CREATE TEMP TABLE e AS SELECT e.* FROM m, rnn_evaluate(m.model, m.data, '{"origins":3}') e;
CREATE TEMP TABLE eb AS SELECT b.* FROM m, rnn_backtest(m.model, m.data, '{"origins":3}') b
  WHERE b.actual IS NOT NULL AND b.forecast IS NOT NULL;
-- scale of the MASE: mean seasonal change before the first origin of each series
CREATE TEMP TABLE scale AS SELECT s, avg(abs(y - before)) AS scale FROM (SELECT s, d, y,
  lag(y, (SELECT json_extract(rnn_info(model), '$.seasons[0]') FROM m))
  OVER (PARTITION BY s ORDER BY d) AS before FROM t) WHERE d <= (SELECT min(origin) FROM eb WHERE series = s) GROUP BY s;
INSERT INTO tap(name, got, want) SELECT 'metrics and their order', group_concat(metric), 'mae,rmse,mape,smape,mase,pinball,coverage'
  FROM e RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT metric, value, (SELECT CASE metric WHEN 'mae' THEN avg(abs(actual - forecast))
  WHEN 'rmse' THEN sqrt(avg((actual - forecast) * (actual - forecast)))
    WHEN 'mape' THEN 100 * avg(abs((actual - forecast) / actual)) WHEN 'smape'
      THEN 200 * avg(abs(actual - forecast) / (abs(actual) + abs(forecast)))
    WHEN 'mase' THEN avg(abs(actual - forecast) / scale) WHEN 'coverage' THEN avg(actual BETWEEN lower_bound AND upper_bound) END
      FROM eb LEFT JOIN scale ON s = series), 1e-9
FROM e WHERE metric <> 'pinball' RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'pinball, from the quantiles of the forecasts', (SELECT e.value
  FROM m, rnn_evaluate(m.model, m.data) e WHERE metric = 'pinball'),
  avg((y - q.value) * (CAST(q.key AS REAL) - (y < q.value))), 1e-6 FROM rnn_forecast((SELECT model FROM m),
  (SELECT rnn_rows(s, d, y) FROM t WHERE s = 'a' AND d <= '2024-02-25' OR s = 'b' AND d <= '2024-02-25' OR s = 'short'
    AND d <= '2024-02-22')) f
  JOIN t ON s = f.series AND d = f.time, json_each(f.quantiles) q WHERE y IS NOT NULL RETURNING line;
INSERT INTO tap(name, got) SELECT 'coverage follows the level', max(iif(l = 0.5, value, 0)) <= max(iif(l = 0.99, value, 0)) FROM (
  SELECT l.value AS l, e.value AS value FROM json_each('[0.5, 0.99]') l, m, rnn_evaluate(m.model, m.data,
    json_object('level', l.value, 'origins', 8)) e WHERE metric = 'coverage') RETURNING line;

-- Nothing to test.
-- error: rnn_backtest: horizon 100 needs a series of at least 101 steps; the longest has 60; lower horizon or give more rows
SELECT b.* FROM m, rnn_backtest(m.model, m.data, '{"horizon":100}') b;
-- error: rnn_evaluate: horizon 100 needs a series of at least 101 steps; the longest has 60; lower horizon or give more rows
SELECT b.* FROM m, rnn_evaluate(m.model, m.data, '{"horizon":100}') b;
