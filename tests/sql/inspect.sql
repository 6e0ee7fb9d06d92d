-- rnn_info, rnn_history, rnn_tensors, rnn_version, rnn_debug, and rnn_rows.
SELECT '1..30';
CREATE TABLE t(s, d, y, x, c);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO t SELECT s, date('2024-01-01', i || ' days'), 20 + i % 7 + i * 7919 % 13 / 3.0, i % 3, 'c' || (i % 4)
  FROM n, (SELECT 'a' AS s UNION ALL SELECT 'b');
.param init
.param set :o '{"task":"forecast","horizon":2,"hidden":3,"epochs":2,"ensemble":1,"context":4,"quantiles":[0.1,0.5,0.9]}'
CREATE TEMP TABLE m(cell, o, model);
INSERT INTO m SELECT o.cell, o.o, rnn_train(json_patch(:o, o.o), s, d, y, x, c) FROM t, (SELECT 'gru' AS cell, '{}' AS o
  UNION ALL SELECT 'lstm', '{"cell":"lstm","layers":2}'
  UNION ALL SELECT 'rnn', '{"cell":"rnn","bidirectional":true}' UNION ALL SELECT 'all',
    '{"cell":"lstm","peephole":true,"projection":2,"layer_norm":true,"initial_state":"learned","embedding":5,"series_embedding":4}'
  UNION ALL SELECT 'two', '{"ensemble":2}') o GROUP BY o.cell;
CREATE TEMP TABLE w AS SELECT m.cell, w.* FROM m, rnn_tensors(m.model) w;

-- Names and shapes are PyTorch's.
INSERT INTO tap(name, got, want) SELECT 'tensors of ' || v.cell, (SELECT group_concat(name || shape, ' ')
  FROM (SELECT * FROM w WHERE w.cell = v.cell AND name GLOB 'rnn.*' AND name NOT GLOB '*ih_l0*' ORDER BY name)), v.want
FROM (SELECT 'gru' AS cell, 'rnn.bias_hh_l0[9] rnn.weight_hh_l0[9,3]' AS want
  UNION ALL SELECT 'lstm',
    'rnn.bias_hh_l0[12] rnn.bias_hh_l1[12] rnn.bias_ih_l1[12] rnn.weight_hh_l0[12,3] rnn.weight_hh_l1[12,3] rnn.weight_ih_l1[12,3]'
  UNION ALL SELECT 'rnn', 'rnn.bias_hh_l0[3] rnn.bias_hh_l0_reverse[3] rnn.weight_hh_l0[3,3] rnn.weight_hh_l0_reverse[3,3]') v
    RETURNING line;
INSERT INTO tap(name, got) SELECT 'input weights of ' || cell, min(json_extract(shape, '$[0]') = CASE cell WHEN 'gru' THEN 9 WHEN 'lstm'
  THEN 12 ELSE 3 END AND json_extract(shape, '$[1]') = n)
FROM (SELECT w.*, (SELECT json_extract(rnn_info(model), '$.inputs') FROM m WHERE m.cell = w.cell) AS n FROM w
  WHERE name GLOB 'rnn.weight_ih_l0*' AND cell IN ('gru', 'lstm', 'rnn')) GROUP BY cell RETURNING line;
INSERT INTO tap(name, got) SELECT 'every parameter of ' || m.cell || ' is in a tensor', sum(count) = json_extract(rnn_info(m.model),
  '$.parameters') FROM m JOIN w USING (cell) GROUP BY m.cell RETURNING line;
INSERT INTO tap(name, got) SELECT 'count is the product of the shape, data is float32',
  min(length(data) = 4 * count AND typeof(data) = 'blob' AND json_valid(shape)
  AND count = json_extract(shape, '$[0]') * coalesce(json_extract(shape, '$[1]'), 1)) FROM w RETURNING line;
INSERT INTO tap(name, got) SELECT 'figures are in order', min(min <= mean AND mean <= max AND std >= 0 AND std <= max - min
  AND abs(max) < 100 AND abs(min) < 100) FROM w RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'names are unique', count(*), count(DISTINCT cell || name) FROM w RETURNING line;
