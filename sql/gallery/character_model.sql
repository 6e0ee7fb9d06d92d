-- character_model.sql - the character model that people build from scratch: one-hot characters, plain RNN, tanh, softmax, gradient clipped
-- at 5, and a sample of what it writes now and then while it learns.
--
-- The claims: x(t) is one-hot, a one for its character and zeros else; h(t) = tanh(U x(t) + W h(t-1) + b), y(t) = softmax(V h(t) + c); the
-- loss is -ln y(t) of the character that came; gradients go back 25 steps, each element clipped to -5...5 against exploding ones;
-- "W = W - learning rate * gradient"; weights are drawn from -1/sqrt(n) to 1/sqrt(n). A network that knows nothing gives each of V
-- characters the probability 1/V: the loss begins near ln V, and falls. What it writes goes from noise to words to sentences.
-- Two ways to take a step: plain gradient descent (SGD), and Adagrad.
-- The text is generated: tales of one sentence after another, so that it can be said which words are words.
--
--     sqlite3 :memory: < sql/gallery/character_model.sql
.bail on
.load build/rnn
.read sql/chart.sql

-- ---- the text ---------------------------------------------------------------------------------------------------

CREATE TABLE phrase(role TEXT, number INTEGER, words TEXT);
INSERT INTO phrase
SELECT role.key, word.key, word.value FROM json_each('{
  "who": ["the king", "the queen", "an old man", "the fox", "a little bird", "the child", "my sister", "a stranger"],
  "did": ["saw", "found", "asked", "followed", "loved", "called", "remembered", "left"],
  "what": ["a golden apple", "the white horse", "the moon", "a red rose", "the river", "an open door", "the dark forest", "a silver ring"],
  "where": ["", " in the garden", " by the sea", " under the hill", " at night", " in winter", " long ago", " on the road"],
  "then": [". ", ". ", ", and ", ". ", ", but ", ". ", ". then ", ". "]}') role, json_each(role.value) word;

-- 800 sentences, chosen by numbers that look like chance (Lehmer 1951), in one text.
CREATE TABLE tale AS
WITH RECURSIVE chance(n, x) AS (SELECT 0, 1 UNION ALL SELECT n + 1, x * 48271 % 2147483647 FROM chance WHERE n < 5 * 800 - 1),
choice AS (SELECT n, json_extract('["who","did","what","where","then"]', '$[' || (n % 5) || ']') AS role, x / 64 % 8 AS number FROM chance)
SELECT group_concat(iif(role IN ('did', 'what'), ' ', '') || words, '') AS body
FROM (SELECT role, words FROM choice JOIN phrase USING (role, number) ORDER BY n);

-- V, the number of different characters.
CREATE TABLE vocabulary AS
WITH RECURSIVE letter(words, n) AS (SELECT words, 1 FROM phrase UNION ALL SELECT words, n + 1 FROM letter WHERE n < length(words))
SELECT DISTINCT substr(words, n, 1) AS character FROM letter WHERE words <> '';
.mode box --wrap 0
.print The text
SELECT substr(body, 1, 120) || '...' AS beginning, length(body) AS characters, (SELECT count(*) FROM vocabulary) AS "V" FROM tale;

-- ---- learning, with a sample now and then -----------------------------------------------------------------------

-- Everything that is not in the claims is switched off: no momentum, no schedule, no dropout, no decay of weights, no clipping by norm.
CREATE TABLE network AS SELECT '{"task":"generate","tokens":"char","one_hot":true,"cell":"rnn","activation":"tanh","hidden":100,"init":"uniform",
  "tbptt":25,"batch":8,"clip_value":5,"clip_norm":0,"schedule":"constant","dropout":0,"weight_decay":0,"patience":0,"epochs":30}' AS options;
