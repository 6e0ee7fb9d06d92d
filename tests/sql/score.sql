-- rnn_score, rnn_advance, rnn_output: rows one by one, over growing and sliding frames, as an aggregate, in triggers; classes keep
-- their type; what cannot stream, and states that are none, are refused.
SELECT '1..50';
CREATE TABLE t(s, d, y, x, w);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO t SELECT v.value, date('2024-01-01', i || ' days'), CASE (i + v.value) % 6 / 2 WHEN 0 THEN 1 WHEN 1 THEN 2.5 ELSE 'three' END,
  (i + v.value) % 6 / 2 + (i * 7919 % 13) / 50.0, CASE i % 3 WHEN 0 THEN 'on' WHEN 1 THEN 'off' END
FROM n, json_each('["0","1","2"]') v;
-- The series' own class, for one prediction a series.
ALTER TABLE t ADD COLUMN k;
UPDATE t SET k = iif(s = '0', 'even', 'odd'), x = x + iif(s = '0', 5, 0);
.param init
.param set :o '{"hidden":8,"epochs":200,"ensemble":2,"learning_rate":0.02,"dropout":0,"batch":1,"bidirectional":false,"threads":1}'
INSERT INTO rnn_models(name, model) SELECT 'every', rnn_train(json_set(:o, '$.task', 'classify'), s, d, y, x, w) FROM t;
INSERT INTO rnn_models(name, model) SELECT 'last', rnn_train(json_set(:o, '$.task', 'classify'), s, d, k, x) FROM t;
INSERT INTO rnn_models(name, model) SELECT 'number', rnn_train(json_set(:o, '$.task', 'regress'), s, d, x, x, w) FROM t;
INSERT INTO rnn_models(name, model) SELECT 'token', rnn_train(json_set(:o, '$.task', 'generate'), s, d, y) FROM t;
INSERT INTO rnn_models(name, model)
SELECT 'next', rnn_train('{"task":"forecast","horizon":1,"context":8,"hidden":4,"epochs":10,"ensemble":1}', s, d, x) FROM t;
INSERT INTO rnn_models(name, model)
SELECT 'both', rnn_train('{"task":"classify","hidden":2,"epochs":1,"ensemble":1,"bidirectional":true}', s, d, y, x, w) FROM t;
INSERT INTO rnn_models(name, model)
SELECT 'text', rnn_train('{"task":"classify","hidden":2,"epochs":1,"ensemble":1,"bidirectional":false}', w || i, w)
FROM (SELECT 1 AS i UNION ALL SELECT 2), t WHERE w IS NOT NULL;

-- What it says.
CREATE TEMP TABLE score AS SELECT s, d, y, k, rnn_score('every', d, x, w) OVER (PARTITION BY s ORDER BY d) AS class,
  rnn_score('every', d, y, x, w) OVER (PARTITION BY s ORDER BY d) AS with_target,
  rnn_score('last', d, x) OVER (PARTITION BY s ORDER BY d) AS label,
  rnn_score('number', d, x, w) OVER (PARTITION BY s ORDER BY d) AS number,
  rnn_score('token', d, y) OVER (PARTITION BY s ORDER BY d) AS token,
  rnn_score('next', d, x) OVER (PARTITION BY s ORDER BY d) AS forecast FROM t;
INSERT INTO tap(name, got) SELECT 'classes of steps are learned', avg(class = y) > 0.9 FROM score RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'they keep their type', group_concat(DISTINCT quote(class) || typeof(class)),
  '1integer,2.5real,''three''text' FROM (SELECT class FROM score ORDER BY typeof(class)) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the target is not looked at', count(*), 0 FROM score WHERE class IS NOT with_target RETURNING line;
INSERT INTO tap(name, got) SELECT 'the class of a series so far', avg(label = k) > 0.9 FROM score WHERE d > '2024-01-10' RETURNING line;
INSERT INTO tap(name, got) SELECT 'numbers', avg(abs(number - x)) < 1 AND min(typeof(number)) = 'real' FROM score JOIN t USING (s, d)
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the next token is one', count(*), 0 FROM score WHERE token NOT IN ('1', '2.5', 'three')
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'the first forecast is NULL, others are not', group_concat(d || '') = '2024-01-01,2024-01-01,2024-01-01'
  FROM score WHERE forecast IS NULL RETURNING line;
INSERT INTO tap(name, got) SELECT 'tokens follow one another', avg(token = CAST(next AS TEXT)) > 0.6 FROM
  (SELECT token, lead(y) OVER (PARTITION BY s ORDER BY d) AS next FROM score) WHERE next IS NOT NULL RETURNING line;

-- The same step by step.
CREATE TEMP TABLE model(name, columns);
INSERT INTO model VALUES ('every', 2), ('last', 1), ('number', 2), ('token', 0), ('next', 3);
CREATE TEMP TABLE step AS
WITH RECURSIVE r(name, columns, s, i, d, state, before) AS (
  SELECT name, columns, s.value, 0, NULL, NULL, NULL FROM model, json_each('["0","1","2"]') s
  UNION ALL
  SELECT name, columns, r.s, i + 1, t.d,
    CASE columns WHEN 2 THEN rnn_advance(name, state, t.d, t.x, t.w) WHEN 1 THEN rnn_advance(name, state, t.d, t.x)
      WHEN 0 THEN rnn_advance(name, state, t.d, t.y) ELSE rnn_advance(name, state, t.d, t.x) END,
    rnn_output(name, state)
  FROM r JOIN t ON t.s = r.s AND t.d = date('2024-01-01', i || ' days'))
