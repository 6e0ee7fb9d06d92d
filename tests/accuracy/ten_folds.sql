-- ten_folds.sql - 10-fold cross-validation of a classifier of the texts in `item`: each tenth is predicted by a model that was trained on
-- the other nine. The accuracy is that over all rows.
.read tests/accuracy/folds.sql

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT part.column1 AS fold, rnn_train(json_object('task', 'classify', 'seed', (SELECT seed FROM run)), label, input) AS model
FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS part, item JOIN fold USING (n)
WHERE fold.fold <> part.column1 GROUP BY part.column1;
INSERT INTO clock VALUES ('trained', julianday('now'), 10);

CREATE TEMP TABLE predicted AS
SELECT predicted.key AS n, prediction
FROM model, rnn_predict(model.model, (SELECT rnn_rows(n, input) FROM item JOIN fold USING (n) WHERE fold.fold = model.fold)) AS predicted;
INSERT INTO answer(item, actual, predicted) SELECT n, label, prediction FROM item LEFT JOIN predicted USING (n);
INSERT INTO expected SELECT count(*) FROM item;
