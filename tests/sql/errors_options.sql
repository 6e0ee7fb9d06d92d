-- Options that cannot be used: the message names the function, the key, the value and what is allowed instead.
SELECT '1..79';
CREATE TABLE t(s, d, y);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO t SELECT 'a', date('2024-01-01', i || ' days'), 5 + i % 7 FROM n;
.param init
.param set :o '{"task":"forecast","horizon":2,"hidden":2,"epochs":2,"context":4,"ensemble":1}'

-- What is no JSON object.
-- error: rnn_train: the options are not JSON: .*'\{"task":forecast\}'
SELECT rnn_train('{"task":forecast}', s, d, y) FROM t;
-- error: rnn_train: the options are not JSON: 'forecast'; write an object such as \{"horizon":12\}
SELECT rnn_train('forecast', s, d, y) FROM t;
-- error: rnn_fit: the options are not JSON
SELECT * FROM rnn_fit((SELECT rnn_rows(s, d, y) FROM t), '{"task":"forecast"');
-- error: rnn_train: the options are a JSON array: '\["forecast"\]'; write an object
SELECT rnn_train('["forecast"]', s, d, y) FROM t;
-- error: rnn_train: the options are INTEGER 12
SELECT rnn_train(12, s, d, y) FROM t;
-- error: rnn_train: option "task" is missing; allowed is one of forecast, classify, regress, generate, seq2seq, as in \{"task":"forecast"\}
SELECT rnn_train('{"horizon":2}', s, d, y) FROM t;
-- error: rnn_train: option "task" is missing
SELECT rnn_train(NULL, s, d, y) FROM t;

-- Keys.
-- error: rnn_train: option "hiden" is unknown; did you mean "hidden"\?
SELECT rnn_train(json_set(:o, '$.hiden', 3), s, d, y) FROM t;
-- error: rnn_train: option "Hidden" is unknown; did you mean "hidden"\?
SELECT rnn_train(json_set(:o, '$.Hidden', 3), s, d, y) FROM t;
-- error: rnn_train: option "hidden_size" is unknown; did you mean "hidden"\?
SELECT rnn_train(json_set(:o, '$.hidden_size', 3), s, d, y) FROM t;
-- error: rnn_fit: option "epoch" is unknown; did you mean "epochs"\?
SELECT * FROM rnn_fit((SELECT rnn_rows(s, d, y) FROM t), '{"task":"forecast","epoch":3}');
-- error: rnn_train: option "zzz" is unknown; docs/options.md lists what is allowed
SELECT rnn_train(json_set(:o, '$.zzz', 3), s, d, y) FROM t;
-- error: rnn_train: option "seed" is given twice; give it once
SELECT rnn_train('{"task":"forecast","seed":1,"seed":2}', s, d, y) FROM t;
-- error: rnn_train: option "level" belongs to rnn_forecast, rnn_backtest, rnn_evaluate
SELECT rnn_train(json_set(:o, '$.level', 0.9), s, d, y) FROM t;

-- Options of other tasks, options with structure.
-- error: rnn_train: option "horizon" belongs to task forecast, but the task is classify; leave it out
SELECT rnn_train('{"task":"classify","horizon":3}', s, d) FROM t;
-- error: rnn_train: option "pooling" belongs to tasks classify and regress, but the task is forecast; leave it out
SELECT rnn_train(json_set(:o, '$.pooling', 'mean'), s, d, y) FROM t;
-- error: rnn_train: option "loss" is "mse"; with task classify allowed is cross_entropy
SELECT rnn_train('{"task":"classify","loss":"mse"}', s, d) FROM t;
-- error: rnn_train: option "tokens" is "words"; allowed is one of word, char, byte, or an object with one for source and one for target; did you mean "word"\?
SELECT rnn_train('{"task":"classify","tokens":"words"}', s, d) FROM t;
-- error: rnn_train: option "tokens" is \{"source":"word","aim":"char"\}; allowed is one of word, char, byte, or an object
SELECT rnn_train('{"task":"seq2seq","tokens":{"source":"word","aim":"char"}}', s, d) FROM t;
-- error: rnn_train: option "tokens" is an object, which is for the two texts of task seq2seq; with task classify allowed is one of word
SELECT rnn_train('{"task":"classify","tokens":{"source":"word","target":"char"}}', s, d) FROM t;
-- error: rnn_train: option "class_weights" is \{"a":2,"b":-1\}; allowed is none, sqrt, balanced, or an object
SELECT rnn_train('{"task":"classify","class_weights":{"a":2,"b":-1}}', s, d) FROM t;
-- error: rnn_train: option "stop" belongs to rnn_generate
SELECT rnn_train('{"task":"generate","stop":["a","b"]}', s) FROM t;

