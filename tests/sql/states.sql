-- rnn_states and rnn_gradients: columns, order, counts, tokens, keys, gates, errors. The numbers are checked by tests/unit/test_states.c.
SELECT '1..47';
CREATE TABLE review(id INTEGER PRIMARY KEY, label, body);
INSERT INTO review VALUES (1, 'good', 'a fine film'), (2, 'bad', 'A DULL film'), (3, 'good', 'fine fine film'), (4, 'bad', 'dull dull film'),
  (5, 'good', NULL), (6, 'bad', 'marvellous');
CREATE TABLE walk(series, time, tag, x, word);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
INSERT INTO walk SELECT 'w' || (i / 5), date('2024-01-01', (i % 5) || ' days'), iif(i % 3, 'N', 'V'), i % 4, iif(i % 3, 'dog', 'runs') FROM n;
CREATE TABLE options(name, options);
INSERT INTO options VALUES
  ('lstm', '{"task":"classify","tokens":"word","cell":"lstm","hidden":3,"bidirectional":false}'),
  ('parts', '{"task":"classify","tokens":"word","cell":"gru","hidden":2,"bidirectional":true,"layers":2,"subwords":16}'),
  ('lost', '{"task":"classify","tokens":"word","cell":"gru","hidden":2,"subwords":0,"min_count":2,"ensemble":2}'),
  ('tag', '{"task":"classify","cell":"rnn","hidden":2,"bidirectional":false}'),
  ('level', '{"task":"regress","output":"last","cell":"lstm","projection":2,"hidden":3,"bidirectional":false}'),
  ('shape', '{"task":"classify","cell":"gru","hidden":2,"bidirectional":false}'),
  ('story', '{"task":"generate","tokens":"char","cell":"gru","hidden":2}'),
  ('token', '{"task":"generate","cell":"gru","hidden":2}'),
  ('pair', '{"task":"seq2seq","tokens":"word","cell":"lstm","hidden":2,"layers":2,"bidirectional":true}'),
  ('series', '{"task":"forecast","cell":"gru","hidden":2,"context":4,"horizon":2,"frequency":"day","season":[]}');
UPDATE options SET options = json_patch('{"epochs":1,"ensemble":1}', options);
CREATE TEMP TABLE option AS SELECT * FROM options;
INSERT INTO rnn_models(name, model) SELECT 'lstm', rnn_train(options, label, body) FROM review, option WHERE name = 'lstm';
INSERT INTO rnn_models(name, model) SELECT 'parts', rnn_train(options, label, body) FROM review, option WHERE name = 'parts';
INSERT INTO rnn_models(name, model) SELECT 'lost', rnn_train(options, label, body) FROM review, option WHERE name = 'lost';
INSERT INTO rnn_models(name, model) SELECT 'tag', rnn_train(options, series, time, tag, x, word) FROM walk, option WHERE name = 'tag';
INSERT INTO rnn_models(name, model) SELECT 'level', rnn_train(options, series, time, x, word) FROM walk, option WHERE name = 'level';
INSERT INTO rnn_models(name, model) SELECT 'shape', rnn_train(options, label, json_array(id, length(body), 1)) FROM review, option
  WHERE name = 'shape' AND body IS NOT NULL;
INSERT INTO rnn_models(name, model) SELECT 'story', rnn_train(options, body) FROM review, option WHERE name = 'story';
INSERT INTO rnn_models(name, model) SELECT 'token', rnn_train(options, series, time, word) FROM walk, option WHERE name = 'token';
INSERT INTO rnn_models(name, model) SELECT 'pair', rnn_train(options, label, body) FROM review, option WHERE name = 'pair';
INSERT INTO rnn_models(name, model) SELECT 'series', rnn_train(options, series, time, x) FROM walk, option WHERE name = 'series';
CREATE TEMP TABLE data AS SELECT (SELECT rnn_rows(id, body) FROM review) AS texts, (SELECT rnn_rows(label, body) FROM review) AS labelled,
  (SELECT rnn_rows(series, time, tag, x, word) FROM walk) AS tags, (SELECT rnn_rows(series, time, NULL, x, word) FROM walk) AS unknown,
  (SELECT rnn_rows(series, time, x, word) FROM walk) AS levels, (SELECT rnn_rows(series, time, x) FROM walk) AS numbers,
  (SELECT rnn_rows(series, time, word) FROM walk) AS tokens, (SELECT rnn_rows(body) FROM review) AS stories;

