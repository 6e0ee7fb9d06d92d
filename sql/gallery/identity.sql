-- identity.sql - ReLU with identity initialisation against vanishing gradients.
--
-- The task (the adding problem, Hochreiter & Schmidhuber 1997): 100 steps, each with a random number between 0 and 1 and a mark that is
-- 0 but at two steps. The answer after the last step is the sum of the two marked numbers. Both marks lie in the first half, the
-- first of them in the first ten steps: the gradient has to come back over 50 to 100 steps of noise. With tanh each of these steps makes
-- it smaller, since the slope of tanh is below 1. Claims to be seen:
--
--   "If a_s has gradients with magnitude less than 1 (as it happens for hyperbolic tangent or sigmoid), then the product goes to 0."
--   "Avoid vanishing gradients: change activation function to ReLU, change weight initialization."
--
-- A ReLU whose slope is 1 and a recurrent matrix that starts as the identity copy the state from step to step, and the gradient back
-- unchanged (Le, Jaitly & Hinton 2015). It takes both: either change alone does not do.
--
--     sqlite3 :memory: < sql/gallery/identity.sql
.bail on
.load build/rnn

-- 2,500 series: where their marks stand, then their steps. Random numbers are the same on every machine: each is the one before times
-- a constant, modulo the prime 2^31 - 1.
CREATE TABLE plan AS
WITH RECURSIVE throw(series, dice) AS (SELECT 1, 977436821 UNION ALL SELECT series + 1, dice * 48271 % 2147483647 FROM throw WHERE series < 2500)
SELECT series, dice, dice % 10 AS first, 10 + dice / 4096 % 40 AS second FROM throw;

CREATE TABLE adding AS
WITH RECURSIVE step(series, time, dice, first, second) AS (
  SELECT series, 0, dice * 16807 % 2147483647, first, second FROM plan
  UNION ALL SELECT series, time + 1, dice * 16807 % 2147483647, first, second FROM step WHERE time < 99),
reading AS (SELECT series, time, dice / 2147483647.0 AS value, time IN (first, second) AS marked FROM step)
SELECT series, time, value, marked, sum(value * marked) OVER (PARTITION BY series) AS sum FROM reading;

.mode box
.print
.print 'A series: the two marked numbers, and what they add up to 99 steps later'
SELECT time, printf('%.3f', value) AS value, marked, printf('%.3f', sum) AS sum FROM adding WHERE series = 1 AND (marked OR time IN (0, 99));

-- Four plain recurrent networks: tanh or ReLU, the usual start (Glorot) or the identity. Everything else is the same.
CREATE TABLE network AS
SELECT activation.value || ', ' || init.value AS name, activation.value AS activation, init.value AS init,
  json_object('task', 'regress', 'output', 'last', 'cell', 'rnn', 'hidden', 32, 'activation', activation.value, 'init', init.value,
    'bidirectional', json('false'), 'pooling', 'last', 'ensemble', 1, 'dropout', 0, 'weight_decay', 0, 'optimizer', 'adam',
    'learning_rate', 0.002, 'schedule', 'one_cycle', 'batch', 32, 'epochs', 15, 'patience', 0, 'validation', 0.2) AS options
FROM json_each('["tanh","relu"]') AS activation, json_each('["glorot","identity"]') AS init;

-- `metric` is the root of the mean squared error on the fifth of the series that training does not see.
CREATE TABLE course AS
SELECT name, activation, init, epoch, train_loss, metric AS rmse, gradient_norm, seconds
FROM network, rnn_fit((SELECT rnn_rows(series, time, sum, value, marked) FROM adding), network.options);

-- Always to answer 1, the mean, misses by about 0.41. Three of the four do no better; ReLU with the identity learns to add.
CREATE TABLE guess AS SELECT sqrt(avg((sum - 1) * (sum - 1))) AS rmse FROM adding WHERE time = 0;
.print
.print 'Error (RMSE) on series not trained on, after 15 epochs'
SELECT printf('%.3f', rmse) AS "always 1" FROM guess;
SELECT init, max(iif(activation = 'tanh', printf('%.3f', rmse), '')) AS tanh, max(iif(activation = 'relu', printf('%.3f', rmse), '')) AS relu
FROM course WHERE epoch = 15 GROUP BY init;

-- The price: what does not vanish can explode. The largest gradients seen, before "clip_norm" (1 by default) cuts them.
.print
.print 'Gradient norm of the last step of an epoch: smallest and largest of 15'
SELECT name, printf('%.1f', min(gradient_norm)) AS smallest, printf('%.1f', max(gradient_norm)) AS largest FROM course GROUP BY name ORDER BY max(gradient_norm);

.read sql/chart.sql
INSERT INTO chart(name, title, subtitle, x_label, y_label) VALUES
  ('identity', 'Adding two numbers seen 50 to 100 steps ago', 'Plain recurrent networks of 32 units; always to answer 1 misses by 0.41', 'epoch',
   'RMSE on series not trained on');
INSERT INTO chart_line(chart, line) SELECT 'identity', name FROM network;
INSERT INTO chart_point(chart, line, time, y) SELECT 'identity', name, epoch, rmse FROM course;
.output /dev/null
SELECT writefile('build/gallery/identity.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'identity' ORDER BY position);
.output
