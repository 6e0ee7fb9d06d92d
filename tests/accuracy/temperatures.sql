-- Daily minimum temperatures in Melbourne, one step ahead over the last fifth of the rows. Naive: the last value.
CREATE TEMP TABLE day(date TEXT PRIMARY KEY, y REAL);
.import --csv --skip 1 build/accuracy/data/series/daily-min-temperatures.csv day
CREATE TEMP TABLE numbered AS SELECT date, y, row_number() OVER (ORDER BY date) AS n, count(*) OVER () * 8 / 10 AS cut FROM day;

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'forecast', 'horizon', 1, 'seed', (SELECT seed FROM run)), 'minimum', date, y) AS model
FROM numbered WHERE n <= cut;
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE ahead AS
SELECT origin, time, step, actual, forecast, lower_bound, upper_bound
FROM rnn_backtest((SELECT model FROM model), (SELECT rnn_rows('minimum', date, y) FROM numbered),
                  (SELECT json_object('horizon', 1, 'stride', 1, 'origins', count(*)) FROM numbered WHERE n > cut));

INSERT INTO point
SELECT 'minimum', origin, step, y, forecast, lower_bound, upper_bound, before
FROM (SELECT date, y, n, cut, lag(y) OVER (ORDER BY n) AS before FROM numbered) LEFT JOIN ahead ON time = date
WHERE n > cut;
INSERT INTO target VALUES ('RMSE', '<= 2.25');
INSERT INTO expected SELECT count(*) FROM numbered WHERE n > cut;
