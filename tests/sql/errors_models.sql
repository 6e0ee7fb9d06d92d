-- Models that cannot be used: no BLOB of one, a damaged one, a newer one, an unknown name, a database that cannot be written.
SELECT '1..57';
CREATE TABLE t(s, d, y);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO t SELECT 'a', date('2024-01-01', i || ' days'), 5 + i % 7 FROM n;
.param init
.param set :o '{"task":"forecast","horizon":2,"hidden":2,"epochs":2,"context":4,"ensemble":1}'
CREATE TEMP TABLE m AS SELECT rnn_train(:o, s, d, y) AS model, rnn_rows(s, d, y) AS data FROM t;
-- damage: the model with the byte at `at` exchanged
CREATE TEMP VIEW damage AS SELECT value AS at, CAST(substr(model, 1, value - 1) || iif(substr(model, value, 1) = x'55', x'AA', x'55')
  || substr(model, value + 1) AS BLOB) AS model FROM m, json_each('[1, 9, 13, 17, 30, 200, 1000, 2000]');
INSERT INTO tap(name, got, want) SELECT 'damage keeps the length', count(DISTINCT length(damage.model)), 1 FROM damage
  RETURNING line;

-- What is no model.
-- error: rnn_info: a BLOB of 1 bytes is not a model made by rnn_train
SELECT rnn_info(x'00');
-- error: rnn_info: a BLOB of 0 bytes is not a model made by rnn_train
SELECT rnn_info(x'');
-- error: rnn_info: the model is NULL
SELECT rnn_info(NULL);
-- error: rnn_info: the model is INTEGER 7; give a model BLOB or the name of one in rnn_models, such as 'demand' or 'demand@3'
SELECT rnn_info(7);
-- error: wrong number of arguments to function rnn_info
SELECT rnn_info();
-- error: rnn_history: the model is REAL 1.5
SELECT * FROM rnn_history(1.5);
-- error: rnn_tensors: argument 1, model, is missing; usage: rnn_tensors\(model\)
SELECT * FROM rnn_tensors;
-- error: rnn_forecast: a BLOB of [0-9]+ bytes is not a model .*; it is rows made by rnn_rows: are the arguments in the wrong order\?
SELECT f.* FROM m, rnn_forecast(m.data, m.model) f;
-- error: rnn_forecast: a BLOB of [0-9]+ bytes is not rows made by rnn_rows\(\) \(it is a model: are the arguments in the wrong order\?\)
SELECT f.* FROM m, rnn_forecast(m.model, m.model) f;
-- error: rnn_backtest: the rows are TEXT 'sales'
SELECT f.* FROM m, rnn_backtest(m.model, 'sales') f;
-- error: rnn_fit: the model is INTEGER 5
SELECT f.* FROM m, rnn_fit(m.data, :o, 5) f;

-- Truncated.
-- error: rnn_info: the model is truncated: it has [0-9]+ bytes and says [0-9]+; copy it again as a whole
SELECT rnn_info(substr(model, 1, length(model) - 1)) FROM m;
-- error: rnn_history: the model is truncated: it has 100 bytes and says [0-9]+
SELECT f.* FROM m, rnn_history(substr(m.model, 1, 100)) f;
-- error: rnn_tensors: the model is truncated
SELECT f.* FROM m, rnn_tensors(substr(m.model, 1, 24)) f;
-- error: rnn_forecast: a BLOB of 20 bytes is not a model|rnn_forecast: the model is truncated
SELECT f.* FROM m, rnn_forecast(substr(m.model, 1, 20), m.data) f;
-- error: rnn_evaluate: the model is truncated
SELECT f.* FROM m, rnn_evaluate(substr(m.model, 1, 1000), m.data) f;
-- error: rnn_fit: the model is truncated
SELECT f.* FROM m, rnn_fit(m.data, :o, substr(m.model, 1, 1000)) f;
-- error: rnn_info: the model is corrupt: its checksum does not match its [0-9]+ bytes
SELECT rnn_info(CAST(model || x'00' AS BLOB)) FROM m;

-- A byte exchanged: magic, version, checksum, size, and in the body.
-- error: rnn_info: a BLOB of [0-9]+ bytes is not a model
SELECT rnn_info(model) FROM damage WHERE at = 1;
-- error: rnn_info: .*version
SELECT rnn_info(model) FROM damage WHERE at = 9;
-- error: rnn_info: the model is corrupt: its checksum does not match
SELECT rnn_info(model) FROM damage WHERE at = 13;
-- error: rnn_info: the model is (truncated|corrupt)
SELECT rnn_info(model) FROM damage WHERE at = 17;
-- error: rnn_history: the model is corrupt: its checksum does not match
SELECT f.* FROM damage d, rnn_history(d.model) f WHERE d.at = 30;
-- error: rnn_tensors: the model is corrupt: its checksum does not match
SELECT f.* FROM damage d, rnn_tensors(d.model) f WHERE d.at = 200;
-- error: rnn_forecast: the model is corrupt: its checksum does not match
SELECT f.* FROM m, damage d, rnn_forecast(d.model, m.data) f WHERE d.at = 1000;
-- error: rnn_backtest: the model is corrupt: its checksum does not match
SELECT f.* FROM m, damage d, rnn_backtest(d.model, m.data) f WHERE d.at = 2000;
-- error: rnn_evaluate: the model is corrupt: its checksum does not match
SELECT f.* FROM m, damage d, rnn_evaluate(d.model, m.data) f WHERE d.at = 2000;
-- error: rnn_fit: the model is corrupt: its checksum does not match
SELECT f.* FROM m, damage d, rnn_fit(m.data, :o, d.model) f WHERE d.at = 2000;

