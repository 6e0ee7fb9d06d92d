-- 20,050 surnames, which of 18 languages; a tenth is the test. Naive: naive Bayes on letter trigrams.
CREATE TEMP TABLE item(n INTEGER PRIMARY KEY, label TEXT, input TEXT);
CREATE TEMP TABLE surname(name TEXT, language TEXT);
.mode ascii
.separator "\t" "\n"
.import --skip 1 build/accuracy/data/names_language/names.tsv surname
INSERT INTO item(label, input) SELECT language, name FROM surname ORDER BY rowid;
.read tests/accuracy/folds.sql

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'classify', 'seed', (SELECT seed FROM run)), label, input) AS model
FROM item JOIN fold USING (n) WHERE fold <> 0;
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE predicted AS
SELECT key AS n, prediction
FROM rnn_predict((SELECT model FROM model), (SELECT rnn_rows(n, input) FROM item JOIN fold USING (n) WHERE fold = 0));
INSERT INTO answer(item, actual, predicted)
SELECT n, label, prediction FROM item JOIN fold USING (n) LEFT JOIN predicted USING (n) WHERE fold = 0;
INSERT INTO expected SELECT count(*) FROM fold WHERE fold = 0;
INSERT INTO target VALUES ('accuracy', '>= 0.80');
INSERT INTO naive VALUES ('accuracy', 0.738);
