-- common.sql - what every row of the accuracy table shares. A row's file fills the tables; `result` computes the figures from the
-- rows of rnn_forecast or rnn_backtest alone, not by rnn_evaluate, so that the two can be held against each other.
-- scripts/accuracy makes the table run(seed) first and sets the current folder to that of the data.
.bail on

-- Every forecast step with what happened and what the naive forecast says; forecast NULL where none came.
CREATE TEMP TABLE point(
  series TEXT NOT NULL, origin, step INTEGER, actual REAL NOT NULL, forecast REAL, lower REAL, upper REAL, naive REAL);
-- Mean |y(t) - y(t-m)| over the training part of a series: what MASE divides by.
CREATE TEMP TABLE scale(series TEXT PRIMARY KEY, scale REAL NOT NULL);
-- What is measured, and what it should not exceed.
CREATE TEMP TABLE target(metric TEXT PRIMARY KEY, at_most REAL NOT NULL);
CREATE TEMP TABLE clock(what TEXT PRIMARY KEY, day REAL NOT NULL);
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
SELECT 'RMSE', sqrt(avg((forecast - actual) * (forecast - actual))), sqrt(avg((naive - actual) * (naive - actual))) FROM point;

CREATE TEMP VIEW result(seed, metric, value, naive, at_most, coverage, seconds, points) AS
SELECT seed, metric, iif(found = points AND found = all_points, value, NULL), naive, at_most, coverage, seconds, found
FROM target JOIN figure USING (metric) JOIN run JOIN expected
JOIN (SELECT count(forecast) AS found, count(*) AS all_points, avg(actual BETWEEN lower AND upper) AS coverage FROM point)
JOIN (SELECT ((SELECT day FROM clock WHERE what = 'trained') - (SELECT day FROM clock WHERE what = 'began')) * 86400 AS seconds)
ORDER BY target.rowid;
