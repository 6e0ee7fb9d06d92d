-- Forecasts of series of every kind: scales, gaps, too short, constant, counts, shifts; the ones that cannot be forecast beside others.
SELECT '1..50';
CREATE TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 69) SELECT i, i * 7919 % 13 / 13.0 AS noise
  FROM n;
CREATE TABLE x(s, d, y);
INSERT INTO x SELECT 'small', date('2024-01-01', i || ' days'), 0.001 * (10 + i % 7 + noise) FROM n;
INSERT INTO x SELECT 'middle', date('2024-01-01', i || ' days'), 10 + i % 7 + noise FROM n;
INSERT INTO x SELECT 'large', date('2024-01-01', i || ' days'), 1e9 * (10 + i % 7 + noise) FROM n;
INSERT INTO x SELECT 'constant', date('2024-01-01', i || ' days'), 42 FROM n;
INSERT INTO x SELECT 'empty', date('2024-01-01', i || ' days'), NULL FROM n;
INSERT INTO x VALUES ('one', '2024-01-01', 3);
INSERT INTO x SELECT 'three', date('2024-01-01', i || ' days'), 5 + i FROM n WHERE i < 3;
INSERT INTO x SELECT NULL, date('2024-01-01', i || ' days'), 10 + i % 7 + noise FROM n;
INSERT INTO x SELECT 7, date('2024-01-01', i || ' days'), 10 + i % 7 + noise FROM n;
INSERT INTO x SELECT x'00ff', date('2024-01-01', i || ' days'), 10 + i % 7 + noise FROM n;
INSERT INTO x SELECT 'rows missing', date('2024-01-01', i || ' days'), 10 + i % 7 + noise FROM n WHERE i NOT BETWEEN 30 AND 40;
INSERT INTO x SELECT 'values missing', date('2024-01-01', i || ' days'), iif(i BETWEEN 30 AND 40, NULL, 10 + i % 7 + noise) FROM n;
INSERT INTO x SELECT 'ends early', date('2024-01-01', i || ' days'), iif(i < 66, 10 + i % 7 + noise, NULL) FROM n;
.param init
.param set :o '{"task":"forecast","horizon":4,"hidden":4,"epochs":2,"ensemble":1,"batch":8}'
CREATE TEMP TABLE m AS SELECT rnn_train(:o, s, d, y) AS model, rnn_rows(s, d, y) AS data FROM x;
CREATE TEMP TABLE f AS SELECT f.* FROM m, rnn_forecast(m.model, m.data) f;

INSERT INTO tap(name, got, want) SELECT 'every series comes back, in the order of SQLite', group_concat(quote(series), ' '),
  (SELECT group_concat(quote(s), ' ') FROM (SELECT DISTINCT s FROM x ORDER BY s)) FROM (SELECT DISTINCT series FROM f) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'rows of ' || coalesce(iif(typeof(series) = 'blob', 'a blob', series), 'NULL'),
  count(*) || ' ' || sum(status = 'ok') || ' ' || group_concat(step), iif(series IS 'empty', '1 0 1', '4 4 1,2,3,4') FROM f
    GROUP BY series RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no known target: a status and NULLs', json_array(time, step, forecast, lower_bound, upper_bound,
  quantiles, status),
  json_array(NULL, 1, NULL, NULL, NULL, NULL, 'no known target') FROM f WHERE series = 'empty' RETURNING line;
INSERT INTO tap(name, got) SELECT 'bounds hold the forecast', min(lower_bound <= forecast AND forecast <= upper_bound AND level = 0.9)
  FROM f
WHERE series IS NOT 'empty' RETURNING line;
INSERT INTO tap(name, got) SELECT 'quantiles are monotone and finite', count(*) > 0 AND min(value >= before) AND max(abs(value)) < 1e12
  FROM (
  SELECT q.value, lag(q.value, 1, -1e300) OVER (PARTITION BY f.series, f.step ORDER BY CAST(q.key AS REAL)) AS before
    FROM f, json_each(f.quantiles) q)
RETURNING line;
INSERT INTO tap(name, got) SELECT 'the median is the forecast', max(abs(json_extract(quantiles,
  '$."0.5"') - forecast) / max(abs(forecast), 1e-9)) < 1e-6
FROM f RETURNING line;
INSERT INTO tap(name, got) SELECT 'forecasts are on the scale of ' || series, min(forecast BETWEEN a AND b
  AND upper_bound - lower_bound < 2 * (b - a))
