-- rnn_vocabulary and rnn_neighbors, for every task that has a vocabulary.
SELECT '1..58';
CREATE TABLE review(label, body);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO review SELECT iif(i % 2, 'good', 'bad'), CASE i % 2 WHEN 1 THEN 'A GREAT film ' ELSE 'a dull film ' END
  || substr('one two three fourfive', 1 + 4 * (i % 4), 4 + (i % 4) * 2) || iif(i % 3, ' - ﬁne', '') FROM n;
CREATE TABLE walk(series, time, target, word, x, place);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
INSERT INTO walk SELECT i / 20, i % 20, i % 5 * 1.5, substr('New York|Rome|Rome - Ostia', 1 + 9 * (i % 2) + 5 * (i % 4 = 3), 8 - 4 * (i %
  2) + 8 * (i % 4 = 3)), i % 7,
  iif(i % 6, 'p' || (i % 3), NULL) FROM n;
CREATE TABLE pair(target, source);
INSERT INTO pair VALUES ('le chat noir', 'the black cat'), ('le chien noir', 'the black dog'), ('un chat', 'a cat'), ('un chien', 'a dog'),
  ('le chat', 'the cat'), ('le chien', 'the dog');
CREATE TEMP TABLE m(name TEXT PRIMARY KEY, model);
INSERT INTO m SELECT 'classify', rnn_train('{"task":"classify","tokens":"word","epochs":2,"embedding":6,"validation":0}', label, body)
  FROM review;
INSERT INTO m SELECT 'plain', rnn_train('{"task":"classify","tokens":"word","epochs":1,"embedding":6,"validation":0,
  "subwords":0,"wide":false,"lowercase":false}', label, body) FROM review;
INSERT INTO m SELECT 'byte', rnn_train('{"task":"classify","tokens":"byte","epochs":1,"embedding":5,"hidden":4}', label, body) FROM review;
INSERT INTO m SELECT 'regress', rnn_train('{"task":"regress","epochs":1,"embedding":4,"hidden":4}', series, time, target, x, word, place)
  FROM walk;
INSERT INTO m SELECT 'token', rnn_train('{"task":"generate","epochs":1,"embedding":4,"hidden":4}', series, time, word) FROM walk;
INSERT INTO m SELECT 'text', rnn_train('{"task":"generate","epochs":1,"hidden":4,"tie_embedding":true,"tokens":"word"}', body) FROM review;
INSERT INTO m SELECT 'seq2seq', rnn_train('{"task":"seq2seq","epochs":1,"embedding":4,"hidden":4,"tokens":"word"}', target, source) FROM
  pair;
INSERT INTO m SELECT 'forecast', rnn_train('{"task":"forecast","horizon":2,"context":4,"epochs":1,"hidden":3,"ensemble":2,
  "embedding":3,"series_embedding":2}', series, time, target, word) FROM walk;
INSERT INTO m SELECT 'numbers', rnn_train('{"task":"regress","epochs":1,"hidden":4}', series, time, target, x) FROM walk;
CREATE TEMP TABLE v AS SELECT m.name, v.* FROM m, rnn_vocabulary(m.model) v;

-- Columns.
INSERT INTO tap(name, got, want) SELECT 'columns of the result', group_concat(name, ' '), 'column id token count embedding x y'
  FROM pragma_table_info('rnn_vocabulary') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'columns of ' || t.name, (SELECT group_concat("column", ', ') FROM (SELECT DISTINCT "column" FROM
  v WHERE v.name = t.name)),
  t.want FROM (SELECT 'classify' AS name, 'text' AS want UNION ALL SELECT 'regress', 'input 2, input 3' UNION ALL SELECT 'token', 'token'
    UNION ALL SELECT 'text', 'text' UNION ALL SELECT 'seq2seq', 'source, target' UNION ALL SELECT 'forecast', 'input 1, series'
    UNION ALL SELECT 'numbers', NULL) t RETURNING line;
