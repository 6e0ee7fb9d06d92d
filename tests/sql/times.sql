-- Times come back in the style they were given in, on the step they have.
SELECT '1..44';
CREATE TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 5999) SELECT i FROM n;
CREATE TABLE c(name, t, y);
INSERT INTO c SELECT 'month', strftime('%Y-%m', '2020-01-01', i || ' months'), i % 12 FROM n WHERE i < 48;
INSERT INTO c SELECT 'month start', date('2020-01-01', i || ' months'), i % 12 FROM n WHERE i < 48;
INSERT INTO c SELECT 'month end', date('2020-02-01', i || ' months', '-1 day'), i % 12 FROM n WHERE i < 49; -- 2024-01-31
INSERT INTO c SELECT 'month end before a common year', date('2021-02-01', i || ' months', '-1 day'), i % 12 FROM n WHERE i < 25;
INSERT INTO c SELECT 'day 30', date('2020-01-01', i || ' months', '29 days'), i % 12 FROM n WHERE i < 49 AND i % 12 <> 1;
INSERT INTO c SELECT 'day', date('2023-12-20', i || ' days'), i % 7 FROM n WHERE i < 70; -- 2024-02-27
INSERT INTO c SELECT 'day with T and Z', strftime('%Y-%m-%dT%H:%M:%SZ', '2024-01-01', i || ' days'), i % 7 FROM n WHERE i < 48;
INSERT INTO c SELECT 'hour with an offset', strftime('%Y-%m-%d %H:%M', '2024-01-01', i || ' hours') || '+02:00', i % 24 FROM n WHERE i < 96;
INSERT INTO c SELECT 'hour with T and an offset', strftime('%Y-%m-%dT%H:%M:%S', '2024-01-01', i || ' hours') || '-03:30', i % 24 FROM n
WHERE i < 96;
INSERT INTO c SELECT 'hour, one missing', datetime('2024-01-01', i || ' hours'), i % 24 FROM n WHERE i < 96 AND i <> 50;
INSERT INTO c SELECT 'hour, the last but one missing', datetime('2024-01-01', i || ' hours'), i % 24 FROM n WHERE i < 96 AND i <> 94;
INSERT INTO c SELECT 'quarter', date('1990-01-01', (3 * i) || ' months'), i % 4 FROM n WHERE i < 50;
INSERT INTO c SELECT 'quarter end', date('1990-04-01', (3 * i) || ' months', '-1 day'), i % 4 FROM n WHERE i < 50;
INSERT INTO c SELECT 'quarter as month', strftime('%Y-%m', '1990-01-01', (3 * i) || ' months'), i % 4 FROM n WHERE i < 50;
INSERT INTO c SELECT 'year', date('1950-01-01', i || ' years'), i FROM n WHERE i < 50;
INSERT INTO c SELECT 'year end', date('1950-12-31', i || ' years'), i FROM n WHERE i < 50;
INSERT INTO c SELECT 'year as integer', 1950 + i, i FROM n WHERE i < 50;
INSERT INTO c SELECT 'week', date('2024-01-01', (7 * i) || ' days'), i % 5 FROM n WHERE i < 86;
INSERT INTO c SELECT 'business day', date('2024-01-01', i || ' days'), i % 7 FROM n
WHERE i < 89 AND strftime('%w', '2024-01-01', i || ' days') NOT IN ('0', '6'); -- to Friday 2024-03-29
INSERT INTO c SELECT '15 minutes', strftime('%Y-%m-%d %H:%M', '2024-01-01', (15 * i) || ' minutes'), i % 96 FROM n WHERE i < 400;
INSERT INTO c SELECT 'minute', strftime('%Y-%m-%d %H:%M', '2024-01-01', i || ' minutes'),
  50 + 20 * sin(i * 6.283185307 / 1440) + i * 7919 % 13 / 13.0
FROM n WHERE i < 5760;
INSERT INTO c SELECT 'tenth of a second', strftime('%Y-%m-%d %H:%M:%f', '2024-01-01', (i * 0.1) || ' seconds'), i % 7 FROM n WHERE i < 100;
INSERT INTO c SELECT 'integer', 10 * i + 3, i % 5 FROM n WHERE i < 96;
INSERT INTO c SELECT 'negative integer', 2 * i - 300, i % 5 FROM n WHERE i < 96;
INSERT INTO c SELECT 'real', 0.25 * i + 1, i % 5 FROM n WHERE i < 96;
INSERT INTO c SELECT 'unix epoch', unixepoch('2024-01-01', i || ' hours'), i % 24 FROM n WHERE i < 96;
INSERT INTO c SELECT 'before 1970', date('1939-11-01', i || ' days'), i % 7 FROM n WHERE i < 120; -- to 1940-02-28
INSERT INTO c SELECT 'none', NULL, i % 7 FROM n WHERE i < 70;

