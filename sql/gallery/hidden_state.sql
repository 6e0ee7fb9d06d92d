-- hidden_state.sql - watching a network remember: the hidden state over time, unit by unit.
--
--     sqlite3 :memory: < sql/gallery/hidden_state.sql
--
-- The task is temporal order, easy (sql/gallery/temporal_order.sql): B, letters that say nothing, two marks X or Y among them, E; the
-- class is the order of the marks: XX is Q, XY is R, YX is S, YY is U. "The visualization is drawing the value of hidden state over
-- time in LSTM. We can see the specific hidden unit picked on X and then it became red until we got the other X: it is triggered by
-- observing the X and goes quiet after seeing the other X. This allows us to recognize the class of sequence."
.bail on
.load build/rnn

-- 1,250 sequences of 7 to 9 letters. Random numbers that are the same on every machine: each is the one before times a constant,
-- modulo the prime 2^31 - 1.
CREATE TABLE sequence AS
WITH RECURSIVE throw(number, dice) AS (
  SELECT 1, 977436821 UNION ALL SELECT number + 1, dice * 48271 % 2147483647 FROM throw WHERE number < 1250),
plan AS (
  SELECT number, dice, substr('XY', 1 + dice % 2, 1) AS mark1, substr('XY', 1 + dice / 2 % 2, 1) AS mark2,
    1 + dice / 4 % 2 AS t1, 4 + dice / 64 % 2 AS t2, 7 + dice / 1024 % 3 AS steps
  FROM throw),
writing(number, mark1, mark2, t1, t2, steps, dice, text) AS (
  SELECT number, mark1, mark2, t1, t2, steps, dice, 'B' FROM plan
  UNION ALL
  SELECT number, mark1, mark2, t1, t2, steps, dice * 16807 % 2147483647,
    text || CASE length(text) WHEN t1 THEN mark1 WHEN t2 THEN mark2 WHEN steps - 1 THEN 'E' ELSE substr('abcd', 1 + dice / 8 % 4, 1) END
  FROM writing WHERE length(text) < steps)
SELECT text, CASE mark1 || mark2 WHEN 'XX' THEN 'Q' WHEN 'XY' THEN 'R' WHEN 'YX' THEN 'S' ELSE 'U' END AS class
FROM writing WHERE length(text) = steps;

-- Two dozen LSTMs of three units, so that there is little to look at. They differ in the seed that their weights start from.
CREATE TABLE network AS
WITH RECURSIVE seed(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM seed WHERE value < 24)
SELECT seed.value AS seed, rnn_train(json_object('task', 'classify', 'tokens', 'char', 'cell', 'lstm', 'hidden', 3, 'embedding', 8,
  'bidirectional', json('false'), 'pooling', 'last', 'ensemble', 1, 'wide', json('false'), 'dropout', 0, 'weight_decay', 0,
  'optimizer', 'rmsprop', 'learning_rate', 0.01, 'schedule', 'one_cycle', 'batch', 32, 'epochs', 10, 'patience', 0, 'validation', 0.2,
  'seed', seed.value), class, text) AS model
FROM sequence, seed GROUP BY seed.value;

.mode box
.print Networks, how many know the task, and their accuracies on sequences not trained on
CREATE TABLE accuracy AS SELECT seed, max(metric) AS accuracy FROM network, rnn_history(model) GROUP BY seed;
SELECT count(*) AS networks, sum(accuracy >= 0.99) AS "know it", printf('%.3f', min(accuracy)) AS lowest, printf('%.3f', max(accuracy)) AS highest FROM accuracy;

-- What every unit of every network does while it reads sequences with two X: rnn_states gives a row for each letter and unit, and
-- `key`, the first column of the rows given, is the text itself. Means of h before the first X, from it on, and from the second X on
-- up to the E.
CREATE TABLE two_x AS
SELECT text, instr(text, 'X') AS first_x, instr(text, 'X') + instr(substr(text, instr(text, 'X') + 1), 'X') AS second_x
FROM (SELECT DISTINCT text FROM sequence WHERE class = 'Q');
CREATE TABLE unit AS
SELECT seed, unit, avg(iif(step < first_x, h, NULL)) AS early, avg(iif(step >= first_x AND step < second_x, h, NULL)) AS middle,
  avg(iif(step >= second_x AND step < length(text), h, NULL)) AS late
