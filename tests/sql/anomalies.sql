-- rnn_anomalies: which rows there are, what is found, what the options do, what is refused.
SELECT '1..25';
-- Two series with a weekly season and noise; in each a spike up, one down, and a shift of the level for good.
CREATE TABLE t(s, d, n, y);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 399),
  noise(i, e) AS (SELECT i, (i * 7919 % 101 + i * 104729 % 89 + i * 1299709 % 97 + i * 15485863 % 83 - 183) / 56.0 FROM n)
INSERT INTO t SELECT s, date('2022-01-01', i || ' days'), i, k * (100 + iif(i % 7 < 2, 10, 0) + e
  + CASE i WHEN 150 THEN 9 WHEN 200 THEN -8 ELSE 0 END + iif(i >= 300, 8, 0))
  FROM noise, (SELECT 'a' AS s, 1 AS k UNION ALL SELECT 'b', 1000);
UPDATE t SET y = NULL WHERE s = 'a' AND n IN (50, 51);
INSERT INTO t SELECT 'unknown', d, n, NULL FROM t WHERE s = 'a' AND n < 5;
CREATE TEMP TABLE m AS SELECT rnn_train('{"task":"forecast","horizon":7,"hidden":8,"epochs":6,"ensemble":1}', s, d, y) AS model,
  rnn_rows(s, d, y) AS data FROM t;
CREATE TEMP TABLE x AS SELECT t.n, x.* FROM m, rnn_anomalies(m.model, m.data) x JOIN t ON t.s = x.series AND t.d = x.time;

INSERT INTO tap(name, got, want) SELECT 'one row for each known target', group_concat(n || ' ' || series, ', '), '398 a, 400 b' FROM (
  SELECT series, count(*) AS n FROM x GROUP BY series) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'in the order of series and time', group_concat(rowid), group_concat(n) FROM (
  SELECT rowid, row_number() OVER (ORDER BY series, time) AS n FROM x) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'actual is the target', sum(x.actual IS NOT t.y), 0 FROM x JOIN t ON t.s = series AND t.d = time
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'columns', group_concat(name),
  'series,time,actual,forecast,lower_bound,upper_bound,probability,anomaly' FROM pragma_table_info('rnn_anomalies') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the first steps are not judged', group_concat(DISTINCT n), (SELECT group_concat(n) FROM (
  SELECT n FROM x WHERE series = 'a' ORDER BY n LIMIT 14)) FROM x WHERE forecast IS NULL AND series = 'a' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a row that is not judged has NULLs, and is no anomaly',
  group_concat(DISTINCT coalesce(lower_bound, upper_bound, probability, 'none') || ' ' || anomaly), 'none 0' FROM x WHERE forecast IS NULL
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'spikes are found', group_concat(series || n, ' '), 'a150 a200 b150 b200' FROM x
  WHERE n IN (150, 200) AND anomaly RETURNING line;
INSERT INTO tap(name, got) SELECT 'the shift is seen', count(*) BETWEEN 2 AND 8 FROM x WHERE n BETWEEN 300 AND 304 AND anomaly RETURNING line;
INSERT INTO tap(name, got) SELECT 'and accepted', count(*) <= 2 FROM x WHERE n BETWEEN 305 AND 399 AND anomaly RETURNING line;
INSERT INTO tap(name, got) SELECT 'other alarms are rare', count(*) <= 0.01 * (SELECT count(*) FROM x) FROM x
  WHERE anomaly AND n NOT IN (150, 200) AND n NOT BETWEEN 300 AND 304 RETURNING line;
INSERT INTO tap(name, got) SELECT 'an anomaly is outside the bounds, and only that',
  min(anomaly = (actual NOT BETWEEN lower_bound AND upper_bound) AND anomaly = (probability > 0.99)) FROM x WHERE forecast IS NOT NULL
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'the bounds hold the forecast', min(lower_bound < forecast AND forecast < upper_bound) FROM x
  WHERE forecast IS NOT NULL RETURNING line;

-- Options.
INSERT INTO tap(name, got, want) SELECT 'level moves the bounds, not the forecasts', group_concat(DISTINCT (w.lower_bound > x.lower_bound
  AND w.upper_bound < x.upper_bound AND w.forecast = x.forecast AND w.probability = x.probability)), '1'
  FROM m, rnn_anomalies(m.model, m.data, '{"level":0.5,"threads":1}') w JOIN x USING (series, time) WHERE x.forecast IS NOT NULL
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'half of the steps are outside the middle half', avg(w.anomaly) BETWEEN 0.35 AND 0.55
  FROM m, rnn_anomalies(m.model, m.data, '{"level":0.5}') w WHERE w.forecast IS NOT NULL RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'threads change nothing', count(*), 798 FROM m, rnn_anomalies(m.model, m.data, '{"threads":3}') w
  JOIN x ON w.series IS x.series AND w.time IS x.time AND w.forecast IS x.forecast AND w.probability IS x.probability RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'LIMIT stops', count(*), 3 FROM (SELECT x.* FROM m, rnn_anomalies(m.model, m.data) x LIMIT 3)
  RETURNING line;

-- Rows without anything to judge.
INSERT INTO tap(name, got, want) SELECT 'nothing known: no rows', count(*), 0 FROM m, rnn_anomalies(m.model,
  (SELECT rnn_rows(s, d, y) FROM t WHERE s = 'unknown')) x RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a few rows: none judged', group_concat(coalesce(x.forecast, 'NULL') || ' ' || x.anomaly),
  'NULL 0,NULL 0,NULL 0' FROM m, rnn_anomalies(m.model, (SELECT rnn_rows(s, d, y) FROM t WHERE s = 'a' AND n < 3)) x RETURNING line;
-- A model that was trained on some rows judges others.
INSERT INTO tap(name, got, want) SELECT 'new rows of a series that the model has never seen', group_concat(n), '150,200' FROM (
  SELECT t.n FROM m, rnn_anomalies(m.model, (SELECT rnn_rows('c', d, y / 7) FROM t WHERE s = 'b' AND n < 290)) x
  JOIN t ON t.s = 'b' AND t.d = x.time WHERE x.probability > 0.9999 ORDER BY t.n) RETURNING line;

-- error: rnn_anomalies: argument 2, rows, is missing
SELECT * FROM rnn_anomalies((SELECT model FROM m));
-- error: rnn_anomalies: option "level" is 1; allowed is a number from 0.01 to 0.999
SELECT x.* FROM m, rnn_anomalies(m.model, m.data, '{"level":1}') x;
-- error: rnn_anomalies: option "horizon" belongs to
SELECT x.* FROM m, rnn_anomalies(m.model, m.data, '{"horizon":3}') x;
-- error: rnn_anomalies:
SELECT x.* FROM m, rnn_anomalies(m.model, (SELECT rnn_rows(s, d) FROM t)) x;
-- error: rnn_anomalies:
SELECT x.* FROM m, rnn_anomalies(m.model, (SELECT rnn_rows(s, n, y) FROM t)) x;
-- error: rnn_anomalies:
SELECT x.* FROM m, rnn_anomalies('no model', m.data) x;
