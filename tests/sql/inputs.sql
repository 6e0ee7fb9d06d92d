-- Inputs after the target: numbers, categories, vectors; missing ones; known ahead or not.
SELECT '1..33';
-- y is driven by x (a promotion whose days follow no rule) as soon as it happens; c is x in words, v a vector, b its float32 BLOB.
CREATE TABLE t(s, d, y, x, c, v, b);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 119),
  p AS (SELECT i, (i * i * 31 + i * 17) % 11 < 4 AS x, i * 7919 % 13 / 13.0 AS noise FROM n)
INSERT INTO t SELECT 'a', date('2024-01-01', i || ' days'), 20 + 10 * x + noise, x, iif(x, 'promotion', 'none'), json_array(x, 1 - x),
  iif(x, x'0000803f00000000', x'000000000000803f') FROM p;
-- The future: targets unknown, inputs known; a promotion on every day, on none, and nothing said.
CREATE TABLE future(plan, s, d, y, x, c, v, b);
INSERT INTO future SELECT plan, 'a', date('2024-04-30', i || ' days'), NULL, x, iif(x, 'promotion', iif(x = 0, 'none', NULL)),
  iif(x IS NULL, NULL, json_array(x, 1 - x)),
  iif(x, x'0000803f00000000', iif(x = 0, x'000000000000803f', NULL))
FROM (SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3), (SELECT 'on' AS plan, 1 AS x UNION ALL SELECT 'off', 0
  UNION ALL SELECT 'unsaid', NULL);
.param init
.param set :o '{"task":"forecast","horizon":4,"hidden":8,"epochs":12,"ensemble":1,"batch":8,"learning_rate":0.02,"dropout":0,"context":8,"season":[],"known_ahead":true}'
CREATE TEMP TABLE m(kind, known, model);
INSERT INTO m SELECT 'number', 1, rnn_train(:o, s, d, y, x) FROM t;
INSERT INTO m SELECT 'category', 1, rnn_train(:o, s, d, y, c) FROM t;
INSERT INTO m SELECT 'vector', 1, rnn_train(:o, s, d, y, v) FROM t;
INSERT INTO m SELECT 'blob', 1, rnn_train(:o, s, d, y, b) FROM t;
INSERT INTO m SELECT 'number', 0, rnn_train(json_remove(:o, '$.known_ahead'), s, d, y, x) FROM t;
INSERT INTO m SELECT 'category', 0, rnn_train(json_set(:o, '$.known_ahead', json('false')), s, d, y, c) FROM t;
CREATE TEMP TABLE f AS SELECT m.kind, known, plan, f.* FROM m, (SELECT DISTINCT plan FROM future) p, rnn_forecast(m.model,
  CASE m.kind WHEN 'number' THEN (SELECT rnn_rows(s, d, y, x) FROM (SELECT * FROM t UNION ALL SELECT s, d, y, x, c, v, b FROM future
    WHERE plan = p.plan))
    WHEN 'category' THEN (SELECT rnn_rows(s, d, y, c) FROM (SELECT * FROM t UNION ALL SELECT s, d, y, x, c, v, b FROM future
      WHERE plan = p.plan))
    WHEN 'vector' THEN (SELECT rnn_rows(s, d, y, v) FROM (SELECT * FROM t UNION ALL SELECT s, d, y, x, c, v, b FROM future
      WHERE plan = p.plan))
    ELSE (SELECT rnn_rows(s, d, y, b) FROM (SELECT * FROM t UNION ALL SELECT s, d, y, x, c, v, b FROM future WHERE plan = p.plan)) END) f;

INSERT INTO tap(name, got, want) SELECT 'forecasts begin behind the last known target', group_concat(DISTINCT times),
  '2024-04-30,2024-05-01,2024-05-02,2024-05-03'
FROM (SELECT group_concat(time) AS times FROM f GROUP BY kind, known, plan) RETURNING line;
INSERT INTO tap(name, got) SELECT 'known ahead, ' || kind || ': a planned promotion raises the forecast',
  min("on".forecast > off.forecast + 3)
FROM f "on" JOIN f off USING (kind, known, step) WHERE known AND "on".plan = 'on' AND off.plan = 'off' GROUP BY kind RETURNING line;
INSERT INTO tap(name, got) SELECT 'not known ahead, ' || kind || ': what is said of the future does not count',
  min("on".forecast = off.forecast AND "on".quantiles = off.quantiles)
