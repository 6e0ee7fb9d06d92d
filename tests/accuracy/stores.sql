-- Made-up weekly sales of 45 stores: 117 weeks of history, 26 to forecast, one model for all. Little more than two years are known, but
-- all stores share the profile of a year. Naive: the value 52 weeks before. WAPE is the sum of the errors over the sum of the sales.
--
-- The logarithm of a store's sales is its level, plus the shared profile times the strength that the year has in this store, plus its
-- trend, plus noise that wears off slowly (autocorrelation 0.7), plus noise of the week alone. All of it is a function of the seed, which
-- is also that of training.

-- Two numbers between 0 and 1 for each week of a store, and two further pairs for the store itself (weeks 143 and 144): numbers are mixed
-- as in folds.sql.
CREATE TEMP TABLE draw(store INTEGER, week INTEGER, u REAL NOT NULL, v REAL NOT NULL, PRIMARY KEY (store, week)) WITHOUT ROWID;
WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 2 * 145 * 45 - 1),
mix(n, round, x) AS (
  SELECT n, 0, (n * 7919 + seed * 104729) % 2147483647 FROM number, run
  UNION ALL
  SELECT n, round + 1, (x * x + 16807 * n + seed) % 2147483647 FROM mix, run WHERE round < 5)
INSERT INTO draw
SELECT n / 290, n % 290 / 2, max((x + 0.5) / 2147483647) FILTER (WHERE n % 2 = 0), max((x + 0.5) / 2147483647) FILTER (WHERE n % 2 = 1)
FROM mix WHERE round = 5 GROUP BY 1, 2;
-- Two independent numbers of the normal distribution from each pair (Box, Muller 1958).
CREATE TEMP TABLE normal(store INTEGER, week INTEGER, a REAL NOT NULL, b REAL NOT NULL, PRIMARY KEY (store, week)) WITHOUT ROWID;
INSERT INTO normal SELECT store, week, sqrt(-2 * ln(u)) * cos(2 * pi() * v), sqrt(-2 * ln(u)) * sin(2 * pi() * v) FROM draw;

-- The year: a wave that is highest in late autumn, a smaller one of half a year, and three peaks: the end of August, the end of November
-- and the two weeks before Christmas. Week 0 is the first of January.
CREATE TEMP TABLE profile(week INTEGER PRIMARY KEY, effect REAL NOT NULL);
WITH RECURSIVE week(w) AS (SELECT 0 UNION ALL SELECT w + 1 FROM week WHERE w < 51)
INSERT INTO profile
SELECT w, 0.16 * cos(2 * pi() * (w - 46) / 52) + 0.05 * cos(4 * pi() * (w - 24) / 52)
  + CASE w WHEN 34 THEN 0.12 WHEN 47 THEN 0.30 WHEN 49 THEN 0.25 WHEN 50 THEN 0.45 ELSE 0 END FROM week;
-- Level, strength of the year (0.6 to 1.4), trend (3 % less to 7 % more in 52 weeks).
CREATE TEMP TABLE store AS
SELECT store, 10 + 0.5 * a AS level, 0.6 + 0.8 * u AS strength, -0.03 + 0.10 * v AS trend
FROM normal JOIN draw USING (store) WHERE normal.week = 143 AND draw.week = 144;

-- Week 0 of the sales is Monday, 5 July 2021; week 116, the last one known, begins on 25 September 2023.
CREATE TEMP TABLE sales(store TEXT, week INTEGER, day TEXT NOT NULL, units REAL NOT NULL, PRIMARY KEY (store, week)) WITHOUT ROWID;
WITH RECURSIVE wander(store, week, slow) AS (
  SELECT store, 0, 0.025 * a FROM normal WHERE week = 0
  UNION ALL
  SELECT wander.store, normal.week, 0.7 * slow + 0.018 * a
  FROM wander JOIN normal ON normal.store = wander.store AND normal.week = wander.week + 1 WHERE normal.week < 143)
INSERT INTO sales
SELECT printf('store %02d', store + 1), wander.week, date('2021-07-05', (wander.week * 7) || ' days'),
  round(exp(level + strength * effect + trend * wander.week / 52 + slow + 0.038 * b))
FROM wander JOIN normal USING (store, week) JOIN store USING (store) JOIN profile ON profile.week = (wander.week + 26) % 52;

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'forecast', 'horizon', 26, 'seed', (SELECT seed FROM run)), store, day, units) AS model
FROM sales WHERE week < 117;
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE ahead AS
SELECT series AS store, time, step, forecast, lower_bound, upper_bound
FROM rnn_forecast((SELECT model FROM model), (SELECT rnn_rows(store, day, units) FROM sales WHERE week < 117), 26);

INSERT INTO point
SELECT sales.store, NULL, sales.week - 116, sales.units, forecast, lower_bound, upper_bound, before.units
FROM sales JOIN sales AS before ON before.store = sales.store AND before.week = sales.week - 52
LEFT JOIN ahead ON ahead.store = sales.store AND time = sales.day
WHERE sales.week >= 117;
INSERT INTO target VALUES ('WAPE', '<= 0.85 x naive');
INSERT INTO expected VALUES (45 * 26);
