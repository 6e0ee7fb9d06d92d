-- controls.sql - a control at every step: the pump of a tank, the throttle of a car.
--
--     sqlite3 :memory: < sql/gallery/controls.sql
--
-- From the documents: "At the output layer we could have label at every time step ... Predicting the label at every step could be
-- useful for controlling devices." Both controllers here remember: what they do depends on what was before, not on the measurements
-- of the moment alone. Two networks learn them from a log, a class at every step and a number at every step. The same networks
-- without memory, each step a series of its own, show what the measurements of the moment are worth. Last, the network takes over:
-- it runs the tank, a row at a time.

.bail on
.load build/rnn
.read sql/chart.sql

-- The log of a tank, 6,000 minutes: water is drawn from it, more by day than by night, with noise; a pump fills it. The pump starts
-- below 30 % and stops above 70 %. Between the two it goes on with what it did: at 50 % the level alone does not tell.
CREATE TABLE tank AS
WITH RECURSIVE minute(t, level, pump, noise) AS (
  SELECT 0, 50.0, 'off', 42
  UNION ALL
  SELECT t + 1, level + iif(pump = 'on', 3.0, 0) - 1.2 - 0.6 * sin(t / 229.0) - noise / 2147483648.0,
    CASE WHEN level < 30 THEN 'on' WHEN level > 70 THEN 'off' ELSE pump END, (noise * 1103515245 + 12345) % 2147483648
  FROM minute WHERE t < 5999)
SELECT t, level, lead(pump) OVER (ORDER BY t) AS pump, noise / 2147483648.0 AS draw, t >= 4500 AS held_out FROM minute;
DELETE FROM tank WHERE pump IS NULL;

-- The log of a cruise control, a row a second: the throttle follows how far the speed is below the one wished for, and a trim, which
-- adds that up over the last half minute or so, since hills need more or less of it. The hills are in no column.
CREATE TABLE drive AS
WITH RECURSIVE second(t, wish, speed, trim, noise) AS (
  SELECT 0, 25.0, 25.0, 0.4, 7
  UNION ALL
  SELECT t + 1, iif(t % 90 = 89, 15 + round(15.0 * noise / 2147483648), wish),
    speed + 3 * max(0, min(1, 0.08 * (wish - speed) + trim)) - 0.05 * speed - 0.8 * sin(t / 37.0) - 0.3 * sin(t / 11.3),
    0.97 * trim + 0.012 + 0.015 * (wish - speed), (noise * 1103515245 + 12345) % 2147483648
  FROM second WHERE t < 5999)
SELECT t, wish, speed, max(0, min(1, 0.08 * (wish - speed) + trim)) AS throttle, t >= 4500 AS held_out FROM second;

-- Learned step by step. Each log is one long series, trained in chunks of 50 rows with the state carried (tbptt); for comparison row
-- by row, each a series of its own, so that nothing is remembered.
INSERT INTO rnn_models(name, model)
SELECT 'pump', rnn_train('{"task":"classify","output":"every","hidden":16,"epochs":40,"tbptt":50}', 'tank', t, pump, level)
FROM tank WHERE NOT held_out;
INSERT INTO rnn_models(name, model)
SELECT 'pump, no memory', rnn_train('{"task":"classify","output":"every","hidden":16,"epochs":10}', t, t, pump, level)
FROM tank WHERE NOT held_out;
INSERT INTO rnn_models(name, model)
SELECT 'throttle', rnn_train('{"task":"regress","output":"every","hidden":32,"dropout":0,"epochs":150,"tbptt":50}',
  'car', t, throttle, wish, speed)
FROM drive WHERE NOT held_out;
INSERT INTO rnn_models(name, model)
SELECT 'throttle, no memory', rnn_train('{"task":"regress","output":"every","hidden":32,"dropout":0,"epochs":10}',
  t, t, throttle, wish, speed)
FROM drive WHERE NOT held_out;

-- The rows that were held out, as they come: rnn_score takes the state along from row to row. Without memory a row is all there is.
CREATE TABLE pump_answer AS
SELECT t, level, pump, rnn_score('pump', t, NULL, level) OVER (ORDER BY t) AS remembering,
  rnn_score('pump, no memory', t, NULL, level) OVER (ORDER BY t ROWS CURRENT ROW) AS forgetful
