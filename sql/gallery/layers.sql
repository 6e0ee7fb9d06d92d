-- layers.sql - several recurrent layers: each reads the states of the one below.
--
-- "The number of recurrent layers can vary, you can have more than one." Here is a task that is made of three steps, one on top of the
-- other: from a series of bits the first sum, the running count of ones, is kept odd or even; the second runs over the first, the third
-- over the second. A label at every step says whether the third is odd. A network of one layer has to keep all three in one state; a
-- network of three layers can keep one in each. With as many units a layer, more layers know more. That is not the whole story:
-- they have more weights too, and one wide layer that has as many does at least as well.
--
--     sqlite3 :memory: < sql/gallery/layers.sql
.bail on
.load build/rnn

-- 2,000 series of 16 bits. Random numbers are the same on every machine: each is the one before times a constant, modulo the prime
-- 2^31 - 1.
CREATE TABLE bits AS
WITH RECURSIVE throw(series, dice) AS (SELECT 1, 977436821 UNION ALL SELECT series + 1, dice * 48271 % 2147483647 FROM throw WHERE series < 2000),
step(series, time, dice) AS (
  SELECT series, 1, dice * 16807 % 2147483647 FROM throw
  UNION ALL SELECT series, time + 1, dice * 16807 % 2147483647 FROM step WHERE time < 16)
SELECT series, time, dice / 8 % 2 AS bit FROM step;
CREATE TABLE running AS
WITH once AS (SELECT *, sum(bit) OVER (PARTITION BY series ORDER BY time) % 2 AS first FROM bits),
twice AS (SELECT *, sum(first) OVER (PARTITION BY series ORDER BY time) % 2 AS second FROM once)
SELECT *, iif(sum(second) OVER (PARTITION BY series ORDER BY time) % 2, 'odd', 'even') AS third FROM twice;

.mode box
.print
.print 'A series: the network sees bit and is asked for third'
SELECT time, bit, first, second, third FROM running WHERE series = 1 AND time <= 8;

-- Plain recurrent networks of 1, 2 and 3 layers of 8 units, and one layer of 17 units that has as many weights as the three. Small
-- networks depend on where they start, so there are five of each.
CREATE TABLE network AS
SELECT column1 AS layers, column2 AS hidden, printf('%d of %d units', column1, column2) AS name, seed.value AS seed,
  json_object('task', 'classify', 'output', 'every', 'cell', 'rnn', 'layers', column1, 'hidden', column2, 'seed', seed.value,
    'bidirectional', json('false'), 'ensemble', 1, 'dropout', 0, 'weight_decay', 0, 'optimizer', 'adam', 'learning_rate', 0.02,
    'schedule', 'one_cycle', 'batch', 32, 'epochs', 20, 'patience', 0, 'validation', 0.2) AS options
FROM (VALUES (1, 8), (2, 8), (3, 8), (1, 17)), json_each('[1,2,3,4,5]') AS seed;
CREATE TABLE course AS
SELECT name, layers, hidden, network.seed, epoch, train_loss, valid_loss, metric AS accuracy, iif(epoch = 20 AND network.seed = 1, model, NULL) AS model
FROM network, rnn_fit((SELECT rnn_rows(series, time, third, bit) FROM running), network.options);

CREATE TABLE tensor AS
SELECT course.name AS network, tensor.name, shape, count FROM course, rnn_tensors(course.model) AS tensor WHERE model IS NOT NULL;

-- Guessing gives 50 %. Read down the layers of 8 units, then compare the last two lines, which have about as many weights.
CREATE TABLE depth AS
SELECT name, layers, hidden, (SELECT sum(count) FROM tensor WHERE network = course.name) AS parameters, avg(accuracy) AS mean, min(accuracy) AS lowest,
  max(accuracy) AS highest
FROM course WHERE epoch = 20 GROUP BY name;
.print
.print 'Accuracy on series not trained on after 20 epochs, 5 networks each'
SELECT name, parameters, printf('%.3f', lowest) AS lowest, printf('%.3f', mean) AS mean, printf('%.3f', highest) AS highest
FROM depth ORDER BY parameters;

-- The tensors of the deepest: the first layer reads the bit and whether it is missing, the others the 8
-- units below them. Names are PyTorch's.
.print
.print 'Tensors of the network of 3 layers'
SELECT name, shape, count FROM tensor WHERE network = '3 of 8 units';

.read sql/chart.sql
INSERT INTO chart(name, title, subtitle, x_label, y_label) VALUES
  ('layers', 'One, two, three recurrent layers', 'Odd or even, three times nested; plain networks, mean of 5 each; guessing gives 0.5', 'epoch',
   'accuracy on series not trained on');
INSERT INTO chart_line(chart, line) VALUES ('layers', '1 of 8 units'), ('layers', '2 of 8 units'), ('layers', '3 of 8 units'), ('layers', '1 of 17 units');
INSERT INTO chart_point(chart, line, time, y) SELECT 'layers', name, epoch, avg(accuracy) FROM course GROUP BY name, epoch;
.output /dev/null
SELECT writefile('build/gallery/layers.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'layers' ORDER BY position);
.output
