-- M1 competition: 100 monthly series, each forecast by itself with the pretrained model, which is not trained on any of them; 18 months
-- ahead, the official split. m = 12. The time is that of the forecasts alone, after one that loads the model.
-- MASE to reach: 2 % above AutoETS's on the same series (docs/accuracy.md).
.read tests/accuracy/m1_sample.sql

CREATE TEMP TABLE warm AS
SELECT count(*)
FROM rnn_forecast(rnn_pretrained('forecast'),
                  (SELECT rnn_rows(series, time, value) FROM item JOIN sample USING (series) WHERE place = 1 AND part = 'train'), 18);

CREATE TEMP TABLE forecasting AS SELECT julianday('now') AS began;
CREATE TEMP TABLE ahead AS
SELECT ahead.series, time, step, forecast, lower_bound, upper_bound
FROM sample, rnn_forecast(rnn_pretrained('forecast'),
                          (SELECT rnn_rows(series, time, value) FROM item WHERE item.series = sample.series AND part = 'train'), 18) AS ahead;
INSERT INTO measured SELECT 'milliseconds a series', (julianday('now') - began) * 86400e3 / 100, 0 FROM forecasting;
.read tests/accuracy/m1.sql

INSERT INTO target VALUES ('MASE', '<= 1.1305'), ('sMAPE', '-'), ('milliseconds a series', '<= 2');