INSERT INTO tap(name, got) SELECT 'ids count from 0 in every column', min(n = most + 1 AND least = 0 AND n = ids) FROM (SELECT count(*) AS
  n,
  count(DISTINCT id) AS ids, min(id) AS least, max(id) AS most FROM v GROUP BY name, "column") RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'sizes are those of rnn_info', count(*), (SELECT count(*) FROM v WHERE name IN ('classify',
  'plain', 'byte', 'text',
  'regress', 'token')) FROM m, json_each(rnn_info(m.model), '$.columns') c, v WHERE v.name = m.name AND m.name IN ('classify', 'plain',
  'byte', 'text', 'regress',
  'token') AND v.id < json_extract(c.value, '$.vocabulary') AND v."column" IN ('text', 'token', 'input ' || json_extract(c.value,
  '$.input')) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'special entries of text', group_concat(token, ' '), '<unknown> <padding> <begin> <end>'
  FROM v WHERE name = 'seq2seq' AND "column" = 'target' AND id < 4 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'special entry of categories and series', group_concat(token, ' '),
  '<unknown> <unknown> <unknown> <unknown>'
  FROM v WHERE name IN ('regress', 'forecast') AND id = 0 RETURNING line;

-- Counts are those of the data.
INSERT INTO tap(name, got, want) SELECT 'counts of words', group_concat(token || ' ' || count, ', '),
  'a 40, film 40, - 26, fine 26, dull 20, great 20'
  FROM v WHERE name = 'classify' AND id BETWEEN 4 AND 9 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'counts of words with case', group_concat(token || ' ' || count, ', '),
  'A 20, GREAT 20, a 20, dull 20'
  FROM (SELECT * FROM v WHERE name = 'plain' AND token IN ('A', 'a', 'GREAT', 'great', 'dull') ORDER BY id) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'counts of cells, ' || t.name, count(*) = 3 AND min(v.count = (SELECT count(*) FROM walk WHERE
  word = v.token)), 1
  FROM (SELECT 'regress' AS name UNION ALL SELECT 'token' UNION ALL SELECT 'forecast') t JOIN v ON v.name = t.name AND "column" IN
  ('input 2', 'token', 'input 1')
  AND token IN ('New York', 'Rome', 'Rome - Ostia') GROUP BY t.name RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'NULL cells are counted as unknown', count, (SELECT count(*) FROM walk WHERE place IS NULL) FROM v
  WHERE name = 'regress' AND "column" = 'input 3' AND id = 0 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'most frequent first', group_concat(token || ' ' || count, ', '),
  'the 4, cat 3, dog 3, a 2, black 2'
  FROM v WHERE name = 'seq2seq' AND "column" = 'source' AND id > 3 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'target of seq2seq', group_concat(token || ' ' || count, ', '),
  'le 4, chat 3, chien 3, noir 2, un 2'
  FROM v WHERE name = 'seq2seq' AND "column" = 'target' AND id > 3 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'series, as they were, without a count', group_concat(quote(w.token) || quote(w.count), ' '),
  '0NULL 1NULL 2NULL'
  FROM m, rnn_vocabulary(m.model) w WHERE name = 'forecast' AND w."column" = 'series' AND w.id > 0 RETURNING line;

-- Embeddings.
INSERT INTO tap(name, got) SELECT 'length of the embeddings', min(typeof(embedding) = 'blob' AND length(embedding) = 4 * CASE name ||
  "column" WHEN 'classifytext' THEN 6 WHEN 'plaintext'
  THEN 6 WHEN 'bytetext' THEN 5 WHEN 'texttext' THEN 64 WHEN 'forecastseries' THEN 2 WHEN 'forecastinput 1' THEN 3 ELSE 4 END) FROM v
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'embeddings are the rows of ' || t.tensor || ' of ' || t.name, count(*) > 3 AND min(substr(w.data, 1 +
  id * length(embedding), length(embedding)) = embedding)
