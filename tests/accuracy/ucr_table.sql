-- ucr_table.sql - the UCR archive as a whole: its lines of the main table (lines.md in
-- build/accuracy/ucr/) and the table of its sets (sets.md). Nothing is measured here:
-- scripts/accuracy makes the table seed(seed) and collects what was measured in the files `figures`
-- and `described` of that folder.
.bail on
.mode ascii
.separator "\t" "\n"
CREATE TEMP TABLE archive(name TEXT PRIMARY KEY, minirocket REAL);
.import --skip 1 tests/accuracy/ucr_sets.tsv archive
CREATE TEMP TABLE described(sources TEXT, name TEXT PRIMARY KEY, series INTEGER, length INTEGER,
  classes INTEGER, nearest REAL);
.import build/accuracy/ucr/described described
CREATE TEMP TABLE figure(method TEXT, name TEXT, present INTEGER, sources TEXT, seed INTEGER,
  metric TEXT, value REAL, naive REAL, bound TEXT, coverage REAL, seconds REAL, points INTEGER,
  PRIMARY KEY (method, name, seed));
.import build/accuracy/ucr/figures figure
CREATE TEMP TABLE method(method TEXT PRIMARY KEY, title TEXT, bound REAL);
INSERT INTO method VALUES
  ('ucr', 'UCR archive, mean of ', 0.93),
  ('ucr_network', 'UCR, network alone (`"wide":false`), mean of ', 0.885);

-- A cell for each figure that there should be, in the order of printing; value is NULL where it is
-- missing. `lag` is how far it is behind the nearest neighbour. Means are NULL where a value is.
CREATE TEMP TABLE cell AS
SELECT method, archive.name, seed.rowid AS n, nullif(value, '-') AS value, seconds, present,
  nearest, nearest - nullif(value, '-') AS lag
FROM archive JOIN method JOIN seed
LEFT JOIN figure USING (method, name, seed) LEFT JOIN described USING (name)
ORDER BY method, archive.name, n;
CREATE TEMP TABLE by_set AS
SELECT method, name, iif(count(value) = count(*), avg(value), NULL) AS mean, nearest,
  iif(count(value) = count(*), avg(lag), NULL) AS lag,
  iif(count(value) = count(*), avg(seconds), NULL) AS seconds,
  count(value) AS found, min(present) AS present
FROM cell GROUP BY method, name;
-- Values have four decimals: 0.02 and half of the last one may be a difference of 0.02.
CREATE TEMP TABLE by_seed AS
SELECT method, n, iif(count(value) = count(*), avg(value), NULL) AS mean,
  iif(count(lag) = count(*), sum(lag > 0.02005), NULL) AS behind
FROM cell GROUP BY method, n ORDER BY method, n;
CREATE TEMP TABLE overall AS
SELECT method, iif(count(mean) = count(*), avg(mean), NULL) AS mean,
  iif(count(nearest) = count(*), avg(nearest), NULL) AS nearest,
  iif(count(lag) = count(*), sum(lag > 0.02005), NULL) AS behind,
  iif(count(mean) = count(*), avg(seconds), NULL) AS seconds,
  count(*) AS sets, sum(found) AS found, min(present) AS present
FROM by_set GROUP BY method;
CREATE TEMP TABLE middle AS
SELECT avg(seconds) AS seconds FROM (
  SELECT seconds, row_number() OVER (ORDER BY seconds) AS place, count(*) OVER () AS sets
  FROM by_set WHERE method = 'ucr')
WHERE place IN ((sets + 1) / 2, (sets + 2) / 2);

-- ---- lines of the main table: only of what was measured at all ----------------------------------
CREATE TEMP VIEW main_line(place, title, metric, present, each, mean, naive, bound, seconds, met) AS
SELECT method.rowid, title || sets || ' sets', 'accuracy', present,
  (SELECT group_concat(printf(iif(mean IS NULL, '…', '%.4f'), mean), ' / ')
   FROM by_seed WHERE by_seed.method = overall.method),
  printf('%.4f', mean), printf('%.3f', nearest), '≥ ' || bound, printf('%.1f', seconds),
  mean >= bound
