-- rnn_models: versions, the active one, going back and forth, transactions, and models by name.
SELECT '1..37';
CREATE TABLE t(s, d, y);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO t SELECT 'a', date('2024-01-01', i || ' days'), 20 + i % 7 + i * 7919 % 13 / 3.0 FROM n;
.param init
.param set :o '{"task":"forecast","horizon":2,"hidden":2,"epochs":2,"ensemble":1,"context":4}'
CREATE TEMP TABLE m AS SELECT value AS seed, rnn_train(json_set(:o, '$.seed', value), s, d, y) AS model FROM t, json_each('[1, 2, 3, 4]')
  GROUP BY value;
CREATE TEMP TABLE r AS SELECT rnn_rows(s, d, y) AS data FROM t;

INSERT INTO tap(name, got, want) SELECT 'empty at first', count(*), 0 FROM rnn_models RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'reading creates nothing', count(*), 0 FROM sqlite_schema WHERE name LIKE '%rnn%' RETURNING line;
INSERT INTO rnn_models(name, model) SELECT 'demand', model FROM m WHERE seed = 1;
INSERT INTO tap(name, got, want) SELECT 'the first INSERT makes the plain table', type, 'table' FROM sqlite_schema
  WHERE name = '_rnn_models' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the first version is 1 and active', json_array(name, version, active, task, cell),
  '["demand",1,1,"forecast","gru"]' FROM rnn_models RETURNING line;
INSERT INTO tap(name, got) SELECT 'its columns are what rnn_info says', r.parameters = json_extract(i, '$.parameters')
  AND r.bytes = length(r.model) AND r.bytes = json_extract(i, '$.bytes')
  AND abs(r.valid_loss - json_extract(i, '$.metrics.valid_loss')) < 1e-9 AND abs(r.metric - json_extract(i, '$.metrics.mase')) < 1e-9
    AND r.options = json_extract(i, '$.options')
FROM (SELECT *, rnn_info(model) AS i FROM rnn_models) r RETURNING line;
INSERT INTO tap(name, got) SELECT 'created_at is a time', abs(julianday(created_at) - julianday('now')) < 0.1 FROM rnn_models
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the model comes back byte for byte', count(*), 1 FROM rnn_models JOIN m USING (model)
  WHERE seed = 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a name is the model', rnn_info('demand') = rnn_info(model), 1 FROM m WHERE seed = 1 RETURNING line;

INSERT INTO rnn_models(name, model) SELECT 'demand', model FROM m WHERE seed IN (2, 3) ORDER BY seed;
INSERT INTO rnn_models(name, model) SELECT 'supply', model FROM m WHERE seed = 4;
INSERT INTO tap(name, got, want) SELECT 'versions follow, the last one is active',
  group_concat(name || '@' || version || iif(active, '*', ''), ' '), 'demand@1 demand@2 demand@3* supply@1*'
FROM (SELECT * FROM rnn_models ORDER BY name, version) RETURNING line;
INSERT INTO tap(name, got, want) SELECT x.value || ' is seed', json_extract(rnn_info(x.value), '$.options.seed'), seed
FROM (SELECT 'demand' AS value, 3 AS seed UNION ALL SELECT 'demand@1', 1 UNION ALL SELECT 'demand@2', 2 UNION ALL SELECT 'demand@3', 3
  UNION ALL SELECT 'supply', 4 UNION ALL SELECT 'supply@1', 4) x RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a name where a model is taken: rnn_forecast', count(*), 2
  FROM r, rnn_forecast('demand@2', r.data) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'and the others', (SELECT count(*) FROM r,
  rnn_backtest('demand', r.data)) || ' ' || (SELECT count(*) FROM r, rnn_evaluate('demand', r.data)) || ' ' ||
  (SELECT count(*) FROM rnn_history('demand')) || ' ' || (SELECT count(*) > 3 FROM rnn_tensors('demand')), '2 7 2 1' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a name from a column', group_concat(n), '2,2'
  FROM (SELECT (SELECT count(*) FROM r, rnn_forecast(o.name, r.data)) AS n FROM (SELECT DISTINCT name FROM rnn_models) o) RETURNING line;

-- Back and forth.
UPDATE rnn_models SET active = 1 WHERE name = 'demand' AND version = 1;
INSERT INTO tap(name, got, want) SELECT 'rolled back', group_concat(version) || ' ' || json_extract(rnn_info('demand'), '$.options.seed'),
  '1 1' FROM rnn_models WHERE active AND name = 'demand' RETURNING line;