SELECT name, s, d, state, CASE name WHEN 'next' THEN before ELSE rnn_output(name, state) END AS output FROM r WHERE i > 0;
INSERT INTO tap(name, got, want) SELECT 'rnn_advance and rnn_output say the same', count(*), 600 FROM step JOIN score USING (s, d)
  WHERE output IS CASE name WHEN 'every' THEN class WHEN 'last' THEN label WHEN 'number' THEN number WHEN 'token' THEN token
    ELSE forecast END RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a state does not grow', max(sizes), 1 FROM (
  SELECT count(DISTINCT length(state)) AS sizes FROM step WHERE name <> 'next' GROUP BY name) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the output of no row is NULL', rnn_output('every', NULL), NULL RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the same state again', count(*), 0 FROM step
  JOIN t USING (s, d) WHERE name = 'every' AND d = '2024-01-01' AND state IS NOT rnn_advance('every', NULL, d, x, w) RETURNING line;

-- Frames.
INSERT INTO tap(name, got, want) SELECT 'a sliding frame is scored from its first row', count(*), 0 FROM
  (SELECT t.s, t.d, rnn_score('every', d, x, w) OVER (PARTITION BY s ORDER BY d ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) AS got FROM t) a
  WHERE got IS NOT (SELECT rnn_score('every', d, x, w) FROM t WHERE t.s = a.s AND t.d BETWEEN date(a.d, '-4 days') AND a.d) RETURNING line;
