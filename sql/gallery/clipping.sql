-- clipping.sql - gradients that explode, and the two ways to clip them: by norm and by value.
--
--     sqlite3 :memory: < sql/gallery/clipping.sql
--
-- "Gradient clipping is a technique that tackles exploding gradients: if the gradient gets too large, we rescale it to keep it small."
-- "Gradient norm scaling rescales it so that its norm equals 1.0 if it exceeds 1.0. Gradient value clipping forces all the values above
-- the threshold to be the threshold; if the clip is 0.5, all values below -0.5 are set to -0.5 and all above 0.5 to 0.5."
.bail on
.load build/rnn

-- 200 sequences of 61 numbers between -1 and 1; what is to be learned is their sum. Random numbers that are the same on every machine:
-- each is the one before times a constant, modulo the prime 2^31 - 1.
CREATE TABLE signal AS
WITH RECURSIVE throw(number, dice) AS (
  SELECT 0, 977436821 UNION ALL SELECT number + 1, dice * 48271 % 2147483647 FROM throw WHERE number + 1 < 200 * 61)
SELECT number / 61 AS series, number % 61 AS step, dice / 1073741823.5 - 1 AS x FROM throw;
CREATE TABLE labelled AS SELECT series, step, sum(x) OVER (PARTITION BY series) AS total, x FROM signal;

-- A ReLU network that starts from the identity adds up what it reads: a good beginning, but a fragile one, as the least change of its
-- recurrent weights is raised to the 60th power. Plain SGD, all sequences in one batch: an epoch is one step. Three runs that differ in
-- the clipping alone; without any, three steps are enough to see.
CREATE TABLE way(name TEXT PRIMARY KEY, options);
INSERT INTO way VALUES
  ('no clipping', '{"clip_norm":0,"clip_value":0,"epochs":3}'),
  ('clip_norm 1', '{"clip_norm":1,"clip_value":0,"epochs":40}'),
  ('clip_value 0.5', '{"clip_norm":0,"clip_value":0.5,"epochs":40}');
CREATE TABLE course AS
SELECT way.name, epoch, train_loss, gradient_norm, model
FROM way, rnn_fit((SELECT rnn_rows(series, step, total, x) FROM labelled), json_patch(json_object('task', 'regress', 'cell', 'rnn',
  'activation', 'relu', 'init', 'identity', 'hidden', 32, 'pooling', 'last', 'bidirectional', json('false'), 'ensemble', 1, 'dropout', 0,
  'weight_decay', 0, 'validation', 0, 'optimizer', 'sgd', 'learning_rate', 0.0001, 'schedule', 'constant', 'batch', 200),
  way.options));

-- gradient_norm is the norm before clipping, 4,000 and more at the start. Read down the first column: without clipping the first step
-- is 4,000 times too long, and the loss leaves the range in which anything can be learned. With the norm clipped each step goes the
-- same way, but is short, and the loss falls step by step. With the values clipped it falls, too, faster at first: as nearly all values
-- are above the threshold, they become +0.5 or -0.5, a step of norm 18 in another direction, which later goes to and fro.
.mode box
.print Mean squared error and norm of the gradient, epoch by epoch
SELECT epoch, max(iif(name = 'no clipping', printf('%.3g', train_loss), '')) AS "no clipping",
  max(iif(name = 'no clipping', printf('%.2g', gradient_norm), '')) AS norm,
  max(iif(name = 'clip_norm 1', printf('%.3g', train_loss), '')) AS "clip_norm 1",
  max(iif(name = 'clip_norm 1', printf('%.2g', gradient_norm), '')) AS norm,
  max(iif(name = 'clip_value 0.5', printf('%.3g', train_loss), '')) AS "clip_value 0.5",
  max(iif(name = 'clip_value 0.5', printf('%.2g', gradient_norm), '')) AS norm
FROM course WHERE epoch <= 6 OR epoch % 10 = 0 GROUP BY epoch;

-- The first step itself, in the biases of the network, which start at zero. By norm: the unclipped step divided by gradient_norm. By
-- value: every one of them plus or minus the same number, 0.5 times the learning rate. (What a model stores is the moving average of
-- the weights, after one step 9/11 of the way.)
CREATE TABLE first_step AS
SELECT course.name, tensor.count, tensor.min, tensor.max, tensor.mean, tensor.std
FROM course, rnn_tensors(course.model) AS tensor WHERE epoch = 1 AND tensor.name = 'rnn.bias_ih_l0';
.print
.print Biases of the recurrent layer after one step
SELECT name, printf('%.2e', min) AS lowest, printf('%.2e', max) AS highest, printf('%.2e', std) AS deviation FROM first_step;

.read sql/chart.sql
INSERT INTO chart(name, title, subtitle, y_label, x_label, log, source) VALUES
  ('loss', 'What clipping does to a gradient that explodes', 'A ReLU network that starts from the identity learns the sum of 61 numbers; plain SGD',
   'mean squared error', 'epoch (one step each)', 1, 'sql/gallery/clipping.sql'),
  ('norm', 'The norm of the gradient, before it is clipped', 'A ReLU network that starts from the identity learns the sum of 61 numbers; plain SGD',
   'gradient_norm', 'epoch (one step each)', 1, 'sql/gallery/clipping.sql');
INSERT INTO chart_line(chart, line) VALUES ('loss', 'clip_norm 1'), ('loss', 'clip_value 0.5'), ('loss', 'no clipping'),
  ('norm', 'clip_norm 1'), ('norm', 'clip_value 0.5'), ('norm', 'no clipping');
-- What is far beyond the rest is not drawn.
INSERT INTO chart_point(chart, line, time, y) SELECT 'loss', name, epoch, train_loss FROM course WHERE train_loss < 1e10;
INSERT INTO chart_point(chart, line, time, y) SELECT 'norm', name, epoch, gradient_norm FROM course WHERE gradient_norm < 1e12;
.output /dev/null
SELECT writefile('build/gallery/clipping.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'loss' ORDER BY position);
SELECT writefile('build/gallery/clipping_norm.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'norm' ORDER BY position);
.output
