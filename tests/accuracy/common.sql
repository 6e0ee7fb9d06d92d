-- common.sql - what every row of the accuracy table shares. A row's file fills the tables; `result` computes the figures from the
-- rows of rnn_forecast, rnn_backtest and rnn_predict, not by rnn_evaluate, so that the two can be held against each other. (Texts
-- that are written are compared by rnn_evaluate: `measured`.)
-- scripts/accuracy makes the table run(seed) first (ucr.sql has more columns in it); build/accuracy/data is the folder of data sets.
.bail on

-- Forecasts: every step with what happened and what the naive forecast says; forecast NULL where none came.
CREATE TEMP TABLE point(
  series TEXT NOT NULL, origin, step INTEGER, actual REAL NOT NULL, forecast REAL, lower REAL, upper REAL, naive REAL);
-- Mean |y(t) - y(t-m)| over the training part of a series: what MASE divides by.
CREATE TEMP TABLE scale(series TEXT PRIMARY KEY, scale REAL NOT NULL);
-- Classes: every prediction with what was right and what the naive method says; predicted NULL where none came.
CREATE TEMP TABLE answer(item PRIMARY KEY, actual NOT NULL, predicted, naive) WITHOUT ROWID;
-- Figures of other kinds, from how many points (0 for times); and naive figures that are not measured here but known.
CREATE TEMP TABLE measured(metric TEXT PRIMARY KEY, value REAL, points INTEGER NOT NULL);
CREATE TEMP TABLE naive(metric TEXT PRIMARY KEY, value REAL NOT NULL);
-- What is measured, and what it has to reach: '<= 0.75', '>= 0.85', '0.86 to 0.94', '<= 0.85 x naive', or '-' where nothing is asked.
CREATE TEMP TABLE target(metric TEXT PRIMARY KEY, bound TEXT NOT NULL);
-- When training began and ended, and how many models were trained in between; nothing where none was.
CREATE TEMP TABLE clock(what TEXT PRIMARY KEY, day REAL NOT NULL, models INTEGER NOT NULL DEFAULT 1);
-- How many points there must be; fewer make the figures NULL.
CREATE TEMP TABLE expected(points INTEGER NOT NULL);

-- MASE is the mean over series of (mean |e| / scale), as in the M4 competition; the others are means over all points.
CREATE TEMP VIEW figure(metric, value, naive) AS
WITH by_series AS (
  SELECT avg(abs(forecast - actual)) / scale AS mase, avg(abs(naive - actual)) / scale AS naive_mase
  FROM point JOIN scale USING (series) GROUP BY series)
SELECT 'MASE', avg(mase), avg(naive_mase) FROM by_series
UNION ALL
SELECT 'sMAPE', avg(200 * abs(forecast - actual) / (abs(forecast) + abs(actual))),
  avg(200 * abs(naive - actual) / (abs(naive) + abs(actual))) FROM point
UNION ALL
SELECT 'MAE', avg(abs(forecast - actual)), avg(abs(naive - actual)) FROM point
UNION ALL
SELECT 'RMSE', sqrt(avg((forecast - actual) * (forecast - actual))), sqrt(avg((naive - actual) * (naive - actual))) FROM point
UNION ALL
SELECT 'WAPE', sum(abs(forecast - actual)) / sum(abs(actual)), sum(abs(naive - actual)) / sum(abs(actual)) FROM point
UNION ALL
SELECT 'coverage', avg(actual BETWEEN lower AND upper), NULL FROM point
UNION ALL
SELECT 'accuracy', avg(predicted IS actual), iif(count(naive), avg(naive IS actual), NULL) FROM answer
UNION ALL
SELECT metric, value, NULL FROM measured;

CREATE TEMP VIEW counted(found, points) AS
SELECT (SELECT count(forecast) FROM point) + (SELECT count(predicted) FROM answer) + (SELECT total(points) FROM measured),
  (SELECT count(*) FROM point) + (SELECT count(*) FROM answer) + (SELECT total(points) FROM measured);

CREATE TEMP VIEW result(seed, metric, value, naive, bound, coverage, seconds, points) AS
SELECT seed, metric, iif(found = expected.points AND found = counted.points, figure.value, NULL), coalesce(naive.value, figure.naive),
  bound, iif(metric = 'coverage' OR metric IN (SELECT metric FROM measured), NULL, (SELECT avg(actual BETWEEN lower AND upper) FROM point)),
  ((SELECT day FROM clock WHERE what = 'trained') - (SELECT day FROM clock WHERE what = 'began')) * 86400
    / (SELECT models FROM clock WHERE what = 'trained'),
  CAST(found AS INTEGER)
FROM target JOIN figure USING (metric) LEFT JOIN naive USING (metric) JOIN run JOIN expected JOIN counted
ORDER BY target.rowid;
