-- sales_forecast.sql - future sales from past sales: the last fortnight of three shops, forecast from the days before it.
--
--     sqlite3 :memory: < sql/gallery/sales_forecast.sql
--
-- "In a sequence, the inputs are correlated with each other. They are not independent. For example, future sales in a given shop are
-- correlated with previous sales, they are not independent events." So what was sold tells what will be sold. If days were independent
-- events, nothing could be said about a day but the average of all. The forecast is held against that, and against the usual rule of
-- thumb, which knows one thing only: the same weekday a week before.

.bail on
.load build/rnn
.read sql/chart.sql

-- Made-up sales of two years. The fortnight from 4 to 17 December 2024 is held out: no model sees it.
.read sql/sales.sql
CREATE VIEW past AS SELECT store, day, units FROM sales WHERE day <= '2024-12-03';
CREATE VIEW future AS SELECT store, day, units FROM sales WHERE day BETWEEN '2024-12-04' AND '2024-12-17';

-- How strongly the sales of a day go with those 1, 7 and 28 days before: Pearson's correlation, which is 0 for independent events. The
-- second line is the same days in an order that has nothing to do with time. A shop sells alike on the same weekday, and every four
-- weeks there is an offer.
CREATE TABLE correlation AS
WITH shuffled AS (
  SELECT store, units, row_number() OVER (PARTITION BY store ORDER BY day) AS in_time,
    row_number() OVER (PARTITION BY store ORDER BY julianday(day) * 7919 % 1009, day) AS by_lot FROM past),
ordered(days, store, n, units) AS (
  SELECT 'as they came', store, in_time, units FROM shuffled UNION ALL SELECT 'shuffled', store, by_lot, units FROM shuffled),
pair AS (
  SELECT a.days, a.store, lag, a.units AS x, b.units AS y
  FROM ordered a, (SELECT 1 AS lag UNION ALL VALUES (7), (28)) JOIN ordered b ON b.days = a.days AND b.store = a.store AND b.n = a.n + lag)
SELECT days, store, lag, (avg(x * y) - avg(x) * avg(y)) / sqrt((avg(x * x) - avg(x) * avg(x)) * (avg(y * y) - avg(y) * avg(y))) AS r
FROM pair GROUP BY days, store, lag;

.mode box
.print Correlation of a day's sales with earlier ones (mean of the three shops)
SELECT days, printf('%.3f', avg(r) FILTER (WHERE lag = 1)) AS "1 day before", printf('%.3f', avg(r) FILTER (WHERE lag = 7)) AS "7 days before",
  printf('%.3f', avg(r) FILTER (WHERE lag = 28)) AS "28 days before"
FROM correlation GROUP BY days;

-- One model of all shops. It is given the past and nothing else: no prices, no calendar of offers.
CREATE TABLE trained AS SELECT rnn_train('{"task":"forecast","horizon":14}', store, day, units) AS model FROM past;

CREATE TABLE forecast AS
SELECT series AS store, time AS day, forecast, lower_bound, upper_bound
FROM trained, rnn_forecast(trained.model, (SELECT rnn_rows(store, day, units) FROM past));

-- What came out, beside the forecast, the same weekday of the last known week, and the average of all known days.
CREATE TABLE outcome AS
SELECT store, day, units, forecast, lower_bound, upper_bound,
  (SELECT units FROM past WHERE past.store = future.store AND past.day = date(future.day, iif(future.day <= '2024-12-10', '-7 days', '-14 days')))
    AS same_weekday,
  (SELECT avg(units) FROM past WHERE past.store = future.store) AS average
FROM future JOIN forecast USING (store, day);

.print Mean miss in units a day over the fortnight, and the days that lie within the 90 % interval
SELECT store, printf('%.1f', avg(units)) AS "sold a day", printf('%.1f', avg(abs(units - forecast))) AS forecast,
  printf('%.1f', avg(abs(units - same_weekday))) AS "same weekday", printf('%.1f', avg(abs(units - average))) AS average,
  sum(units BETWEEN lower_bound AND upper_bound) || ' of ' || count(*) AS inside
FROM outcome GROUP BY store;

-- Four weeks of one shop before the fortnight, the forecast with its interval, and what happened.
INSERT INTO chart(name, title, subtitle, y_label, x_label, mark, mark_label) VALUES ('sales', 'Future sales from past sales',
  'The shop "station": a forecast made on 3 December 2024, and what happened', 'units sold a day', 'day', '2024-12-03', 'forecast made here');
INSERT INTO chart_line(chart, line) VALUES ('sales', 'sold'), ('sales', 'forecast'), ('sales', 'same weekday of the last week');
INSERT INTO chart_point(chart, line, time, y) SELECT 'sales', 'sold', day, units FROM sales
WHERE store = 'station' AND day BETWEEN '2024-10-23' AND '2024-12-17';
INSERT INTO chart_point SELECT 'sales', 'forecast', day, forecast, lower_bound, upper_bound FROM forecast WHERE store = 'station';
INSERT INTO chart_point(chart, line, time, y) SELECT 'sales', 'same weekday of the last week', day, same_weekday FROM outcome WHERE store = 'station';

.output /dev/null
SELECT writefile('build/gallery/sales_forecast.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'sales' ORDER BY position);
.output