CREATE TEMP TABLE f AS
WITH m AS MATERIALIZED (SELECT name, rnn_train('{"task":"forecast","horizon":4,"hidden":2,"epochs":1,"ensemble":1,"batch":8,"context":8}', 's', t,
  y) AS model,
  rnn_rows('s', t, y) AS data FROM c GROUP BY name)
SELECT name, rnn_info(m.model) AS info, group_concat(f.time, ', ') AS times, group_concat(DISTINCT typeof(f.time)) AS type
FROM m, rnn_forecast(m.model, m.data) f GROUP BY name;

CREATE TEMP TABLE want(name, times, frequency, seasons);
INSERT INTO want VALUES
('month', '2024-01, 2024-02, 2024-03, 2024-04', 'month', '[12]'),
('month start', '2024-01-01, 2024-02-01, 2024-03-01, 2024-04-01', 'month', '[12]'),
('month end', '2024-02-29, 2024-03-31, 2024-04-30, 2024-05-31', 'month', '[12]'),
('month end before a common year', '2023-02-28, 2023-03-31, 2023-04-30, 2023-05-31', 'month', NULL),
('day 30', '2024-02-29, 2024-03-30, 2024-04-30, 2024-05-30', 'month', NULL),
('day', '2024-02-28, 2024-02-29, 2024-03-01, 2024-03-02', 'day', '[7]'),
('day with T and Z', '2024-02-18T00:00:00Z, 2024-02-19T00:00:00Z, 2024-02-20T00:00:00Z, 2024-02-21T00:00:00Z', 'day', '[7]'),
('hour with an offset', '2024-01-05 00:00+02:00, 2024-01-05 01:00+02:00, 2024-01-05 02:00+02:00, 2024-01-05 03:00+02:00', 'hour', '[24]'),
('hour with T and an offset', '2024-01-05T00:00:00-03:30, 2024-01-05T01:00:00-03:30, 2024-01-05T02:00:00-03:30, 2024-01-05T03:00:00-03:30',
  'hour', '[24]'),
('hour, one missing', '2024-01-05 00:00:00, 2024-01-05 01:00:00, 2024-01-05 02:00:00, 2024-01-05 03:00:00', 'hour', '[24]'),
('hour, the last but one missing', '2024-01-05 00:00:00, 2024-01-05 01:00:00, 2024-01-05 02:00:00, 2024-01-05 03:00:00', 'hour', '[24]'),
('quarter', '2002-07-01, 2002-10-01, 2003-01-01, 2003-04-01', 'quarter', '[4]'),
('quarter end', '2002-09-30, 2002-12-31, 2003-03-31, 2003-06-30', 'quarter', '[4]'),
('quarter as month', '2002-07, 2002-10, 2003-01, 2003-04', 'quarter', '[4]'),
('year', '2000-01-01, 2001-01-01, 2002-01-01, 2003-01-01', 'year', '[]'),
('year end', '2000-12-31, 2001-12-31, 2002-12-31, 2003-12-31', 'year', '[]'),
('year as integer', '2000, 2001, 2002, 2003', '1', '[]'),
('week', '2025-08-25, 2025-09-01, 2025-09-08, 2025-09-15', 'week', NULL),
('business day', '2024-04-01, 2024-04-02, 2024-04-03, 2024-04-04', 'business day', '[5]'),
('15 minutes', '2024-01-05 04:00, 2024-01-05 04:15, 2024-01-05 04:30, 2024-01-05 04:45', '15 minutes', '[96]'),
('minute', '2024-01-05 00:00, 2024-01-05 00:01, 2024-01-05 00:02, 2024-01-05 00:03', 'minute', '[1440]'),
('tenth of a second', '2024-01-01 00:00:10.000, 2024-01-01 00:00:10.100, 2024-01-01 00:00:10.200, 2024-01-01 00:00:10.300', '0.1 seconds',
  '[7]'),
