-- sql/gallery/embeddings.sql: words that are used alike are neighbours, directions have a meaning, principal components group words.
SELECT '1..14';
INSERT INTO tap(name, got) SELECT 'every word of the grammar has a number and a vector', count(*) = 12 + 7 + 8 + 8
  AND count(DISTINCT v.id) = count(*) AND min(length(v.embedding)) = 64 FROM word LEFT JOIN vocabulary v ON v.token = word.word
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'counts are those of the sentences', v.count,
  (SELECT count(*) FROM sentence WHERE ' ' || body || ' ' LIKE '% november %') FROM vocabulary v WHERE token = 'november' RETURNING line;
INSERT INTO tap(name, got) SELECT 'dog is closer to cat than to sad', cat.similarity > 0.8 AND cat.similarity > sad.similarity + 0.3
  FROM likeness cat, likeness sad WHERE cat.token = 'cat' AND sad.token = 'sad' RETURNING line;
INSERT INTO tap(name, got) SELECT 'neighbours are of the same kind: ' || kind, avg(same) >= iif(kind = 'month', 0.9, 0.8)
  FROM neighbor GROUP BY kind RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'king - man + woman', n.token, 'queen' FROM network, rnn_neighbors(model, 'king - man + woman', 1) n
  RETURNING line;
INSERT INTO tap(name, got) SELECT claim || ' answers', avg("right") >= 0.75 FROM answered GROUP BY claim RETURNING line;
INSERT INTO tap(name, got) SELECT 'queen is to king as woman is to man: more female, as royal', queen.female > king.female + 0.2
  AND woman.female > man.female + 0.2 AND min(king.royal, queen.royal) > max(man.royal, woman.royal)
  FROM direction king, direction queen, direction man, direction woman
  WHERE king.word = 'king' AND queen.word = 'queen' AND man.word = 'man' AND woman.word = 'woman' RETURNING line;
-- In the picture: of the five nearest points of each month, how many are months; of each point, how many are of its kind (one in ten by
-- chance). Men and women are of one kind here.
CREATE TEMP TABLE near AS
SELECT kind, avg(same) AS share FROM (
  SELECT a.kind, a.token, replace(a.kind, 'wo', '') = replace(b.kind, 'wo', '') AS same,
    row_number() OVER (PARTITION BY a.token ORDER BY (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)) AS rank
  FROM place a JOIN place b ON a.token <> b.token) WHERE rank <= 5 GROUP BY kind;
INSERT INTO tap(name, got) SELECT 'principal components put words of a kind together', avg(share) > 0.6 FROM near RETURNING line;
INSERT INTO tap(name, got) SELECT 'the pictures', min(length(svg) > 1000 AND svg LIKE '<svg%') FROM (
  SELECT CAST(readfile('build/gallery/embeddings.svg') AS TEXT) AS svg
  UNION ALL SELECT CAST(readfile('build/gallery/embeddings_royal.svg') AS TEXT)) RETURNING line;
