-- signal_echo.sql - a signal repeated n steps late: one long sequence, trained in little chunks with the state carried on.
--
--     sqlite3 :memory: < sql/gallery/signal_echo.sql
--
-- From the documents: "the 1st input sequence is 1 1 0 0 1 0 1 1 0 0 ..., and the 1st target sequence is 0 0 0 1 1 0 0 1 0 1 ...; we
-- need to cut the long sequence into little chunks. While feeding a new chunk, we need to keep track of the hidden state, and send it
-- as input to the internal state." That is the option tbptt: truncated backpropagation through time. The gradient ends at each cut,
-- the state does not. Without the state the first n answers of every chunk can only be guessed. And: "In RNN, after you reach some
-- kind of length, it starts to forget".

.bail on
.load build/rnn
.read sql/chart.sql
.read sql/heatmap.sql

-- One long signal of random bits (a linear congruential generator), and its echoes n steps late. The first 10,000 steps are trained
-- on, the rest is for measuring. `chunk` numbers pieces of 20 steps.
CREATE TABLE signal AS
WITH RECURSIVE step(t, noise) AS (
  SELECT 0, 42 UNION ALL SELECT t + 1, (noise * 1103515245 + 12345) % 2147483648 FROM step WHERE t < 11999)
SELECT t, t / 20 AS chunk, t % 20 + 1 AS position, noise / 1073741824 AS bit FROM step;
CREATE TABLE echo AS
SELECT value AS n, now.*, before.bit AS late, now.t >= 10000 AS held_out
FROM json_each('[3, 10, 20, 30]') JOIN signal now LEFT JOIN signal before ON before.t = now.t - value;

-- Twice the same network on the same chunks of 20 steps. Carried: the signal is one series, and tbptt cuts it. Forgotten: every chunk
-- is a series of its own, which begins with an empty state.
CREATE TABLE chunk_model AS
SELECT n, 'carried' AS state,
  rnn_train('{"task":"classify","output":"every","cell":"lstm","hidden":32,"learning_rate":0.01,"epochs":80,"tbptt":20}',
    'signal', t, late, bit) AS model
FROM echo WHERE NOT held_out AND n <= 10 GROUP BY n
UNION ALL
SELECT n, 'forgotten',
  rnn_train('{"task":"classify","output":"every","cell":"lstm","hidden":32,"learning_rate":0.01,"epochs":80}', chunk, t, late, bit)
FROM echo WHERE NOT held_out AND n <= 10 GROUP BY n;

-- Their answers at each held-out step, and how sure they are that the bit is 1.
CREATE TABLE answer AS
SELECT n, state, time AS t, prediction AS bit, json_extract(probabilities, '$.1') AS one
FROM chunk_model, rnn_predict(chunk_model.model,
  (SELECT rnn_rows(iif(state = 'carried', 'signal', chunk), t, NULL, bit) FROM echo WHERE held_out AND echo.n = chunk_model.n));

-- What can be known without the state: all but the first n steps of a chunk, and half of those by luck.
CREATE TABLE accuracy AS
SELECT n, state, avg(answer.bit = echo.late) AS accuracy,
  iif(state = 'carried', 1.0, 1 - n / 2.0 / 20) AS possible
FROM answer JOIN echo USING (n, t) GROUP BY n, state;

.mode box
.print Share of right answers. possible: all with the state carried, 1 - n / 40 with each chunk on its own
SELECT n AS "steps late", state, printf('%.3f', accuracy) AS "right", printf('%.3f', possible) AS possible FROM accuracy;

-- By position in the chunk: before position n + 1 the forgetful network guesses, from there on it is as good as the other.
CREATE TABLE accuracy_by_position AS
SELECT n, state, position, avg(answer.bit = echo.late) AS accuracy
FROM answer JOIN echo USING (n, t) GROUP BY n, state, position;

