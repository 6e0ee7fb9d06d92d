-- directions.sql - reading forwards only, and in both directions: a label for each word that may depend on the words to come.
--
--     sqlite3 :memory: < sql/gallery/directions.sql
--
-- A recurrent network is causal: what it says at step t depends on the inputs from 1 to t. "Sometimes we want to do predictions
-- exploiting the information in the whole sequence (even future values). We can do so through bi-directional RNNs": one network runs
-- forwards, one backwards, and the output at step t sees both. Here a bank lends money or is the side of a river, and what tells the
-- two apart stands before the word ("that muddy bank") or after it ("that old bank often floods").

.bail on
.load build/rnn

-- All sentences that these words make. Those with the clue after the bank begin alike, whichever bank it is.
CREATE TABLE sentence AS
WITH start(s, first) AS (VALUES (0, 'the'), (1, 'this'), (2, 'that'), (3, 'our'), (4, 'their')),
often(o, adverb) AS (VALUES (0, 'often'), (1, 'rarely'), (2, 'always'), (3, 'sometimes'), (4, 'still')),
way(clue, bank, adjective, verb) AS (
  SELECT 'before', bank, adjective, verb
  FROM (SELECT 'river' AS bank, 'muddy' AS adjective UNION ALL VALUES ('river', 'steep'), ('river', 'grassy'),
      ('money', 'rich'), ('money', 'foreign'), ('money', 'private')),
    (SELECT 'matters' AS verb UNION ALL VALUES ('changes'), ('helps'))
  UNION ALL
  SELECT 'after', bank, adjective, verb
  FROM (SELECT 'old' AS adjective UNION ALL VALUES ('new'), ('nearby')),
    (SELECT 'river' AS bank, 'floods' AS verb UNION ALL VALUES ('river', 'erodes'), ('river', 'crumbles'),
      ('money', 'lends'), ('money', 'charges'), ('money', 'invests')))
SELECT row_number() OVER (ORDER BY s, o, clue, bank, adjective, verb) AS id, (s + o) % 5 = 0 AS held_out, clue, bank,
  json_array(first, adjective, 'bank', adverb, verb) AS words
FROM start, often, way;

-- A word a row: the bank's label is which bank it is, the others' is 'other'.
CREATE TABLE word AS
SELECT sentence.id, held_out, clue, key + 1 AS position, value AS word, iif(value = 'bank', bank, 'other') AS label
FROM sentence, json_each(words);

-- The same network twice, on four fifths of the sentences; one option differs.
CREATE TABLE trained AS
SELECT reads, rnn_train(json_object('task', 'classify', 'bidirectional', json(iif(reads = 'both ways', 'true', 'false')),
  'hidden', 16, 'ensemble', 1, 'epochs', 20), id, position, label, word) AS model
FROM word, (SELECT 'forwards' AS reads UNION ALL SELECT 'both ways')
WHERE NOT held_out GROUP BY reads;

CREATE TABLE reading AS
SELECT reads, id, clue, position, word, label, prediction, json_extract(probabilities, '$.river') AS river
FROM trained, rnn_predict(trained.model, (SELECT rnn_rows(id, position, NULL, word) FROM word WHERE held_out)) AS p
JOIN word ON id = series AND position = time;

CREATE TABLE accuracy AS
SELECT reads, clue, count(*) AS banks, avg(prediction = label) AS accuracy FROM reading WHERE word = 'bank' GROUP BY reads, clue;

-- Forwards, the bank is known where the clue came before it; where it comes after, half are right: that is guessing.
.mode box
.print Share of banks that are read right, in sentences that were not trained on
SELECT reads, printf('%.3f', max(iif(clue = 'before', accuracy, NULL))) AS "clue before the bank",
  printf('%.3f', max(iif(clue = 'after', accuracy, NULL))) AS "clue after the bank"
FROM accuracy GROUP BY reads ORDER BY reads DESC;

-- Two sentences that are the same up to the bank. Forwards, both banks get the same probability to the last bit.
.print Probability that the bank is that of a river
SELECT words AS sentence, printf('%.3f', max(iif(reads = 'forwards', river, NULL))) AS forwards,
  printf('%.3f', max(iif(reads = 'both ways', river, NULL))) AS "both ways"
FROM reading JOIN sentence USING (id)
WHERE word = 'bank' AND words IN ('["the","old","bank","often","floods"]', '["the","old","bank","often","lends"]') GROUP BY id;

-- What a causal network is good for: it can label words as they come. With the other model this statement is an error:
--   rnn_score: the model is bidirectional: it reads a series from its end, too, and cannot take rows as they come
.print Labels while a sentence comes in
SELECT position, word, rnn_score((SELECT model FROM trained WHERE reads = 'forwards'), position, word) OVER (ORDER BY position) AS label
FROM word WHERE id = (SELECT id FROM sentence WHERE words = '["the","muddy","bank","often","helps"]');
