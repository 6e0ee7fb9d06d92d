-- averaged_gradient.sql - the gradient through time: a sum over the steps, or their mean.
--
--     sqlite3 :memory: < sql/gallery/averaged_gradient.sql
--
-- Unrolled over t steps, a recurrent network uses each of its weights t times. "As prescribed by back-propagation, we have to sum the
-- derivative obtained on each path. Usually we normalize this sum, scaling it by 1/t. Observe that the scaling preserves the direction
-- of the gradient." The sum is the default; "average_gradient" is the mean.
.bail on
.load build/rnn

-- 100 sequences of t = 50 numbers between -1 and 1; what is to be learned is the sum of the last ten. Random numbers that are the same on
-- every machine: each is the one before times a constant, modulo the prime 2^31 - 1.
CREATE TABLE signal AS
WITH RECURSIVE throw(number, dice) AS (
  SELECT 0, 977436821 UNION ALL SELECT number + 1, dice * 48271 % 2147483647 FROM throw WHERE number + 1 < 100 * 50)
SELECT number / 50 AS series, number % 50 AS step, dice / 1073741823.5 - 1 AS x FROM throw;
CREATE TABLE labelled AS
SELECT series, step, sum(x) FILTER (WHERE step >= 40) OVER (PARTITION BY series) AS total, x FROM signal;

-- One step of plain SGD on all sequences, from the same weights: with the sum, with the mean, with the mean and t times the learning
-- rate, and with hardly any step at all to know where they start.
CREATE TABLE way(name TEXT PRIMARY KEY, options);
INSERT INTO way VALUES
  ('start', '{"learning_rate":1e-9}'),
  ('sum', '{"learning_rate":0.1}'),
  ('mean', '{"learning_rate":0.1,"average_gradient":true}'),
  ('mean, rate x t', '{"learning_rate":5,"average_gradient":true}');
CREATE TABLE run AS
SELECT way.name, gradient_norm, model
FROM way, rnn_fit((SELECT rnn_rows(series, step, total, x) FROM labelled), json_patch(json_object('task', 'regress', 'cell', 'rnn',
  'hidden', 16, 'pooling', 'last', 'bidirectional', json('false'), 'ensemble', 1, 'dropout', 0, 'weight_decay', 0, 'validation', 0,
  'optimizer', 'sgd', 'schedule', 'constant', 'clip_norm', 0, 'batch', 100, 'epochs', 1), way.options));
CREATE TABLE tensor AS
SELECT run.name AS way, t.name, t.min, t.max, t.mean, t.std FROM run, rnn_tensors(run.model) AS t;

-- How far the mean of each tensor has moved. The recurrent layer's tensors, which every step uses, move t = 50 times less with the mean
-- than with the sum. The head's are used once, after the last step: the same step in both.
CREATE TABLE moved AS
SELECT name, summed.mean - start.mean AS by_sum, averaged.mean - start.mean AS by_mean
FROM (SELECT * FROM tensor WHERE way = 'start') AS start JOIN (SELECT * FROM tensor WHERE way = 'sum') AS summed USING (name)
  JOIN (SELECT * FROM tensor WHERE way = 'mean') AS averaged USING (name);
.mode box
.print How far one step of SGD has moved the mean of each tensor
SELECT name AS tensor, printf('%+.3e', by_sum) AS sum, printf('%+.3e', by_mean) AS mean, printf('%.2f', by_sum / by_mean) AS ratio FROM moved;

-- The same direction: with t times the learning rate the mean makes the very step of the sum, in each figure of each recurrent tensor.
CREATE TABLE same AS
SELECT name, summed.min AS sum_min, summed.max AS sum_max, summed.std AS sum_std, scaled.min AS min, scaled.max AS max, scaled.std AS std
FROM (SELECT * FROM tensor WHERE way = 'sum') AS summed JOIN (SELECT * FROM tensor WHERE way = 'mean, rate x t') AS scaled USING (name)
WHERE name LIKE 'rnn.%';
.print
.print Recurrent tensors after one step: the sum with learning rate 0.1, the mean with 5
SELECT name AS tensor, printf('%.6f', sum_min) AS "lowest, sum", printf('%.6f', min) AS mean, printf('%.6f', sum_max) AS "highest, sum",
  printf('%.6f', max) AS mean, printf('%.6f', sum_std) AS "deviation, sum", printf('%.6f', std) AS mean FROM same;

.print
.print Norm of the whole gradient, head and recurrent layer
SELECT name, printf('%.3g', gradient_norm) AS gradient_norm FROM run WHERE name IN ('sum', 'mean') ORDER BY name DESC;