-- Types and ranges.
-- error: rnn_train: option "hidden" is 0; allowed is a whole number from 1 to 8192
SELECT rnn_train(json_set(:o, '$.hidden', 0), s, d, y) FROM t;
-- error: rnn_train: option "hidden" is 9000; allowed is a whole number from 1 to 8192
SELECT rnn_train(json_set(:o, '$.hidden', 9000), s, d, y) FROM t;
-- error: rnn_train: option "hidden" is 2.5; allowed is a whole number from 1 to 8192
SELECT rnn_train(json_set(:o, '$.hidden', 2.5), s, d, y) FROM t;
-- error: rnn_train: option "hidden" is "8"; allowed is a whole number from 1 to 8192
SELECT rnn_train(json_set(:o, '$.hidden', '8'), s, d, y) FROM t;
-- error: rnn_train: option "hidden" is true; allowed is a whole number from 1 to 8192
SELECT rnn_train(json_set(:o, '$.hidden', json('true')), s, d, y) FROM t;
-- error: rnn_train: option "hidden" is \[8\]; allowed is a whole number from 1 to 8192
SELECT rnn_train(json_set(:o, '$.hidden', json('[8]')), s, d, y) FROM t;
-- error: rnn_train: option "hidden" is \{"units":8\}; allowed is a whole number from 1 to 8192
SELECT rnn_train(json_set(:o, '$.hidden', json('{"units":8}')), s, d, y) FROM t;
-- error: rnn_train: option "layers" is 17; allowed is a whole number from 1 to 16
SELECT rnn_train(json_set(:o, '$.layers', 17), s, d, y) FROM t;
-- error: rnn_train: option "ensemble" is 65; allowed is a whole number from 1 to 64
SELECT rnn_train(json_set(:o, '$.ensemble', 65), s, d, y) FROM t;
-- error: rnn_train: option "dropout" is 1; allowed is a number from 0 to 0.95
SELECT rnn_train(json_set(:o, '$.dropout', 1), s, d, y) FROM t;
-- error: rnn_train: option "recurrent_dropout" is -0.1; allowed is a number from 0 to 0.95
SELECT rnn_train(json_set(:o, '$.recurrent_dropout', -0.1), s, d, y) FROM t;
-- error: rnn_train: option "learning_rate" is inf; allowed is a number from 1e-09 to 100
SELECT rnn_train('{"task":"forecast","learning_rate":1e999}', s, d, y) FROM t;
-- error: rnn_train: option "learning_rate" is 0; allowed is a number from 1e-09 to 100
SELECT rnn_train(json_set(:o, '$.learning_rate', 0), s, d, y) FROM t;
-- error: rnn_train: option "seed" is -1; allowed is a whole number from 0 to 9007199254740991
SELECT rnn_train(json_set(:o, '$.seed', -1), s, d, y) FROM t;
-- error: rnn_train: option "epochs" is 0; allowed is a whole number from 1 to 1000000
SELECT rnn_train(json_set(:o, '$.epochs', 0), s, d, y) FROM t;
-- error: rnn_train: option "validation" is 0.95; allowed is a number from 0 to 0.9
SELECT rnn_train(json_set(:o, '$.validation', 0.95), s, d, y) FROM t;
-- error: rnn_train: option "bidirectional" is "yes"; allowed is true or false
SELECT rnn_train(json_set(:o, '$.bidirectional', 'yes'), s, d, y) FROM t;
-- error: rnn_train: option "layer_norm" is 2; allowed is true or false
SELECT rnn_train(json_set(:o, '$.layer_norm', 2), s, d, y) FROM t;
-- error: rnn_train: option "threads" is 1025; allowed is a whole number from 0 to 1024
SELECT rnn_train(json_set(:o, '$.threads', 1025), s, d, y) FROM t;

