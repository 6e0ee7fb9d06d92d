-- rnn_pretrained: the models that are part of the extension.
SELECT '1..18';
CREATE TABLE t(s, d, y);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 47)
INSERT INTO t SELECT s.value, strftime('%Y-%m', '2020-01-01', i || ' months'), 50 + 10 * s.key + i % 12 + i / 4.0 FROM n, json_each('["a","b","c"]') s;

INSERT INTO tap(name, got, want) SELECT 'a BLOB', typeof(rnn_pretrained('forecast')), 'blob' RETURNING line;
INSERT INTO tap(name, got) SELECT 'of at most 2 MB', length(rnn_pretrained('forecast')) BETWEEN 1000 AND 2097152 RETURNING line;
INSERT INTO tap(name, got) SELECT 'twice the same bytes', rnn_pretrained('forecast') = rnn_pretrained(lower('FORECAST')) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'NULL for NULL', typeof(rnn_pretrained(NULL)), 'null' RETURNING line;
-- error: rnn_pretrained: the name is TEXT 'Forecast'; allowed is 'forecast'
SELECT rnn_pretrained('Forecast');
-- error: rnn_pretrained: the name is TEXT ''; allowed is 'forecast'
SELECT rnn_pretrained('');
-- error: rnn_pretrained: the name is TEXT 'forecast.*'; allowed is 'forecast'
SELECT rnn_pretrained('forecast' || char(0));
-- error: rnn_pretrained: the name is INTEGER 5; allowed is 'forecast'
SELECT rnn_pretrained(5);
-- error: rnn_pretrained: the name is a BLOB of 8 bytes; allowed is 'forecast'
SELECT rnn_pretrained(CAST('forecast' AS BLOB));

-- Flags: what is deterministic may be in an index, what is innocuous in a view of an untrusted schema.
PRAGMA trusted_schema = OFF;
CREATE TABLE g(name, bytes AS (length(rnn_pretrained(name))));
INSERT INTO g VALUES ('forecast');
INSERT INTO tap(name, got) SELECT 'deterministic, innocuous', bytes = length(rnn_pretrained('forecast')) FROM g RETURNING line;

-- It is a model like any other.
INSERT INTO tap(name, got, want) SELECT 'rnn_info', json_extract(rnn_info(rnn_pretrained('forecast')), '$.task'), 'forecast' RETURNING line;
INSERT INTO tap(name, got) SELECT 'its bytes', json_extract(rnn_info(rnn_pretrained('forecast')), '$.bytes') = length(rnn_pretrained('forecast'))
  RETURNING line;
CREATE TEMP TABLE f AS SELECT * FROM rnn_forecast(rnn_pretrained('forecast'), (SELECT rnn_rows(s, d, y) FROM t), 12);
INSERT INTO tap(name, got, want) SELECT 'a forecast without training', count(*) || ' ' || sum(status = 'ok') || ' ' || min(time) || ' ' || max(time),
  '36 36 2024-01 2024-12' FROM f RETURNING line;
INSERT INTO tap(name, got) SELECT 'intervals around it', min(lower_bound < forecast AND forecast < upper_bound) FROM f RETURNING line;
INSERT INTO tap(name, got) SELECT 'once a row of a join, the same forecasts',
  (SELECT group_concat(forecast) FROM (SELECT forecast FROM f ORDER BY series, step)) = (SELECT group_concat(forecast) FROM (
    SELECT f.forecast FROM (SELECT s, rnn_rows(s, d, y) AS history FROM t GROUP BY s), g,
      rnn_forecast(rnn_pretrained(g.name), history, 12) f ORDER BY s, step)) RETURNING line;
INSERT INTO rnn_models(name, model) VALUES ('ready', rnn_pretrained('forecast'));
INSERT INTO tap(name, got) SELECT 'by name, and as a copy, the same forecasts',
  min(n.forecast = f.forecast AND c.forecast = f.forecast) AND count(*) = 36
  FROM f JOIN rnn_forecast('ready', (SELECT rnn_rows(s, d, y) FROM t), 12) n USING (series, step)
    JOIN rnn_forecast((SELECT model FROM _rnn_models), (SELECT rnn_rows(s, d, y) FROM t), 12) c USING (series, step) RETURNING line;
INSERT INTO tap(name, got) SELECT 'rnn_fit continues from it', count(*) = 1 AND max(train_loss) IS NULL AND max(model) <> rnn_pretrained('forecast')
  FROM (SELECT train_loss, model FROM rnn_fit((SELECT rnn_rows(s, d, y) FROM t), '{"epochs":1}', rnn_pretrained('forecast'))) RETURNING line;
INSERT INTO tap(name, got) SELECT 'and leaves it as it was', model = rnn_pretrained('forecast') FROM _rnn_models RETURNING line;
