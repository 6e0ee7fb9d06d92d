-- English inflection (SIGMORPHON 2017): from a lemma and its features, 'walk V;PST', to the form, 'walked'. Trained on english-train-high,
-- 10,000 pairs, tested on english-test. Naive: the lemma and the most frequent ending for these features.
CREATE TEMP TABLE train(lemma TEXT, form TEXT, features TEXT);
CREATE TEMP TABLE test(lemma TEXT, form TEXT, features TEXT);
.mode ascii
.separator "\t" "\n"
.import build/accuracy/data/sigmorphon_english/english-train-high train
.import build/accuracy/data/sigmorphon_english/english-test test

-- ---- options: everything that is not left to the defaults ------------------------------------------------------------------------
CREATE TEMP TABLE options AS SELECT json_object('task', 'seq2seq', 'tokens', 'char', 'seed', seed) AS options FROM run;
-- ---- end of options ---------------------------------------------------------------------------------------------------------------

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS SELECT rnn_train((SELECT options FROM options), form, lemma || ' ' || features) AS model FROM train;
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

INSERT INTO measured
SELECT 'exact match', value, (SELECT count(*) FROM test)
FROM rnn_evaluate((SELECT model FROM model), (SELECT rnn_rows(form, lemma || ' ' || features) FROM test))
WHERE metric = 'exact_match';

CREATE TEMP TABLE ending AS
SELECT features, ending FROM (
  SELECT features, substr(form, length(lemma) + 1) AS ending, row_number() OVER (PARTITION BY features ORDER BY count(*) DESC) AS rank
  FROM train WHERE substr(form, 1, length(lemma)) = lemma GROUP BY 1, 2)
WHERE rank = 1;
INSERT INTO naive SELECT 'exact match', avg(form = lemma || ending) FROM test JOIN ending USING (features);
INSERT INTO expected VALUES (1000);
INSERT INTO target VALUES ('exact match', '>= 0.93');
