-- Snips: one of 72 labels for every token of a sentence, a token a row. Trained on the parts train and valid, tested on the part test.
-- Naive: the most frequent label of the word.
CREATE TEMP TABLE token(part TEXT, sent INTEGER, pos INTEGER, token TEXT, slot TEXT);
.mode ascii
.separator "\t" "\n"
.import --skip 1 build/accuracy/data/snips/slots.tsv token

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'classify', 'seed', (SELECT seed FROM run)), part || sent, pos, slot, token) AS model
FROM token WHERE part <> 'test';
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE predicted AS
SELECT series, time, prediction
FROM rnn_predict((SELECT model FROM model), (SELECT rnn_rows(sent, pos, NULL, token) FROM token WHERE part = 'test'));
CREATE INDEX temp.predicted_step ON predicted(series, time);
INSERT INTO answer(item, actual, predicted)
SELECT sent || ' ' || pos, slot, prediction FROM token LEFT JOIN predicted ON series = sent AND time = pos WHERE part = 'test';
INSERT INTO expected VALUES (6354);
INSERT INTO target VALUES ('accuracy', '>= 0.96');
INSERT INTO naive VALUES ('accuracy', 0.740);