FROM f JOIN (SELECT s, min(y) - (max(y) - min(y)) AS a, max(y) + (max(y) - min(y)) AS b FROM x GROUP BY s) ON s = series
WHERE series IN ('small', 'middle', 'large') GROUP BY series RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'scale does not matter: ' || a.series, max(abs(a.forecast / b.forecast / k.k - 1)), 0,
  1e-6
FROM f a, f b, (SELECT 'small' AS s, 0.001 AS k UNION ALL SELECT 'large', 1e9) k
  WHERE a.series = k.s AND b.series = 'middle' AND a.step = b.step GROUP BY a.series
RETURNING line;
INSERT INTO tap(name, got) SELECT 'a constant series: its value, hardly an interval',
  min(abs(forecast - 42) < 1e-3 AND upper_bound - lower_bound < 0.5)
FROM f WHERE series = 'constant' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'forecasts begin after the last known target', min(time), '2024-03-07' FROM f
  WHERE series = 'ends early' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'missing rows and NULLs are the same', count(*), 4 FROM f a
  JOIN f b USING (step, time)
WHERE a.series = 'rows missing' AND b.series = 'values missing' AND abs(a.forecast - b.forecast) < 1e-6
  AND abs(a.upper_bound - b.upper_bound) < 1e-6 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'what was skipped is said', json_extract(rnn_info(model), '$.data.series_skipped') || ' ' ||
  json_extract(rnn_info(model), '$.data.missing_targets') || ' ' || json_extract(rnn_info(model), '$.data.filled_steps') || ' ' ||
  json_extract(rnn_info(model), '$.data.reason'), '1 11 11 1 series has no known target' FROM m RETURNING line;

-- Series that training never saw.
INSERT INTO tap(name, got) SELECT 'unseen: ' || f.series, count(*) = 4 AND min(f.status = 'ok') AND min(f.forecast BETWEEN -20 AND 40)
  FROM m, rnn_forecast(m.model,
  (SELECT rnn_rows(s, d, y) FROM (SELECT 'long' AS s, date('2025-01-01', i || ' days') AS d, 10 + i % 7 + noise AS y FROM n
   UNION ALL SELECT 'ten', date('2025-01-01', i || ' days'), 10 + i % 7 + noise FROM n WHERE i < 10
   UNION ALL SELECT 'two', date('2025-01-01', i || ' days'), 10 + i FROM n WHERE i < 2
   UNION ALL SELECT 'single', '2025-01-01', 10))) f GROUP BY f.series RETURNING line;

-- The future and the interval.
INSERT INTO tap(name, got, want) SELECT 'past the trained horizon', count(*) || ' ' || sum(f.status = 'ok') || ' ' || min(f.time) || ' '
  || max(f.time),
  '30 30 2024-03-11 2024-04-09' FROM m, rnn_forecast(m.model, m.data, 30) f WHERE f.series = 'middle' RETURNING line;
INSERT INTO tap(name, got) SELECT 'which stays on the scale and keeps the season', min(f.forecast BETWEEN 5 AND 25)
  AND max(f.forecast) - min(f.forecast) > 3
FROM m, rnn_forecast(m.model, m.data, 30) f WHERE f.series = 'middle' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the first steps are the same then', count(*), 4 FROM m, rnn_forecast(m.model, m.data, 30) l
  JOIN f USING (series, step)
WHERE series = 'middle' AND l.forecast = f.forecast RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'an integer is a horizon', count(*), 2 FROM m, rnn_forecast(m.model, m.data, 2) f
  WHERE f.series = 'middle' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'shorter: the same forecasts', count(*), 2
  FROM m, rnn_forecast(m.model, m.data, '{"horizon":2}') l JOIN f USING (series, step, forecast)
WHERE series = 'middle' RETURNING line;
INSERT INTO tap(name, got) SELECT 'a higher level is wider, about the same forecast',
  min(a.upper_bound - a.lower_bound > f.upper_bound - f.lower_bound
  AND f.upper_bound - f.lower_bound > b.upper_bound - b.lower_bound AND a.forecast = f.forecast AND a.level = 0.99 AND b.level = 0.5)
FROM m, rnn_forecast(m.model, m.data, '{"level":0.99}') a JOIN f USING (series, step)
  JOIN rnn_forecast((SELECT model FROM m), (SELECT data FROM m), '{"level":0.5}') b
  USING (series, step) WHERE series = 'middle' RETURNING line;