('integer', '963, 973, 983, 993', '10', '[5]'),
('negative integer', '-108, -106, -104, -102', '2', '[5]'),
('real', '25.0, 25.25, 25.5, 25.75', '0.25', '[5]'),
('unix epoch', '1704412800, 1704416400, 1704420000, 1704423600', '3600', '[24]'),
('before 1970', '1940-02-29, 1940-03-01, 1940-03-02, 1940-03-03', 'day', '[7]'),
('none', '70, 71, 72, 73', NULL, '[7]');
INSERT INTO tap(name, got, want) SELECT 'times: ' || name, f.times, want.times FROM want LEFT JOIN f USING (name) ORDER BY want.rowid
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'frequency and seasons',
  (SELECT group_concat(name || ': ' || json_extract(info, '$.frequency') || ' ' || json_extract(info, '$.seasons'), '; ') FROM f
    JOIN want USING (name)
   WHERE frequency IS NOT NULL AND json_extract(info, '$.frequency') <> frequency OR seasons <> json_extract(info, '$.seasons')), NULL
     RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'types', (SELECT group_concat(name || ' ' || type) FROM f WHERE type <>
  CASE WHEN name IN ('integer', 'negative integer', 'year as integer', 'unix epoch', 'none') THEN 'integer' WHEN name = 'real' THEN 'real'
    ELSE 'text' END),
  NULL RETURNING line;

-- Options on time.
.param init
.param set :o '{"task":"forecast","horizon":2,"hidden":2,"epochs":1,"ensemble":1,"batch":8,"context":8}'
INSERT INTO tap(name, got, want) SELECT 'season ' || value, json_extract(rnn_info(rnn_train(json_set(:o, '$.season', json(value)), 's', t,
  y)), '$.seasons'),
  json_array(json(value)) FROM c, json_each('[5, 14]') WHERE c.name = 'day' GROUP BY value RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'season ' || value, json_extract(rnn_info(rnn_train(json_set(:o, '$.season', json(value)), 's', t,
  y)), '$.seasons'),
  value FROM c, (SELECT '[7,14]' AS value UNION ALL SELECT '[]') WHERE c.name = 'day' GROUP BY value RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'frequency given as ' || o.f, (SELECT group_concat(time) FROM rnn_forecast(
    (SELECT rnn_train(json_set(:o, '$.frequency', o.f), 's', t, y) FROM c WHERE name = o.name), (SELECT rnn_rows('s', t, y) FROM c
      WHERE name = o.name))), o.times
FROM (SELECT 'day' AS name, 'day' AS f, '2024-02-28,2024-02-29' AS times UNION ALL SELECT 'month', '1 month', '2024-01,2024-02'
  UNION ALL SELECT 'business day', 'day', '2024-03-30,2024-03-31' UNION ALL SELECT 'unix epoch', 3600, '1704412800,1704416400'
  UNION ALL SELECT 'week', 'day', '2025-08-19,2025-08-20' UNION ALL SELECT 'hour, one missing', '30 minutes',
    '2024-01-04 23:30:00,2024-01-05 00:00:00') o
RETURNING line;

-- Without times the order of arrival counts, series by series; beside them others may have times.
INSERT INTO tap(name, got, want) SELECT 'without times: continues the order of arrival', group_concat(f.forecast > 50), '1,1'
  FROM rnn_forecast(
  (SELECT rnn_train(:o, 's', NULL, i) FROM (SELECT i FROM n WHERE i < 60 ORDER BY i)), (SELECT rnn_rows('s', NULL, i)
    FROM (SELECT i FROM n WHERE i < 60 ORDER BY i))) f
RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'without times: arrival reversed', group_concat(f.forecast < 10), '1,1' FROM rnn_forecast(
  (SELECT rnn_train(:o, 's', NULL, i) FROM (SELECT i FROM n WHERE i < 60 ORDER BY i DESC)), (SELECT rnn_rows('s', NULL, i)
    FROM (SELECT i FROM n WHERE i < 60 ORDER BY i DESC))) f
RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'some series with times, some without', group_concat(series || ' ' || time || ' ' || status, ', '),
  'a 2024-02-10 ok, a 2024-02-11 ok, b 40 ok, b 41 ok' FROM rnn_forecast(
  (SELECT rnn_train(:o, 'a', date('2024-01-01', i || ' days'), i) FROM n WHERE i < 40),
  (SELECT rnn_rows(s, iif(s = 'a', date('2024-01-01', i || ' days'), NULL), i) FROM n, (SELECT 'a' AS s UNION ALL SELECT 'b')
    WHERE i < 40)) RETURNING line;
-- The style of the rows that are scored, not of those that were trained on.
INSERT INTO tap(name, got, want) SELECT 'style of the rows given', group_concat(time), '2024-02-10T00:00:00,2024-02-11T00:00:00'
  FROM rnn_forecast(
  (SELECT rnn_train(:o, 'a', date('2024-01-01', i || ' days'), i) FROM n WHERE i < 40),
  (SELECT rnn_rows('a', strftime('%Y-%m-%dT%H:%M:%S', '2024-01-01', i || ' days'), i) FROM n WHERE i < 40)) RETURNING line;
