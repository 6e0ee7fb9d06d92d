-- demo.sql - what `make demo` runs: two real series, a network trained on each with one statement, and the forecast beside what
-- really happened. Run it from the top of the repository: sqlite3 build/demo.db < sql/demo.sql
.bail on
.load build/rnn
.read sql/chart.sql

-- The data: a row a month, a row a day.
CREATE TABLE airline(month TEXT PRIMARY KEY, passengers INTEGER);
CREATE TABLE birth(date TEXT PRIMARY KEY, births INTEGER);
.import --csv --skip 1 sql/data/airline.csv airline
.import --csv --skip 1 sql/data/births.csv birth

-- How long each step takes.
CREATE TEMP TABLE clock(what TEXT PRIMARY KEY, began REAL, ended REAL);

.print
.print Training on monthly airline passengers, 1949 to 1958, and on daily births in the United States, 2000 to 3 December 2014.
.print The last 24 months and the last 28 days are kept back.

INSERT INTO clock VALUES ('passengers', julianday('now'), NULL);
INSERT INTO rnn_models(name, model)
SELECT 'passengers', rnn_train('{"task":"forecast","horizon":24}', 'passengers', month, passengers)
FROM airline WHERE month <= '1958-12';
UPDATE clock SET ended = julianday('now') WHERE what = 'passengers';

INSERT INTO clock VALUES ('births', julianday('now'), NULL);
INSERT INTO rnn_models(name, model)
SELECT 'births', rnn_train('{"task":"forecast","horizon":28}', 'births', date, births)
FROM birth WHERE date <= '2014-12-03';
UPDATE clock SET ended = julianday('now') WHERE what = 'births';

CREATE TABLE passenger_forecast AS
SELECT time, forecast, lower_bound, upper_bound
FROM rnn_forecast('passengers',
                  (SELECT rnn_rows('passengers', month, passengers) FROM airline WHERE month <= '1958-12'), 24);
CREATE TABLE birth_forecast AS
SELECT time, forecast, lower_bound, upper_bound
FROM rnn_forecast('births', (SELECT rnn_rows('births', date, births) FROM birth WHERE date <= '2014-12-03'), 28);

.print
.print Airline passengers (thousands), 24 months ahead, with 90 % intervals
.mode box
SELECT time AS month, printf('%13d', passengers) AS "what happened", printf('%8.0f', forecast) AS forecast,
  printf('%4.0f', lower_bound) AS "from", printf('%4.0f', upper_bound) AS "to",
  iif(passengers BETWEEN lower_bound AND upper_bound, 'inside', 'outside') AS interval
FROM passenger_forecast JOIN airline ON month = time ORDER BY time;
.print Births in the United States, 28 days ahead, with 90 % intervals
SELECT time AS date, printf('%13s', printf('%,d', births)) AS "what happened",
  printf('%8s', printf('%,d', round(forecast))) AS forecast,
  printf('%6s', printf('%,d', round(lower_bound))) AS "from", printf('%6s', printf('%,d', round(upper_bound))) AS "to",
  iif(births BETWEEN lower_bound AND upper_bound, 'inside', 'outside') AS interval
FROM birth_forecast JOIN birth ON date = time ORDER BY time;

-- The mean miss, beside that of repeating the last known year: the same months of 1958, the same weekdays 52 weeks before.
.print In short
WITH miss(what, off, naive, inside) AS (
  SELECT 'passengers', abs(forecast - a.passengers),
    abs(a.passengers - (SELECT passengers FROM airline WHERE month = '1958' || substr(time, 5))),
    a.passengers BETWEEN lower_bound AND upper_bound
  FROM passenger_forecast JOIN airline a ON a.month = time
  UNION ALL
  SELECT 'births', abs(forecast - b.births),
    abs(b.births - (SELECT births FROM birth WHERE date = date(time, '-364 days'))),
    b.births BETWEEN lower_bound AND upper_bound
  FROM birth_forecast JOIN birth b ON b.date = time)
SELECT what AS series, printf('%9.0f', avg(off)) AS "mean miss", printf('%15.0f', avg(naive)) AS "last year again",
  printf('%17.0f %%', 100 * avg(inside)) AS "inside the interval",
  (SELECT printf('%6.1f s', (ended - began) * 86400) FROM clock WHERE clock.what = miss.what) AS "training"
FROM miss GROUP BY what ORDER BY what DESC;

-- The charts.
INSERT INTO chart(name, title, subtitle, y_label, mark, mark_label) VALUES
  ('passengers', 'Airline passengers', 'A forecast made in December 1958, and what happened', 'thousands a month', '1958-12',
   'forecast made here'),
  ('births', 'Births in the United States', 'A forecast made on 3 December 2014, and what happened', 'births a day', '2014-12-03',
   'forecast made here');
INSERT INTO chart_line(chart, line) VALUES ('passengers', 'what happened'), ('passengers', 'forecast'),
  ('births', 'what happened'), ('births', 'forecast');
INSERT INTO chart_point(chart, line, time, y)
SELECT 'passengers', 'what happened', month, passengers FROM airline WHERE month >= '1955';
INSERT INTO chart_point SELECT 'passengers', 'forecast', * FROM passenger_forecast;
INSERT INTO chart_point(chart, line, time, y)
SELECT 'births', 'what happened', date, births FROM birth WHERE date >= '2014-10-08';
INSERT INTO chart_point SELECT 'births', 'forecast', * FROM birth_forecast;

.mode list
.headers off
.once build/demo/passengers.svg
SELECT text FROM chart_svg WHERE chart = 'passengers' ORDER BY position;
.once build/demo/births.svg
SELECT text FROM chart_svg WHERE chart = 'births' ORDER BY position;
.print
.print Charts: build/demo/passengers.svg, build/demo/births.svg (open them in a browser). The tables and the models: build/demo.db