FROM f "on" JOIN f off USING (kind, known, step) WHERE NOT known AND "on".plan = 'on' AND off.plan = 'off' GROUP BY kind RETURNING line;
INSERT INTO tap(name, got) SELECT 'known ahead but unsaid, ' || kind || ': still a forecast', count(*) = 4
  AND min(forecast BETWEEN 10 AND 45 AND status = 'ok')
FROM f WHERE known AND plan = 'unsaid' GROUP BY kind RETURNING line;
INSERT INTO tap(name, got) SELECT 'a JSON array and a float32 BLOB are the same input', count(*) = 12 AND min(a.forecast = b.forecast)
  FROM f a JOIN f b USING (plan, step)
WHERE a.kind = 'vector' AND b.kind = 'blob' RETURNING line;
INSERT INTO tap(name, got) SELECT 'future rows need not be there: ' || m.kind, count(*) = 4 AND min(f.status = 'ok')
  FROM m, rnn_forecast(m.model,
  (SELECT rnn_rows(s, d, y, iif(m.kind = 'number', x, c)) FROM t)) f WHERE known AND m.kind IN ('number', 'category') GROUP BY m.kind
    RETURNING line;
INSERT INTO tap(name, got) SELECT 'only the first days are planned: the first forecast is as if all were', count(*) = 4
  AND min(f.status = 'ok') AND sum(f.forecast = a.forecast AND f.step = 1) = 1
FROM m, rnn_forecast(m.model, (SELECT rnn_rows(s, d, y, x) FROM (SELECT * FROM t UNION ALL SELECT s, d, y, x, c, v, b FROM future
  WHERE plan = 'on' AND d < '2024-05-02'))) f
  JOIN f a ON a.kind = m.kind AND a.known AND a.plan = 'on' AND a.step = f.step WHERE m.kind = 'number' AND m.known RETURNING line;

-- What rnn_info says about columns.
INSERT INTO tap(name, got, want) SELECT 'columns', json_extract(rnn_info(rnn_train(json_set(:o, '$.known_ahead', json('[1,3]'),
  '$.epochs', 1), s, d, y, x, c, v)), '$.columns'),
  '[{"input":1,"kind":"number","known_ahead":true,"width":1},{"input":2,"kind":"category","known_ahead":false,"vocabulary":3},{"input":3,"kind":"vector","known_ahead":true,"width":2}]'
FROM t RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'known_ahead ' || o.v, (SELECT group_concat(json_extract(value, '$.known_ahead')) FROM json_each(
    (SELECT json_extract(rnn_info(rnn_train(json_set(:o, '$.known_ahead', json(o.v), '$.epochs', 1), s, d, y, x, c)), '$.columns')
      FROM t))), o.want
FROM (SELECT 'true' AS v, '1,1' AS want UNION ALL SELECT 'false', '0,0' UNION ALL SELECT '2', '0,1' UNION ALL SELECT '[1]', '1,0'
  UNION ALL SELECT '[2,1]', '1,1' UNION ALL SELECT 'null', '0,0') o
RETURNING line;

-- Missing, new and constant values.
INSERT INTO tap(name, got) SELECT 'inputs with NULLs, a constant one, an empty one, and words never seen', count(*) = 4
  AND min(f.status = 'ok' AND abs(f.forecast) < 100) FROM rnn_forecast(
  (SELECT rnn_train(json_set(:o, '$.epochs', 2), s, d, y, iif(rowid % 5, x, NULL), iif(rowid % 7, c, NULL), 3, NULL) FROM t),
  (SELECT rnn_rows(s, d, y, iif(rowid % 3, x, NULL), iif(rowid % 3, c, 'sale'), 3, NULL) FROM t)) f RETURNING line;
INSERT INTO tap(name, got) SELECT 'an input far outside what was seen', count(*) = 4 AND min(f.status = 'ok' AND abs(f.forecast) < 1e4)
  FROM m, rnn_forecast(m.model,
  (SELECT rnn_rows(s, d, y, 1e12 * x) FROM t)) f WHERE m.kind = 'number' AND known RETURNING line;
