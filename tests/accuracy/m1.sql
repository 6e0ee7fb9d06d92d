-- m1.sql - the points of a row of the M1 competition, once the row's file has filled the tables item(series, time, value, part), part
-- 'train' or 'test', protocol(horizon, season) and ahead(series, time, step, forecast, lower_bound, upper_bound). Naive: the last season
-- again. m = season.
CREATE TEMP TABLE past AS
SELECT series, value, row_number() OVER (PARTITION BY series ORDER BY time DESC) AS back FROM item WHERE part = 'train';
CREATE UNIQUE INDEX temp.past_back ON past(series, back);
CREATE TEMP TABLE future AS
SELECT series, time, value, row_number() OVER (PARTITION BY series ORDER BY time) AS step FROM item WHERE part = 'test';
CREATE UNIQUE INDEX temp.ahead_time ON ahead(series, time);

INSERT INTO point
SELECT future.series, NULL, future.step, future.value, forecast, lower_bound, upper_bound,
  (SELECT value FROM past WHERE past.series = future.series AND back = season - (future.step - 1) % season)
FROM future LEFT JOIN ahead ON ahead.series = future.series AND ahead.time = future.time JOIN protocol;
INSERT INTO scale
SELECT series, avg(abs(past.value - before.value))
FROM protocol JOIN past JOIN past AS before USING (series) WHERE before.back = past.back + season GROUP BY series;
INSERT INTO expected SELECT count(DISTINCT series) * horizon FROM item, protocol;
