-- The pretrained forecaster takes step, season and sign from the rows it is given.
SELECT '1..34';
-- Any number of steps; near-normal noise, the sum of four of a linear congruential generator.
CREATE TABLE noise(i INTEGER PRIMARY KEY, e);
WITH RECURSIVE n(i, x) AS (SELECT 0, 12345 UNION ALL SELECT i + 1, (x * 1103515245 + 12345) % 2147483648 FROM n WHERE i < 2399)
INSERT INTO noise SELECT i / 4, (sum(x / 2147483648.0) - 2) * 1.732 FROM n GROUP BY i / 4;
CREATE TABLE x(s, d, y);
INSERT INTO x SELECT 'months', strftime('%Y-%m', '2015-01-01', i || ' months'), 200 + 30 * sin(i * 0.5236) + 8 * e FROM noise WHERE i < 60;
INSERT INTO x SELECT 'days', date('2024-01-01', i || ' days'), 50 + 20 * (i % 7 = 5) + 3 * e FROM noise WHERE i < 120;
INSERT INTO x SELECT 'quarters', printf('%d-%02d', 2015 + i / 4, 1 + i % 4 * 3), 100 + 15 * (i % 4 = 1) + 3 * e FROM noise WHERE i < 28;
INSERT INTO x SELECT 'hours', datetime('2024-01-01', i || ' hours'), 10 + 5 * cos(i * 0.2618) + e FROM noise WHERE i < 400;
INSERT INTO x SELECT 'years', 2000 + i, 30 + i + e FROM noise WHERE i < 20;
INSERT INTO x SELECT 'below zero', strftime('%Y-%m', '2015-01-01', i || ' months'), 10 * e FROM noise WHERE i < 60;
INSERT INTO x SELECT 'counts', date('2024-01-01', i || ' days'), max(0, CAST(e * 2 AS INTEGER)) FROM noise WHERE i < 90;
INSERT INTO x SELECT 'three', '2024-0' || value, 5 + value FROM json_each('[1,2,3]');
INSERT INTO x SELECT 'constant', strftime('%Y-%m', '2015-01-01', i || ' months'), 7 FROM noise WHERE i < 40;
INSERT INTO x VALUES ('one', '2024-01', 5);
INSERT INTO x SELECT 'unknown', '2024-0' || value, NULL FROM json_each('[1,2,3]');
CREATE TABLE f AS SELECT r.s, f.* FROM (SELECT s, rnn_rows(s, d, y) AS rows FROM x GROUP BY s) r,
  rnn_forecast(rnn_pretrained('forecast'), r.rows) f;
CREATE VIEW q AS SELECT s, step, CAST(j.key AS REAL) AS p, j.value AS v, lead(j.value) OVER (PARTITION BY s, step ORDER BY CAST(j.key AS REAL)) AS next
  FROM f, json_each(quantiles) j;

-- ---- steps and seasons ----
CREATE TABLE expected(s, first, last, steps);
INSERT INTO expected VALUES ('months', '2020-01', '2020-12', 12), ('days', '2024-04-30', '2024-05-06', 7), ('quarters', '2022-01', '2022-10', 4),
  ('hours', '2024-01-17 16:00:00', '2024-01-18 15:00:00', 24), ('years', 2020, 2023, 4), ('three', '2024-04', '2025-03', 12), ('one', '2024-02', '2025-01', 12);
INSERT INTO tap(name, got, want) SELECT s || ': a season ahead', (SELECT min(time) || ' ' || max(time) || ' ' || count(*) FROM f WHERE f.s = e.s),
  first || ' ' || last || ' ' || steps FROM expected e RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'all forecast but the unknown one', group_concat(DISTINCT s), 'unknown' FROM f WHERE status <> 'ok' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'which says so, in a row', count(*) || ' ' || max(status) || ' ' || (max(forecast) IS NULL), '1 no known target 1'
  FROM f WHERE s = 'unknown' RETURNING line;