INSERT INTO tap(name, got) SELECT 'integers and reals are one kind', count(*) = 4
  FROM m, rnn_forecast(m.model, (SELECT rnn_rows(s, d, y, CAST(x AS REAL)) FROM t)) f
  JOIN rnn_forecast((SELECT model FROM m WHERE kind = 'number' AND known), (SELECT rnn_rows(s, d, y, x) FROM t)) g USING (step, forecast)
WHERE m.kind = 'number' AND known RETURNING line;
INSERT INTO tap(name, got) SELECT 'JSON arrays of whole and real numbers are one kind', count(*) = 4
  FROM m, rnn_forecast(m.model, (SELECT rnn_rows(s, d, y, replace(v, '1', '1.0')) FROM t)) f
  JOIN rnn_forecast((SELECT model FROM m WHERE kind = 'vector' AND known), (SELECT rnn_rows(s, d, y, v) FROM t)) g USING (step, forecast)
WHERE m.kind = 'vector' AND known RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'words in brackets are words', json_extract(rnn_info(rnn_train(json_set(:o, '$.epochs', 1), s, d,
  y, iif(x, '[sale]', 'none'))), '$.columns[0].kind'), 'category'
FROM t RETURNING line;
INSERT INTO tap(name, got) SELECT 'words of any characters', f.forecast IS NOT NULL FROM rnn_forecast(
  (SELECT rnn_train(json_set(:o, '$.epochs', 1), s, d, y, iif(x, 'Ünïcode "quoted" ''' || char(10), '')) FROM t),
  (SELECT rnn_rows(s, d, y, iif(x, 'Ünïcode "quoted" ''' || char(10), '')) FROM t)) f WHERE f.step = 1 RETURNING line;
INSERT INTO tap(name, got) SELECT 'the series embedding tells series apart', abs(max(f.forecast) - min(f.forecast)) > 0.01
  FROM rnn_forecast(
  (SELECT rnn_train(json_set(:o, '$.series_embedding', 4), k, d, y + iif(k = 'b', 5, 0), x) FROM t, (SELECT 'a' AS k UNION ALL SELECT 'b')),
  (SELECT rnn_rows(k, d, y, x) FROM t, (SELECT 'a' AS k UNION ALL SELECT 'b' UNION ALL SELECT 'unseen'))) f WHERE f.step = 1 RETURNING line;

-- What comes after the origin may not be seen, whichever way the horizon is reached: 2 steps a block, one step a block.
INSERT INTO tap(name, got) SELECT kind || ': inputs after the origin that are not known ahead change nothing', count(*) = 8 AND min(a.forecast = b.forecast)
FROM (SELECT key AS kind, rnn_train(value, s, d, y, x) AS model FROM t, json_each(json_object(
    'continued', json(json_set(:o, '$.horizon', 2, '$.known_ahead', json('false'))),
    'recursive', json(json_set(:o, '$.horizon', 8, '$.decoder', 'recursive', '$.known_ahead', json('false'))))) GROUP BY key) m,
  rnn_backtest(m.model, (SELECT rnn_rows(s, d, y, x) FROM t), '{"horizon":8}') a
  JOIN rnn_backtest(m.model, (SELECT rnn_rows(s, d, y, iif(d > (SELECT d FROM t ORDER BY d DESC LIMIT 1 OFFSET 8), 1 - x, x)) FROM t), '{"horizon":8}') b
  USING (series, step) GROUP BY kind RETURNING line;
-- A window longer than any series costs what the series need.
INSERT INTO tap(name, got) SELECT 'a context longer than the series', count(*) > 0 AND min(f.forecast IS NOT NULL) FROM rnn_forecast(
  (SELECT rnn_train(json_set(:o, '$.epochs', 1, '$.context', 100000, '$.memory_limit', 100000000), s, d, y, x) FROM t),
  (SELECT rnn_rows(s, d, y, x) FROM t)) f RETURNING line;
-- A user's column may have the name of an argument.
INSERT INTO tap(name, got) SELECT 'a column called model', count(*) > 0
  FROM (SELECT rnn_train(json_set(:o, '$.epochs', 1), s, d, y, x) AS model, rnn_rows(s, d, y, x) AS rows FROM t) m, rnn_forecast(model, rows)
RETURNING line;
