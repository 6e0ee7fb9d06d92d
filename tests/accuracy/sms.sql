-- 5,574 short messages: ham or spam. Naive: naive Bayes on words.
CREATE TEMP TABLE item(n INTEGER PRIMARY KEY, label TEXT, input TEXT);
CREATE TEMP TABLE message(label TEXT, text TEXT);
.mode ascii
.separator "\t" "\n"
.import --skip 1 build/accuracy/data/sms_spam/sms.tsv message
INSERT INTO item(label, input) SELECT label, text FROM message ORDER BY rowid;
INSERT INTO target VALUES ('accuracy', '>= 0.988');
INSERT INTO naive VALUES ('accuracy', 0.986);
.read tests/accuracy/ten_folds.sql