-- How late may an echo be? The same with a plain RNN and an LSTM, chunks of 40 steps, state carried, 60 epochs. To echo every bit is
-- to shift n bits along, which a plain RNN learns more readily than an LSTM; but its gradient does not reach 30 steps back.
CREATE TABLE reach AS
WITH cell(cell) AS (VALUES ('rnn'), ('lstm')),
trained AS MATERIALIZED (
  SELECT cell, n, rnn_train(json_object('task', 'classify', 'output', 'every', 'cell', cell, 'hidden', 32, 'learning_rate', 0.01,
    'epochs', 60, 'tbptt', 40), 'signal', t, late, bit) AS model
  FROM cell, echo WHERE NOT held_out GROUP BY cell, n)
SELECT cell, n, value AS accuracy
FROM trained, rnn_evaluate(trained.model, (SELECT rnn_rows('signal', t, late, bit) FROM echo WHERE held_out AND echo.n = trained.n))
WHERE metric = 'accuracy';

.print Right answers by the length of the echo; 0.5 is guessing. At 30 steps the plain RNN knows next to nothing, the LSTM a part
SELECT n AS "steps late", printf('%.3f', max(iif(cell = 'rnn', accuracy, NULL))) AS "plain RNN",
  printf('%.3f', max(iif(cell = 'lstm', accuracy, NULL))) AS LSTM
FROM reach GROUP BY n;

-- The pictures: right answers over the position in the chunk; over the length of the echo; and some 40 steps as they come.
INSERT INTO chart(name, title, subtitle, x_label, y_label, source) VALUES
  ('position', 'The state carried over the cuts', 'Right answers by position in a chunk of 20 steps, 2,000 steps not trained on',
   'position in the chunk', 'share of right answers', 'LSTM of 32 units, 80 epochs on 10,000 steps'),
  ('reach', 'How late an echo can be', 'Right answers, state carried, chunks of 40 steps; 0.5 is guessing',
   'steps from the signal to its echo', 'share of right answers', '32 units, 60 epochs on 10,000 steps');
INSERT INTO chart_line(chart, line) VALUES
  ('position', '10 steps late, carried'), ('position', '10 steps late, forgotten'), ('position', '3 steps late, forgotten'),
  ('reach', 'plain RNN'), ('reach', 'LSTM');
INSERT INTO chart_point(chart, line, time, y)
SELECT 'position', n || ' steps late, ' || state, position, accuracy FROM accuracy_by_position WHERE n = 10 OR state = 'forgotten';
INSERT INTO chart_point(chart, line, time, y) SELECT 'reach', iif(cell = 'rnn', 'plain RNN', 'LSTM'), n, accuracy FROM reach;
INSERT INTO heatmap(name, title, subtitle, x_label, value_label, source) VALUES
  ('steps', 'A signal and its echo three steps late', 'Two chunks of 20 steps that were not trained on', 'step',
   'bit, or probability that it is 1', 'LSTM of 32 units, 80 epochs on 10,000 steps');
INSERT INTO heatmap_cell(heatmap, x, y, value)
SELECT 'steps', t, row, value FROM (
  SELECT t, 1 AS place, 'signal' AS row, bit AS value FROM echo WHERE n = 3
  UNION ALL SELECT t, 2, 'echo', late FROM echo WHERE n = 3
  UNION ALL SELECT t, 3, 'state carried', one FROM answer WHERE n = 3 AND state = 'carried'
  UNION ALL SELECT t, 4, 'state forgotten', one FROM answer WHERE n = 3 AND state = 'forgotten')
WHERE t >= 10100 AND t < 10140 ORDER BY place, t;
.output /dev/null
SELECT writefile('build/gallery/signal_echo.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'position' ORDER BY position);
SELECT writefile('build/gallery/signal_echo_reach.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'reach' ORDER BY position);
SELECT writefile('build/gallery/signal_echo_steps.svg', group_concat(text, char(10)))
FROM (SELECT text FROM heatmap_svg WHERE heatmap = 'steps' ORDER BY position);
.output