INSERT INTO tap(name, got) SELECT 'and differs from a growing one', count(*) > 0 FROM (
  SELECT rnn_score('number', d, x, w) OVER (PARTITION BY s ORDER BY d ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS a,
    rnn_score('number', d, x, w) OVER (PARTITION BY s ORDER BY d) AS b FROM t) WHERE a <> b RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'forecasts over a sliding frame', count(*), 0 FROM
  (SELECT t.s, t.d, rnn_score('next', d, x) OVER (PARTITION BY s ORDER BY d ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS got FROM t) a
  WHERE got IS NOT (SELECT rnn_score('next', d, x) FROM t WHERE t.s = a.s AND t.d BETWEEN date(a.d, '-9 days') AND a.d) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a frame of rows to come', count(*), 0 FROM
  (SELECT t.s, t.d, rnn_score('every', d, x, w) OVER (PARTITION BY s ORDER BY d ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS got
   FROM t) a
  WHERE got IS NOT (SELECT rnn_score('every', d, x, w) FROM t WHERE t.s = a.s AND t.d >= a.d) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'an empty frame is NULL', group_concat(d), '2024-01-01,2024-01-02' FROM
  (SELECT d, rnn_score('every', d, x, w) OVER (ORDER BY d ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING) AS got FROM t WHERE s = '0')
  WHERE got IS NULL RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'EXCLUDE', count(*), 0 FROM
  (SELECT d, rnn_score('every', d, x, w) OVER (ORDER BY d ROWS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) AS got
   FROM t WHERE s = '0') a WHERE d > '2024-01-01'
  AND got IS NOT (SELECT rnn_score('every', d, x, w) FROM t WHERE s = '0' AND t.d >= date(a.d, '-2 days') AND t.d < a.d) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'an aggregate sorts its rows', count(*), 0 FROM
  (SELECT s, rnn_score('every', d, x, w) AS got FROM (SELECT * FROM t ORDER BY x * 7919 % 13) GROUP BY s) JOIN score USING (s)
  WHERE d = '2024-02-09' AND got IS NOT class RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no rows', rnn_score('every', d, x, w), NULL FROM t WHERE 0 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'NULL times are the order of arrival', count(*), 0 FROM
  (SELECT s, d, rnn_score('number', NULL, x, w) OVER (PARTITION BY s ORDER BY d) AS got FROM t) JOIN score USING (s, d)
  WHERE got IS NOT number RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a frame of equal neighbours is read at once', count(*), 0 FROM
  (SELECT d, rnn_score('every', d, x, w) OVER (ORDER BY substr(d, 1, 7)) AS got FROM t WHERE s = '0') JOIN score USING (d)
  WHERE s = '0' AND d IN ('2024-01-31', '2024-02-09') AND got IS NOT class RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'missing inputs', typeof(rnn_score('number', d, NULL, NULL)), 'real' FROM t WHERE s = '0'
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a BLOB is as good as a name', (SELECT rnn_score(model, d, x, w) FROM t WHERE s = '1')
  IS (SELECT rnn_score('every', d, x, w) FROM t WHERE s = '1'), 1 FROM rnn_models WHERE name = 'every' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a NULL target is replaced by the forecast', count(DISTINCT f) || ' ' || count(f), '1 2' FROM (
  SELECT rnn_score('next', d, iif(d = '2024-01-30', (SELECT forecast FROM score WHERE s = '1' AND d = '2024-01-30'), x)) AS f
    FROM t WHERE s = '1'
  UNION ALL SELECT rnn_score('next', d, iif(d = '2024-01-30', NULL, x)) FROM t WHERE s = '1') RETURNING line;

-- A trigger in the middle of a scan that has streams of its own.
CREATE TABLE live(s PRIMARY KEY, state);
CREATE TABLE seen(s, d, class);
INSERT INTO live(s) SELECT DISTINCT s FROM t;
CREATE TRIGGER advance AFTER INSERT ON seen BEGIN
  UPDATE live SET state = rnn_advance('every', state, new.d, (SELECT x FROM t WHERE s = new.s AND d = new.d),
    (SELECT w FROM t WHERE s = new.s AND d = new.d)) WHERE s = new.s;
END;
INSERT INTO seen SELECT s, d, rnn_score('every', d, x, w) OVER (PARTITION BY s ORDER BY d) FROM t ORDER BY d;
INSERT INTO tap(name, got, want) SELECT 'a trigger inside a scan', count(*), 3 FROM live JOIN seen USING (s)
  WHERE d = '2024-02-09' AND class IS rnn_output('every', state) RETURNING line;

-- Wrong rows.
-- error: rnn_score: time '2024-01-01' follows time '2024-01-01'; .* PARTITION BY
SELECT rnn_score('every', d, x, w) OVER (ORDER BY d) FROM t;
-- error: rnn_score: time '2024-01-09' follows time '2024-01-10'
SELECT rnn_score('every', d, x, w) OVER (ORDER BY d DESC) FROM t WHERE s = '0' AND d <= '2024-01-10';
-- error: rnn_score: a row of 2 values; this model takes time, target and 2 inputs, 4 values, or without the target 3
SELECT rnn_score('every', d, x) FROM t;
-- error: rnn_score: a row of 3 values; this model \(task "generate"\) takes 2: time, token
SELECT rnn_score('token', d, y, x) FROM t;
-- error: rnn_score: .*'much'
SELECT rnn_score('every', d, 'much', w) FROM t;
-- error: rnn_score: .*'yesterday'
SELECT rnn_score('every', 'yesterday', x, w) FROM t;
-- error: rnn_score: too few arguments; usage: rnn_score\(model, time, \[target,\] input
SELECT rnn_score('every') FROM t;
-- error: rnn_score: the model changes inside a series, to TEXT 'last'
SELECT rnn_score(iif(d > '2024-01-05', 'last', 'every'), d, x, w) FROM t WHERE s = '0';
-- error: rnn_score: the model is NULL
SELECT rnn_score(NULL, d, x) FROM t;
-- error: rnn_score: no model is called 'nobody'; rnn_models has
SELECT rnn_score('nobody', d, x) FROM t;
-- error: rnn_score: the model is bidirectional.*use rnn_predict\(model, rows\), or train it with "bidirectional":false
SELECT rnn_score('both', d, x, w) FROM t;
-- error: rnn_score: the model \(task "classify"\) was trained on rows that are whole sequences.*use rnn_predict
SELECT rnn_score('text', d, w) FROM t;
-- error: rnn_advance: the model is bidirectional
SELECT rnn_advance('both', NULL, d, x, w) FROM t;
-- error: rnn_advance: too few arguments; usage: rnn_advance\(model, state, time
SELECT rnn_advance('every', NULL);
-- error: wrong number of arguments to function rnn_output
SELECT rnn_output('every');
-- error: rnn_advance: the model is NULL
SELECT rnn_advance(NULL, NULL, 1, 2, 'on');
-- error: rnn_output: a BLOB of 1 bytes is not a model
SELECT rnn_output(x'00', NULL);

-- Wrong states.
-- error: rnn_advance: the state is TEXT 'start'; give NULL to start
SELECT rnn_advance('every', 'start', 1, 2, 'on');
-- error: rnn_output: the state belongs to another model
SELECT rnn_output('every', rnn_advance('last', NULL, 1, 2));
-- error: rnn_output: the state belongs to another model
SELECT rnn_output('every', rnn_advance('next', NULL, '2024-01-01', 2));
-- error: rnn_output: the state, a BLOB of 0 bytes, is no state of rnn_advance\(\)
SELECT rnn_output('every', x'');
-- error: rnn_advance: the state, a BLOB of [0-9]+ bytes, is truncated or corrupt
SELECT rnn_advance('every', substr(state, 1, length(state) - 1), '2025-01-01', 1, 'on') FROM live;
-- error: rnn_advance: the state, a BLOB of [0-9]+ bytes, is truncated or corrupt
SELECT rnn_advance('every', CAST(substr(state, 1, 59) || x'55AA' || substr(state, 62) AS BLOB), '2025-01-01', 1, 'on') FROM live;
-- error: rnn_advance: time '2024-02-09' follows time '2024-02-09'
SELECT rnn_advance('every', state, '2024-02-09', 1, 'on') FROM live;
