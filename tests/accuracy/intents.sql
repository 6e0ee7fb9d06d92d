-- Snips: which of 7 intents a sentence has. Trained on the parts train and valid, tested on the part test. Naive: naive Bayes on words.
CREATE TEMP TABLE sentence(part TEXT, sent INTEGER, intent TEXT, text TEXT);
.mode ascii
.separator "\t" "\n"
.import --skip 1 build/accuracy/data/snips/intents.tsv sentence

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'classify', 'seed', (SELECT seed FROM run)), intent, text) AS model
FROM sentence WHERE part <> 'test';
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE predicted AS
SELECT key AS sent, prediction
FROM rnn_predict((SELECT model FROM model), (SELECT rnn_rows(sent, text) FROM sentence WHERE part = 'test'));
INSERT INTO answer(item, actual, predicted)
SELECT sent, intent, prediction FROM sentence LEFT JOIN predicted USING (sent) WHERE part = 'test';
INSERT INTO expected VALUES (700);
INSERT INTO target VALUES ('accuracy', '>= 0.975');
INSERT INTO naive VALUES ('accuracy', 0.966);
