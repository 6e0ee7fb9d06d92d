-- Monthly airline passengers: the last 24 months from December 1958. m = 12.
CREATE TEMP TABLE month(month TEXT PRIMARY KEY, y REAL);
.import --csv --skip 1 build/accuracy/data/series/airline-passengers.csv month
CREATE TEMP TABLE train AS SELECT * FROM month WHERE month <= '1958-12';

INSERT INTO clock(what, day) VALUES ('began', julianday('now'));
CREATE TEMP TABLE model AS
SELECT rnn_train(json_object('task', 'forecast', 'horizon', 24, 'seed', (SELECT seed FROM run)), 'airline', month, y) AS model FROM train;
INSERT INTO clock(what, day) VALUES ('trained', julianday('now'));

CREATE TEMP TABLE ahead AS
SELECT time, step, forecast, lower_bound, upper_bound
FROM rnn_forecast((SELECT model FROM model), (SELECT rnn_rows('airline', month, y) FROM train), 24);

INSERT INTO point
SELECT 'airline', '1958-12', step, y, forecast, lower_bound, upper_bound,
  (SELECT y FROM train WHERE train.month = '1958' || substr(month.month, 5))
FROM month LEFT JOIN ahead ON time = month.month WHERE month.month > '1958-12';
INSERT INTO scale SELECT 'airline', avg(abs(y - before)) FROM (SELECT y, lag(y, 12) OVER (ORDER BY month) AS before FROM train);
INSERT INTO target VALUES ('MASE', '<= 0.75');
INSERT INTO expected VALUES (24);