-- One kind alone.
CREATE TEMP TABLE k(name, s, d, y);
INSERT INTO k SELECT 'level shift', 's', date('2024-01-01', i || ' days'), iif(i >= 50, 500, 100) + 13 * noise FROM n;
INSERT INTO k SELECT 'intermittent', 's', date('2024-01-01', i || ' days'), iif(noise < 0.2, i * 31 % 4, 0) FROM n;
INSERT INTO k SELECT 'constant', 's', date('2024-01-01', i || ' days'), -3.5 FROM n;
INSERT INTO k SELECT 'zero', 's', date('2024-01-01', i || ' days'), 0 FROM n;
INSERT INTO k SELECT 'trend', 's', date('2024-01-01', i || ' days'), 1000 - 10 * i FROM n;
INSERT INTO k SELECT 'huge', 's', date('2024-01-01', i || ' days'), 1e300 * (1 + i % 7) FROM n;
INSERT INTO k SELECT 'tiny', 's', date('2024-01-01', i || ' days'), 1e-8 * (1 + i % 7) FROM n;
INSERT INTO k SELECT 'six rows', 's', date('2024-01-01', i || ' days'), i FROM n WHERE i < 6;
CREATE TEMP TABLE kf AS SELECT k.name, f.* FROM (SELECT name, rnn_train(:o, s, d, y) AS model, rnn_rows(s, d, y) AS data FROM k
  GROUP BY name) k,
  rnn_forecast(k.model, k.data) f;
INSERT INTO tap(name, got) SELECT 'alone: ' || name, count(*) = 4 AND min(status = 'ok') AND min(CASE name
  WHEN 'level shift' THEN forecast BETWEEN 490 AND 520 AND upper_bound < 700 AND lower_bound > 300
  WHEN 'intermittent' THEN forecast BETWEEN 0 AND 3 AND lower_bound >= 0
  WHEN 'constant' THEN abs(forecast + 3.5) < 1e-3 AND upper_bound - lower_bound < 0.1
  WHEN 'zero' THEN abs(forecast) < 1e-3 AND upper_bound - lower_bound < 1
  WHEN 'trend' THEN abs(forecast - (310 - 10 * step)) < 1 AND upper_bound < 400
  WHEN 'huge' THEN forecast BETWEEN 0.5e300 AND 8e300 AND upper_bound < 2e301
  WHEN 'tiny' THEN forecast BETWEEN 0.5e-8 AND 8e-8 AND upper_bound < 2e-7
  WHEN 'six rows' THEN forecast BETWEEN 0 AND 20 END) FROM kf GROUP BY name RETURNING line;
INSERT INTO tap(name, got) SELECT 'counts with the negative binomial are whole numbers from 0', min(f.forecast >= 0 AND f.lower_bound >= 0
  AND abs(f.forecast - round(f.forecast)) < 1e-5
  AND f.upper_bound < 20) FROM rnn_forecast((SELECT rnn_train(json_set(:o, '$.loss', 'negative_binomial'), s, d, y) FROM k
    WHERE name = 'intermittent'),
  (SELECT rnn_rows(s, d, y) FROM k WHERE name = 'intermittent')) f RETURNING line;
-- error: rnn_train: target \(argument 4\) has negative values, but loss is "negative_binomial"
SELECT rnn_train(json_set(:o, '$.loss', 'negative_binomial'), s, d, y) FROM k WHERE name = 'constant';

-- Gaps.
INSERT INTO tap(name, got, want) SELECT 'gaps are skipped: steps join the rows around',
  min(f.time) || ' ' || json_extract(rnn_info(g.model), '$.data.filled_steps'), '2024-03-11 0'
FROM (SELECT rnn_train(json_set(:o, '$.gaps', 'skip'), s, d, y) AS model, rnn_rows(s, d, y) AS data FROM x
  WHERE s = 'rows missing') g, rnn_forecast(g.model, g.data) f
RETURNING line;
INSERT INTO tap(name, got) SELECT 'gaps refused: none, no error', length(rnn_train(json_set(:o, '$.gaps', 'error'), s, d, y)) > 0 FROM x
  WHERE s = 'middle' RETURNING line;
-- error: rnn_train: time \(argument 3\): series 'rows missing' has no row for '2024-01-31', between '2024-01-30' and '2024-02-11'
SELECT rnn_train(json_set(:o, '$.gaps', 'error'), s, d, y) FROM x WHERE s = 'rows missing';