FROM (SELECT 'plain' AS name, 'text' AS "column", 'embedding.0.weight' AS tensor UNION ALL SELECT 'text', 'text', 'embedding.0.weight'
  UNION ALL SELECT 'seq2seq', 'source', 'embedding.0.weight' UNION ALL SELECT 'seq2seq', 'target', 'decoder.embedding.weight'
  UNION ALL SELECT 'forecast', 'input 1', 'embedding.0.weight' UNION ALL SELECT 'forecast', 'series', 'embedding.1.weight') t
JOIN v USING (name, "column") JOIN m USING (name), rnn_tensors(m.model) w WHERE w.name = t.tensor GROUP BY t.name, t."column" RETURNING
  line;
INSERT INTO tap(name, got) SELECT 'with parts of words they are more than the row', min(substr(w.data, 1 + id * 24, 24) <> embedding) FROM
  m JOIN v USING (name),
  rnn_tensors(m.model) w WHERE m.name = 'classify' AND w.name = 'embedding.0.weight' AND id > 3 AND length(token) > 1 RETURNING line;

-- Principal components: of the tokens, not of the specials.
CREATE TEMP TABLE c AS SELECT name, "column", avg(x) AS mx, avg(y) AS my, avg(x * x) AS xx, avg(y * y) AS yy, avg(x * y) AS xy FROM v
  WHERE id >= iif(name IN ('regress', 'forecast'), 1, 4) GROUP BY name, "column";
INSERT INTO tap(name, got, want) SELECT 'x varies at least as much as y, and something varies', count(*), 11 FROM c WHERE xx >= yy AND xx
  > 0 RETURNING line;
INSERT INTO tap(name, got) SELECT 'x and y have mean 0', max(max(abs(mx), abs(my))) < 1e-9 FROM c RETURNING line;
INSERT INTO tap(name, got) SELECT 'x and y are uncorrelated', max(abs(xy)) < 1e-9 FROM c RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'every entry has both', count(*), 0 FROM v WHERE x IS NULL OR y IS NULL RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the same again', count(*), (SELECT count(*) FROM v) FROM v JOIN (SELECT m.name AS name,
  w."column" AS "column", w.id, w.x, w.y, w.embedding FROM m, rnn_vocabulary(m.model) w)
  USING (name, "column", id, x, y, embedding) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'two series: the second component is nothing', max(abs(y)) < 1e-9, 1 FROM (SELECT w.y, w."column"
  FROM
  rnn_vocabulary((SELECT rnn_train('{"task":"forecast","horizon":2,"context":4,"epochs":1,"hidden":3,"ensemble":1,"series_embedding":2}',
  series, time, target) FROM walk WHERE series < 2)) w
  WHERE id > 0) RETURNING line;

-- Neighbours.
INSERT INTO tap(name, got, want) SELECT 'columns of rnn_neighbors', group_concat(name, ' '), 'rank token similarity' FROM
  pragma_table_info('rnn_neighbors') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'all tokens but the one asked for', count(*) || ' ' || min(rank) || ' ' || max(rank), (SELECT
  (count(*) - 5) || ' 1 ' || (count(*) - 5) FROM v
  WHERE name = 'classify') FROM m, rnn_neighbors(m.model, 'film', 1000) WHERE name = 'classify' RETURNING line;
INSERT INTO tap(name, got) SELECT 'no special, not itself', min(token NOT LIKE '<%' AND token <> 'film') FROM m, rnn_neighbors(m.model,
  'film', 1000) WHERE name = 'classify' RETURNING line;
INSERT INTO tap(name, got) SELECT 'in order', min(similarity <= coalesce(before, 1) AND similarity >= -1) FROM (SELECT similarity,
  lag(similarity) OVER (ORDER BY rank) AS before
  FROM m, rnn_neighbors(m.model, 'film', 1000) WHERE name = 'classify') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'k', count(*), 2 FROM m, rnn_neighbors(m.model, 'film', 2) WHERE name = 'classify' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'ten without k', count(*), 10 FROM m, rnn_neighbors(m.model, 'a') WHERE name = 'byte' RETURNING
  line;
