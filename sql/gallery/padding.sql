-- padding.sql - sequences of any length side by side, and padding that changes nothing.
--
--     sqlite3 :memory: < sql/gallery/padding.sql
--
-- "Any recurrent model must handle variable-length sequences." The documents fill short sequences up with zero rows to the length of
-- the longest in their batch: "we use padding when the length of sequence is shorter than the maximum length in the batch". Here
-- batches are packed: a sequence leaves the batch after its own last step, no step is added, and who shares the batch with it makes
-- no difference to its result.

.bail on
.load build/rnn

-- 600 recordings of 5 to 64 steps, a JSON array each: 1 is a heartbeat, 0 is none. The number of beats is to be told.
CREATE TABLE recording(id INTEGER PRIMARY KEY, length INTEGER, beats INTEGER, signal TEXT);
WITH RECURSIVE number(id, length) AS (SELECT 1, 5 UNION ALL SELECT id + 1, 5 + (id + 1) * 37 % 60 FROM number WHERE id < 600),
step(id, length, t, beat) AS (
  SELECT id, length, 1, 0 FROM number
  UNION ALL SELECT id, length, t + 1, (id * 7919 + t * 104729) * 31 % 1009 < 50 + 40 * (id % 5) FROM step WHERE t < length)
INSERT INTO recording SELECT id, length, sum(beat), json_group_array(beat) FROM step GROUP BY id;

-- Recordings of all lengths train together.
CREATE TABLE trained AS
SELECT rnn_train('{"task":"regress","hidden":16,"ensemble":1,"epochs":60}', beats, signal) AS model FROM recording WHERE id <= 500;

.mode box
.print Beats that were counted in recordings that were not trained on, by their length
CREATE TABLE count_by_length AS
SELECT length / 20 * 20 AS length, count(*) AS recordings, avg(beats) AS beats, sqrt(avg((prediction - beats) * (prediction - beats))) AS error
FROM trained, rnn_predict(trained.model, (SELECT rnn_rows(id, signal) FROM recording WHERE id > 500)) JOIN recording ON id = key
GROUP BY recording.length / 20;
SELECT printf('%d to %d', max(length, 5), length + 19) AS steps, recordings, printf('%.3f', beats) AS "beats on average",
  printf('%.3f', error) AS "error (RMSE)" FROM count_by_length;

-- Each recording counted alone, among the 100, beside one of 5,000 steps, and filled up by hand with zeros to 80 steps. Matrix
-- products of other shapes round otherwise, in the seventh digit; that is all that company changes. Zeros do change the count: the
-- network reads them as a long time without a beat.
CREATE TABLE long(id, signal);
WITH RECURSIVE step(t) AS (SELECT 1 UNION ALL SELECT t + 1 FROM step WHERE t < 5000)
INSERT INTO long SELECT 'long', json_group_array(t % 9 = 0) FROM step;

CREATE TABLE counted AS
SELECT id, length, rnn_predict(model, signal) AS alone,
  rnn_predict(model, substr(signal, 1, length(signal) - 1) ||
    substr(replace(hex(zeroblob(40)), '0', ',0'), 1, 2 * (80 - length)) || ']') AS filled_up
FROM trained, recording WHERE id > 500;
CREATE TABLE counted_together AS
SELECT 'the 100' AS beside, key AS id, prediction
FROM trained, rnn_predict(trained.model, (SELECT rnn_rows(id, signal) FROM recording WHERE id > 500))
UNION ALL
SELECT 'one of 5,000 steps', key, prediction
FROM trained, rnn_predict(trained.model, (SELECT rnn_rows(id, signal)
  FROM (SELECT id, signal FROM recording WHERE id > 500 UNION ALL SELECT * FROM long)))
WHERE key <> 'long';

.print How far a prediction is from that of the recording alone
CREATE TABLE difference AS
SELECT beside, count(*) AS recordings, max(abs(prediction - alone)) AS most
FROM counted_together JOIN counted USING (id) GROUP BY beside
UNION ALL SELECT 'filled up with zeros to 80 steps', count(*), max(abs(filled_up - alone)) FROM counted;
SELECT beside, recordings, printf('%.6f', most) AS "at most, in beats" FROM difference ORDER BY most;

-- The steps that an epoch of training works on are those of the recordings and no more.
.print Steps of an epoch
CREATE TABLE steps AS
SELECT sum(length) AS recorded, 500 * max(length) AS filled_up,
  (SELECT CAST(round(steps_per_second * seconds) AS INTEGER) FROM rnn_fit(
    (SELECT rnn_rows(beats, signal) FROM recording WHERE id <= 500),
    '{"task":"regress","hidden":16,"ensemble":1,"epochs":1,"validation":0}')) AS trained
FROM recording WHERE id <= 500;
SELECT recorded AS "in the recordings", trained AS "that were trained", filled_up AS "if filled up to the longest" FROM steps;

.print What was learned from, as the model itself says
SELECT json_extract(rnn_info(model), '$.data.series') AS recordings, json_extract(rnn_info(model), '$.data.series_skipped') AS "left out"
FROM trained;
