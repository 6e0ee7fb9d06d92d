-- initialisation.sql - where the recurrent weights start, and what that does to training.
--
-- "The best initialisation depends on the activation function, and one recommended approach is to initialise the weights randomly in the
-- interval from -1/sqrt(n) to 1/sqrt(n)"; "change weight initialization, for example to the Xavier initialization/Glorot initialization".
-- The option "init" knows four. H is the number of units; what counts for a memory is by how much the recurrent matrix stretches a state,
-- about the deviation of its weights times sqrt(H):
--
--   glorot      uniform within sqrt(6 / (fan in + fan out)), so sqrt(3 / H) here: the deviation is 1 / sqrt(H), the stretch 1
--   uniform     uniform within 1/sqrt(H): the deviation is 1 / sqrt(3 H), the stretch 0.58: a state fades from step to step
--   orthogonal  a rotation: lengths stay as they are (Saxe 2014)
--   identity    a copy of the state (Le 2015; meant for ReLU, see identity.sql)
--
--     sqlite3 :memory: < sql/gallery/initialisation.sql
.bail on
.load build/rnn

-- The task: texts of 20 letters, of which only the first one counts: which of W, X, Y, Z was it? Random numbers are the same on every
-- machine: each is the one before times a constant, modulo the prime 2^31 - 1.
CREATE TABLE sequence AS
WITH RECURSIVE throw(number, dice) AS (SELECT 1, 977436821 UNION ALL SELECT number + 1, dice * 48271 % 2147483647 FROM throw WHERE number < 1500),
writing(number, dice, text) AS (
  SELECT number, dice, substr('WXYZ', 1 + dice / 8 % 4, 1) FROM throw
  UNION ALL SELECT number, dice * 16807 % 2147483647, text || substr('abcd', 1 + dice / 128 % 4, 1) FROM writing WHERE length(text) < 20)
SELECT number, text, substr(text, 1, 1) AS first FROM writing WHERE length(text) = 20;

-- Plain recurrent networks of 32 units, alike but for "init". Eight of each, since luck counts for much.
CREATE TABLE network AS
SELECT init.value AS init, seed.value AS seed, json_object('task', 'classify', 'tokens', 'char', 'cell', 'rnn', 'init', init.value,
  'seed', seed.value, 'hidden', 32, 'embedding', 4, 'bidirectional', json('false'), 'pooling', 'last', 'ensemble', 1, 'wide', json('false'),
  'dropout', 0, 'weight_decay', 0, 'optimizer', 'rmsprop', 'learning_rate', 0.001, 'schedule', 'constant', 'batch', 32, 'epochs', 10,
  'patience', 0, 'validation', 0.2) AS options
FROM json_each('["glorot","uniform","orthogonal","identity"]') AS init, json_each('[1,2,3,4,5,6,7,8]') AS seed;

-- The start: networks that have not learned anything. One epoch with a learning rate of next to nothing leaves the weights where they were.
CREATE TABLE start AS
SELECT init, tensor.name, shape, count, min, max, mean, std, data
FROM network, rnn_tensors((
  SELECT rnn_train(json_patch(network.options, '{"epochs":1,"optimizer":"sgd","learning_rate":1e-9}'), first, text) FROM sequence)) AS tensor
WHERE network.seed = 1;

-- What the formulas say: the bound, and the deviation of a uniform distribution, bound / sqrt(3). Of an orthogonal or identity matrix
-- the squares of all H H weights add up to H, which makes the deviation from zero 1 / sqrt(H).
CREATE TABLE formula AS
SELECT column1 AS init, column2 AS name, column3 AS bound, column4 AS deviation FROM (VALUES
  ('glorot', 'rnn.weight_ih_l0', sqrt(6.0 / (4 + 32)), sqrt(2.0 / (4 + 32))), ('glorot', 'rnn.weight_hh_l0', sqrt(6.0 / 64), sqrt(2.0 / 64)),
  ('uniform', 'rnn.weight_ih_l0', 1 / sqrt(32), 1 / sqrt(3 * 32)), ('uniform', 'rnn.weight_hh_l0', 1 / sqrt(32), 1 / sqrt(3 * 32)),
  ('orthogonal', 'rnn.weight_hh_l0', 1, 1 / sqrt(32)), ('identity', 'rnn.weight_hh_l0', 1, 1 / sqrt(32)));