CREATE TABLE run AS
-- Before it learns: one pass in which the step is as good as none.
SELECT 'SGD' AS optimizer, 0 AS epoch, train_loss, valid_loss, metric AS perplexity, gradient_norm, model
FROM network, rnn_fit((SELECT rnn_rows(body) FROM tale), json_patch(options, '{"optimizer":"sgd","learning_rate":1e-9,"epochs":1}'))
UNION ALL
SELECT 'SGD', epoch, train_loss, valid_loss, metric, gradient_norm, model
FROM network, rnn_fit((SELECT rnn_rows(body) FROM tale), json_patch(options, '{"optimizer":"sgd","learning_rate":0.2}'))
UNION ALL
SELECT 'Adagrad', epoch, train_loss, valid_loss, metric, gradient_norm, model
FROM network, rnn_fit((SELECT rnn_rows(body) FROM tale), json_patch(options, '{"optimizer":"adagrad","learning_rate":0.02}'));

-- Perplexity is e to the loss on the tenth of the text that is held out: among how many characters it hesitates. gradient_norm is that of
-- the last step of the epoch before clipping; as long as it is below 5, no element is clipped.
.print
.print Loss a character. Without any knowledge it would be ln V
SELECT epoch, optimizer, printf('%.3f', train_loss) AS train_loss, printf('%.3f', ln((SELECT count(*) FROM vocabulary))) AS "ln V",
  printf('%.3f', valid_loss) AS valid_loss, printf('%.2f', perplexity) AS perplexity, printf('%.2f', gradient_norm) AS gradient_norm
FROM run WHERE epoch IN (0, 1, 2, 5, 10, 30) ORDER BY optimizer DESC, epoch;

-- rnn_fit gives the model of each epoch. Each writes 800 characters, drawn with the same dice.
CREATE TABLE sample AS
SELECT epoch, rnn_generate(model, 'the ', '{"length":800}') AS body FROM run WHERE optimizer = 'SGD';
.print
.print 'What it writes after "the "'
SELECT epoch, substr(body, 1, 110) AS text FROM sample WHERE epoch IN (0, 1, 2, 5, 10, 30);

-- How many of its words are words of the tale? The first and the last may be cut off and do not count.
CREATE TABLE spelling AS
WITH RECURSIVE cut(epoch, word, rest) AS (
  SELECT epoch, NULL, replace(replace(body, '.', ' '), ',', ' ') || ' ' FROM sample
  UNION ALL SELECT epoch, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM cut WHERE rest <> ''),
known AS (SELECT DISTINCT value AS word FROM phrase, json_each('["' || replace(replace(replace(words, '.', ' '), ',', ' '), ' ', '","') || '"]'))
SELECT epoch, count(*) AS words, avg(word IN (SELECT word FROM known)) AS share
FROM cut WHERE word <> '' AND rest <> '' AND length(word) > 1 GROUP BY epoch;
.print
.print Share of the words it writes that are words
SELECT epoch, words, printf('%.3f', share) AS share FROM spelling WHERE epoch IN (0, 1, 2, 5, 10, 30);

-- ---- the picture ------------------------------------------------------------------------------------------------

INSERT INTO chart(name, title, subtitle, y_label, x_label, source) VALUES ('character_model', 'A character model from scratch',
  'Plain RNN, 100 tanh units, 25 steps of backpropagation; epoch 0 is before learning', 'loss a character', 'epoch',
  'Generated tales, 34,000 characters. sql/gallery/character_model.sql');
INSERT INTO chart_line(chart, line) VALUES ('character_model', 'ln V, every character alike'), ('character_model', 'SGD'), ('character_model', 'Adagrad');
INSERT INTO chart_point(chart, line, time, y)
SELECT 'character_model', optimizer, epoch, train_loss FROM run
UNION ALL SELECT 'character_model', 'Adagrad', 0, train_loss FROM run WHERE epoch = 0
UNION ALL SELECT 'character_model', 'ln V, every character alike', epoch, ln((SELECT count(*) FROM vocabulary)) FROM run WHERE optimizer = 'SGD';
.output /dev/null
SELECT writefile('build/gallery/character_model.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'character_model' ORDER BY position);
.output
