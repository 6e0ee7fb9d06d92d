-- ucr.sql - a set of the UCR archive, the official split. scripts/accuracy says which one in the
-- table run(seed, dataset, wide, nearest): wide is 0 for the network alone, nearest is the accuracy
-- of the nearest neighbour as ucr_nearest.sql found it.
.read tests/accuracy/ucr_items.sql
CREATE TEMP TABLE options AS
SELECT iif(wide, json_object('task', 'classify', 'seed', seed),
           json_object('task', 'classify', 'seed', seed, 'wide', json('false'))) AS options
FROM run;

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train((SELECT options FROM options), label, input) AS model
FROM item WHERE part = 'train';
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE predicted AS
SELECT key AS n, prediction
FROM rnn_predict((SELECT model FROM model),
                 (SELECT rnn_rows(n, input) FROM item WHERE part = 'test'));
INSERT INTO answer(item, actual, predicted)
SELECT n, label, prediction FROM item LEFT JOIN predicted USING (n) WHERE part = 'test';
INSERT INTO naive SELECT 'accuracy', nearest FROM run;
INSERT INTO expected SELECT count(*) FROM item WHERE part = 'test';
-- Three sets are rows of the main table; the others only count in the mean (ucr_table.sql).
INSERT INTO target
SELECT 'accuracy', CASE dataset WHEN 'ItalyPowerDemand' THEN '>= 0.96'
  WHEN 'SyntheticControl' THEN '>= 0.985' WHEN 'GunPoint' THEN '>= 0.95' ELSE '-' END FROM run;
