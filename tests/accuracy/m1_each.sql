-- M1 competition: 100 monthly series, a model for each, which has seen no other series; 18 months ahead, the official split. m = 12.
-- The errors to reach are the better of AutoETS's and AutoTheta's on the same series (docs/accuracy.md).
.read tests/accuracy/m1_sample.sql

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT series, rnn_train((SELECT json_object('task', 'forecast', 'horizon', 18, 'seed', seed) FROM run), series, time, value) AS model
FROM item WHERE part = 'train' GROUP BY series;
INSERT INTO clock VALUES ('trained', julianday('now'), 100);

CREATE TEMP TABLE ahead AS
SELECT ahead.series, time, step, forecast, lower_bound, upper_bound
FROM model, rnn_forecast(model.model, (SELECT rnn_rows(series, time, value) FROM item WHERE item.series = model.series AND part = 'train'),
                         18) AS ahead;
.read tests/accuracy/m1.sql

INSERT INTO measured
SELECT 'seconds a series', ((SELECT day FROM clock WHERE what = 'trained') - (SELECT day FROM clock WHERE what = 'began')) * 86400 / 100, 0;
INSERT INTO target VALUES ('MASE', '<= 1.0911'), ('sMAPE', '<= 14.449'), ('coverage', '0.86 to 0.94'), ('seconds a series', '<= 0.3');
