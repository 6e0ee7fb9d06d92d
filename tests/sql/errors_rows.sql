-- Rows that cannot be used: the message names the function, the column, the row and what is allowed instead.
SELECT '1..47';
CREATE TABLE t(s, d, y);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO t SELECT 'a', date('2024-01-01', i || ' days'), 5 + i % 7 FROM n;
CREATE TABLE bad AS SELECT *, d = '2024-01-09' AS here FROM t;
.param init
.param set :o '{"task":"forecast","horizon":2,"hidden":2,"epochs":2,"context":4,"ensemble":1}'

-- How many.
-- error: rnn_train: no rows to train on; check the FROM and WHERE
SELECT rnn_train(:o, s, d, y) FROM t WHERE 0;
-- error: rnn_train: horizon 2 needs a series of at least 4 steps; the longest has 1; lower horizon or give more rows
SELECT rnn_train(:o, s, d, y) FROM t WHERE d = '2024-01-09';
-- error: rnn_train: none of the 1 series has 3 or more steps with a target; give more rows
SELECT rnn_train('{"task":"forecast"}', s, d, y) FROM t WHERE d = '2024-01-09';
-- error: rnn_fit: the rows are NULL: rnn_rows\(\) was given no row; check the FROM and WHERE it reads
SELECT * FROM rnn_fit((SELECT rnn_rows(s, d, y) FROM t WHERE 0), :o);
-- error: rnn_train: horizon 100 needs a series of at least 102 steps; the longest has 40; lower horizon or give more rows
SELECT rnn_train(json_set(:o, '$.horizon', 100), s, d, y) FROM t;
-- error: rnn_train: memory limit exceeded: .* and memory_limit is 1000; raise memory_limit
SELECT rnn_train(json_set(:o, '$.memory_limit', 1000), s, d, y) FROM t;

-- Columns.
-- error: rnn_train: no arguments
SELECT rnn_train() FROM t;
-- error: rnn_train: the series \(argument 2\) is missing; .* rnn_train\(options, series, time, target, input...\)
SELECT rnn_train(:o) FROM t;
-- error: rnn_train: the target \(argument 4\) is missing
SELECT rnn_train(:o, s, d) FROM t;
-- error: rnn_fit: .*the target \(column 3\) is missing
SELECT * FROM rnn_fit((SELECT rnn_rows(s, d) FROM t), :o);

-- Targets.
-- error: rnn_train: target \(argument 4\) is NULL in all 40 rows: no known target; training needs rows whose target is a number
SELECT rnn_train(:o, s, d, NULL) FROM t;
-- error: rnn_fit: target \(argument 3 of rnn_rows\) is NULL in all 40 rows
SELECT * FROM rnn_fit((SELECT rnn_rows(s, d, NULL) FROM t), :o);
-- error: rnn_train: target \(argument 4\) is 'x' \(series 'a', time '2024-01-09'\); a target is a number, or NULL
SELECT rnn_train(:o, s, d, iif(here, 'x', y)) FROM bad;
-- error: rnn_train: target \(argument 4\) is '7' \(series 'a', time '2024-01-09'\); a target is a number, or NULL
SELECT rnn_train(:o, s, d, iif(here, '7', y)) FROM bad;
-- error: rnn_train: target \(argument 4\) is x'01' \(series 'a', time '2024-01-09'\); a target is a number, or NULL
SELECT rnn_train(:o, s, d, iif(here, x'01', y)) FROM bad;
-- error: rnn_train: target \(argument 4\) is Inf \(series 'a', time '2024-01-09'\); a target is a finite number, or NULL
SELECT rnn_train(:o, s, d, iif(here, 9e999, y)) FROM bad;
-- error: rnn_train: target \(argument 4\) is -Inf \(series 'a', time '2024-01-09'\); a target is a finite number, or NULL
SELECT rnn_train(:o, s, d, iif(here, -9e999, y)) FROM bad;

-- Inputs.
-- error: rnn_train: input 1 \(argument 5\) is 'x' \(series 'a', time '2024-01-09'\); other rows of this column hold numbers
SELECT rnn_train(:o, s, d, y, iif(here, 'x', y)) FROM bad;
-- error: rnn_train: input 2 \(argument 6\) is x'00000000' \(series 'a', time '2024-01-09'\); other rows of this column hold numbers
SELECT rnn_train(:o, s, d, y, 1, iif(here, x'00000000', y)) FROM bad;
-- error: rnn_train: input 1 \(argument 5\) is Inf \(series 'a', time '2024-01-09'\); give a finite number, or NULL
SELECT rnn_train(:o, s, d, y, iif(here, 9e999, y)) FROM bad;
-- error: rnn_train: input 1 \(argument 5\) is a vector of 2 \(series 'a', time '2024-01-09'\), others are of 1
SELECT rnn_train(:o, s, d, y, iif(here, '[1,2]', '[1]')) FROM bad;
-- error: rnn_train: input 1 \(argument 5\) is x'010203' \(series 'a', time '2024-01-09'\); a vector BLOB holds float32 values
SELECT rnn_train(:o, s, d, y, iif(here, x'010203', x'00000000')) FROM bad;
-- error: rnn_train: input 1 \(argument 5\) is x'0000c07f' \(series 'a', time '2024-01-09'\); the elements of a vector are finite
SELECT rnn_train(:o, s, d, y, iif(here, x'0000c07f', x'00000000')) FROM bad;

