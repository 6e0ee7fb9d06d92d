-- programs.sql - a network that executes small programs: it reads Python character by character and writes what the program prints.
--
-- The claim: "we just need to feed a sequence of symbols and enforce the final output to be a specific value", and the network learns to
-- interpret programs such as j=8584 / for x in range(8): j+=920 / b=(1500+j) / print((b+7567)). Here are programs of the document's two
-- forms. Their numbers have one digit (the intermediate ones two), so that some ten seconds of training are enough; for the
-- document's four digits Zaremba and Sutskever (Learning to execute, 2014) took two layers of 400 units and far more programs. No program
-- of the test occurs in training.
--
--     sqlite3 :memory: < sql/gallery/programs.sql
.bail on
.load build/rnn
.read sql/chart.sql

-- ---- programs and what they print -------------------------------------------------------------------------------

-- Eight throws of a ten-sided die for each (numbers that look like chance; Lehmer 1951).
CREATE TABLE dice AS
WITH RECURSIVE throw(n, x) AS (SELECT 0, 1 UNION ALL SELECT n + 1, x * 48271 % 2147483647 FROM throw WHERE n < 8 * 14000 - 1),
digit AS (SELECT n / 8 AS program, n % 8 AS die, x / 64 % 10 AS value FROM throw)
SELECT program, sum(value * (die = 0)) AS a, sum(value * (die = 1)) AS b, sum(value * (die = 2)) AS c, sum(value * (die = 3)) AS d,
  sum(value * (die = 4)) AS e, sum(value * (die = 5)) AS f
FROM digit GROUP BY program;

CREATE TABLE program(id INTEGER PRIMARY KEY, form TEXT, source TEXT UNIQUE, output TEXT, part TEXT AS (iif(id % 10 = 0, 'test', 'train')));
INSERT OR IGNORE INTO program(form, source, output)
SELECT 'loop',
  printf('j=%d' || char(10) || 'for x in range(%d):' || char(10) || '  j+=%d' || char(10) || 'b=(%d+j)' || char(10) || 'print((b+%d))',
    a, 1 + b % 4, c, d, e),
  a + (1 + b % 4) * c + d + e
FROM dice WHERE program % 2 = 0
UNION ALL
SELECT 'condition',
  printf('i=%d' || char(10) || 'c=(i-%d)' || char(10) || 'print((c+%d) if %d<%d else %d)', a + b, a, c, d, e, f),
  iif(d < e, b + c, f)
FROM dice WHERE program % 2 = 1;

.mode box
.print Programs and what they print
SELECT min(id) AS id, source, output FROM program GROUP BY form;
SELECT part, form, count(*) AS programs FROM program GROUP BY part, form;

-- ---- what guessing gives ----------------------------------------------------------------------------------------

-- The best guess that does not run the program: what programs of its form print most often, whole or character by character. An output
-- ends with an end mark, which counts as a character.
CREATE TABLE written AS
WITH RECURSIVE position(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM position WHERE n < 3)
SELECT part, form, n AS position, coalesce(nullif(substr(output, n, 1), ''), 'end') AS token FROM program, position WHERE n <= length(output) + 1;
CREATE TABLE guess AS
WITH whole AS (SELECT form, output, row_number() OVER (PARTITION BY form ORDER BY count(*) DESC) AS rank
  FROM program WHERE part = 'train' GROUP BY form, output),
one AS (SELECT form, position, token, row_number() OVER (PARTITION BY form, position ORDER BY count(*) DESC) AS rank
  FROM written WHERE part = 'train' GROUP BY form, position, token)
SELECT (SELECT avg(w.output = p.output) FROM program p JOIN whole w USING (form) WHERE part = 'test' AND rank = 1) AS exact_match,
  (SELECT avg(o.token = w.token) FROM written w JOIN one o USING (form, position) WHERE part = 'test' AND rank = 1) AS token_accuracy;

-- ---- learning to execute ----------------------------------------------------------------------------------------

-- The metric is the share of programs whose whole output is right, among a tenth of the rows given that is held out.
.print
.print Learning: share of programs executed without a mistake
CREATE TABLE run AS
SELECT epoch, train_loss, valid_loss, metric AS exact, iif(epoch = 9, model, NULL) AS model
FROM rnn_fit((SELECT rnn_rows(output, source) FROM program WHERE part = 'train'),
  '{"task":"seq2seq","tokens":"char","hidden":64,"embedding":16,"dropout":0,"batch":32,"learning_rate":0.006,"epochs":9}');
SELECT epoch, printf('%.3f', train_loss) AS train_loss, printf('%.3f', valid_loss) AS valid_loss, printf('%.3f', exact) AS exact FROM run;

.print
.print Programs of the test, which it has never seen
CREATE TABLE test AS
SELECT metric, value AS network, CASE metric WHEN 'exact_match' THEN exact_match WHEN 'token_accuracy' THEN token_accuracy END AS guess
FROM run, rnn_evaluate(run.model, (SELECT rnn_rows(output, source) FROM program WHERE part = 'test')), guess
WHERE run.model IS NOT NULL AND metric <> 'edit_distance';
SELECT metric, printf('%.3f', network) AS network, printf('%.3f', guess) AS "guessing by form" FROM test;

CREATE TABLE executed AS
SELECT id, form, source, output, prediction, prediction = output AS exact, probability
FROM run, rnn_predict(run.model, (SELECT rnn_rows(id, source) FROM program WHERE part = 'test')), program
WHERE run.model IS NOT NULL AND program.id = key;

-- Mistakes are near misses: what was learned is a rough arithmetic, not a table of answers.
.print
.print By form, and how far off the wrong ones are
SELECT form, count(*) AS programs, printf('%.3f', avg(exact)) AS exact, sum(NOT exact) AS wrong,
  printf('%.1f', avg(iif(exact, NULL, abs(prediction - output)))) AS "off by" FROM executed GROUP BY form;
.print Right
SELECT min(id) AS id, source, prediction FROM executed WHERE exact GROUP BY form;
.print Wrong
SELECT min(id) AS id, source, prediction, output AS "should have been" FROM executed WHERE NOT exact GROUP BY form;

-- ---- the picture ------------------------------------------------------------------------------------------------

INSERT INTO chart(name, title, subtitle, y_label, x_label, source) VALUES ('programs', 'Executing small programs, character by character',
  'Programs whose whole output is right, among those held out', 'share of programs', 'epoch', 'Generated programs. sql/gallery/programs.sql');
INSERT INTO chart_line(chart, line) VALUES ('programs', 'network'), ('programs', 'guessing by form');
INSERT INTO chart_point(chart, line, time, y) SELECT 'programs', 'network', epoch, exact FROM run
UNION ALL SELECT 'programs', 'guessing by form', epoch, exact_match FROM run, guess;
.output /dev/null
SELECT writefile('build/gallery/programs.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'programs' ORDER BY position);
.output
