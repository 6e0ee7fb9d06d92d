-- Sentiment word by word: the label is learned, the opinion is remembered, turned by "not" and replaced after "but".
SELECT '1..11';
INSERT INTO tap(name, got) SELECT 'reviews of the test are classified', accuracy > 0.95 FROM test WHERE method = 'network' RETURNING line;
INSERT INTO tap(name, got) SELECT 'counting words does not do it', accuracy < 0.7 FROM test WHERE method = 'counting words' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'an answer after each word', sum(answer IN ('positive', 'negative')),
  (SELECT count(*) FROM watched) FROM opinion_so_far RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'rnn_score and rnn_predict say the same', count(*), 0 FROM opinion_so_far
  WHERE answer <> iif(positive > 0.5, 'positive', 'negative') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'what each review is in the end', group_concat(answer), 'negative,positive,positive,negative'
  FROM (SELECT answer, max(position) FROM opinion_so_far GROUP BY review ORDER BY review) RETURNING line;
INSERT INTO tap(name, got) SELECT 'good, and then soggy', max(iif(word = 'good', positive, 0)) > 0.9 AND max(iif(word = 'soggy', positive, 0)) < 0.1
  FROM opinion_so_far WHERE review = 1 RETURNING line;
INSERT INTO tap(name, got) SELECT 'not bad is good, not good is bad', max(iif(word = 'bad', positive, 0)) > 0.9 AND max(iif(word = 'good' AND review = 4, positive, 0)) < 0.1
  FROM opinion_so_far WHERE review IN (2, 4) RETURNING line;
INSERT INTO tap(name, got) SELECT 'the opinion is remembered through eleven words that say nothing', count(*) = 12 AND min(positive) > 0.8
  FROM opinion_so_far WHERE review = 4 AND position BETWEEN 4 AND 15 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a state of sixteen numbers a word', count(*), 16 * (SELECT count(*) FROM watched WHERE review = 4) FROM state
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'tanh keeps them between -1 and 1, and some unit turns around', min(h) >= -1 AND max(h) <= 1 AND max(turn) > 0.8
  FROM (SELECT h, abs(h - lag(h, 1, h) OVER (PARTITION BY unit ORDER BY position)) AS turn FROM state) RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture is written', length(readfile('build/gallery/sentiment_words.svg')) > 1000
  AND CAST(readfile('build/gallery/sentiment_words.svg') AS TEXT) LIKE '<svg%' RETURNING line;
