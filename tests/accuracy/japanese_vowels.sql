-- Japanese vowels: which of 9 speakers, 12 channels, 7 to 29 steps, a step a row; the official split. Naive: the nearest training series
-- by the means of the channels.
CREATE TEMP TABLE train("case" INTEGER, t INTEGER, x1 REAL, x2 REAL, x3 REAL, x4 REAL, x5 REAL, x6 REAL, x7 REAL, x8 REAL, x9 REAL,
  x10 REAL, x11 REAL, x12 REAL, label INTEGER);
CREATE TEMP TABLE test("case" INTEGER, t INTEGER, x1 REAL, x2 REAL, x3 REAL, x4 REAL, x5 REAL, x6 REAL, x7 REAL, x8 REAL, x9 REAL,
  x10 REAL, x11 REAL, x12 REAL, label INTEGER);
.import --csv --skip 1 build/accuracy/data/japanesevowels/train.csv train
.import --csv --skip 1 build/accuracy/data/japanesevowels/test.csv test

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'classify', 'seed', (SELECT seed FROM run)),
                 "case", t, label, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12) AS model FROM train;
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE predicted AS
SELECT series, prediction
FROM rnn_predict((SELECT model FROM model), (SELECT rnn_rows("case", t, NULL, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12) FROM test));

CREATE TEMP VIEW average AS
SELECT part, "case", label, avg(x1) AS m1, avg(x2) AS m2, avg(x3) AS m3, avg(x4) AS m4, avg(x5) AS m5, avg(x6) AS m6,
  avg(x7) AS m7, avg(x8) AS m8, avg(x9) AS m9, avg(x10) AS m10, avg(x11) AS m11, avg(x12) AS m12
FROM (SELECT 'train' AS part, * FROM train UNION ALL SELECT 'test', * FROM test) GROUP BY part, "case";
-- With min(), the other columns are those of the row that has the minimum.
CREATE TEMP TABLE nearest AS
SELECT b."case", a.label, min((a.m1-b.m1)*(a.m1-b.m1) + (a.m2-b.m2)*(a.m2-b.m2) + (a.m3-b.m3)*(a.m3-b.m3) + (a.m4-b.m4)*(a.m4-b.m4)
  + (a.m5-b.m5)*(a.m5-b.m5) + (a.m6-b.m6)*(a.m6-b.m6) + (a.m7-b.m7)*(a.m7-b.m7) + (a.m8-b.m8)*(a.m8-b.m8)
  + (a.m9-b.m9)*(a.m9-b.m9) + (a.m10-b.m10)*(a.m10-b.m10) + (a.m11-b.m11)*(a.m11-b.m11) + (a.m12-b.m12)*(a.m12-b.m12)) AS distance
FROM average a, average b WHERE a.part = 'train' AND b.part = 'test' GROUP BY b."case";

INSERT INTO answer(item, actual, predicted, naive)
SELECT test."case", test.label, prediction, nearest.label
FROM test LEFT JOIN predicted ON series = test."case" JOIN nearest ON nearest."case" = test."case" WHERE t = 0;
INSERT INTO expected VALUES (370);
INSERT INTO target VALUES ('accuracy', '>= 0.975');
