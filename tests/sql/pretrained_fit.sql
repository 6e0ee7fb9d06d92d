-- Training that starts from the pretrained forecaster, and the baseline beside the network's part.
SELECT '1..26';
CREATE TABLE noise(i INTEGER PRIMARY KEY, e);
WITH RECURSIVE n(i, x) AS (SELECT 0, 4711 UNION ALL SELECT i + 1, (x * 1103515245 + 12345) % 2147483648 FROM n WHERE i < 399)
INSERT INTO noise SELECT i / 4, (sum(x / 2147483648.0) - 2) * 1.732 FROM n GROUP BY i / 4;
CREATE TABLE t(s, d, y);
INSERT INTO t SELECT 'a', strftime('%Y-%m', '2015-01-01', i || ' months'), 200 + 30 * sin(i * 0.5236) + 8 * e FROM noise WHERE i < 72;
CREATE TABLE data AS SELECT rnn_rows(s, d, y) AS rows FROM t;

-- ---- rnn_fit from it ----
CREATE TABLE fit AS SELECT f.* FROM data, rnn_fit(rows, '{"task":"forecast","horizon":6,"epochs":2}', rnn_pretrained('forecast')) f;
INSERT INTO tap(name, got, want) SELECT 'the first epoch only looks', group_concat(epoch || ' ' || (train_loss IS NULL) || ' ' || (valid_loss > 0), ', '), '1 1 1, 2 0 1' FROM fit
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a model of these rows', json_extract(rnn_info(model), '$.hidden') || ' ' || json_extract(rnn_info(model), '$.frequency') || ' '
  || json_extract(rnn_info(model), '$.horizon') || ' ' || json_extract(rnn_info(model), '$.options.pretrained'),
  json_extract(rnn_info(rnn_pretrained('forecast')), '$.hidden') || ' month 6 1' FROM fit WHERE epoch = 1 RETURNING line;
INSERT INTO tap(name, got) SELECT 'training changes it', count(DISTINCT model) = 2 FROM fit RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'which forecasts', count(*) || ' ' || min(time) || ' ' || (min(forecast) > 100) || ' ' || (max(forecast) < 300), '6 2021-01 1 1'
  FROM data, rnn_forecast((SELECT model FROM fit WHERE epoch = 2), rows) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'and scores row by row', count(p) > 40, 1
  FROM (SELECT rnn_score((SELECT model FROM fit WHERE epoch = 2), d, y) OVER (ORDER BY d) AS p FROM t) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'its history begins with the look', group_concat(epoch || ':' || (train_loss IS NULL)), '1:1,2:0'
  FROM rnn_history((SELECT model FROM fit WHERE epoch = 2)) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'tuning a model goes on without a look', group_concat(epoch || ':' || (train_loss IS NULL)), '3:0'
  FROM data, rnn_fit(rows, '{"task":"forecast","epochs":1}', (SELECT model FROM fit WHERE epoch = 2)) RETURNING line;

-- ---- option pretrained ----
INSERT INTO tap(name, got, want) SELECT 'auto on a short history', json_extract(rnn_info(m), '$.options.pretrained') || ' ' || json_extract(rnn_info(m), '$.epochs'), '1 1'
  FROM (SELECT rnn_train('{"task":"forecast"}', s, d, y) AS m FROM t) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'auto with another network', json_extract(rnn_info(m), '$.options.pretrained') || ' ' || json_extract(rnn_info(m), '$.hidden'), '0 8'
  FROM (SELECT rnn_train('{"task":"forecast","hidden":8,"epochs":2}', s, d, y) AS m FROM t) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'auto with inputs', json_extract(rnn_info(m), '$.options.pretrained'), 0
  FROM (SELECT rnn_train('{"task":"forecast","hidden":8,"epochs":2}', s, d, y, 1) AS m FROM t) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'true with inputs', json_extract(rnn_info(m), '$.options.pretrained') || ' ' || json_extract(rnn_info(m), '$.columns[0].kind'), '1 number'
  FROM (SELECT rnn_train('{"task":"forecast","pretrained":true,"epochs":2}', s, d, y, 1) AS m FROM t) RETURNING line;
INSERT INTO tap(name, got) SELECT 'false trains from scratch', train_loss > 0 AND json_extract(rnn_info(model), '$.options.pretrained') = 0
  AND json_extract(rnn_info(model), '$.hidden') = 8 FROM data, rnn_fit(rows, '{"task":"forecast","pretrained":false,"hidden":8,"epochs":1}') RETURNING line;