INSERT INTO tap(name, got) SELECT 'the embeddings are there', count(*) = 2 AND min(json_extract(shape, '$[1]') IN (5, 4)) FROM w
  WHERE cell = 'all' AND name LIKE '%embedding%' RETURNING line;
INSERT INTO tap(name, got) SELECT 'two networks: every tensor twice', (SELECT count(*) FROM w WHERE cell = 'two') = 2 * (SELECT count(*)
  FROM w WHERE cell = 'gru')
  AND (SELECT sum(count) FROM w WHERE cell = 'two') = 2 * (SELECT sum(count) FROM w WHERE cell = 'gru') RETURNING line;

-- rnn_info.
INSERT INTO tap(name, got) SELECT 'rnn_info is JSON', min(json_valid(rnn_info(model)) AND json_type(rnn_info(model)) = 'object') FROM m
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'sizes', group_concat(json_array(json_extract(i, '$.task'), json_extract(i, '$.cell'),
  json_extract(i, '$.hidden'), json_extract(i, '$.layers'), json_extract(i, '$.ensemble'),
  json_extract(i, '$.horizon'), json_extract(i, '$.context'), json_extract(i, '$.frequency'), json_extract(i, '$.epochs')), ' '),
    '["forecast","lstm",3,2,1,2,4,"day",2]' FROM (SELECT rnn_info(model) AS i FROM m WHERE cell = 'lstm') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'rows and series', json_extract(rnn_info(model),
  '$.data.rows') || ' ' || json_extract(rnn_info(model), '$.data.series'), '80 2' FROM m WHERE cell = 'gru' RETURNING line;
INSERT INTO tap(name, got) SELECT 'bytes', min(json_extract(rnn_info(model), '$.bytes') = length(model)) FROM m RETURNING line;
INSERT INTO tap(name, got) SELECT 'every option has a value or is NULL for chosen from the data', count(*) > 30
  FROM m, json_each(rnn_info(m.model), '$.options') WHERE cell = 'gru' RETURNING line;
INSERT INTO tap(name, got) SELECT 'options that rnn_info reports train again',
  length(rnn_train((SELECT json_extract(rnn_info(model), '$.options') FROM m WHERE cell = 'gru'), s, d, y, x, c)) > 100 FROM t
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'nothing but the training is in a model: no time, no path', count(*), 0 FROM m
  WHERE instr(CAST(model AS BLOB), CAST(strftime('%Y-%m-%d', 'now') AS BLOB)) RETURNING line;

-- rnn_history.
INSERT INTO tap(name, got, want) SELECT 'an epoch a row', group_concat(epoch), '1,2'
  FROM rnn_history((SELECT model FROM m WHERE cell = 'gru')) RETURNING line;
INSERT INTO tap(name, got) SELECT 'figures of every epoch', min(train_loss > 0 AND valid_loss > 0 AND learning_rate > 0
  AND gradient_norm > 0 AND best IN (0, 1)) FROM m, rnn_history(m.model) RETURNING line;

-- The rest.
INSERT INTO tap(name, got) SELECT 'rnn_version', rnn_version() GLOB '[0-9]*.[0-9]*.[0-9]*' RETURNING line;
INSERT INTO tap(name, got) SELECT 'rnn_debug', rnn_debug() LIKE '%compiler%' AND rnn_debug() LIKE '%blas%'
  AND rnn_debug() LIKE '%threads%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'rnn_rows without rows is NULL', rnn_rows(s, d, y), NULL FROM t WHERE 0 RETURNING line;
INSERT INTO tap(name, got) SELECT 'rnn_rows is a BLOB', typeof(rnn_rows(s, d, y)) = 'blob' FROM t RETURNING line;
INSERT INTO tap(name, got) SELECT 'rnn_rows a group', count(DISTINCT r) = 2 FROM (SELECT rnn_rows(s, d, y) AS r FROM t GROUP BY s)
  RETURNING line;