FROM tank WHERE held_out;
CREATE TABLE throttle_answer AS
SELECT t, wish, speed, throttle, rnn_score('throttle', t, NULL, wish, speed) OVER (ORDER BY t) AS remembering,
  rnn_score('throttle, no memory', t, NULL, wish, speed) OVER (ORDER BY t ROWS CURRENT ROW) AS forgetful
FROM drive WHERE held_out;

.mode box
.print The control at each step, held out: pump, share of minutes that are right; throttle, mean miss (it goes from 0 to 1)
CREATE TABLE control_quality AS
SELECT 'pump' AS control, 'right' AS measure, avg(remembering = pump) AS remembering, avg(forgetful = pump) AS forgetful
FROM pump_answer
UNION ALL
SELECT 'throttle', 'mean miss', avg(abs(remembering - throttle)), avg(abs(forgetful - throttle)) FROM throttle_answer;
SELECT control, measure, printf('%.3f', remembering) AS "with memory", printf('%.3f', forgetful) AS "the moment alone"
FROM control_quality;

-- The network takes over a tank whose draws it has not seen. rnn_advance makes a new state from the last one and a row, rnn_output
-- reads the answer from it; the level that follows is what the network sees next.
CREATE TABLE tank_run AS
WITH RECURSIVE minute(t, level, pump, state, noise) AS (
  SELECT 0, 50.0, 'off', NULL, 99
  UNION ALL
  SELECT t + 1, level + iif(pump = 'on', 3.0, 0) - 1.2 - 0.6 * sin(t / 229.0) - noise / 2147483648.0,
    rnn_output('pump', rnn_advance('pump', state, t, NULL, level)), rnn_advance('pump', state, t, NULL, level),
    (noise * 1103515245 + 12345) % 2147483648
  FROM minute WHERE t < 1999)
SELECT t, level, pump FROM minute;

.print The tank with the network at the pump, 2,000 minutes. The controller it learned from starts the pump below 30 and stops it above 70
CREATE TABLE tank_switch AS
SELECT * FROM (SELECT t, level, pump, lag(pump) OVER (ORDER BY t) AS before, lag(level) OVER (ORDER BY t) AS seen FROM tank_run)
WHERE pump <> before;
SELECT pump AS "switched", count(*) AS times, printf('%.1f', min(seen)) AS "lowest level", printf('%.1f', avg(seen)) AS "mean level",
  printf('%.1f', max(seen)) AS "highest level"
FROM tank_switch GROUP BY pump;

-- The pictures: six hours of the tank, and three minutes of the throttle.
INSERT INTO chart(name, title, subtitle, x_label, y_label, source) VALUES
  ('tank', 'A tank run by the network', 'It starts the pump near 30 % and stops it near 70 %, as it has seen it done', 'minute',
   'level of the tank (%)', 'Classes at every step; level in, pump on or off out'),
  ('throttle', 'The throttle, second by second', 'A hill cannot be seen, but remembered; 4,500 seconds were trained on', 'second',
   'throttle (0 to 1)', 'A number at every step; speed wished for and speed in, throttle out');
INSERT INTO chart_line(chart, line) VALUES ('tank', 'pump off'), ('tank', 'pump on'),
  ('throttle', 'cruise control'), ('throttle', 'network with memory'), ('throttle', 'the moment alone');
INSERT INTO chart_point(chart, line, time, y)
SELECT 'tank', 'pump ' || column1, t, iif(pump = column1 OR before = column1, level, NULL)
FROM (VALUES ('off'), ('on')), (SELECT *, lag(pump) OVER (ORDER BY t) AS before FROM tank_run) WHERE t BETWEEN 1000 AND 1360;
INSERT INTO chart_point(chart, line, time, y)
SELECT 'throttle', 'cruise control', t, throttle FROM throttle_answer WHERE t BETWEEN 5000 AND 5179
UNION ALL SELECT 'throttle', 'network with memory', t, remembering FROM throttle_answer WHERE t BETWEEN 5000 AND 5179
UNION ALL SELECT 'throttle', 'the moment alone', t, forgetful FROM throttle_answer WHERE t BETWEEN 5000 AND 5179;
.output /dev/null
SELECT writefile('build/gallery/controls.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'tank' ORDER BY position);
SELECT writefile('build/gallery/controls_throttle.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'throttle' ORDER BY position);
.output
