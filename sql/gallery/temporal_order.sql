-- temporal_order.sql - which of two marks came first? The plain recurrent network (RNN) against LSTM and GRU.
--
-- A sequence begins with B, ends with E, and between them random letters a, b, c, d say nothing. Two places t1 and t2 hold an X or a Y
-- each, and their order is the class: XX is Q, XY is R, YX is S, YY is U (Hochreiter & Schmidhuber 1997, experiment 6a). The network
-- reads a letter a step and answers after the last one: the longer the sequence, the longer it has to remember. Claims to be seen:
--
--   "With easy level of difficulty, RNN gets 50 % accuracy while LSTM gets 100 % after 10 epochs."
--   "But LSTM has four times more weights than RNN, so it is not a fair comparison. After 100 epochs RNN also gets 100 %."
--   "If we use longer sequences, we will see the RNN fails while LSTM keeps working."
--
--     sqlite3 :memory: < sql/gallery/temporal_order.sql
.bail on
.load build/rnn

-- Places are counted from 0, where B stands. HARD sequences keep the first mark waiting for 80 to 100 steps.
CREATE TABLE difficulty(name TEXT PRIMARY KEY, shortest, longest, t1_from, t1_to, t2_from, t2_to, sequences);
INSERT INTO difficulty VALUES
  ('EASY', 7, 9, 1, 2, 4, 5, 1250),
  ('NORMAL', 30, 41, 2, 6, 20, 28, 2000),
  ('MODERATE', 60, 81, 10, 20, 45, 55, 2000),
  ('HARD', 100, 110, 10, 20, 50, 60, 3750);

-- Random numbers that are the same on every machine: each is the one before times a constant, modulo the prime 2^31 - 1. One throw
-- decides about a sequence; a second generator, which starts from it, writes the letters that say nothing.
CREATE TABLE sequence AS
WITH RECURSIVE throw(number, dice) AS (
  SELECT 1, 977436821
  UNION ALL SELECT number + 1, dice * 48271 % 2147483647 FROM throw WHERE number < (SELECT max(sequences) FROM difficulty)),
plan AS (
  SELECT name AS difficulty, number, dice, substr('XY', 1 + dice % 2, 1) AS mark1, substr('XY', 1 + dice / 2 % 2, 1) AS mark2,
    t1_from + dice / 4 % (t1_to - t1_from + 1) AS t1, t2_from + dice / 64 % (t2_to - t2_from + 1) AS t2,
    shortest + dice / 1024 % (longest - shortest + 1) AS steps
  FROM difficulty, throw WHERE number <= sequences),
writing(difficulty, number, mark1, mark2, t1, t2, steps, dice, text) AS (
  SELECT difficulty, number, mark1, mark2, t1, t2, steps, dice, 'B' FROM plan
  UNION ALL
  SELECT difficulty, number, mark1, mark2, t1, t2, steps, dice * 16807 % 2147483647,
    text || CASE length(text) WHEN t1 THEN mark1 WHEN t2 THEN mark2 WHEN steps - 1 THEN 'E' ELSE substr('abcd', 1 + dice / 8 % 4, 1) END
  FROM writing WHERE length(text) < steps)
SELECT difficulty, number, text, CASE mark1 || mark2 WHEN 'XX' THEN 'Q' WHEN 'XY' THEN 'R' WHEN 'YX' THEN 'S' ELSE 'U' END AS class
FROM writing WHERE length(text) = steps;

.mode box
.print
.print 'The task: one sequence of each class, easy and normal'
SELECT difficulty, class, min(text) AS text FROM sequence WHERE difficulty IN ('EASY', 'NORMAL') GROUP BY difficulty, class;