-- Within three times the spread of what comes next.
INSERT INTO tap(name, got) SELECT 'months near what comes next', max(abs(f.forecast - (200 + 30 * sin((59 + step) * 0.5236)))) < 24 FROM f WHERE s = 'months' RETURNING line;
INSERT INTO tap(name, got) SELECT 'Saturday is seen', max(forecast) FILTER (WHERE strftime('%w', time) = '6') > max(forecast) FILTER (WHERE strftime('%w', time) <> '6') + 8
  FROM f WHERE s = 'days' RETURNING line;
INSERT INTO tap(name, got) SELECT 'the best hour, too', (SELECT strftime('%H', time) FROM f WHERE s = 'hours' ORDER BY forecast DESC LIMIT 1) IN ('22', '23', '00', '01', '02')
  RETURNING line;

-- ---- intervals ----
INSERT INTO tap(name, got, want) SELECT 'no quantiles cross', count(*), 0 FROM q WHERE next < v RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'none is missing', count(DISTINCT p) || ' ' || (count(*) = 13 * (SELECT count(*) FROM f WHERE status = 'ok')), '13 1' FROM q RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'none below zero where no target was', group_concat(DISTINCT s), 'below zero' FROM q WHERE v < 0 RETURNING line;
INSERT INTO tap(name, got) SELECT 'bounds are quantiles', max(abs(lower_bound - (quantiles ->> '$."0.05"'))) < 1e-6 AND max(abs(forecast - (quantiles ->> '$."0.5"'))) < 1e-6
  FROM f WHERE status = 'ok' RETURNING line;
INSERT INTO tap(name, got) SELECT 'a constant goes on', max(abs(forecast - 7)) < 1e-3 AND max(upper_bound - lower_bound) < 0.1 FROM f WHERE s = 'constant' RETURNING line;
INSERT INTO tap(name, got) SELECT 'of one value the interval is neither nothing nor everything', min(upper_bound - lower_bound) > 0.5 AND max(upper_bound) < 50
  AND max(forecast) < 15 FROM f WHERE s = 'one' RETURNING line;

-- ---- several series, one key, longer horizons ----
CREATE TABLE three(s, d, y);
INSERT INTO three SELECT k.value, strftime('%Y-%m', '2015-01-01', (n.i % 60) || ' months'), k.value * 100 + 30 * sin(n.i * 0.5236) + 8 * n.e
  FROM noise n JOIN json_each('[2,5,9]') k ON n.i / 60 = k.value;
INSERT INTO tap(name, got) SELECT 'series at once are series one by one', max(abs(a.forecast - b.forecast) + abs(a.lower_bound - b.lower_bound)) < 1e-4 AND count(*) = 36
  FROM rnn_forecast(rnn_pretrained('forecast'), (SELECT rnn_rows(s, d, y) FROM three), 12) a
  JOIN (SELECT f.* FROM (SELECT rnn_rows(s, d, y) AS rows FROM three GROUP BY s) r, rnn_forecast(rnn_pretrained('forecast'), r.rows, 12) f) b USING (series, step)
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a series without a name', count(*) || ' ' || count(series) || ' ' || count(forecast), '3 0 3'
  FROM rnn_forecast(rnn_pretrained('forecast'), (SELECT rnn_rows(NULL, d, y) FROM x WHERE s = 'days'), 3) RETURNING line;
CREATE TABLE far AS SELECT * FROM rnn_forecast(rnn_pretrained('forecast'), (SELECT rnn_rows(s, d, y) FROM x WHERE s = 'months'), 100);
INSERT INTO tap(name, got, want) SELECT 'more steps than it forecasts at once', count(*) || ' ' || max(time) || ' ' || count(forecast), '100 2028-04 100' FROM far RETURNING line;
INSERT INTO tap(name, got) SELECT 'they continue', min(forecast) > 0 AND max(forecast) < 1000 AND min(upper_bound > lower_bound) FROM far RETURNING line;
INSERT INTO tap(name, got) SELECT 'the first ones do not depend on the horizon much',
  (SELECT max(abs(a.forecast - b.forecast)) FROM far a JOIN f b ON b.s = 'months' AND a.step = b.step AND a.step <= 3) < 10 RETURNING line;