-- Words.
-- error: rnn_train: option "task" is "frocast"; allowed is one of forecast, classify, regress, generate, seq2seq; did you mean "forecast"\?
SELECT rnn_train(json_set(:o, '$.task', 'frocast'), s, d, y) FROM t;
-- error: rnn_train: option "cell" is "lsmt"; allowed is one of lstm, gru, rnn; did you mean "lstm"\?
SELECT rnn_train(json_set(:o, '$.cell', 'lsmt'), s, d, y) FROM t;
-- error: rnn_train: option "cell" is 3; allowed is one of lstm, gru, rnn
SELECT rnn_train(json_set(:o, '$.cell', 3), s, d, y) FROM t;
-- error: rnn_train: option "loss" is "l2"; allowed is one of mse, mae, huber, quantile, gaussian, student_t, negative_binomial
SELECT rnn_train(json_set(:o, '$.loss', 'l2'), s, d, y) FROM t;
-- error: rnn_train: option "optimizer" is "adamW"; allowed is one of sgd, momentum, rmsprop, adagrad, adam, adamw; did you mean "adamw"
SELECT rnn_train(json_set(:o, '$.optimizer', 'adamW'), s, d, y) FROM t;
-- error: rnn_train: option "gaps" is "drop"; allowed is one of fill, skip, error
SELECT rnn_train(json_set(:o, '$.gaps', 'drop'), s, d, y) FROM t;

-- Lists.
-- error: rnn_train: option "season" is 1; allowed is a whole number from 2 to 1000000 or an array of up to 4 of them
SELECT rnn_train(json_set(:o, '$.season', 1), s, d, y) FROM t;
-- error: rnn_train: option "season" is \["week"\]; allowed is a whole number from 2 to 1000000
SELECT rnn_train(json_set(:o, '$.season', json('["week"]')), s, d, y) FROM t;
-- error: rnn_train: option "season" has 5 values; allowed are up to 4
SELECT rnn_train(json_set(:o, '$.season', json('[2,3,4,5,6]')), s, d, y) FROM t;
-- error: rnn_train: option "quantiles" is without 0.5, the forecast itself; add 0.5
SELECT rnn_train(json_set(:o, '$.quantiles', json('[0.1,0.9]')), s, d, y) FROM t;
-- error: rnn_train: option "quantiles" has 0.5 after 0.9; write them in ascending order
SELECT rnn_train(json_set(:o, '$.quantiles', json('[0.9,0.5,0.1]')), s, d, y) FROM t;
-- error: rnn_train: option "quantiles" is \[0.5,1.0\]; allowed is a number from 0.0001 to 0.9999
SELECT rnn_train(json_set(:o, '$.quantiles', json('[0.5,1.0]')), s, d, y) FROM t;
-- error: rnn_train: option "known_ahead" has 2, but there .* after the target; they are numbered from 1
SELECT rnn_train(json_set(:o, '$.known_ahead', json('[2]')), s, d, y, 1) FROM t;
-- error: rnn_train: option "known_ahead" has 1 twice; give it once
SELECT rnn_train(json_set(:o, '$.known_ahead', json('[1,1]')), s, d, y, 1) FROM t;
-- error: rnn_train: option "known_ahead" is \[1.5\]; allowed is true, false, a whole number from 1 to 126
SELECT rnn_train(json_set(:o, '$.known_ahead', json('[1.5]')), s, d, y, 1) FROM t;

-- Options that exclude each other.
-- error: rnn_train: option "peephole" needs "cell":"lstm", but cell is "gru"; leave out peephole or change cell
SELECT rnn_train(json_set(:o, '$.peephole', json('true')), s, d, y) FROM t;
-- error: rnn_train: option "reset" needs "cell":"gru", but cell is "lstm"
SELECT rnn_train(json_set(:o, '$.reset', 'before', '$.cell', 'lstm'), s, d, y) FROM t;
-- error: rnn_train: option "activation" needs "cell":"rnn", but cell is "gru"
SELECT rnn_train(json_set(:o, '$.activation', 'relu'), s, d, y) FROM t;
-- error: rnn_train: option "projection" is 8, but hidden is 8; allowed is a whole number below hidden, or 0 for none
SELECT rnn_train(json_set(:o, '$.projection', 8, '$.hidden', 8, '$.cell', 'lstm'), s, d, y) FROM t;
-- error: rnn_train: option "tbptt" is 4, but bidirectional is true; .* leave one of them out
SELECT rnn_train(json_set(:o, '$.tbptt', 4, '$.bidirectional', json('true')), s, d, y) FROM t;
-- error: rnn_train: option "scale" is "standard", but loss is "negative_binomial", .* allowed are window, none and mean
SELECT rnn_train(json_set(:o, '$.scale', 'standard', '$.loss', 'negative_binomial'), s, d, y) FROM t;

