-- sentiment_words.sql - is a review good or bad? Watched word by word (sequence -> vector).
--
-- The claim: a review of cereals goes through the network a word at a time; the hidden state carries what was read, and the last one says
-- positive or negative. "It holds information on previous data the network has seen before." So the answer can be asked for after each
-- word: it moves where a word says something, holds through words that say nothing, a "not" turns what follows, and after a "but" another
-- opinion replaces the first.
-- The reviews are generated; what counts is the opinion after the last "but". Half of the words in them say nothing, before the opinion
-- and after it, so that it has to be remembered.
--
--     sqlite3 :memory: < sql/gallery/sentiment_words.sql
.bail on
.load build/rnn
.read sql/heatmap.sql

-- ---- reviews ----------------------------------------------------------------------------------------------------

-- An opinion is a thing, a "was" or "was not", and a word with a value; "not good" is bad.
CREATE TABLE thing(name);
INSERT INTO thing VALUES ('this cereal'), ('the box'), ('the breakfast'), ('the taste'), ('the milk'), ('this box of cereal'), ('the coffee'),
  ('the service');
CREATE TABLE verdict(word, value);
INSERT INTO verdict VALUES ('amazing', 1), ('delicious', 1), ('perfect', 1), ('balanced', 1), ('good', 1), ('crispy', 1),
  ('terrible', -1), ('stale', -1), ('awful', -1), ('bad', -1), ('soggy', -1), ('boring', -1);
CREATE TABLE link(words, turn);
INSERT INTO link VALUES ('was', 1), ('was really', 1), ('was so', 1), ('was not', -1), ('was never', -1);
CREATE TABLE filler(words);
INSERT INTO filler VALUES (''), ('i ate half of it and '), ('my friend thinks that '), ('as all things should be '), ('we had it again and ');

CREATE TABLE tail(words);
INSERT INTO tail VALUES (''), (' as all things should be'), (' and i ate half of it'), (' and my friend had the coffee'),
  (' and the breakfast was for the two of us'), (' and so was this'), (' and there was really nothing else'), (' and we had the box and the milk');

CREATE TABLE opinion AS
SELECT filler.words || name || ' ' || link.words || ' ' || word AS words, turn * value AS value FROM filler, thing, link, verdict;

-- 1,500 reviews: one opinion, or two with "but" or "and" between them. Numbers that look like chance (Lehmer 1951) choose.
CREATE TABLE review(id INTEGER PRIMARY KEY, body TEXT UNIQUE, label TEXT, part TEXT AS (iif(id % 5 = 0, 'test', 'train')));
INSERT OR IGNORE INTO review(body, label)
WITH RECURSIVE throw(n, x) AS (SELECT 0, 1 UNION ALL SELECT n + 1, x * 48271 % 2147483647 FROM throw WHERE n < 4500 - 1),
choice AS (SELECT n / 3 AS review, max(x / 64 * (n % 3 = 0)) AS a, max(x / 64 * (n % 3 = 1)) AS b, max(x / 64 * (n % 3 = 2)) AS c FROM throw GROUP BY 1)
SELECT iif(c % 3, first.words || ' but ' || second.words, second.words) || tail.words, iif(second.value > 0, 'positive', 'negative')
FROM choice JOIN opinion first ON first.rowid = 1 + a % 2400 JOIN opinion second ON second.rowid = 1 + b % 2400
JOIN tail ON tail.rowid = 1 + c / 3 % 8;

-- A word a row, which is how a network meets them.
CREATE TABLE word(review INTEGER, position INTEGER, word TEXT, PRIMARY KEY (review, position)) WITHOUT ROWID;
INSERT INTO word
WITH RECURSIVE cut(review, position, word, rest) AS (
  SELECT id, 0, NULL, body || ' ' FROM review
  UNION ALL SELECT review, position + 1, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM cut WHERE rest <> '')
SELECT review, position, word FROM cut WHERE position > 0;

.mode box --wrap 0
.print Some reviews
SELECT body, label FROM review LIMIT 4;
SELECT part, label, count(*) AS reviews FROM review GROUP BY part, label;

-- ---- the network ------------------------------------------------------------------------------------------------

-- It reads forwards only and answers from its last state, as in the document.
CREATE TABLE critic AS
SELECT rnn_train('{"task":"classify","bidirectional":false,"pooling":"last","ensemble":1,"hidden":16,"batch":16,
    "learning_rate":0.01,"epochs":10,"dropout":0,"embedding_dropout":0}',
  review, position, label, word) AS model
