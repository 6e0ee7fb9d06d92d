-- sql/reviews.sql and sql/data/reviews.csv: the table that the README, the demo and the accuracy row `reviews` learn from.
SELECT '1..6';
.read sql/reviews.sql

INSERT INTO tap(name, got, want) SELECT 'ids from 1 to 3,000', count(*) || ', ' || min(id) || ' to ' || max(id), '3000, 1 to 3000'
  FROM review RETURNING line;
INSERT INTO tap(name, got, want) SELECT '500 of each label from each source', group_concat(n, '; '),
  'amazon negative 500; amazon positive 500; imdb negative 500; imdb positive 500; yelp negative 500; yelp positive 500'
  FROM (SELECT source || ' ' || label || ' ' || count(*) AS n FROM review GROUP BY source, label ORDER BY source, label) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'characters in all; sentences with a quotation mark, a letter beyond ASCII',
  sum(length(body)) || '; ' || sum(instr(body, '"') > 0) || ', ' || sum(length(CAST(body AS BLOB)) > length(body)), '195814; 66, 17'
  FROM review RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the first sentence', body,
  'So there is no way for me to plug it in here in the US unless I go by a converter.' FROM review WHERE id = 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'quotation marks', body,
  'I can barely ever hear on it and am constantly saying "what?"' FROM review WHERE id = 576 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'spaces at the end stay', body,
  'A very, very, very slow-moving, aimless movie about a distressed, drifting young man.  ' FROM review WHERE id = 1001 RETURNING line;