CREATE TABLE range AS
SELECT init, name, min, max, bound, sqrt(std * std + mean * mean) AS deviation, formula.deviation AS expected
FROM formula JOIN start USING (init, name);
.mode box
.print
.print 'Input and recurrent weights before training: what rnn_tensors shows, what the formula says'
SELECT init, name, printf('%.3f', round(min, 3) + 0.0) AS min, printf('%.3f', max) AS max, printf('%.3f', bound) AS "bound, formula",
  printf('%.3f', deviation) AS deviation, printf('%.3f', expected) AS "deviation, formula",
  iif(name LIKE '%hh%', printf('%.2f', deviation * sqrt(32)), '') AS stretch
FROM range ORDER BY name DESC, init;

-- Orthogonal to the last digit: the rows of W_hh have length 1 and stand at right angles. The BLOB holds little-endian 32-bit floats: a
-- sign, eight bits of exponent and 23 of fraction.
CREATE TABLE weight AS
WITH RECURSIVE position(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM position WHERE n < 1023),
digit AS (SELECT init, n, hex(substr(data, 4 * n + 1, 4)) AS bytes FROM start, position WHERE name = 'rnn.weight_hh_l0'),
word AS (
  SELECT init, n, (instr('123456789ABCDEF', substr(bytes, 7, 1)) << 28) + (instr('123456789ABCDEF', substr(bytes, 8, 1)) << 24)
    + (instr('123456789ABCDEF', substr(bytes, 5, 1)) << 20) + (instr('123456789ABCDEF', substr(bytes, 6, 1)) << 16)
    + (instr('123456789ABCDEF', substr(bytes, 3, 1)) << 12) + (instr('123456789ABCDEF', substr(bytes, 4, 1)) << 8)
    + (instr('123456789ABCDEF', substr(bytes, 1, 1)) << 4) + instr('123456789ABCDEF', substr(bytes, 2, 1)) AS bits
  FROM digit)
SELECT init, n / 32 AS row, n % 32 AS column,
  iif(bits >> 31, -1, 1) * (1 + (bits & 8388607) / 8388608.0) * pow(2, (bits >> 23 & 255) - 127) * (bits <> 0) AS value
FROM word;
CREATE INDEX weight_column ON weight(init, column);
CREATE TABLE angle AS
SELECT a.init, a.row AS row, b.row AS other, sum(a.value * b.value) AS product
FROM weight a JOIN weight b ON b.init = a.init AND b.column = a.column GROUP BY a.init, a.row, b.row;
CREATE TABLE rotation AS
SELECT init, min(iif(row = other, sqrt(product), NULL)) AS shortest, max(iif(row = other, sqrt(product), NULL)) AS longest,
  max(iif(row <> other, abs(product), NULL)) AS largest_product
FROM angle GROUP BY init;
.print
.print 'Rows of the recurrent matrix: their lengths, and the largest product of two of them'
SELECT init, printf('%.3f', shortest) AS shortest, printf('%.3f', longest) AS longest, printf('%.3f', largest_product) AS "largest product" FROM rotation;

-- The training curves. A start that fades, "uniform", comes latest: the gradient of the first letter fades on its way as well.
CREATE TABLE course AS
SELECT init, network.seed, epoch, train_loss, valid_loss, metric AS accuracy
FROM network, rnn_fit((SELECT rnn_rows(first, text) FROM sequence), network.options);
.print
.print 'Accuracy on texts not trained on, mean of 8 networks (guessing gives 0.25), and how many know the task after 10 epochs'
SELECT init, printf('%.3f', avg(iif(epoch = 1, accuracy, NULL))) AS "epoch 1", printf('%.3f', avg(iif(epoch = 3, accuracy, NULL))) AS "epoch 3",
  printf('%.3f', avg(iif(epoch = 5, accuracy, NULL))) AS "epoch 5", printf('%.3f', avg(iif(epoch = 10, accuracy, NULL))) AS "epoch 10",
  sum(epoch = 10 AND accuracy >= 0.99) AS "know it"
FROM course GROUP BY init;

.read sql/chart.sql
INSERT INTO chart(name, title, subtitle, x_label, y_label) VALUES
  ('initialisation', 'Four ways to start', 'Plain networks of 32 units remember the first of 20 letters; mean of 8 each; guessing gives 0.25', 'epoch',
   'accuracy on texts not trained on');
INSERT INTO chart_line(chart, line) SELECT 'initialisation', column1 FROM (VALUES ('glorot'), ('uniform'), ('orthogonal'), ('identity'));
INSERT INTO chart_point(chart, line, time, y) SELECT 'initialisation', init, epoch, avg(accuracy) FROM course GROUP BY init, epoch;
.output /dev/null
SELECT writefile('build/gallery/initialisation.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'initialisation' ORDER BY position);
.output