INSERT INTO tap(name, got, want) SELECT 'the question is read as texts are: case and NFKC', group_concat(a.token || a.similarity),
  group_concat(b.token || b.similarity)
  FROM m, rnn_neighbors(m.model, 'great', 5) a, rnn_neighbors(m.model, '  ＧＲＥＡＴ', 5) b WHERE name = 'classify' AND a.rank = b.rank
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'an expression leaves its terms out', count(*), (SELECT count(*) - 7 FROM v WHERE name = 'classify')
  FROM m, rnn_neighbors(m.model, 'great - dull + film', 1000) WHERE name = 'classify' AND token NOT IN ('great', 'dull', 'film') RETURNING
  line;
INSERT INTO tap(name, got) SELECT 'similarity is symmetric', abs(a.similarity - b.similarity) < 1e-12 FROM m, rnn_neighbors(m.model,
  'great', 99) a, rnn_neighbors(m.model, 'dull', 99) b
  WHERE name = 'classify' AND a.token = 'dull' AND b.token = 'great' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a token with a sign in it wins', group_concat(token, ', '), 'New York, Rome' FROM (SELECT token
  FROM m, rnn_neighbors(m.model, 'Rome - Ostia', 9)
  WHERE name = 'token' ORDER BY token) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a sign can be a token', count(*), (SELECT count(*) - 5 FROM v WHERE name = 'classify') FROM m,
  rnn_neighbors(m.model, '-', 99) WHERE name = 'classify' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the column that knows the token', group_concat(token, ', '), 'chien, le, noir, un' FROM (SELECT
  token FROM m, rnn_neighbors(m.model, 'chat', 9)
  WHERE name = 'seq2seq' ORDER BY token) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'series', group_concat(token, ', '), '0, 1' FROM (SELECT token FROM m, rnn_neighbors(m.model, 2,
  9) WHERE name = 'forecast' ORDER BY token) RETURNING line;
INSERT INTO rnn_models(name, model) SELECT name, model FROM m WHERE name = 'text';
INSERT INTO tap(name, got, want) SELECT 'a model by its name', count(*), (SELECT count(*) FROM v WHERE name = 'text') FROM
  rnn_vocabulary('text') RETURNING line;

-- Errors.
-- error: rnn_neighbors: the token 'graet' is not in column "text"; did you mean 'great'\? rnn_vocabulary\(model\) lists all tokens
SELECT * FROM rnn_neighbors('text', 'graet', 3);
-- error: rnn_neighbors: the token 'chatt' is not in column "source", and no other column has all .*; did you mean 'chat' or 'cat'\? 
SELECT n.* FROM m, rnn_neighbors(m.model, 'chatt', 3) n WHERE name = 'seq2seq';
-- error: rnn_neighbors: the token 'boring' is not in column "text"; rnn_vocabulary\(model\) lists all tokens
SELECT * FROM rnn_neighbors('text', 'great - dull + boring', 3);
-- error: rnn_neighbors: k, the number of neighbors, is INTEGER -1; allowed is an INTEGER from 1 on
SELECT * FROM rnn_neighbors('text', 'great', -1);
-- error: rnn_neighbors: k, the number of neighbors, is NULL
SELECT * FROM rnn_neighbors('text', 'great', NULL);
-- error: rnn_neighbors: k, the number of neighbors, is TEXT 'many'
SELECT * FROM rnn_neighbors('text', 'great', 'many');
-- error: rnn_neighbors: the token is NULL; it is a TEXT
SELECT * FROM rnn_neighbors('text', NULL, 3);
-- error: rnn_neighbors: the model has no vocabulary: what it reads are numbers
SELECT n.* FROM m, rnn_neighbors(m.model, 'great', 3) n WHERE name = 'numbers';
-- error: rnn_vocabulary: argument 1, model, is missing; usage: rnn_vocabulary\(model\)
SELECT * FROM rnn_vocabulary;
