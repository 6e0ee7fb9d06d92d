-- Hourly bike rentals with weather and calendar known ahead: 24 hours from every 24th hour of the last fifth of the rows. The hour
-- goes into the time, the other 11 columns are inputs. Hours without a row are gaps. Naive: the same hour a week before.
CREATE TEMP TABLE raw(instant INTEGER, dteday TEXT, season REAL, yr REAL, mnth REAL, hr INTEGER, holiday REAL, weekday REAL,
  workingday REAL, weathersit REAL, temp REAL, atemp REAL, hum REAL, windspeed REAL, casual REAL, registered REAL, cnt REAL);
.import --csv --skip 1 build/accuracy/data/bike_sharing/hour_iso.csv raw
CREATE TEMP TABLE hour AS
SELECT *, printf('%s %02d:00', dteday, hr) AS time, row_number() OVER (ORDER BY instant) AS n, count(*) OVER () * 8 / 10 AS cut FROM raw;
CREATE UNIQUE INDEX temp.hour_time ON hour(time);

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'forecast', 'horizon', 24, 'known_ahead', json('true'), 'seed', (SELECT seed FROM run)),
                 'bike', time, cnt, season, yr, mnth, holiday, weekday, workingday, weathersit, temp, atemp, hum, windspeed) AS model
FROM hour WHERE n <= cut;
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

-- Origins count on the grid of hours: as many whole days as lie between the end of training and the last row.
CREATE TEMP TABLE span AS
SELECT CAST(round((julianday(max(time)) - julianday(max(time) FILTER (WHERE n <= cut))) * 24) AS INT) / 24 AS days,
  max(time) FILTER (WHERE n <= cut) AS trained_to, max(time) AS last FROM hour;
CREATE TEMP TABLE ahead AS
SELECT origin, time, step, forecast, lower_bound, upper_bound
FROM rnn_backtest((SELECT model FROM model),
                  (SELECT rnn_rows('bike', time, cnt, season, yr, mnth, holiday, weekday, workingday, weathersit, temp, atemp, hum, windspeed)
                   FROM hour),
                  (SELECT json_object('horizon', 24, 'stride', 24, 'origins', days) FROM span));

INSERT INTO point
SELECT 'bike', origin, step, cnt, forecast, lower_bound, upper_bound,
  (SELECT cnt FROM hour before WHERE before.time = strftime('%Y-%m-%d %H:%M', hour.time, '-168 hours'))
FROM ahead JOIN hour ON hour.time = ahead.time WHERE hour.n > hour.cut;
INSERT INTO target VALUES ('MAE', '<= 50');
INSERT INTO expected
SELECT count(*) FROM hour, span WHERE time > strftime('%Y-%m-%d %H:%M', last, printf('-%d hours', days * 24));
