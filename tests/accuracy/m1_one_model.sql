-- m1_one_model.sql - a row of the M1 competition with one model for all series. The row's file has filled item and protocol (m1.sql).
INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train((SELECT json_object('task', 'forecast', 'horizon', horizon, 'seed', seed) FROM protocol, run), series, time, value) AS model
FROM item WHERE part = 'train';
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE ahead AS
SELECT series, time, step, forecast, lower_bound, upper_bound
FROM rnn_forecast((SELECT model FROM model), (SELECT rnn_rows(series, time, value) FROM item WHERE part = 'train'),
                  (SELECT horizon FROM protocol));
.read tests/accuracy/m1.sql
