-- sentiment.sql - positive or negative? One statement learns it from 2,700 real review sentences (Amazon, IMDb, Yelp); the other 300 are
-- the test. `make demo` runs it; by hand, from the top of the repository, when build/rnn.so is there:
--
--     sqlite3 build/sentiment.db < sql/sentiment.sql
.bail on
.load build/rnn
.read sql/reviews.sql

.print
.print Training on 2,700 review sentences; every tenth of the 3,000 is kept back.
INSERT INTO rnn_models(name, model)
SELECT 'sentiment', rnn_train('{"task":"classify"}', label, body) FROM review WHERE id % 10 <> 0;

.print
.print How good it is on the 300 sentences it has not seen
.mode box --wordwrap on --wrap 70
SELECT metric, printf('%.3f', value) AS value
FROM rnn_evaluate('sentiment', (SELECT rnn_rows(label, body) FROM review WHERE id % 10 = 0));

.print Sentences of our own
WITH own(body) AS (VALUES
  ('Great phone, and the battery lasts for days.'),
  ('The plot makes no sense and the acting is worse.'),
  ('I would not recommend this place to anyone.'),
  ('Not bad at all, we will be back!'),
  ('Crispy, hot, delicious :-)'),
  ('It stopped working after two weeks.'))
SELECT body, rnn_predict('sentiment', body) AS prediction, printf('%8.2f', rnn_probability('sentiment', 'positive', body)) AS positive
FROM own;

-- All rows at once, on all cores: rnn_predict in FROM. The first column of the rows comes back as key.
.print The most negative of the 300
SELECT source, body, printf('%8.4f', json_extract(probabilities, '$.negative')) AS negative, label AS "what it was"
FROM rnn_predict('sentiment', (SELECT rnn_rows(id, body) FROM review WHERE id % 10 = 0)) JOIN review ON id = key
ORDER BY json_extract(probabilities, '$.negative') DESC LIMIT 5;

.print Where it was most certain, and wrong
SELECT source, body, printf('%11.2f', probability) AS probability, prediction, label AS "what it was"
FROM rnn_predict('sentiment', (SELECT rnn_rows(id, body) FROM review WHERE id % 10 = 0)) JOIN review ON id = key
WHERE prediction <> label ORDER BY probability DESC LIMIT 3;