UPDATE rnn_models SET active = 1 WHERE name = 'demand' AND version = 3;
INSERT INTO tap(name, got, want) SELECT 'and forward', group_concat(version) || ' ' || json_extract(rnn_info('demand'), '$.options.seed'),
  '3 3' FROM rnn_models WHERE active AND name = 'demand' RETURNING line;
UPDATE rnn_models SET active = (version = 2) WHERE name = 'demand';
INSERT INTO tap(name, got, want) SELECT 'all at once', group_concat(version), '2' FROM rnn_models WHERE active AND name = 'demand'
  RETURNING line;
INSERT INTO rnn_models(name, model) SELECT 'demand', model FROM m WHERE seed = 4;
INSERT INTO tap(name, got, want) SELECT 'a new version after a rollback', group_concat(version), '4' FROM rnn_models
  WHERE active AND name = 'demand' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'other names are left alone', active, 1 FROM rnn_models WHERE name = 'supply' RETURNING line;
UPDATE rnn_models SET active = 0 WHERE name = 'supply';
-- error: rnn_info: model 'supply' has no active version; name one of 1 as 'supply@version' or UPDATE rnn_models SET active = 1
SELECT rnn_info('supply');
INSERT INTO tap(name, got, want) SELECT 'an inactive version is there by its number',
  json_extract(rnn_info('supply@1'), '$.options.seed'), 4 RETURNING line;
UPDATE rnn_models SET active = 1 WHERE name = 'supply';

-- Deleting.
DELETE FROM rnn_models WHERE name = 'demand' AND version = 2;
INSERT INTO tap(name, got, want) SELECT 'deleted', group_concat(version), '1,3,4' FROM (SELECT version FROM rnn_models
  WHERE name = 'demand' ORDER BY version) RETURNING line;
-- error: rnn_info: model 'demand' has no version 2
SELECT rnn_info('demand@2');

-- Transactions and savepoints.
BEGIN;
INSERT INTO rnn_models(name, model) SELECT 'demand', model FROM m WHERE seed = 1;
INSERT INTO tap(name, got, want) SELECT 'inside a transaction: seen', json_extract(rnn_info('demand'), '$.options.seed'), 1 RETURNING line;
ROLLBACK;
INSERT INTO tap(name, got, want) SELECT 'rolled back: as before', json_extract(rnn_info('demand'),
  '$.options.seed') || ' ' || (SELECT max(version) FROM rnn_models WHERE name = 'demand'), '4 4' RETURNING line;
BEGIN;
UPDATE rnn_models SET active = 1 WHERE name = 'demand' AND version = 3;
SAVEPOINT inner_one;
DELETE FROM rnn_models WHERE name = 'demand';
SELECT 'ok - inside a savepoint: gone' WHERE NOT EXISTS (SELECT 1 FROM rnn_models WHERE name = 'demand');
ROLLBACK TO inner_one;
RELEASE inner_one;
COMMIT;
INSERT INTO tap(name, got, want) SELECT 'the savepoint is undone, what came before it is not',
  json_extract(rnn_info('demand'), '$.options.seed') || ' ' || count(*), '3 3' FROM rnn_models WHERE name = 'demand' RETURNING line;
-- A statement that fails leaves nothing: the second row is no model.
-- error: rnn_models: a BLOB of 1 bytes is not a model
INSERT INTO rnn_models(name, model) SELECT 'half', model FROM (SELECT 1 AS i, model FROM m WHERE seed = 1 UNION ALL SELECT 2, x'00'
  ORDER BY 1);
INSERT INTO tap(name, got, want) SELECT 'a statement that fails leaves nothing', count(*), 0 FROM rnn_models WHERE name = 'half'
  RETURNING line;
-- error: rnn_train: option "hiden" is unknown
INSERT INTO rnn_models(name, model) SELECT 'half', rnn_train(json_set(:o, '$.hiden', 2), s, d, y) FROM t;
INSERT INTO tap(name, got, want) SELECT 'nor does a training that fails', count(*), 0 FROM rnn_models WHERE name = 'half' RETURNING line;

-- The plain table copies without the extension's help.
CREATE TABLE copy AS SELECT * FROM _rnn_models;
DELETE FROM rnn_models;
INSERT INTO tap(name, got, want) SELECT 'all deleted', count(*), 0 FROM rnn_models RETURNING line;
INSERT INTO _rnn_models SELECT * FROM copy;
INSERT INTO tap(name, got, want) SELECT 'copied back', json_extract(rnn_info('demand'), '$.options.seed') || ' ' || count(*), '3 4'
  FROM rnn_models RETURNING line;