-- Times.
-- error: rnn_train: two rows have series 'a' and time '2024-01-09'; check the order of the columns \(series, time, target\), or GROUP BY series and time
SELECT rnn_train(:o, s, d, y) FROM (SELECT s, d, y FROM t UNION ALL SELECT 'a', '2024-01-09', 3);
-- error: rnn_train: two rows have series NULL and time 5
SELECT rnn_train(:o, NULL, i, i) FROM (SELECT row_number() OVER () AS i FROM t UNION ALL SELECT 5);
-- error: rnn_train: time \(argument 3\), series 'a': time 'soon' cannot be read; a time is an INTEGER, a REAL, or text such as
SELECT rnn_train(:o, s, iif(here, 'soon', d), y) FROM bad;
-- error: rnn_train: time \(argument 3\), series 'a': time '09.01.2024' cannot be read
SELECT rnn_train(:o, s, iif(here, '09.01.2024', d), y) FROM bad;
-- error: rnn_train: time \(argument 3\), series 'a': time '2023-02-29' has day 29; that month has the days 01 to 28
SELECT rnn_train(:o, s, iif(here, '2023-02-29', d), y) FROM bad;
-- error: rnn_train: time \(argument 3\), series 'a': time '2024-13-01' has month 13; months are 01 to 12
SELECT rnn_train(:o, s, iif(here, '2024-13-01', d), y) FROM bad;
-- error: rnn_train: time \(argument 3\), series 'a': time x'05' cannot be read
SELECT rnn_train(:o, s, iif(here, x'05', d), y) FROM bad;
-- error: rnn_train: time \(argument 3\), series 'a': time Inf is not finite
SELECT rnn_train(:o, s, iif(here, 9e999, julianday(d)), y) FROM bad;
-- error: rnn_train: time \(argument 3\), series 'a': time 5 \(INTEGER\) does not go with other times in that column \(YYYY-MM-DD\)
SELECT rnn_train(:o, s, iif(here, 5, d), y) FROM bad;
-- error: rnn_train: time \(argument 3\), series 'a': time '2024-01' \(YYYY-MM\) does not go with other times in that column
SELECT rnn_train(:o, s, iif(here, '2024-01', d), y) FROM bad;
-- error: rnn_train: time \(argument 3\), series 'a': time '2024-01-09T12:00:00Z' .*with an offset.* does not go with other times
SELECT rnn_train(:o, s, iif(here, '2024-01-09T12:00:00Z', d), y) FROM bad;
-- error: rnn_train: time \(argument 3\) is NULL in 1 of the 40 rows .*series 'a'.*; give every row of a series a time, or none
SELECT rnn_train(:o, s, iif(here, NULL, d), y) FROM bad;
-- error: rnn_train: time \(argument 3\): series 'a' has no row for '2024-01-09', between '2024-01-08' and '2024-01-10'; "gaps" is "error"
SELECT rnn_train(json_set(:o, '$.gaps', 'error'), s, d, y) FROM bad WHERE NOT here;

-- Rows that do not fit the model.
CREATE TEMP TABLE m AS SELECT rnn_train(:o, s, d, y) AS model, rnn_train(:o, s, d, y, y, 'w' || y) AS inputs,
  rnn_train(:o, s, d, y, '[1,2]') AS vectors, rnn_train(:o, s, NULL, y) AS timeless FROM t;
-- error: rnn_forecast: the rows have 4 columns; the model was trained with 3: series, time, target and 0 inputs
SELECT f.* FROM m, rnn_forecast(m.model, (SELECT rnn_rows(s, d, y, y) FROM t)) f;
-- error: rnn_backtest: the rows have 3 columns; the model was trained with 5: series, time, target and 2 inputs
SELECT f.* FROM m, rnn_backtest(m.inputs, (SELECT rnn_rows(s, d, y) FROM t)) f;
-- error: rnn_forecast: input 1 \(argument 4 of rnn_rows\) is 'x' .*; the training rows hold numbers in this column
SELECT f.* FROM m, rnn_forecast(m.inputs, (SELECT rnn_rows(s, d, y, 'x', 'y') FROM t)) f;
-- error: rnn_evaluate: input 2 \(argument 5 of rnn_rows\) is 2 .*; the training rows hold text in this column
SELECT f.* FROM m, rnn_evaluate(m.inputs, (SELECT rnn_rows(s, d, y, 1, 2) FROM t)) f;
-- error: rnn_forecast: input 1 \(argument 4 of rnn_rows\) is a vector of 3 .*, others are of 2
SELECT f.* FROM m, rnn_forecast(m.vectors, (SELECT rnn_rows(s, d, y, '[1,2,3]') FROM t)) f;
-- error: rnn_forecast: target \(argument 3 of rnn_rows\) is 'x' .*; a target is a number, or NULL
SELECT f.* FROM m, rnn_forecast(m.model, (SELECT rnn_rows(s, d, 'x') FROM t)) f;
-- error: rnn_forecast: two rows have series 'a' and time '2024-01-01'
SELECT f.* FROM m, rnn_forecast(m.model, (SELECT rnn_rows(s, d, y) FROM (SELECT * FROM t UNION ALL SELECT * FROM t))) f;
-- error: rnn_forecast: time \(argument 2 of rnn_rows\) is not of the form of the training rows: time 1704067200 \(INTEGER\)
SELECT f.* FROM m, rnn_forecast(m.model, (SELECT rnn_rows(s, unixepoch(d), y) FROM t)) f;
-- error: rnn_forecast: time .* is not NULL .*, but the model was trained on rows without times; pass NULL
SELECT f.* FROM m, rnn_forecast(m.timeless, (SELECT rnn_rows(s, d, y) FROM t)) f;

-- error: rnn_train: no rows to train on
INSERT INTO rnn_models(name, model) SELECT 'x', rnn_train(:o, s, d, y) FROM t WHERE 0;
INSERT INTO tap(name, got, want) SELECT 'nothing was written', count(*), 0 FROM sqlite_schema WHERE name = '_rnn_models' RETURNING line;