-- Texts: one row a token and unit, by key, with the words as the network reads them.
CREATE TEMP TABLE s AS SELECT s.* FROM data, rnn_states('lstm', texts) s;
INSERT INTO tap(name, got, want) SELECT 'columns', group_concat(name), 'series,time,key,step,token,layer,direction,unit,h,c,input_gate,'
  || 'forget_gate,output_gate,candidate,update_gate,reset_gate' FROM pragma_table_xinfo('rnn_states') WHERE hidden = 0 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'keys and tokens of texts', group_concat(key || ':' || token, ' '),
  '1:a 1:fine 1:film 2:a 2:dull 2:film 3:fine 3:fine 3:film 4:dull 4:dull 4:film 6:marvellous'
  FROM (SELECT key, token FROM s WHERE unit = 1 ORDER BY rowid) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'rows come by sequence, step, layer, direction, unit', count(*), 0 FROM (SELECT rowid AS at,
  row_number() OVER (ORDER BY key, step, layer, direction = 'backward', unit) AS place FROM s) WHERE at <> place RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a row a token and unit', count(*) || ' ' || max(unit) || ' ' || min(step) || ' ' || max(step), '39 3 1 3'
  FROM s RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'types', group_concat(DISTINCT typeof(series) || typeof(time) || typeof(key) || typeof(step)
  || typeof(token) || typeof(layer) || direction || typeof(unit) || typeof(h)), 'nullnullintegerintegertextintegerforwardintegerreal' FROM s
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'gates of an LSTM, and no others', min(input_gate BETWEEN 0 AND 1 AND forget_gate BETWEEN 0 AND 1
  AND output_gate BETWEEN 0 AND 1 AND candidate BETWEEN -1 AND 1 AND c IS NOT NULL AND update_gate IS NULL AND reset_gate IS NULL) FROM s
  RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'c is the forget gate times the old c and the input gate times the candidate',
  max(abs(c - (forget_gate * before + input_gate * candidate))), 0, 1e-6
  FROM (SELECT *, lag(c, 1, 0) OVER (PARTITION BY key, unit ORDER BY step) AS before FROM s) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the same beginning, the same states', count(DISTINCT h), 3 FROM s WHERE step = 1 AND token = 'a'
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a model as a BLOB', count(*), 39 FROM data, rnn_models m, rnn_states(m.model, texts)
  WHERE m.name = 'lstm' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'LIMIT', count(*), 5 FROM (SELECT 1 FROM data, rnn_states('lstm', texts) LIMIT 5) RETURNING line;

-- Both directions, two layers, words that the vocabulary lacks.
DROP TABLE s;
CREATE TEMP TABLE s AS SELECT s.* FROM rnn_states('parts', (SELECT rnn_rows(7, 'a Splendid film'))) s;
INSERT INTO tap(name, got, want) SELECT 'directions and layers', group_concat(DISTINCT layer || direction),
  '1forward,1backward,2forward,2backward' FROM s RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a word that is read by its parts is itself', group_concat(DISTINCT token), 'a,splendid,film' FROM s
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'two units, directions, layers, three steps', count(*), 24 FROM s RETURNING line;
INSERT INTO tap(name, got) SELECT 'gates of a GRU, and no others', min(update_gate BETWEEN 0 AND 1 AND reset_gate BETWEEN 0 AND 1
  AND candidate BETWEEN -1 AND 1 AND c IS NULL AND input_gate IS NULL AND forget_gate IS NULL AND output_gate IS NULL) FROM s RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'a GRU keeps the old state by its update gate, backward from the last step on',
  max(abs(h - ((1 - update_gate) * candidate + update_gate * before))), 0, 1e-6 FROM (SELECT *, lag(h, 1, 0) OVER
  (PARTITION BY layer, direction, unit ORDER BY iif(direction = 'forward', step, -step)) AS before FROM s) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'an unknown word without parts', group_concat(DISTINCT token), '<unknown>,film'
  FROM rnn_states('lost', (SELECT rnn_rows(7, 'Splendid film'))) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the first network of two', count(*),
  3 * 2 * iif((SELECT json_extract(rnn_info('lost'), '$.options.bidirectional')), 2, 1)
  FROM rnn_states('lost', (SELECT rnn_rows(7, 'dull dull film'))) RETURNING line;

