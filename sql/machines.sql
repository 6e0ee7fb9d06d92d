-- machines.sql - a made-up table for the examples of docs/sql.md: 80 runs of a machine tool, a row a second.
--
--     .read sql/machines.sql
--
-- The machine idles, cuts, and in every third run jams for five seconds: the current climbs and the vibration falls. `state` is what it does
-- at that second, `result` what came out of the run, the same in all its rows.

CREATE TABLE machine(run INTEGER, second INTEGER, current REAL, vibration REAL, state TEXT, result TEXT, PRIMARY KEY(run, second));

WITH RECURSIVE clock(second) AS (SELECT 0 UNION ALL SELECT second + 1 FROM clock WHERE second < 47),
work(run, start, stop, jam) AS (
  SELECT 1, 11, 43, NULL
  UNION ALL
  SELECT run + 1, 6 + (run + 1) * 5 % 9, 36 + (run + 1) * 7 % 9, iif((run + 1) % 3 = 0, 16 + (run + 1) * 11 % 15, NULL)
  FROM work WHERE run < 80),
done AS (
  SELECT *, CASE WHEN second < start OR second >= stop THEN 'idle' WHEN second - jam BETWEEN 0 AND 4 THEN 'jam' ELSE 'cut' END AS state,
    -- Noise between -1 and 1 that is the same on every machine.
    (run * 7919 + second * 104729) * 31 % 1009 / 504.5 - 1 AS noise1, (run * 15485863 + second * 32452843) % 1013 / 506.5 - 1 AS noise2
  FROM work, clock)
INSERT INTO machine
SELECT run, second,
  round(CASE state WHEN 'idle' THEN 0.8 WHEN 'cut' THEN 5.0 ELSE 5.0 + 0.8 * (second - jam + 1) END + 0.6 * noise1, 2),
  round(CASE state WHEN 'idle' THEN 0.1 WHEN 'cut' THEN 1.0 ELSE 0.7 END + 0.25 * noise2, 2),
  state, iif(jam IS NULL, 'good', 'scrap')
FROM done;
