-- gradients.sql - vanishing and exploding gradients, seen: how much of the loss's gradient is left so many steps back in time.
--
--     sqlite3 :memory: < sql/gallery/gradients.sql
--
-- Backpropagation through time multiplies the gradient by the same matrix at every step back. "If the eigenvalue is small, the
-- propagation process will shrink gradients and finally leads to gradient vanishing; if it is larger than 1, the gradient will inflate
-- through time and cause gradient explosion." "The basic recipe against vanishing gradients is a ReLU activation, a smart weight
-- initialization, a different RNN architecture." Here is what each of them does, in networks as they are before training.
.bail on
.load build/rnn

-- 20 sequences of 61 numbers between -1 and 1; the class is the sign of their sum, so that every step counts the same. Random numbers
-- that are the same on every machine: each is the one before times a constant, modulo the prime 2^31 - 1.
CREATE TABLE signal AS
WITH RECURSIVE throw(number, dice) AS (
  SELECT 0, 977436821 UNION ALL SELECT number + 1, dice * 48271 % 2147483647 FROM throw WHERE number + 1 < 20 * 61)
SELECT number / 61 AS series, number % 61 AS step, dice / 1073741823.5 - 1 AS x FROM throw;
CREATE TABLE labelled AS
SELECT series, step, sum(x) OVER (PARTITION BY series) > 0 AS positive, x FROM signal;

-- The networks. A learning rate of a billionth leaves the weights where they start; the last one has made a single step of training
-- with a learning rate of 2.
CREATE TABLE network(place INTEGER PRIMARY KEY, name, options);
INSERT INTO network(name, options) VALUES
  ('RNN, tanh', '{"cell":"rnn","init":"uniform"}'),
  ('RNN, tanh, Glorot', '{"cell":"rnn","init":"glorot"}'),
  ('RNN, ReLU from identity', '{"cell":"rnn","activation":"relu","init":"identity"}'),
  ('GRU', '{"cell":"gru"}'),
  ('LSTM', '{"cell":"lstm","forget_bias":1}'),
  ('LSTM, forget bias 3', '{"cell":"lstm","forget_bias":3}'),
  ('identity, after a step too large', '{"cell":"rnn","activation":"relu","init":"identity","learning_rate":2}');

-- rnn_gradients gives the norm of d loss / d h by layer and lag, the steps between the state h and the loss. Five networks of each kind,
-- from different seeds.
CREATE TABLE gradient AS
SELECT network.place, network.name, seed.value AS seed, lag, norm
FROM network, json_each('[1,2,3,4,5]') AS seed, rnn_gradients(
  (SELECT rnn_train(json_patch(json_object('task', 'classify', 'pooling', 'last', 'hidden', 32, 'bidirectional', json('false'), 'ensemble', 1,
    'dropout', 0, 'validation', 0, 'optimizer', 'sgd', 'learning_rate', 1e-9, 'schedule', 'constant', 'batch', 20, 'epochs', 1,
    'seed', seed.value), network.options), series, step, positive, x) FROM labelled),
  (SELECT rnn_rows(series, step, positive, x) FROM labelled));

-- Geometric mean over the five networks, and the range.
CREATE TABLE course AS
SELECT place, name, lag, exp(avg(ln(norm))) AS norm, min(norm) AS least, max(norm) AS most FROM gradient GROUP BY place, lag;

-- What is left after 60 steps, as a power of ten: the tanh network has lost 16 orders of magnitude, Glorot's larger weights make it
-- half as many. Identity with ReLU keeps nearly all of it. Gates keep what they are open for: those of a GRU start half open, which is
-- no better than Glorot's weights without gates; a forget gate that starts at sigmoid(1) = 0.73 loses four orders, one at
-- sigmoid(3) = 0.95 less than one. One step that was too large, and the eigenvalue is above 1: the gradient inflates.
CREATE TABLE remaining AS
SELECT place, name, max(iif(lag = 0, norm, NULL)) AS near, max(iif(lag = 10, norm, NULL)) AS ten, max(iif(lag = 30, norm, NULL)) AS thirty,
  max(iif(lag = 60, norm, NULL)) AS far, log10(max(iif(lag = 60, norm, NULL)) / max(iif(lag = 0, norm, NULL))) AS orders
FROM course GROUP BY place;
.mode box
.print Norm of the gradient, 0 to 60 steps before the loss
SELECT name AS network, printf('%.2g', near) AS "lag 0", printf('%.2g', ten) AS "lag 10", printf('%.2g', thirty) AS "lag 30",
  printf('%.2g', far) AS "lag 60", printf('%+.1f', orders) AS "orders of magnitude" FROM remaining;

.read sql/chart.sql
INSERT INTO chart(name, title, subtitle, y_label, x_label, band_label, log, height, source) VALUES
  ('gradients', 'Gradients through time: vanishing, kept, exploding', 'Networks of 32 units, untrained but for one step of the last; geometric mean of 5 seeds, bands: their range',
   'norm of d loss / d h', 'steps between the state h and the loss', NULL, 1, 460, 'sql/gallery/gradients.sql');
INSERT INTO chart_line(chart, line) SELECT 'gradients', name FROM network;
INSERT INTO chart_point(chart, line, time, y, lower, upper) SELECT 'gradients', name, lag, norm, least, most FROM course;
.output /dev/null
SELECT writefile('build/gallery/gradients.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'gradients' ORDER BY position);
.output
