-- One value that can only be an error moves the forecasts by little, wherever it stands; a new level is followed.
SELECT '1..11';
CREATE TABLE noise(i INTEGER PRIMARY KEY, e);
WITH RECURSIVE n(i, x) AS (SELECT 0, 12345 UNION ALL SELECT i + 1, (x * 1103515245 + 12345) % 2147483648 FROM n WHERE i < 1999)
INSERT INTO noise SELECT i / 4, (sum(x / 2147483648.0) - 2) * 1.732 FROM n GROUP BY i / 4;
-- Clean series of 96 months: a season; growth with a season that grows; counts; a decline with a summer.
CREATE TABLE clean(k, i, d, y);
INSERT INTO clean SELECT i / 100, i % 100, strftime('%Y-%m', '2015-01-01', (i % 100) || ' months'),
  CASE i / 100
    WHEN 0 THEN 200 + 30 * sin(i % 100 * 0.5236) + 8 * e
    WHEN 1 THEN (200 + 1.5 * (i % 100)) * (1 + 0.2 * sin(i % 100 * 0.5236) + 0.1 * (i % 100 % 12 = 11)) * (1 + 0.03 * e)
    WHEN 2 THEN round(60 + 25 * cos(i % 100 * 0.5236) + 6 * e)
    ELSE 5000 - 10 * (i % 100) + 900 * (i % 100 % 12 IN (5, 6, 7)) + 200 * e
  END FROM noise WHERE i < 400 AND i % 100 < 96;
CREATE TABLE place(at);
INSERT INTO place SELECT value FROM json_each('[0, 1, 5, 11, 12, 23, 24, 40, 60, 80, 83, 94, 95]');
CREATE TABLE spoiled(s, k, at, error, d, y);
INSERT INTO spoiled SELECT k || '/' || at || '/' || e.value, k, at, e.value, d, CASE WHEN i <> at THEN y WHEN e.value = 'x 100' THEN y * 100 ELSE -9999 END
  FROM clean, place, json_each('["x 100","-9999"]') e;
INSERT INTO spoiled SELECT k || '/clean', k, NULL, NULL, d, y FROM clean;

-- How far each forecast moved, in usual misses of a step of the clean one.
CREATE TABLE f(how, s, step, forecast, usual);
INSERT INTO f SELECT 'pretrained', series, step, forecast, (upper_bound - lower_bound) / 2 / 1.64
  FROM rnn_forecast(rnn_pretrained('forecast'), (SELECT rnn_rows(s, d, y) FROM spoiled), 12);
-- Each trained on the series with the error in it. What is dropped is the same for both kinds of error.
CREATE TABLE m AS SELECT s, rnn_train('{"task":"forecast","horizon":12}', s, d, y) AS model, rnn_rows(s, d, y) AS rows
  FROM spoiled WHERE error IS NOT '-9999' GROUP BY s;
INSERT INTO f SELECT 'trained', m.s, f.step, f.forecast, (upper_bound - lower_bound) / 2 / 1.64 FROM m, rnn_forecast(m.model, m.rows, 12) f;
CREATE TABLE moved AS SELECT f.how, x.s, x.k, x.at, x.error, avg(abs(f.forecast - c.forecast)) / u.usual AS moved
  FROM f JOIN (SELECT DISTINCT s, k, at, error FROM spoiled WHERE at IS NOT NULL) x USING (s)
  JOIN f c ON c.how = f.how AND c.s = x.k || '/clean' AND c.step = f.step
  JOIN f u ON u.how = f.how AND u.s = c.s AND u.step = 1 GROUP BY f.how, x.s;

INSERT INTO tap(name, got, want) SELECT 'figures for all', group_concat(n), '104,52' FROM (SELECT count(moved) AS n FROM moved GROUP BY how) RETURNING line;
INSERT INTO tap(name, got) SELECT how || ': a tenth of the usual miss on average over the places', max(m) < 0.1 FROM (
  SELECT how, k, avg(moved) AS m FROM moved WHERE at < 95 GROUP BY how, k) GROUP BY how RETURNING line;
INSERT INTO tap(name, got) SELECT how || ': and hardly more at any', max(moved) < 0.3 FROM moved WHERE at < 95 GROUP BY how RETURNING line;
-- Without the last value there is one less to forecast from: that moves a forecast, whatever stood there. As much as if it were unknown.
INSERT INTO tap(name, got) SELECT how || ': at the last place as far as not knowing it', max(moved) < 2 FROM moved WHERE at = 95 GROUP BY how RETURNING line;
INSERT INTO tap(name, got) SELECT 'both errors are the same', max(a.moved) - min(a.moved) < 1e-9 FROM moved a WHERE how = 'pretrained' GROUP BY k, at
  ORDER BY max(moved) - min(moved) DESC LIMIT 1 RETURNING line;
INSERT INTO tap(name, got) SELECT 'in the middle, the same as NULL there', max(abs(a.forecast - b.forecast)) < 1e-6 * max(abs(a.forecast)) AND count(*) = 12
  FROM rnn_forecast(rnn_pretrained('forecast'), (SELECT rnn_rows('x', d, iif(i = 40, NULL, y)) FROM clean WHERE k = 0), 12) a
  JOIN f b ON b.how = 'pretrained' AND b.s = '0/40/x 100' AND a.step = b.step RETURNING line;

-- ---- a new level ----
CREATE TABLE shifted(s, horizon, d, y);
INSERT INTO shifted SELECT 'months ' || k || ' from ' || v.value, 12, d, y * iif(i >= v.value, 1.5, 1) FROM clean, json_each('[40, 84]') v
  WHERE i < v.value + 12 AND k <> 1;
INSERT INTO shifted SELECT 'quarters ' || (i / 100) || ' from ' || v.value, 4, printf('%d-%02d', 2000 + i % 100 / 4, 1 + i % 4 * 3),
  (100 + 15 * (i % 4 = 1) + 4 * e) * iif(i % 100 >= v.value, 1.5, 1) FROM noise, json_each('[28, 48]') v WHERE i < 300 AND i % 100 < v.value + 4;
CREATE TABLE ratio(how, s, ratio);
INSERT INTO ratio SELECT 'pretrained', r.s, (SELECT avg(forecast) FROM rnn_forecast(rnn_pretrained('forecast'), r.rows, r.horizon)) / r.level FROM (
  SELECT s, horizon, rnn_rows(s, d, y) AS rows, avg(y) FILTER (WHERE n <= horizon) AS level
  FROM (SELECT *, row_number() OVER (PARTITION BY s ORDER BY d DESC) AS n FROM shifted) GROUP BY s) r;
INSERT INTO ratio SELECT 'trained', r.s, (SELECT avg(forecast) FROM rnn_forecast(r.model, r.rows, r.horizon)) / r.level FROM (
  SELECT s, horizon, rnn_train(json_object('task', 'forecast', 'horizon', horizon), s, d, y) AS model, rnn_rows(s, d, y) AS rows, avg(y) FILTER (WHERE n <= horizon) AS level
  FROM (SELECT *, row_number() OVER (PARTITION BY s ORDER BY d DESC) AS n FROM shifted) GROUP BY s) r;
INSERT INTO tap(name, got) SELECT how || ': half as much again is followed within a season', avg(abs(ratio - 1)) < 0.1 AND max(abs(ratio - 1)) < 0.2 FROM ratio GROUP BY how
  RETURNING line;
