-- gru.sql - the gated recurrent unit, opened: what its two gates do, and two ways to write it down.
--
-- A GRU replaces a share of its state at each step. With the update gate z, the reset gate r and the candidate n:
--
--   r = sigma(W_r x + U_r h)     z = sigma(W_z x + U_z h)     h' = (1 - z) n + z h
--
-- The documents read the update gate in two ways. "When the value of the update gate is close to 1, the candidate hidden state is
-- ignored": z keeps, as in the line above, in PyTorch and here. And "h_t = (1 - z_t) h_(t-1) + z_t h~_t": there z updates. It is the
-- same network, one z being 1 minus the other; only one of them fits the numbers that rnn_states shows. The reset gate too comes
-- in two ways, which are two networks:
--
--   "reset":"before"   n = tanh(W_n x + U_n (r h))      "h(t-1) is multiplied with the value of R gate" (Cho 2014)
--   "reset":"after"    n = tanh(W_n x + r (U_n h))      one product a step fewer (PyTorch, cuDNN); the default
--
--     sqlite3 :memory: < sql/gallery/gru.sql
.bail on
.load build/rnn

-- The task: texts of 40 letters; which mark, X or Y, came last? Letters a, b, c, d say nothing: the network has to keep what it knows
-- while it reads them and to replace it at a mark, one letter of 16. Random numbers are the same on every machine: each is the one before times a
-- constant, modulo the prime 2^31 - 1.
CREATE TABLE sequence AS
WITH RECURSIVE throw(number, dice) AS (SELECT 1, 977436821 UNION ALL SELECT number + 1, dice * 48271 % 2147483647 FROM throw WHERE number < 1000),
writing(number, dice, text) AS (
  SELECT number, dice, substr('XY', 1 + dice % 2, 1) FROM throw
  UNION ALL
  SELECT number, dice * 16807 % 2147483647,
    text || iif(dice / 8 % 16 = 0, substr('XY', 1 + dice / 128 % 2, 1), substr('abcd', 1 + dice / 128 % 4, 1))
  FROM writing WHERE length(text) < 40)
SELECT number, text, substr(replace(replace(replace(replace(text, 'a', ''), 'b', ''), 'c', ''), 'd', ''), -1) AS last
FROM writing WHERE length(text) = 40;

-- GRUs of 4 units, alike but for the place of the reset gate; five of each, that start from different seeds. They read in one
-- direction and answer from their last state; each is one network with nothing beside it: the cell alone.
CREATE TABLE network AS
SELECT reset.value AS reset, seed.value AS seed, json_object('task', 'classify', 'tokens', 'char', 'cell', 'gru', 'reset', reset.value,
  'seed', seed.value, 'hidden', 4, 'embedding', 3,
  'bidirectional', json('false'), 'pooling', 'last', 'ensemble', 1, 'wide', json('false'), 'dropout', 0, 'weight_decay', 0,
  'optimizer', 'adam', 'learning_rate', 0.02, 'batch', 32, 'epochs', 10, 'patience', 0, 'validation', 0.2) AS options
FROM json_each('["after","before"]') AS reset, json_each('[1,2,3,4,5]') AS seed;
CREATE TABLE course AS
SELECT reset, seed, epoch, train_loss, valid_loss, metric AS accuracy, iif(epoch = 10, model, NULL) AS model
FROM network, rnn_fit((SELECT rnn_rows(last, text) FROM sequence), network.options);

.mode box
.print
.print 'Accuracy on texts not trained on, mean of 5: both learn the task alike'
SELECT reset, printf('%.3f', avg(iif(epoch = 1, accuracy, NULL))) AS "epoch 1", printf('%.3f', avg(iif(epoch = 3, accuracy, NULL))) AS "epoch 3",
  printf('%.3f', avg(iif(epoch = 10, accuracy, NULL))) AS "epoch 10"
FROM course GROUP BY reset;

-- What the units do while the networks read 100 texts. The state before a step is that of the step before, zero at first.
CREATE TABLE state AS
SELECT reset, seed, key AS number, step, token, unit, h, candidate, update_gate, reset_gate,
  coalesce(lag(h) OVER (PARTITION BY reset, seed, key, unit ORDER BY step), 0.0) AS h_before
FROM course, rnn_states(course.model, (SELECT rnn_rows(number, text) FROM sequence WHERE number <= 100)) WHERE epoch = 10;

-- The gate at work: where letters say nothing, more of the state is kept than at a mark, where the candidate takes over.
CREATE TABLE gate AS
SELECT reset, iif(token IN ('X', 'Y'), 'a mark: X, Y', 'nothing: a, b, c, d') AS reads, avg(update_gate) AS update_gate, avg(reset_gate) AS reset_gate
FROM state WHERE step > 1 GROUP BY reset, reads;
.print
.print 'Mean gates of all units and networks by what the step reads'
SELECT reset, reads, printf('%.3f', update_gate) AS update_gate, printf('%.3f', reset_gate) AS reset_gate FROM gate;

-- Both readings of the update gate, computed in SQL for each step and unit and compared with h. z keeps; z would update; and 1 - z updates.
CREATE TABLE reading AS
SELECT reset, count(*) AS states, max(abs(h - ((1 - update_gate) * candidate + update_gate * h_before))) AS keeps,
  max(abs(h - ((1 - update_gate) * h_before + update_gate * candidate))) AS updates,
  max(abs(h - ((1 - u) * h_before + u * candidate))) AS one_minus_updates