-- A step a row.
DROP TABLE s;
CREATE TEMP TABLE s AS SELECT s.* FROM data, rnn_states('tag', unknown) s;
INSERT INTO tap(name, got, want) SELECT 'series, times and words', group_concat(series || time || token, ' '),
  'w02024-01-01runs w02024-01-02dog w02024-01-03dog w02024-01-04runs w02024-01-05dog'
  FROM (SELECT * FROM s WHERE unit = 1 AND series = 'w0' ORDER BY rowid) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a step a row, no key', count(*) || ' ' || count(key) || ' ' || count(DISTINCT series), '40 0 4' FROM s
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a plain cell has no gates', count(c) + count(input_gate) + count(forget_gate) + count(output_gate)
  + count(candidate) + count(update_gate) + count(reset_gate), 0 FROM s RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'arrival order does not matter', count(*), 0 FROM (SELECT * FROM s EXCEPT SELECT * FROM
  rnn_states('tag', (SELECT rnn_rows(series, time, tag, x, word) FROM (SELECT * FROM walk ORDER BY rowid DESC)))) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a projection: two units of h, three of the rest', count(h) || ' ' || count(c) || ' ' || count(candidate),
  '40 60 60' FROM data, rnn_states('level', levels) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'an array: no tokens, a step an element', count(*) || ' ' || count(token) || ' ' || max(step), '6 0 3'
  FROM rnn_states('shape', (SELECT rnn_rows(1, '[1, 2, 3]'))) RETURNING line;

-- Texts that go on begin with begin; so do tokens a row.
INSERT INTO tap(name, got, want) SELECT 'characters', group_concat(token, '|'), '<begin>|d|u|l|l' FROM rnn_states('story', (SELECT rnn_rows('dull')))
  WHERE unit = 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the first column is the key', group_concat(DISTINCT key), 'dull'
  FROM rnn_states('story', (SELECT rnn_rows('dull'))) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'tokens and their times', group_concat(coalesce(time, '-') || token, ' '),
  '-<begin> 2024-01-01runs 2024-01-02dog 2024-01-03dog 2024-01-04runs 2024-01-05dog'
  FROM data, rnn_states('token', tokens) WHERE unit = 1 AND series = 'w0' RETURNING line;

-- Both halves of an encoder-decoder network.
DROP TABLE s;
CREATE TEMP TABLE s AS SELECT s.* FROM rnn_states('pair', (SELECT rnn_rows(id, body) FROM review WHERE id < 3)) s;
INSERT INTO tap(name, got, want) SELECT 'the encoder, then the decoder', group_concat(part, ' '), '1e 1d 2e 2d' FROM (SELECT DISTINCT key ||
  iif(direction = 'decoder', 'd', 'e') AS part FROM s) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the decoder reads begin and what the model writes', group_concat(token, ' '),
  '<begin>' || iif(rnn_predict('pair', 'a fine film') = '', '', ' ' || rnn_predict('pair', 'a fine film'))
  FROM s WHERE direction = 'decoder' AND key = 1 AND layer = 2 AND unit = 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a decoder has one direction, both layers, steps from 1', min(step) || ' ' || count(DISTINCT layer), '1 2'
  FROM s WHERE direction = 'decoder' RETURNING line;

-- Forecasts: the window that ends with the last known target, and the horizon.
INSERT INTO tap(name, got, want) SELECT 'a window and its horizon', group_concat(time, ' '),
  '2024-01-02 2024-01-03 2024-01-04 2024-01-05 2024-01-06 2024-01-07' FROM data, rnn_states('series', numbers)
  WHERE unit = 1 AND series = 'w1' RETURNING line;