-- What is compared is the recurrent cell and nothing else, so what a text classifier brings by default is switched off: it reads in one
-- direction ("bidirectional"), answers from its last state ("pooling"), is one network ("ensemble") without dropout or weight decay,
-- and without linear models beside it. All runs share these options; only the cell, its size and the seed differ. Small networks
-- depend on where they start, so each run is made from several seeds. "RNN, twice the units" has about as many recurrent weights as the
-- LSTM. Where the marks are far away the LSTM starts with open forget gates ("forget_bias"): to remember is then where it starts
-- from, not what it has to find (Gers 2000, Jozefowicz 2015).
CREATE TABLE network AS
WITH shared(options) AS (VALUES (
  '{"task":"classify","tokens":"char","embedding":8,"bidirectional":false,"pooling":"last","ensemble":1,"wide":false,"dropout":0,
    "weight_decay":0,"optimizer":"rmsprop","batch":32,"patience":0,"validation":0.2}')),
kind(name, options) AS (VALUES
  ('LSTM', '{"cell":"lstm"}'), ('GRU', '{"cell":"gru"}'), ('RNN', '{"cell":"rnn"}'), ('RNN, twice the units', '{"cell":"rnn"}'))
SELECT difficulty.name AS difficulty, kind.name, seed.value AS seed, CASE difficulty.name
    WHEN 'EASY' THEN json_patch(json_patch(shared.options, kind.options), json_object('hidden', iif(kind.name LIKE '%twice%', 8, 4),
      'seed', seed.value, 'learning_rate', 0.003, 'schedule', 'constant', 'epochs', iif(kind.name = 'RNN', 100, 10)))
    ELSE json_patch(json_patch(shared.options, kind.options), json_object('hidden', iif(kind.name LIKE '%twice%', 32, 16),
      'seed', seed.value, 'learning_rate', 0.01, 'schedule', 'one_cycle', 'epochs', 15,
      'forget_bias', iif(kind.name = 'LSTM', 3, NULL))) END AS options
FROM difficulty, kind, shared, json_each('[1,2,3,4,5,6,7,8,9,10]') AS seed
WHERE difficulty.name = 'EASY' OR seed.value <= 3;

-- Train them all, side by side: a row as each epoch ends. `metric` is the accuracy on the fifth of the sequences that training
-- does not see; guessing gives 25 %.
CREATE TABLE course AS
SELECT network.difficulty, name, network.seed, epoch, train_loss, valid_loss, metric AS accuracy, seconds
FROM network, rnn_fit((SELECT rnn_rows(class, text) FROM sequence WHERE sequence.difficulty = network.difficulty), network.options);

-- Easy: every LSTM knows all of it within 10 epochs, no RNN of as many units does. After 100 epochs nearly all RNNs know it too, and so
-- do those with twice the units after 10: what the LSTM has more of, on sequences this short, is weights.
.print
.print 'Easy sequences: accuracy of networks with 4 units, from 10 seeds'
CREATE TABLE easy AS
SELECT name, epoch AS epochs, count(*) AS networks, sum(accuracy >= 0.99) AS know_it, avg(accuracy) AS mean, min(accuracy) AS lowest,
  max(accuracy) AS highest
FROM course WHERE difficulty = 'EASY' AND epoch IN (10, 100) GROUP BY name, epoch;
SELECT name, epochs, networks, know_it, printf('%.3f', lowest) AS lowest, printf('%.3f', mean) AS mean, printf('%.3f', highest) AS highest
FROM easy ORDER BY epochs, mean DESC;

-- Longer sequences: read down the columns. The RNN falls to guessing, and more units do not help it; the LSTM keeps working.
.print
.print 'Longer sequences: accuracy of networks with 16 units after 15 epochs (mean of 3 seeds)'
CREATE TABLE longer AS
SELECT name, difficulty, avg(accuracy) AS mean, min(accuracy) AS lowest, max(accuracy) AS highest
FROM course WHERE difficulty <> 'EASY' AND epoch = 15 GROUP BY name, difficulty;
SELECT difficulty.name AS difficulty, shortest || ' to ' || longest AS steps,
  max(iif(longer.name = 'RNN', printf('%.3f', mean), '')) AS RNN,
  max(iif(longer.name LIKE '%twice%', printf('%.3f', mean), '')) AS "RNN, twice the units",
  max(iif(longer.name = 'GRU', printf('%.3f', mean), '')) AS GRU, max(iif(longer.name = 'LSTM', printf('%.3f', mean), '')) AS LSTM
FROM longer JOIN difficulty ON difficulty.name = longer.difficulty GROUP BY difficulty.name ORDER BY longest;

.print
.print 'Epoch in which a network first had 99 % of the hard sequences right (empty: never)'
SELECT name, max(iif(seed = 1, epoch, NULL)) AS "seed 1", max(iif(seed = 2, epoch, NULL)) AS "seed 2", max(iif(seed = 3, epoch, NULL)) AS "seed 3"
FROM (SELECT name, seed, min(iif(accuracy >= 0.99, epoch, NULL)) AS epoch FROM course WHERE difficulty = 'HARD' GROUP BY name, seed)
GROUP BY name;

-- Pictures: accuracy over epochs, mean of the seeds, and their range where it does not hide the lines.
.read sql/chart.sql
INSERT INTO chart(name, title, subtitle, x_label, y_label, band_label) VALUES
  ('EASY', 'Easy temporal order: 7 to 9 steps', 'RNN, LSTM and GRU of 4 units over 10 epochs; mean of 10 seeds',
   'epoch', 'accuracy on sequences not trained on (0.25 = guessing)', NULL),
  ('HARD', 'Hard temporal order: 100 to 110 steps', 'LSTM, GRU and RNN of 16 units over 15 epochs; mean and range of 3 seeds',
   'epoch', 'accuracy on sequences not trained on (0.25 = guessing)', NULL);
INSERT INTO chart_line(chart, line)
SELECT chart.name, column1 FROM chart, (VALUES ('RNN'), ('LSTM'), ('GRU'), ('RNN, twice the units'));
INSERT INTO chart_point(chart, line, time, y, lower, upper)
SELECT difficulty, name, epoch, avg(accuracy), iif(difficulty = 'HARD', min(accuracy), NULL), iif(difficulty = 'HARD', max(accuracy), NULL)
FROM course WHERE difficulty IN ('EASY', 'HARD') AND epoch <= iif(difficulty = 'EASY', 10, 15) GROUP BY difficulty, name, epoch;
.output /dev/null
SELECT writefile('build/gallery/temporal_order_easy.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'EASY' ORDER BY position);
SELECT writefile('build/gallery/temporal_order.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'HARD' ORDER BY position);
.output
