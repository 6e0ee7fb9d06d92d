-- folds.sql - ten parts of the rows of `item`, which a row's file has filled: item(n INTEGER PRIMARY KEY, label, input).
--
-- Rows are put into an order that looks random: that of x after five rounds of x <- x^2 + 16807 n + seed (mod 2^31 - 1), a function of
-- the row's number and the seed alone. Every tenth row of that order is a part. The seed is that of training, too.
CREATE TEMP TABLE fold(n INTEGER PRIMARY KEY, fold INTEGER NOT NULL);
WITH RECURSIVE mix(n, round, x) AS (
  SELECT n, 0, (n * 7919 + seed * 104729) % 2147483647 FROM item, run
  UNION ALL
  SELECT n, round + 1, (x * x + 16807 * n + seed) % 2147483647 FROM mix, run WHERE round < 5)
INSERT INTO fold SELECT n, row_number() OVER (ORDER BY x, n) % 10 FROM mix WHERE round = 5;