-- error: rnn_train: option "hidden" asks for another network than the pretrained one; leave it out, or set pretrained to false
SELECT rnn_train('{"task":"forecast","pretrained":true,"hidden":8}', s, d, y) FROM t;
-- error: rnn_fit: option "cell" asks for another network than the pretrained one; leave it out, or train without that model
SELECT count(*) FROM data, rnn_fit(rows, '{"task":"forecast","cell":"lstm"}', rnn_pretrained('forecast'));
-- error: rnn_fit: option "task" contradicts the model that training starts from
SELECT count(*) FROM data, rnn_fit(rows, '{"task":"classify"}', rnn_pretrained('forecast'));
-- error: rnn_fit: option "pretrained" contradicts the model that training starts from
SELECT count(*) FROM data, rnn_fit(rows, '{"task":"forecast","pretrained":false}', rnn_pretrained('forecast'));
INSERT INTO tap(name, got) SELECT 'its own size is no contradiction', json_extract(rnn_info(m), '$.options.pretrained') = 1
  FROM (SELECT rnn_train(json_object('task', 'forecast', 'pretrained', json('true'), 'hidden', json_extract(rnn_info(rnn_pretrained('forecast')), '$.hidden')), s, d, y) AS m FROM t)
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'the same rows, the same model', rnn_train('{"task":"forecast","epochs":2}', s, d, y) =
  (SELECT rnn_train('{"task":"forecast","epochs":2}', s, d, y) FROM (SELECT * FROM t ORDER BY y)) FROM t RETURNING line;

-- ---- the baseline ----
CREATE TABLE m AS SELECT model, json_extract(rnn_info(model), '$.baseline') AS baseline FROM fit WHERE epoch = 1;
INSERT INTO tap(name, got) SELECT 'rnn_info has the mixture', json_type(baseline, '$.mixture') = 'object' AND json_extract(baseline, '$.season') = 12
  AND json_extract(baseline, '$.shared_season') = 0 AND json_extract(baseline, '$.share_of_network') BETWEEN 0 AND 1 FROM m RETURNING line;
INSERT INTO tap(name, got) SELECT 'the heaviest first, nearly 1 in all', abs(sum(value) - 1) < 0.15 AND
  group_concat(value) = (SELECT group_concat(value) FROM (SELECT value FROM m, json_each(baseline, '$.mixture') ORDER BY value DESC)) FROM m, json_each(baseline, '$.mixture')
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'rnn_forecast has the baseline', min(baseline BETWEEN 100 AND 300) AND max(baseline) > min(baseline) AND count(baseline) = 6
  FROM data, rnn_forecast((SELECT model FROM m), rows) RETURNING line;
INSERT INTO tap(name, got) SELECT 'and what it is a mixture of', min(json_valid(mixture)) AND count(DISTINCT mixture) = 1
  AND abs((SELECT sum(value) FROM json_each(max(mixture))) - 1) < 0.15 FROM data, rnn_forecast((SELECT model FROM m), rows) RETURNING line;
INSERT INTO tap(name, got) SELECT 'for those who name them', group_concat(name) = 'series,time,step,forecast,lower_bound,upper_bound,level,quantiles,status'
  FROM pragma_table_info('rnn_forecast') RETURNING line;
CREATE TABLE star AS SELECT f.* FROM data, rnn_forecast((SELECT model FROM m), rows, 1) f;
INSERT INTO tap(name, got, want) SELECT 'and are no part of *', count(*), 9 FROM pragma_table_info('star') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'NULL where there is none', count(baseline) || ' ' || count(mixture) || ' ' || count(status), '0 0 1'
  FROM rnn_forecast((SELECT model FROM m), (SELECT rnn_rows('u', d, NULL) FROM t)) RETURNING line;
INSERT INTO tap(name, got) SELECT 'a model without the mixture has a baseline, too', count(baseline) = 2 AND count(mixture) = 0 AND max(json_type(rnn_info(o.model), '$.baseline.mixture') IS NULL)
  FROM data, (SELECT rnn_train('{"task":"forecast","horizon":2,"scale":"standard","hidden":4,"epochs":1}', s, d, y) AS model FROM t) o, rnn_forecast(o.model, rows) RETURNING line;
