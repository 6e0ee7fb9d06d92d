-- ucr_items.sql - the set of the UCR archive that the table run names, official split: a series a
-- row, its class, and its values as a JSON array. A line of the files is a class and then the
-- values, with tabs between them; a line that ends in empty values is a series that ends early.
CREATE TEMP TABLE item(
  n INTEGER PRIMARY KEY, part TEXT NOT NULL, label INTEGER NOT NULL, input TEXT NOT NULL);
CREATE TEMP TABLE file(part TEXT NOT NULL, text TEXT NOT NULL);
INSERT INTO file
SELECT part, rtrim(CAST(readfile('build/accuracy/data/ucr/' || dataset || '/' || dataset || '_'
  || upper(part) || '.tsv') AS TEXT), char(10))
FROM run, (SELECT 'train' AS part UNION ALL SELECT 'test');
-- The lines become the strings of a JSON array, in which a tab is not allowed.
WITH line(part, n, line) AS (
  SELECT part, key, rtrim(value)
  FROM file, json_each('["' || replace(replace(text, char(9), ' '), char(10), '","') || '"]'))
INSERT INTO item(part, label, input)
SELECT part, CAST(substr(line, 1, instr(line, ' ') - 1) AS INTEGER),
  '[' || replace(substr(line, instr(line, ' ') + 1), ' ', ',') || ']'
FROM line ORDER BY part, n;
