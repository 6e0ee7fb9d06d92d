-- 10,662 sentences of movie reviews (Pang, Lee 2005): positive or negative. Naive: TF-IDF of words and pairs, logistic regression.
CREATE TEMP TABLE item(n INTEGER PRIMARY KEY, label INTEGER, input TEXT);
CREATE TEMP TABLE sentence(label INTEGER, text TEXT);
.mode ascii
.separator "\t" "\n"
.import --skip 1 build/accuracy/data/mr_polarity/mr.tsv sentence
INSERT INTO item(label, input) SELECT label, text FROM sentence ORDER BY rowid;
INSERT INTO target VALUES ('accuracy', '>= 0.79');
INSERT INTO naive VALUES ('accuracy', 0.782);
.read tests/accuracy/ten_folds.sql
