-- M4 weekly: 359 series of unequal length, one model for all, 13 weeks ahead, the official split. m = 1.
CREATE TEMP TABLE week(series TEXT, t INTEGER, value REAL, part TEXT);
.import --csv --skip 1 build/accuracy/data/m4_weekly/weekly_long.csv week
CREATE TEMP TABLE train AS SELECT series, t, value FROM week WHERE part = 'train';
CREATE TEMP TABLE test AS SELECT series, t, value FROM week WHERE part = 'test';
CREATE INDEX temp.train_t ON train(series, t);

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'forecast', 'horizon', 13, 'seed', (SELECT seed FROM run)), series, t, value) AS model FROM train;
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE ahead AS
SELECT series, time, step, forecast, lower_bound, upper_bound
FROM rnn_forecast((SELECT model FROM model), (SELECT rnn_rows(series, t, value) FROM train), 13);

INSERT INTO point
SELECT test.series, NULL, step, test.value, forecast, lower_bound, upper_bound,
  (SELECT value FROM train WHERE train.series = test.series ORDER BY t DESC LIMIT 1)
FROM test LEFT JOIN ahead ON ahead.series = test.series AND ahead.time = test.t;
INSERT INTO scale
SELECT series, avg(abs(value - before))
FROM (SELECT series, value, lag(value) OVER (PARTITION BY series ORDER BY t) AS before FROM train) GROUP BY series;
INSERT INTO target VALUES ('MASE', '<= 2.02'), ('sMAPE', '<= 8.0'), ('coverage', '0.86 to 0.94');
INSERT INTO expected SELECT 359 * 13;