-- Gradients.
INSERT INTO tap(name, got, want) SELECT 'columns of gradients', group_concat(name), 'layer,lag,norm' FROM pragma_table_xinfo('rnn_gradients')
  WHERE hidden = 0 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a row a layer and lag', group_concat(layer || ':' || lag, ' '), '1:0 1:1 1:2 2:0 2:1 2:2'
  FROM data, rnn_gradients('parts', labelled) RETURNING line;
INSERT INTO tap(name, got) SELECT 'norms', min(typeof(norm) = 'real' AND norm >= 0) AND max(norm) > 0 FROM data, rnn_gradients('parts', labelled)
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'output every: the last known target', group_concat(lag), '0,1,2' FROM rnn_gradients('tag',
  (SELECT rnn_rows(series, time, iif(time > '2024-01-03', NULL, tag), x, word) FROM walk)) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'what comes after it does not matter', count(*), 0 FROM (SELECT * FROM rnn_gradients('tag',
  (SELECT rnn_rows(series, time, iif(time > '2024-01-03', NULL, tag), x, word) FROM walk)) EXCEPT SELECT * FROM rnn_gradients('tag',
  (SELECT rnn_rows(series, time, tag, x, word) FROM walk WHERE time <= '2024-01-03'))) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the mean over the sequences', sum(abs(a.norm - (SELECT avg(norm) FROM (SELECT b.norm FROM review r,
  rnn_gradients('lstm', (SELECT rnn_rows(label, body) FROM review WHERE id = r.id)) b WHERE b.lag = a.lag AND r.id <> 5))) > 1e-6), 0
  FROM data, rnn_gradients('lstm', labelled) a RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'gradients of every task', (SELECT count(*) FROM data, rnn_gradients('token', tokens)) || ' ' ||
  (SELECT count(*) FROM data, rnn_gradients('level', levels)) || ' ' || (SELECT count(*) FROM data, rnn_gradients('pair', labelled)) || ' ' ||
  (SELECT count(*) FROM data, rnn_gradients('lost', labelled)) || ' ' ||
  (SELECT count(*) FROM rnn_gradients('shape', (SELECT rnn_rows('good', '[1, 2, 3]')))) || ' ' ||
  (SELECT count(*) FROM rnn_gradients('story', (SELECT rnn_rows('dull')))), '6 5 6 3 3 5' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a forecast: the window whose horizon is known', group_concat(lag), '0,1,2,3,4'
  FROM data, rnn_gradients('series', numbers) RETURNING line;

-- Errors.
-- error: rnn_states: argument 2, rows, is missing; usage: rnn_states\(model, rows\)
SELECT * FROM rnn_states('lstm');
-- error: rnn_states: the rows have 1 column|rnn_states: .*columns
SELECT * FROM rnn_states('lstm', (SELECT rnn_rows(body) FROM review));
-- error: rnn_states: a BLOB of 3 bytes is not a model
SELECT * FROM rnn_states(x'010203', (SELECT rnn_rows(id, body) FROM review));
-- error: rnn_states: the rows are TEXT 'a fine film'
SELECT * FROM rnn_states('lstm', 'a fine film');
-- error: rnn_states: a BLOB of [0-9]+ bytes is not rows made by rnn_rows\(\)
SELECT s.* FROM rnn_models m, rnn_states(m.model, m.model) s WHERE m.name = 'lstm';
-- error: rnn_states: column 2 of row 1 is 1; the model reads text
SELECT * FROM rnn_states('lstm', (SELECT rnn_rows(id, id) FROM review));
-- error: rnn_gradients: none of the 6 rows has both an input and a known target
SELECT * FROM rnn_gradients('lstm', (SELECT rnn_rows(NULL, body) FROM review));
-- error: rnn_gradients: none of the 20 rows has both an input and a known target
SELECT g.* FROM data, rnn_gradients('tag', unknown) g;
-- error: rnn_gradients: none of the 1 rows belongs to a series with a known target
SELECT * FROM rnn_gradients('series', (SELECT rnn_rows(series, time, x) FROM walk WHERE series = 'w1' AND time < '2024-01-02'));