FROM method JOIN overall USING (method) WHERE found > 0
UNION ALL
SELECT 9, 'UCR, sets more than 0.02 below the nearest neighbour', 'sets', present,
  (SELECT group_concat(coalesce(behind, '…'), ' / ')
   FROM by_seed WHERE by_seed.method = overall.method),
  behind, '-', '≤ 0', '-', behind = 0
FROM overall WHERE method = 'ucr' AND found > 0;

.mode list
.headers off
.once build/accuracy/ucr/lines.md
SELECT '| ' || title || iif(present, '', ' †') || ' | ' || metric || ' | ' || each || ' | '
  || iif(met IS NULL, '- | - | ' || bound || ' | - | - | incomplete |',
         mean || ' | ' || naive || ' | ' || bound || ' | - | ' || seconds || ' | '
         || iif(met, 'yes', 'no') || ' |')
FROM main_line ORDER BY place;

-- ---- the table of the sets ----------------------------------------------------------------------
CREATE TEMP VIEW set_line(place, title, series, length, classes, each, mean, network, nearest,
  minirocket, seconds) AS
SELECT archive.rowid, archive.name || iif(ours.present = 0 OR network.present = 0, ' †', ''),
  coalesce(series, '-'), coalesce(length, '-'), coalesce(classes, '-'),
  (SELECT group_concat(printf(iif(value IS NULL, '-', '%.4f'), value), ' / ')
   FROM cell WHERE cell.name = archive.name AND cell.method = 'ucr'),
  ours.mean, network.mean, ours.nearest, minirocket,
  printf(iif(ours.seconds IS NULL, '-', '%.1f'), ours.seconds)
FROM archive JOIN by_set ours USING (name) JOIN by_set network USING (name)
LEFT JOIN described USING (name)
WHERE ours.method = 'ucr' AND network.method = 'ucr_network'
UNION ALL
SELECT 1e9, 'mean', '', '', '',
  (SELECT group_concat(printf(iif(mean IS NULL, '-', '%.4f'), mean), ' / ')
   FROM by_seed WHERE method = 'ucr'),
  ours.mean, network.mean, ours.nearest, (SELECT avg(minirocket) FROM archive),
  printf(iif(ours.seconds IS NULL, '-', '%.1f (median %.1f, maximum %.1f)'), ours.seconds,
    (SELECT seconds FROM middle), (SELECT max(seconds) FROM by_set WHERE method = 'ucr'))
FROM overall ours JOIN overall network
WHERE ours.method = 'ucr' AND network.method = 'ucr_network';

.output build/accuracy/ucr/sets.md
SELECT '| set | training series | length | classes | seeds ' || group_concat(seed, ' / ')
  || ' | mean | network alone | nearest neighbour | MiniRocket | training, s |' || char(10)
  || '|---|---|---|---|---|---|---|---|---|---|' FROM seed;
SELECT '| ' || title || ' | ' || series || ' | ' || length || ' | ' || classes || ' | ' || each
  || ' | ' || printf(iif(mean IS NULL, '-', '%.4f'), mean)
  || ' | ' || printf(iif(network IS NULL, '-', '%.4f'), network)
  || ' | ' || printf(iif(nearest IS NULL, '-', '%.3f'), nearest)
  || ' | ' || printf('%.3f', minirocket) || ' | ' || seconds || ' |'
FROM set_line ORDER BY place;
SELECT char(10) || iif(method = 'ucr', 'Missing: ', 'Missing with the network alone: ')
  || iif(count(*) = sets, 'all sets', group_concat(name, ', ')) || '.'
FROM by_set JOIN overall USING (method) WHERE by_set.mean IS NULL GROUP BY method;
SELECT char(10) || '† measured before the last change of the sources'
WHERE EXISTS (SELECT 1 FROM overall WHERE present = 0);
