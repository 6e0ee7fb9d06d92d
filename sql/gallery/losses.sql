-- losses.sql - what a network's answer means is decided by the loss: the mean, the median, a quantile, a probability.
--
-- The claims: for classes the outputs are "normalised log probabilities", made probabilities by the softmax, and the loss is the negative
-- log-likelihood of what came; for numbers the predictions are compared with the truth by another loss. The squared error (mse) is least
-- at the mean, the absolute error (mae) at the median, so that outliers do not move it; huber is between. The quantile loss is least
-- where the share of the truth below the forecast is the one asked for. gaussian learns the spread besides the level.
--
--     sqlite3 :memory: < sql/gallery/losses.sql
.bail on
.load build/rnn
.read sql/chart.sql
.read sql/scatter.sql

-- ---- numbers with outliers --------------------------------------------------------------------------------------

-- Deliveries over five distances: minutes grow with the distance, one in six gets lost and takes an hour and a half more.
CREATE TABLE chance AS
WITH RECURSIVE chance(n, x) AS (SELECT 0, 1 UNION ALL SELECT n + 1, x * 48271 % 2147483647 FROM chance WHERE n < 20000)
SELECT n, x / 2147483647.0 AS value FROM chance;
CREATE UNIQUE INDEX chance_n ON chance(n);

CREATE TABLE delivery AS
SELECT a.n AS id, 1 + a.n % 5 AS distance, 10.0 * (1 + a.n % 5) + 6 * (a.value - 0.5) + 90 * (b.value < 1.0 / 6) AS minutes
FROM chance a JOIN chance b ON b.n = 10000 + a.n WHERE a.n < 2000;

-- The same network and the same rows, three losses.
.param init
.param set :regress '{"task":"regress","epochs":60,"learning_rate":0.02,"ensemble":1,"hidden":16,"dropout":0,"validation":0,"batch":64}'
CREATE TABLE model AS
SELECT 'mse' AS loss, rnn_train(json_set(:regress, '$.loss', 'mse'), minutes, json_array(distance)) AS model FROM delivery
UNION ALL SELECT 'mae', rnn_train(json_set(:regress, '$.loss', 'mae'), minutes, json_array(distance)) FROM delivery
UNION ALL SELECT 'huber', rnn_train(json_set(:regress, '$.loss', 'huber'), minutes, json_array(distance)) FROM delivery;

CREATE TABLE level AS
WITH ranked AS (SELECT distance, minutes, row_number() OVER (PARTITION BY distance ORDER BY minutes) AS rank,
  count(*) OVER (PARTITION BY distance) AS n FROM delivery)
SELECT distance, avg(minutes) AS mean, avg(iif(2 * rank IN (n, n + 1, n + 2), minutes, NULL)) AS median,
  (SELECT rnn_predict(model, json_array(distance)) FROM model WHERE loss = 'mse') AS mse,
  (SELECT rnn_predict(model, json_array(distance)) FROM model WHERE loss = 'huber') AS huber,
  (SELECT rnn_predict(model, json_array(distance)) FROM model WHERE loss = 'mae') AS mae
FROM ranked GROUP BY distance;

.mode box
.print Mean and median of the rows, and what the network answers after each loss
SELECT distance, printf('%.1f', mean) AS mean, printf('%.1f', mse) AS mse, printf('%.1f', huber) AS huber, printf('%.1f', mae) AS mae,
  printf('%.1f', median) AS median FROM level;

-- ---- quantiles --------------------------------------------------------------------------------------------------

-- Waiting times of sixty counters, 100 days each: many short ones, a few long ones, more on every fifth day. The last ten days are kept
-- back. The quantile loss learns 13 quantiles of the next days; the gaussian loss a mean and a spread, which are no good guess of
-- so lopsided a thing: its quantiles hold because every forecast model sets its quantiles right on days held out in training.
CREATE TABLE wait AS
SELECT n / 100 AS counter, n % 100 AS day, 5 + 5 * (n % 5 = 0) - 6 * ln(1 - value) AS minutes FROM chance WHERE n < 6000;
CREATE TABLE forecaster AS
SELECT 'quantile' AS loss, rnn_train('{"task":"forecast","horizon":10,"season":5,"loss":"quantile","epochs":8,"ensemble":1}', counter, day, minutes)
  AS model FROM wait WHERE day < 90
UNION ALL
SELECT 'gaussian', rnn_train('{"task":"forecast","horizon":10,"season":5,"loss":"gaussian","epochs":8,"ensemble":1}', counter, day, minutes)
FROM wait WHERE day < 90;

