-- initial_state.sql - the state before the first step: zero, or a learned parameter.
--
--     sqlite3 :memory: < sql/gallery/initial_state.sql
--
-- Two documents speak of it: "h(0) can be set to 0, or can be a hyperparameter", and "it is better to treat the initial state as a
-- learnable parameter vector". Here the beginning matters: a pendulum is always let go from the same angle, then gusts of wind push
-- it. The network sees the gusts and has to say the angle at each step. Where the pendulum starts is in no input. A network whose
-- state begins at zero has to move its state there within the first steps; a learned initial state is there already.

.bail on
.load build/rnn
.read sql/chart.sql

-- 150 pendulums of 24 steps, each let go at angle 1.0; the wind differs from run to run and from step to step.
CREATE TABLE pendulum AS
WITH RECURSIVE
release(run) AS (SELECT 1 UNION ALL SELECT run + 1 FROM release WHERE run < 150),
swing(run, step, angle, speed) AS (
  SELECT run, 1, 1.0, -0.5 FROM release
  UNION ALL
  SELECT run, step + 1, angle + 0.5 * speed,
    0.9 * speed - 0.5 * (angle + 0.5 * speed) + 0.3 * ((run * 7919 + step * 104729) * 31 % 1009 / 504.5 - 1)
  FROM swing WHERE step < 24)
SELECT run, step, angle, 0.3 * ((run * 7919 + (step - 1) * 104729) * 31 % 1009 / 504.5 - 1) AS gust FROM swing;

-- The same network twice, trained on 120 of the runs; one option differs.
CREATE TABLE trained AS
SELECT initial_state, rnn_train(json_object('task', 'regress', 'cell', 'lstm', 'hidden', 8, 'epochs', 100,
  'initial_state', initial_state), run, step, angle, gust) AS model
FROM pendulum, (SELECT 'zero' AS initial_state UNION ALL SELECT 'learned')
WHERE run <= 120 GROUP BY initial_state;

-- The angle that each says, at each step of the 30 runs it has not seen.
CREATE TABLE guess AS
SELECT initial_state, series AS run, time AS step, prediction AS angle
FROM trained, rnn_predict(trained.model, (SELECT rnn_rows(run, step, NULL, gust) FROM pendulum WHERE run > 120));

-- Root mean square of the error, step by step.
CREATE TABLE error_by_step AS
SELECT initial_state, step, sqrt(avg((guess.angle - pendulum.angle) * (guess.angle - pendulum.angle))) AS error
FROM guess JOIN pendulum USING (run, step) GROUP BY initial_state, step;

.mode box
.print Error of the angle by step: the first step is where the two differ
SELECT step, printf('%.3f', max(iif(initial_state = 'zero', error, NULL))) AS "zero initial state",
  printf('%.3f', max(iif(initial_state = 'learned', error, NULL))) AS "learned initial state"
FROM error_by_step WHERE step <= 6 GROUP BY step;

.print The initial states are tensors of the model beside the weights: h0 for the output of the LSTM, c0 for its cell
CREATE TABLE initial AS
SELECT initial_state, name, count AS numbers, min, max
FROM trained, rnn_tensors(trained.model) WHERE name LIKE '%0_l0' AND name NOT LIKE '%weight%' AND name NOT LIKE '%bias%';
SELECT initial_state, name, numbers, printf('%.3f', min) AS smallest, printf('%.3f', max) AS largest FROM initial;

-- The picture: error over the steps, a line for each.
INSERT INTO chart(name, title, subtitle, x_label, y_label, source)
VALUES ('initial_state', 'Where the state begins', 'Error of the angle at each step of 30 pendulums that were not trained on', 'step',
  'error of the angle (RMSE, radians)',
  'LSTM of 8 units, 100 epochs on 120 runs');
INSERT INTO chart_line(chart, line) VALUES ('initial_state', 'zero initial state'), ('initial_state', 'learned initial state');
INSERT INTO chart_point(chart, line, time, y)
SELECT 'initial_state', initial_state || ' initial state', step, error FROM error_by_step ORDER BY step;
.output /dev/null
SELECT writefile('build/gallery/initial_state.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'initial_state' ORDER BY position);
.output