-- Rows.
-- error: rnn_forecast: a BLOB of [0-9]+ bytes is not rows made by rnn_rows\(\) \(truncated: it has [0-9]+ bytes and says [0-9]+\)
SELECT f.* FROM m, rnn_forecast(m.model, substr(m.data, 1, length(m.data) - 1)) f;
-- error: rnn_forecast: a BLOB of [0-9]+ bytes is not rows made by rnn_rows\(\) \(corrupt: its checksum does not match\)
SELECT f.* FROM m, rnn_forecast(m.model, CAST(substr(m.data, 1, 100) || x'55' || substr(m.data, 102) AS BLOB)) f;
-- error: rnn_fit: a BLOB of 2 bytes is not rows
SELECT f.* FROM rnn_fit(x'0102', :o) f;

-- Names.
-- error: rnn_info: no model is called 'demand': rnn_models is empty; INSERT INTO rnn_models\(name, model\) first
SELECT rnn_info('demand');
-- error: rnn_forecast: no model is called 'demand'
SELECT f.* FROM m, rnn_forecast('demand', m.data) f;

-- What the registry refuses.
-- error: rnn_models: a BLOB of 1 bytes is not a model
INSERT INTO rnn_models(name, model) VALUES ('x', x'00');
-- error: rnn_models: the model is NULL; give a BLOB made by rnn_train\(\) or rnn_fit\(\)
INSERT INTO rnn_models(name, model) VALUES ('x', NULL);
-- error: rnn_models: the model is TEXT 'demand'
INSERT INTO rnn_models(name, model) VALUES ('x', 'demand');
-- error: rnn_models: the model is truncated
INSERT INTO rnn_models(name, model) SELECT 'x', substr(model, 1, 200) FROM m;
-- error: rnn_models: the model is corrupt
INSERT INTO rnn_models(name, model) SELECT 'x', model FROM damage WHERE at = 1000;
-- error: rnn_models: .*version
INSERT INTO rnn_models(name, model) SELECT 'x', model FROM damage WHERE at = 9;
-- error: rnn_models: a BLOB of [0-9]+ bytes is not a model .*; it is rows made by rnn_rows
INSERT INTO rnn_models(name, model) SELECT 'x', data FROM m;
-- error: rnn_models: the name is NULL; it must be a TEXT such as 'demand'
INSERT INTO rnn_models(name, model) SELECT NULL, model FROM m;
-- error: rnn_models: the name is empty
INSERT INTO rnn_models(name, model) SELECT '', model FROM m;
-- error: rnn_models: the name is TEXT 'a@1'; a name has no '@' in it
INSERT INTO rnn_models(name, model) SELECT 'a@1', model FROM m;
INSERT INTO tap(name, got, want) SELECT 'nothing was written', count(*), 0 FROM sqlite_schema WHERE name = '_rnn_models' RETURNING line;

INSERT INTO rnn_models(name, model) SELECT 'demand', model FROM m;
-- error: rnn_info: no model is called 'demnad'; rnn_models has 'demand'
SELECT rnn_info('demnad');
-- error: rnn_info: model 'demand' has no version 2; it has 1
SELECT rnn_info('demand@2');
-- error: rnn_info: no model is called 'demand@two'
SELECT rnn_info('demand@two');
-- error: rnn_models: column name cannot be changed; only active can
UPDATE rnn_models SET name = 'y';
-- error: rnn_models: active is INTEGER 2; allowed is 0 or 1
UPDATE rnn_models SET active = 2;
-- error: rnn_models: active is TEXT 'yes'; allowed is 0 or 1
UPDATE rnn_models SET active = 'yes';
INSERT INTO tap(name, got, want) SELECT 'the registry is as it was', group_concat(name || version || active), 'demand11' FROM rnn_models
  RETURNING line;

-- A database that cannot be written: reading works, writing says why.
PRAGMA query_only = 1;
-- error: attempt to write a readonly database
INSERT INTO rnn_models(name, model) SELECT 'x', model FROM m;
-- error: attempt to write a readonly database
DELETE FROM rnn_models;
-- error: attempt to write a readonly database
UPDATE rnn_models SET active = 0;
SELECT iif(json_extract(rnn_info('demand'), '$.task') = 'forecast', 'ok', 'not ok') || ' - a read-only registry can be read';
PRAGMA query_only = 0;
INSERT INTO tap(name, got, want) SELECT 'nothing was written to it', group_concat(name || version || active), 'demand11' FROM rnn_models
  RETURNING line;
