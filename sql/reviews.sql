-- reviews.sql - the table of the sentiment examples: 3,000 real review sentences (Amazon, IMDb, Yelp), half of them negative.
--
--     .read sql/reviews.sql
--
-- The sentences are not part of the repository: scripts/reviews fetches them once (npm package sentiment, MIT licence).
.shell scripts/reviews

CREATE TABLE review(id INTEGER PRIMARY KEY, source TEXT, label TEXT, body TEXT);
INSERT INTO review(source, label, body)
SELECT source.column1, iif(json_extract(value, '$.class'), 'positive', 'negative'), json_extract(value, '$.text')
FROM (VALUES ('amazon'), ('imdb'), ('yelp')) AS source, json_each(readfile('build/reviews/' || source.column1 || '.json'))
WHERE json_extract(value, '$.class') IS NOT NULL -- the last element of a file is no sentence
ORDER BY source.column1, CAST(json_each.key AS INTEGER);