FROM network, rnn_states(network.model, (SELECT rnn_rows(text, text) FROM two_x)) AS s JOIN two_x ON text = s.key GROUP BY seed, unit;

-- A unit that is triggered by one X and goes quiet at the other: its middle far from both ends. Nothing asks a network for
-- one, there are other ways to keep count of the X; these have the clearest.
CREATE TABLE switch AS
SELECT seed, unit, early, middle, late, iif((middle - early) * (middle - late) > 0,
  min(abs(middle - early), abs(middle - late)), 0) AS jump
FROM unit JOIN accuracy USING (seed) WHERE accuracy >= 0.99;
.print
.print The clearest switches: mean h of the unit over all sequences with two X
SELECT seed AS network, unit, printf('%.2f', early) AS "before the first X", printf('%.2f', middle) AS "between the two",
  printf('%.2f', late) AS "after the second" FROM switch ORDER BY jump DESC LIMIT 4;

-- The sequence of the documents, letter by letter, in the network with the clearest one.
CREATE TABLE state AS
SELECT s.step, s.token, s.unit, s.h, s.c, s.input_gate, s.forget_gate, s.output_gate, s.candidate, s.unit = clearest.unit AS switch
FROM (SELECT * FROM switch ORDER BY jump DESC LIMIT 1) AS clearest JOIN network USING (seed),
  rnn_states(network.model, (SELECT rnn_rows('Q', 'BbXcXcbE'))) AS s;
.print
.print The unit reads BbXcXcbE: h is what the others see of it, c what it holds
SELECT step, token, printf('%.2f', h) AS h, printf('%.2f', c) AS c, printf('%.2f', input_gate) AS "input gate",
  printf('%.2f', forget_gate) AS "forget gate", printf('%.2f', output_gate) AS "output gate", printf('%.2f', candidate) AS candidate
FROM state WHERE switch;

.read sql/heatmap.sql
INSERT INTO heatmap(name, title, subtitle, x_label, value_label, source, low, high)
SELECT 'units', 'A unit that is triggered by one X and goes quiet at the other',
  'Hidden state of an LSTM of three units while it reads BbXcXcbE; look at unit ' || unit,
  'letter read', 'hidden state h', 'Temporal order, easy; sql/gallery/hidden_state.sql', -1, 1 FROM state WHERE switch AND step = 1
UNION ALL
SELECT 'gates', 'How unit ' || unit || ' does that: its cell and its gates',
  'h = output gate x tanh(c);  c = forget gate x old c + input gate x candidate',
  'letter read', 'value', 'Temporal order, easy; sql/gallery/hidden_state.sql', -1, 1 FROM state WHERE switch AND step = 1;
INSERT INTO heatmap_cell(heatmap, x, y, value, label) SELECT 'units', step, 'unit ' || unit, h, token FROM state ORDER BY unit, step;
INSERT INTO heatmap_cell(heatmap, x, y, value, label)
SELECT 'gates', step, part, value, token FROM (
  SELECT 1 AS place, 'h' AS part, h AS value, step, token FROM state WHERE switch
  UNION ALL SELECT 2, 'tanh(c)', tanh(c), step, token FROM state WHERE switch
  UNION ALL SELECT 3, 'candidate', candidate, step, token FROM state WHERE switch
  UNION ALL SELECT 4, 'input gate', input_gate, step, token FROM state WHERE switch
  UNION ALL SELECT 5, 'forget gate', forget_gate, step, token FROM state WHERE switch
  UNION ALL SELECT 6, 'output gate', output_gate, step, token FROM state WHERE switch) ORDER BY place, step;
.output /dev/null
SELECT writefile('build/gallery/hidden_state.svg', group_concat(text, char(10)))
FROM (SELECT text FROM heatmap_svg WHERE heatmap = 'units' ORDER BY position);
SELECT writefile('build/gallery/hidden_state_gates.svg', group_concat(text, char(10)))
FROM (SELECT text FROM heatmap_svg WHERE heatmap = 'gates' ORDER BY position);
.output