FROM word JOIN review ON review.id = review WHERE part = 'train';

-- The order matters: counting the good and bad words is hardly better than a coin.
.print
.print Reviews it has not seen, and what counting good and bad words gives
CREATE TABLE test AS
SELECT 'network' AS method, value AS accuracy FROM critic,
  rnn_evaluate(critic.model, (SELECT rnn_rows(review, position, label, word) FROM word JOIN review ON review.id = review WHERE part = 'test'))
WHERE metric = 'accuracy'
UNION ALL
SELECT 'counting words', avg(iif(balance > 0, 'positive', 'negative') = label)
FROM (SELECT label, sum(value) AS balance FROM review JOIN word ON review = review.id LEFT JOIN verdict USING (word)
      WHERE part = 'test' GROUP BY review.id);
SELECT method, printf('%.3f', accuracy) AS accuracy FROM test;

-- ---- word by word -----------------------------------------------------------------------------------------------

CREATE TABLE watched(review INTEGER, position INTEGER, word TEXT, PRIMARY KEY (review, position));
INSERT INTO watched
WITH RECURSIVE own(review, body) AS (VALUES
  (1, 'the taste was really good but the milk was so soggy'),
  (2, 'this cereal was not bad'),
  (3, 'the box was stale but i ate half of it and this cereal was never boring'),
  (4, 'the breakfast was balanced as all things should be and i ate half of it but the coffee was not good')),
cut(review, position, word, rest) AS (
  SELECT review, 0, NULL, body || ' ' FROM own
  UNION ALL SELECT review, position + 1, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM cut WHERE rest <> '')
SELECT review, position, word FROM cut WHERE position > 0;

-- rnn_score says what the network would answer if the review ended here. For the probability, rnn_predict is given every beginning of
-- every review as a series of its own. Both read each word once more, and no word that comes later.
CREATE TABLE opinion_so_far AS
SELECT w.review, w.position, w.word,
  rnn_score((SELECT model FROM critic), w.position, w.word) OVER (PARTITION BY w.review ORDER BY w.position) AS answer,
  json_extract(probabilities, '$.positive') AS positive
FROM watched w JOIN (
  SELECT series, probabilities FROM critic, rnn_predict(critic.model,
    (SELECT rnn_rows(e.review || ':' || e.position, w.position, NULL, w.word)
     FROM watched e JOIN watched w ON w.review = e.review AND w.position <= e.position))) p
  ON p.series = w.review || ':' || w.position;

.print
.print The answer after each word
SELECT review, word, answer, printf('%.3f', positive) AS positive,
  printf('%.*c', 1 + round(30 * positive), '*') AS " 0 ...................... 1"
FROM opinion_so_far ORDER BY review, position;

-- ---- the picture ------------------------------------------------------------------------------------------------

-- The sixteen numbers of the hidden state while the last review is read: some switch at "balanced" and keep still until "good". Above them
-- the probability that they stand for.
CREATE TABLE state AS
SELECT position, word, unit, h FROM critic,
  rnn_states(critic.model, (SELECT rnn_rows(review, position, NULL, word) FROM watched WHERE review = 4)) s
  JOIN watched ON watched.review = 4 AND watched.position = s.time;

INSERT INTO heatmap(name, title, subtitle, x_label, y_label, value_label, source) VALUES ('sentiment_words', 'A review, word by word',
  'First row: probability of "positive", as 2p - 1. Below: the hidden state, units in the order of their last value', 'word', 'unit',
  'state, -1 to 1', 'Generated reviews; GRU with 16 units. sql/gallery/sentiment_words.sql');
INSERT INTO heatmap_cell(heatmap, x, y, value, label)
SELECT 'sentiment_words', position, 'positive?', 2 * positive - 1, word FROM opinion_so_far WHERE review = 4 ORDER BY position;
INSERT INTO heatmap_cell(heatmap, x, y, value, label)
SELECT 'sentiment_words', position, unit, h, word FROM state
ORDER BY last_value(h) OVER (PARTITION BY unit ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), position;
.output /dev/null
SELECT writefile('build/gallery/sentiment_words.svg', group_concat(text, char(10)))
FROM (SELECT text FROM heatmap_svg WHERE heatmap = 'sentiment_words' ORDER BY position);
.output
