-- Tiny Shakespeare, 1.1 million characters: trained on the first nine tenths, nats a character on the last tenth. Naive: the counts
-- of five characters before the next one (Witten-Bell).
CREATE TEMP TABLE book AS SELECT CAST(readfile('build/accuracy/data/tinyshakespeare/input.txt') AS TEXT) AS text;
CREATE TEMP TABLE part AS
SELECT substr(text, 1, length(text) * 9 / 10) AS train, substr(text, length(text) * 9 / 10 + 1) AS test FROM book;

-- ---- options: everything that is not left to the defaults ------------------------------------------------------------------------
-- Nothing is held out: the end of the training text begins the play that the test goes on with.
CREATE TEMP TABLE options AS
SELECT json_object('task', 'generate', 'hidden', 512, 'epochs', 5, 'batch', 32, 'learning_rate', 0.008, 'dropout', 0.4, 'validation', 0,
                   'seed', seed) AS options
FROM run;
-- ---- end of options ---------------------------------------------------------------------------------------------------------------

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS SELECT rnn_train((SELECT options FROM options), train) AS model FROM part;
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

INSERT INTO measured
SELECT 'nats a character', value, 1 FROM rnn_evaluate((SELECT model FROM model), (SELECT rnn_rows(test) FROM part))
WHERE metric = 'cross_entropy';
INSERT INTO expected VALUES (1);
INSERT INTO target VALUES ('nats a character', '<= 1.50');
INSERT INTO naive VALUES ('nats a character', 1.59);
