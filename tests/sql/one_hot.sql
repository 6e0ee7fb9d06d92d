-- Option one_hot: words enter as unit vectors, in training and afterwards; what cannot be so is refused.
SELECT '1..13';
CREATE TABLE story(body);
INSERT INTO story VALUES ('abcdabcdabcdabcd'), ('cdabcdabcdab'), ('dabcdabcdabcdabc');
CREATE TABLE review(label, body);
INSERT INTO review SELECT iif(value % 2, 'good', 'bad'), iif(value % 2, 'a fine film ', 'a dull film ') || value FROM json_each('[1,2,3,4,5,6,7,8]');
.param init
.param set :story '{"task":"generate","tokens":"char","cell":"rnn","hidden":16,"epochs":60,"batch":2,"ensemble":1,"one_hot":true,"learning_rate":0.02,"dropout":0}'
.param set :review '{"task":"classify","hidden":8,"epochs":20,"ensemble":1,"wide":false,"one_hot":true,"embedding_dropout":0}'
INSERT INTO rnn_models(name, model) SELECT 'story', rnn_train(:story, body) FROM story;
INSERT INTO rnn_models(name, model) SELECT 'review', rnn_train(:review, label, body) FROM review;

-- The table of the words is the identity matrix: as wide as the vocabulary, ones on the diagonal, zeros elsewhere.
CREATE TEMP TABLE embedding AS
SELECT column1 AS model, json_extract(shape, '$[0]') AS rows, json_extract(shape, '$[1]') AS columns, count, min, max, mean
FROM (VALUES ('story'), ('review')), rnn_tensors(column1) WHERE name = 'embedding.0.weight';
INSERT INTO tap(name, got, want) SELECT model || ': as wide as the vocabulary', columns, rows FROM embedding ORDER BY model DESC RETURNING line;
INSERT INTO tap(name, got) SELECT model || ': ones and zeros', min = 0 AND max = 1 AND abs(mean - 1.0 / rows) < 1e-6 FROM embedding
ORDER BY model DESC RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'each word has a one of its own', count(DISTINCT embedding), count(*) FROM rnn_vocabulary('story') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the first layer reads it', json_extract(shape, '$[1]'), (SELECT columns FROM embedding WHERE model = 'story')
FROM rnn_tensors('story') WHERE name = 'rnn.weight_ih_l0' RETURNING line;

-- It learns, and writes.
INSERT INTO tap(name, got, want) SELECT 'text goes on', rnn_generate('story', 'abcda', '{"length":7,"temperature":0}'), 'bcdabcd' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'labels are learned', sum(rnn_predict('review', body) = label), 8 FROM review RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'rnn_info says so', json_extract(rnn_info('story'), '$.options.one_hot'), 1 RETURNING line;
-- Training that goes on leaves it as it is.
INSERT INTO tap(name, got) SELECT 'rnn_fit goes on with it', min(min) = 0 AND max(max) = 1 AND sum(count) = (SELECT count FROM embedding WHERE model = 'story')
FROM rnn_fit((SELECT rnn_rows(body) FROM story), '{"task":"generate","epochs":1}', 'story') f, rnn_tensors(f.model)
WHERE name = 'embedding.0.weight' RETURNING line;

-- error: option "one_hot" is true, but tie_embedding needs an embedding that is learned: leave one of them out
SELECT rnn_train('{"task":"generate","one_hot":true,"tie_embedding":true}', body) FROM story;
-- error: option "one_hot" is true, but subwords need an embedding that is learned
SELECT rnn_train('{"task":"classify","one_hot":true,"subwords":10}', label, body) FROM review;
-- error: option "one_hot" is true, but input 1 has a vocabulary of 50[0-9][0-9]; allowed are 4096: set "vocabulary" or "min_count"
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
SELECT rnn_train('{"task":"classify","one_hot":true,"min_count":1,"tokens":"word"}', i % 2, 'w' || i) FROM n;