-- ---- few values that rise are no exponential growth, and peaks that come again are no errors ----
CREATE TABLE ramp(d, y);
INSERT INTO ramp VALUES ('2020-01', 3), ('2020-02', 250), ('2020-03', 260);
INSERT INTO tap(name, got) SELECT 'a start', max(upper_bound) < 2600 AND max(baseline) < 1000
  FROM rnn_forecast(rnn_pretrained('forecast'), (SELECT rnn_rows('a', d, y) FROM ramp), 12) RETURNING line;
CREATE TABLE peak AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 95)
SELECT date('2012-01-01', i || ' months') AS d, CASE WHEN i % 12 = 11 THEN 250 ELSE 100 + i * 7919 % 9 - 4 END AS y FROM n;
INSERT INTO tap(name, got) SELECT 'Decembers, without training', forecast BETWEEN 225 AND 275
  FROM rnn_forecast(rnn_pretrained('forecast'), (SELECT rnn_rows('a', d, y) FROM peak), 12) WHERE step = 12 RETURNING line;
INSERT INTO tap(name, got) SELECT 'and trained', forecast BETWEEN 225 AND 275
  FROM rnn_forecast((SELECT rnn_train('{"task":"forecast","horizon":12}', 'a', d, y) FROM peak), (SELECT rnn_rows('a', d, y) FROM peak), 12)
  WHERE step = 12 RETURNING line;

-- ---- other functions ----
-- error: rnn_forecast: the pretrained forecaster takes no inputs; give rows of series, time and target alone, or train a model on these with rnn_train
SELECT * FROM rnn_forecast(rnn_pretrained('forecast'), (SELECT rnn_rows(s, d, y, 1) FROM x WHERE s = 'months'));
-- error: no model is called 'forecast' in rnn_models; the one that is part of the extension is rnn_pretrained
SELECT * FROM rnn_forecast('forecast', (SELECT rnn_rows(s, d, y) FROM x WHERE s = 'months'));
-- error: rnn_score: this model takes its time step from the rows, .*rnn_train
SELECT rnn_score(rnn_pretrained('forecast'), d, y) OVER (ORDER BY d) FROM x WHERE s = 'months';
-- error: rnn_advance: this model takes its time step from the rows
SELECT rnn_advance(rnn_pretrained('forecast'), NULL, d, y) FROM x WHERE s = 'months';
-- error: rnn_forecast: too many arguments; usage: rnn_forecast.model, rows
SELECT * FROM rnn_forecast(rnn_pretrained('forecast'), (SELECT rnn_rows(s, d, y) FROM x WHERE s = 'months'), 12, 1);
INSERT INTO tap(name, got, want) SELECT 'rnn_backtest', count(*) || ' ' || count(actual) || ' ' || count(DISTINCT origin) || ' ' || (avg(abs(actual - forecast)) < 20), '36 36 3 1'
  FROM rnn_backtest(rnn_pretrained('forecast'), (SELECT rnn_rows(s, d, y) FROM x WHERE s = 'months'), '{"origins":3,"horizon":12}') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'rnn_evaluate', group_concat(metric), 'mae,rmse,mape,smape,mase,pinball,coverage'
  FROM rnn_evaluate(rnn_pretrained('forecast'), (SELECT rnn_rows(s, d, y) FROM x WHERE s = 'months')) WHERE value >= 0 RETURNING line;
UPDATE x SET y = 400 WHERE s = 'months' AND d = '2018-06';
INSERT INTO tap(name, got, want) SELECT 'rnn_anomalies', group_concat(time), '2018-06'
  FROM rnn_anomalies(rnn_pretrained('forecast'), (SELECT rnn_rows(s, d, y) FROM x WHERE s = 'months'), '{"level":0.999}') WHERE anomaly RETURNING line;
