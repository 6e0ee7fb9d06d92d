-- m1_sample.sql - 100 of the 617 monthly series of the M1 competition: the first, the seventh, and so on in the order of the file.
CREATE TEMP TABLE item(series TEXT, time TEXT, value REAL, part TEXT);
.import --csv --skip 1 build/accuracy/data/m1/monthly.csv item
CREATE TEMP TABLE sample(place INTEGER PRIMARY KEY, series TEXT NOT NULL UNIQUE);
INSERT INTO sample
SELECT place, series FROM (SELECT series, row_number() OVER (ORDER BY min(rowid)) AS place FROM item GROUP BY series)
WHERE place % 6 = 1 ORDER BY place LIMIT 100;
DELETE FROM item WHERE series NOT IN (SELECT series FROM sample);
CREATE INDEX temp.item_series ON item(series, part);
CREATE TEMP TABLE protocol AS SELECT 18 AS horizon, 12 AS season;
