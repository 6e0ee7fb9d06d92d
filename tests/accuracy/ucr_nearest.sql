-- ucr_nearest.sql - what a set of the UCR archive is, and how often the nearest training series has
-- the right class: Euclidean distance of the values as they are, over the steps that both series
-- have. Nothing is trained: scripts/accuracy runs it once a set, not once a seed.
.read tests/accuracy/ucr_items.sql

-- A step's place is its rowid, so that two series are walked along together without searching.
CREATE TEMP TABLE element(place INTEGER PRIMARY KEY, x REAL NOT NULL);
INSERT INTO element SELECT n * 1000000 + key, value FROM item, json_each(input);
-- With min(), the other columns are those of the row that has the minimum.
CREATE TEMP TABLE nearest AS
SELECT test.n, test.label AS actual, train.label AS predicted, min((
  SELECT sum((a.x - b.x) * (a.x - b.x))
  FROM element a CROSS JOIN element b ON b.place = a.place + (train.n - test.n) * 1000000
  WHERE a.place BETWEEN test.n * 1000000 AND test.n * 1000000 + 999999)) AS distance
FROM item test CROSS JOIN item train ON train.part = 'train'
WHERE test.part = 'test' GROUP BY test.n;

.mode tabs
.headers off
SELECT dataset, count(*), max(json_array_length(input)), count(DISTINCT label),
  (SELECT printf('%.6f', avg(predicted = actual)) FROM nearest)
FROM run, item WHERE part = 'train';
