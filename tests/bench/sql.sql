-- Tables of scripts/bench's row `sql`, and the models that its scoring statements use; each with the sizes that torch_sql.py is told.
CREATE TABLE number AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999) SELECT i FROM n;

-- 400 series of 100 steps, and of 10 to 100.
CREATE TABLE fixed(series, time, target REAL, a REAL, b REAL, c REAL);
INSERT INTO fixed SELECT i / 100, i % 100, i / 100 % 7, sin(i * 0.01 * (1 + i / 100 % 7)), cos(i), i * 7919 % 101 FROM number WHERE i < 40000;
CREATE TABLE varied(series, time, target REAL, a REAL, b REAL, c REAL);
INSERT INTO varied SELECT series, time, a + b * 0.5, a, b, c FROM fixed WHERE time < 10 + series * 7919 % 91;

-- One stream of 100,000 rows, and the same rows as 100 series.
CREATE TABLE stream(time INTEGER PRIMARY KEY, series, step, target REAL, x REAL);
INSERT INTO stream SELECT i, i / 1000, i % 1000, sin(i * 0.1), cos(i * 0.1) FROM number WHERE i < 100000;

-- 300 stores, 300 days.
CREATE TABLE sales(store, day, units);
INSERT INTO sales SELECT i / 300, date('2020-01-01', (i % 300) || ' days'), 20 + i * 7919 % 13 + i % 7 * 2 FROM number WHERE i < 90000;

CREATE TABLE wide(a REAL, b REAL, c INTEGER);
INSERT INTO wide SELECT i * 0.37, sin(i), i % 1000 FROM number;

CREATE TABLE book(text);
INSERT INTO book SELECT group_concat(substr('the cat sat on a mat and the dog ran. ', 1 + i % 20, 3 + i * 7919 % 9), '') FROM number WHERE i < 3000;

INSERT INTO rnn_models(name, model)
SELECT 'score', rnn_train('{"task":"regress","output":"every","cell":"lstm","hidden":32,"bidirectional":false,"ensemble":1,"epochs":1}',
    1, time, target, x) FROM stream WHERE time < 1000;
INSERT INTO rnn_models(name, model)
SELECT 'forecast', rnn_train('{"task":"forecast","horizon":14,"context":48,"season":7,"cell":"gru","hidden":48,"ensemble":1,"epochs":1}',
    store, day, units) FROM sales WHERE store < 50;
INSERT INTO rnn_models(name, model)
SELECT 'generate', rnn_train('{"task":"generate","tokens":"char","cell":"lstm","hidden":128,"layers":1,"ensemble":1,"epochs":1}', text) FROM book;
INSERT INTO rnn_models(name, model)
SELECT 'words', rnn_train('{"task":"classify","cell":"gru","hidden":64,"embedding":48,"bidirectional":true,"pooling":"max","subwords":0,
    "min_count":1,"wide":false,"ensemble":1,"epochs":1}', label, body) FROM texts WHERE id <= 2000;