-- How many of the 600 days kept back lie below each quantile?
CREATE TABLE share AS
SELECT f.loss, CAST(q.key AS REAL) AS quantile, avg(w.minutes < q.value) AS below, count(*) AS days
FROM forecaster f, rnn_forecast(f.model, (SELECT rnn_rows(counter, day, minutes) FROM wait WHERE day < 90), 10) p, json_each(p.quantiles) q
JOIN wait w ON w.counter = p.series AND w.day = p.time
GROUP BY f.loss, quantile;
.print
.print Share of the days kept back that lie below the forecast quantile
SELECT printf('%.3f', quantile) AS quantile, printf('%.3f', max(iif(loss = 'quantile', below, 0))) AS "quantile loss",
  printf('%.3f', max(iif(loss = 'gaussian', below, 0))) AS "gaussian loss" FROM share GROUP BY quantile;

-- ---- probabilities ----------------------------------------------------------------------------------------------

-- Three machines, two readings of each, which overlap: which one was it? Nobody can be certain, and the network must not be.
CREATE TABLE reading AS
SELECT a.n AS id, json_extract('["press","oven","pump"]', '$[' || (a.n % 3) || ']') AS machine,
  json_array(round(10.0 * (a.n % 3) + 20 * a.value, 3), round(5.0 * (a.n % 3 = 1) + 10 * b.value, 3)) AS measured
FROM chance a JOIN chance b ON b.n = 8000 + a.n WHERE a.n BETWEEN 5000 AND 7999;
CREATE TABLE classifier AS
SELECT rnn_train('{"task":"classify","epochs":10,"ensemble":1,"hidden":16}', machine, measured) AS model FROM reading WHERE id % 4 <> 0;

CREATE TABLE answer AS
SELECT machine, probabilities, json_extract(probabilities, '$.' || machine) AS p,
  (SELECT sum(value) FROM json_each(probabilities)) AS total
FROM classifier, rnn_predict(classifier.model, (SELECT rnn_rows(id, measured) FROM reading WHERE id % 4 = 0)), reading WHERE reading.id = key;
.print
.print Probabilities of some readings, and what the machine was
SELECT machine, printf('%.3f', json_extract(probabilities, '$.press')) AS press, printf('%.3f', json_extract(probabilities, '$.oven')) AS oven,
  printf('%.3f', json_extract(probabilities, '$.pump')) AS pump, printf('%.6f', total) AS total FROM answer LIMIT 6;

-- The negative log-likelihood by hand is what rnn_evaluate calls log_loss. Without knowledge it would be ln 3.
CREATE TABLE likelihood AS
SELECT value AS log_loss, (SELECT -avg(ln(p)) FROM answer) AS by_hand, ln(3) AS ignorance
FROM classifier, rnn_evaluate(classifier.model, (SELECT rnn_rows(machine, measured) FROM reading WHERE id % 4 = 0)) WHERE metric = 'log_loss';
.print
.print Negative log-likelihood
SELECT printf('%.6f', log_loss) AS log_loss, printf('%.6f', by_hand) AS "-avg(ln(p))", printf('%.3f', ignorance) AS "ln 3" FROM likelihood;

-- ---- the pictures -----------------------------------------------------------------------------------------------

INSERT INTO scatter(name, title, subtitle, x_label, y_label, source) VALUES ('losses', 'Three losses, three answers',
  'One delivery in six gets lost: mse answers with the mean, mae with the median, huber in between', 'kilometres', 'minutes',
  'Generated deliveries. sql/gallery/losses.sql');
INSERT INTO scatter_point(scatter, x, y, colour_group)
SELECT 'losses', distance + 0.3 * (value - 0.5), minutes, 'deliveries' FROM delivery JOIN chance ON n = 15000 + id WHERE id < 400;
INSERT INTO scatter_point(scatter, x, y, colour_group)
SELECT 'losses', distance, json_extract(answer.value, '$[1]'), json_extract(answer.value, '$[0]')
FROM level, json_each(json_array(json_array('mse', mse), json_array('huber', huber), json_array('mae', mae))) answer;

INSERT INTO chart(name, title, subtitle, y_label, x_label, source) VALUES ('losses_quantiles', 'Do the quantiles hold their share?',
  'Share of 600 days kept back that lie below each forecast quantile', 'share of the days', 'quantile', 'Generated waiting times. sql/gallery/losses.sql');
INSERT INTO chart_line(chart, line) VALUES ('losses_quantiles', 'as it should be'), ('losses_quantiles', 'quantile'), ('losses_quantiles', 'gaussian');
INSERT INTO chart_point(chart, line, time, y)
SELECT 'losses_quantiles', loss, quantile, below FROM share
UNION ALL SELECT 'losses_quantiles', 'as it should be', quantile, quantile FROM share WHERE loss = 'quantile';
.output /dev/null
SELECT writefile('build/gallery/losses.svg', group_concat(text, char(10)))
FROM (SELECT text FROM scatter_svg WHERE scatter = 'losses' ORDER BY position);
SELECT writefile('build/gallery/losses_quantiles.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'losses_quantiles' ORDER BY position);
.output
