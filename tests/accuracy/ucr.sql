-- ucr.sql - a data set of the UCR archive, the official split: a series a row, class and then the values, which become a JSON array. The
-- lines of the two files are in line(part, line). Naive: the nearest training series, by Euclidean distance.
CREATE TEMP TABLE item(n INTEGER PRIMARY KEY, part TEXT, label INTEGER, input TEXT);
INSERT INTO item(part, label, input)
SELECT part, CAST(substr(line, 1, instr(line, char(9)) - 1) AS INTEGER),
  '[' || replace(substr(line, instr(line, char(9)) + 1), char(9), ',') || ']'
FROM line ORDER BY part, line.rowid;

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'classify', 'seed', (SELECT seed FROM run)), label, input) AS model FROM item WHERE part = 'train';
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE predicted AS
SELECT key AS n, prediction
FROM rnn_predict((SELECT model FROM model), (SELECT rnn_rows(n, input) FROM item WHERE part = 'test'));

CREATE TEMP TABLE element AS SELECT n, part, label, json_each.key AS step, json_each.value AS x FROM item, json_each(input);
CREATE INDEX temp.element_step ON element(part, step);
CREATE TEMP TABLE distance AS
SELECT b.n, a.n AS other, a.label, sum((a.x - b.x) * (a.x - b.x)) AS distance
FROM element b CROSS JOIN element a ON a.step = b.step AND a.part = 'train' WHERE b.part = 'test' GROUP BY b.n, a.n;
-- With min(), the other columns are those of the row that has the minimum.
CREATE TEMP TABLE nearest AS SELECT n, label, min(distance) AS distance FROM distance GROUP BY n;

INSERT INTO answer(item, actual, predicted, naive)
SELECT n, item.label, prediction, nearest.label FROM item LEFT JOIN predicted USING (n) JOIN nearest USING (n) WHERE part = 'test';
INSERT INTO expected SELECT count(*) FROM item WHERE part = 'test';