-- The step of time.
-- error: rnn_train: option "?frequency"?: 'fortnightish' is not a step; use "year", "quarter", "month", "week", "day"
SELECT rnn_train(json_set(:o, '$.frequency', 'fortnightish'), s, d, y) FROM t;
-- error: rnn_train: option "?frequency"?: '7' does not fit; these times are text: name the unit
SELECT rnn_train(json_set(:o, '$.frequency', 7), s, d, y) FROM t;
-- error: rnn_train: option "?frequency"?: 'hour' does not fit; these times are dates without hours: use "day" or longer
SELECT rnn_train(json_set(:o, '$.frequency', 'hour'), s, d, y) FROM t;
-- error: rnn_train: time \(argument 3\): '2024-01-01' and '2024-01-02' of series 'a' fall on one step of "week"
SELECT rnn_train(json_set(:o, '$.frequency', '7 days'), s, d, y) FROM t;

-- Options of the functions that use a model.
CREATE TEMP TABLE m AS SELECT rnn_train(:o, s, d, y) AS model, rnn_rows(s, d, y) AS data FROM t;
-- error: rnn_forecast: option "horizon" is 0; allowed is a whole number from 1 to 10000
SELECT f.* FROM m, rnn_forecast(m.model, m.data, 0) f;
-- error: rnn_forecast: option "horizon" is 10001; allowed is a whole number from 1 to 10000
SELECT f.* FROM m, rnn_forecast(m.model, m.data, 10001) f;
-- error: rnn_forecast: the options are a JSON integer: '5'; write an object such as \{"horizon":12\}
SELECT f.* FROM m, rnn_forecast(m.model, m.data, '5') f;
-- error: rnn_forecast: option "level" is 95; allowed is a number from 0.01 to 0.999
SELECT f.* FROM m, rnn_forecast(m.model, m.data, '{"level":95}') f;
-- error: rnn_forecast: option "levl" is unknown; did you mean "level"\?
SELECT f.* FROM m, rnn_forecast(m.model, m.data, '{"levl":0.5}') f;
-- error: rnn_forecast: option "hidden" belongs to rnn_train, rnn_fit
SELECT f.* FROM m, rnn_forecast(m.model, m.data, '{"hidden":4}') f;
-- error: rnn_backtest: option "origins" is 0; allowed is a whole number from 1 to 1000000
SELECT f.* FROM m, rnn_backtest(m.model, m.data, '{"origins":0}') f;
-- error: rnn_backtest: option "stride" is "day"; allowed is a whole number from 1 to 1000000
SELECT f.* FROM m, rnn_backtest(m.model, m.data, '{"stride":"day"}') f;
-- error: rnn_backtest: option "refit" is "yes"; allowed is true or false
SELECT f.* FROM m, rnn_backtest(m.model, m.data, '{"refit":"yes"}') f;
-- error: rnn_evaluate: option "refit" belongs to rnn_backtest
SELECT f.* FROM m, rnn_evaluate(m.model, m.data, '{"refit":true}') f;
-- error: rnn_evaluate: option "level" is 1; allowed is a number from 0.01 to 0.999
SELECT f.* FROM m, rnn_evaluate(m.model, m.data, '{"level":1}') f;

-- Nothing is stored by an INSERT whose training fails.
-- error: rnn_train: option "hiden" is unknown
INSERT INTO rnn_models(name, model) SELECT 'x', rnn_train(json_set(:o, '$.hiden', 3), s, d, y) FROM t;
INSERT INTO tap(name, got, want) SELECT 'nothing was written', count(*), 0 FROM sqlite_schema WHERE name = '_rnn_models' RETURNING line;