FROM (SELECT *, 1 - update_gate AS u FROM state) GROUP BY reset;
.print
.print 'Largest difference from h'
SELECT reset, states, printf('%.1e', keeps) AS "(1 - z) n + z h", printf('%.3f', updates) AS "(1 - z) h + z n",
  printf('%.1e', one_minus_updates) AS "(1 - u) h + u n, u = 1 - z"
FROM reading;

-- And the candidate, from the weights themselves. rnn_tensors gives them as little-endian 32-bit floats; four bytes hold a sign, eight
-- bits of exponent and 23 of fraction. Rows of W_ih and W_hh are the gates r, z, n, four units each.
CREATE TABLE weight AS
WITH RECURSIVE position(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM position WHERE n < 99),
digit(reset, name, columns, n, bytes) AS (
  SELECT reset, name, coalesce(json_extract(shape, '$[1]'), 1), n, hex(substr(data, 4 * n + 1, 4))
  FROM course, rnn_tensors(course.model), position WHERE epoch = 10 AND seed = 1 AND n < count),
word AS (
  SELECT *, (instr('123456789ABCDEF', substr(bytes, 7, 1)) << 28) + (instr('123456789ABCDEF', substr(bytes, 8, 1)) << 24)
    + (instr('123456789ABCDEF', substr(bytes, 5, 1)) << 20) + (instr('123456789ABCDEF', substr(bytes, 6, 1)) << 16)
    + (instr('123456789ABCDEF', substr(bytes, 3, 1)) << 12) + (instr('123456789ABCDEF', substr(bytes, 4, 1)) << 8)
    + (instr('123456789ABCDEF', substr(bytes, 1, 1)) << 4) + instr('123456789ABCDEF', substr(bytes, 2, 1)) AS bits
  FROM digit)
SELECT reset, name, n / columns AS row, n % columns + 1 AS column,
  iif(bits >> 31, -1, 1) * (1 + (bits & 8388607) / 8388608.0) * pow(2, (bits >> 23 & 255) - 127) * (bits <> 0) AS value
FROM word;
CREATE INDEX weight_place ON weight(reset, name, row);

-- All steps of the first text: the candidate with r after the product, and with r before it.
CREATE TABLE candidate AS
WITH step AS (SELECT * FROM state WHERE seed = 1 AND number = 1),
letter AS (SELECT reset, token, id FROM course, rnn_vocabulary(course.model) WHERE epoch = 10 AND seed = 1),
product AS (
  SELECT step.reset, step.step, step.unit, step.candidate, step.reset_gate,
    (SELECT sum(w.value * x.value) FROM weight w JOIN weight x ON x.reset = w.reset AND x.name = 'embedding.0.weight' AND x.row = letter.id
       AND x.column = w.column WHERE w.reset = step.reset AND w.name = 'rnn.weight_ih_l0' AND w.row = 7 + step.unit)
      + (SELECT value FROM weight b WHERE b.reset = step.reset AND b.name = 'rnn.bias_ih_l0' AND b.row = 7 + step.unit) AS wx,
    (SELECT sum(u.value * s.h_before) FROM weight u JOIN step s ON s.reset = u.reset AND s.step = step.step AND s.unit = u.column
       WHERE u.reset = step.reset AND u.name = 'rnn.weight_hh_l0' AND u.row = 7 + step.unit) AS uh,
    (SELECT sum(u.value * s.reset_gate * s.h_before) FROM weight u JOIN step s ON s.reset = u.reset AND s.step = step.step AND s.unit = u.column
       WHERE u.reset = step.reset AND u.name = 'rnn.weight_hh_l0' AND u.row = 7 + step.unit) AS urh,
    (SELECT value FROM weight b WHERE b.reset = step.reset AND b.name = 'rnn.bias_hh_l0' AND b.row = 7 + step.unit) AS b
  FROM step JOIN letter USING (reset, token))
SELECT reset, count(*) AS states, max(abs(candidate - tanh(wx + reset_gate * (uh + b)))) AS after,
  max(abs(candidate - tanh(wx + urh + b))) AS before
FROM product GROUP BY reset;
.print
.print 'Largest difference from the candidate: r after the product, r before it'
SELECT reset, states, printf('%.1e', after) AS "tanh(W x + r (U h))", printf('%.1e', before) AS "tanh(W x + U (r h))" FROM candidate;

-- The picture: the update gate of each unit while the network reads a text.
.read sql/heatmap.sql
INSERT INTO heatmap(name, title, subtitle, x_label, y_label, value_label, low, high) VALUES
  ('gru', 'The update gate of a GRU, letter by letter', 'Near 1 it keeps the state; at a mark, X or Y, it lets the candidate in', 'letter read',
   'unit', 'update gate', 0, 1);
INSERT INTO heatmap_cell(heatmap, x, y, value, label)
SELECT 'gru', step, unit, update_gate, token FROM state WHERE reset = 'after' AND seed = 1 AND number = 1 ORDER BY unit, step;
.output /dev/null
SELECT writefile('build/gallery/gru.svg', group_concat(text, char(10)))
FROM (SELECT text FROM heatmap_svg WHERE heatmap = 'gru' ORDER BY position);
.output
