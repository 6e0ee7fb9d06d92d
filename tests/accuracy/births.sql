-- Daily births in the United States: trained up to 2013, then 28 days from each of 12 origins in 2014. m = 7.
CREATE TEMP TABLE raw(year, month, day, weekday, births REAL);
.import --csv --skip 1 build/accuracy/data/us_births/births_2000_2014.csv raw
CREATE TEMP TABLE birth AS
SELECT printf('%04d-%02d-%02d', year, month, day) AS date, births,
  row_number() OVER (ORDER BY CAST(year AS INT), CAST(month AS INT), CAST(day AS INT)) AS n FROM raw;
CREATE UNIQUE INDEX temp.birth_date ON birth(date);
CREATE UNIQUE INDEX temp.birth_n ON birth(n);

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'forecast', 'horizon', 28, 'seed', (SELECT seed FROM run)), 'births', date, births) AS model
FROM birth WHERE date <= '2013-12-31';
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE ahead AS
SELECT origin, time, step, forecast, lower_bound, upper_bound
FROM rnn_backtest((SELECT model FROM model), (SELECT rnn_rows('births', date, births) FROM birth),
                  '{"horizon":28,"origins":12,"stride":28}');

INSERT INTO point
SELECT 'births', origin, step, births, forecast, lower_bound, upper_bound,
  (SELECT births FROM birth WHERE n = (SELECT n FROM birth WHERE date = origin) - 7 + (step - 1) % 7 + 1)
FROM ahead JOIN birth ON date = time WHERE time > '2013-12-31';
INSERT INTO scale
SELECT 'births', avg(abs(births - before))
FROM (SELECT births, lag(births, 7) OVER (ORDER BY n) AS before FROM birth WHERE date <= '2013-12-31');
INSERT INTO target VALUES ('MASE', '<= 0.65');
INSERT INTO expected VALUES (12 * 28);
