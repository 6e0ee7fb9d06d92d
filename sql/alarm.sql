-- alarm.sql - a trigger that knows what the next reading should be, and raises an alarm when it is not that.
--
-- From the top of the repository, after `make`:    sqlite3 :memory: < sql/alarm.sql
--
-- Two made-up sensors report a temperature every hour. A network learns three weeks of them; from then on every INSERT compares
-- the new reading with the forecast made before it, and moves the sensor's state on by that one row.
.bail on
.load build/rnn

-- Three weeks of history: a daily course, a drift, noise that is the same on every machine.
CREATE TABLE history(sensor TEXT, time TEXT, value REAL);
WITH RECURSIVE hour(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM hour WHERE n < 21 * 24 - 1),
place(sensor, mean, range) AS (VALUES ('attic', 24, 6), ('cellar', 12, 1.5))
INSERT INTO history
SELECT sensor, datetime('2024-06-01', n || ' hours'),
  round(mean + range * sin((n - 9) * 6.2832 / 24) + n * 0.002 + range * ((n * 7919 + length(sensor) * 104729) * 31 % 1009 / 504.5 - 1) / 20, 2)
FROM hour, place;

INSERT INTO rnn_models(name, model)
SELECT 'temperature', rnn_train('{"task":"forecast","horizon":1,"context":24,"epochs":20}', sensor, time, value) FROM history;

-- What is known of each sensor: its state, the forecast of its next reading, how far off is too far.
CREATE TABLE sensor(name TEXT PRIMARY KEY, state BLOB, expected REAL, tolerance REAL);
CREATE TABLE reading(sensor TEXT, time TEXT, value REAL);
CREATE TABLE alarm(sensor TEXT, time TEXT, value REAL, expected REAL);

-- A reading that raised an alarm is not believed: a NULL goes into the state, for which the forecast stands in.
CREATE TRIGGER watch AFTER INSERT ON reading BEGIN
  INSERT INTO alarm SELECT name, new.time, new.value, expected FROM sensor
    WHERE name = new.sensor AND abs(new.value - expected) > tolerance;
  UPDATE sensor SET state = rnn_advance('temperature', state, new.time,
                                        iif(abs(new.value - expected) > tolerance, NULL, new.value))
    WHERE name = new.sensor;
  UPDATE sensor SET expected = rnn_output('temperature', state) WHERE name = new.sensor;
END;

-- The states read the history through the trigger. The tolerance is six times the usual miss, which rnn_score shows: the forecast
-- of each row, made before the row was seen.
INSERT INTO sensor(name) SELECT DISTINCT sensor FROM history;
INSERT INTO reading SELECT * FROM history ORDER BY time;
UPDATE sensor SET tolerance = 6 * (
  SELECT avg(abs(value - forecast))
  FROM (SELECT time, value, rnn_score('temperature', time, value) OVER (ORDER BY time) AS forecast FROM history WHERE sensor = name)
  WHERE time >= '2024-06-08');

-- Two more days arrive, one reading at a time. Two of the 96 readings are wrong.
WITH RECURSIVE hour(n) AS (SELECT 21 * 24 UNION ALL SELECT n + 1 FROM hour WHERE n < 23 * 24 - 1),
place(sensor, mean, range) AS (VALUES ('attic', 24, 6), ('cellar', 12, 1.5))
INSERT INTO reading
SELECT sensor, datetime('2024-06-01', n || ' hours'),
  CASE WHEN sensor = 'attic' AND n = 515 THEN 0
    ELSE round(mean + range * sin((n - 9) * 6.2832 / 24) + n * 0.002 + range * ((n * 7919 + length(sensor) * 104729) * 31 % 1009 / 504.5 - 1) / 20
               + iif(sensor = 'cellar' AND n = 530, 4, 0), 2) END
FROM hour, place ORDER BY n;

.mode box
SELECT sensor, time, value, round(expected, 2) AS expected FROM alarm ORDER BY time;
.mode list
.headers off
SELECT count(*) || ' readings, ' || (SELECT count(*) FROM alarm) || ' alarms; a state is '
  || (SELECT max(length(state)) FROM sensor) || ' bytes' FROM reading WHERE time >= '2024-06-22';
