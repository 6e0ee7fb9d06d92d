-- chart.sql - line charts with a band, written as SVG by SQL alone. It needs no extension: any time series will do, and the training
-- curves of several runs. (SQLite's mathematical functions it needs; the sqlite3 shell has them.)
--
--     .read sql/chart.sql
--     INSERT INTO chart(name, title, y_label) VALUES ('sales', 'Sales and their forecast', 'units a day');
--     INSERT INTO chart_line(chart, line) VALUES ('sales', 'sold'), ('sales', 'forecast');
--     INSERT INTO chart_point(chart, line, time, y) SELECT 'sales', 'sold', day, units FROM sale;
--     INSERT INTO chart_point(chart, line, time, y, lower, upper)
--     SELECT 'sales', 'forecast', time, forecast, lower_bound, upper_bound FROM rnn_forecast(...);
--     .once sales.svg
--     SELECT text FROM chart_svg WHERE chart = 'sales' ORDER BY position;
--
-- The three tables are temporary; DELETE FROM them to start over. What they mean:
--
--   chart        a picture: its title, a second line below it, what the axes count (x_label, y_label), a name for the band, a time to
--                be marked by a vertical line and its label, a source line at the bottom; width and height in pixels; log: 1 for a
--                logarithmic y axis, on which values that are not above zero are gaps
--   chart_line   its lines in the order of the legend: the first is drawn in the colour of the text, the others in colours, which come
--                again with dashes from the ninth line on
--   chart_point  their points. time: a number, or ISO text (YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DD HH:MM[:SS]). A NULL y breaks the
--                line; lower and upper, where given, are the band around it
--
-- The view chart_svg gives the lines of the SVG file, one a row. Colours follow the reader's light or dark mode; every point shows
-- its value under the mouse (in charts of up to 1,000 points). All text is escaped.
-- The views before it each take one step: place points, choose ticks, scale, draw. To them a logarithmic axis is one of log10(y).
.read sql/svg.sql

CREATE TEMP TABLE IF NOT EXISTS chart(
  name TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  subtitle TEXT,
  y_label TEXT,
  band_label TEXT DEFAULT '90 % interval',
  mark,
  mark_label TEXT,
  source TEXT,
  width REAL NOT NULL DEFAULT 760,
  height REAL NOT NULL DEFAULT 400,
  x_label TEXT,
  log INTEGER NOT NULL DEFAULT 0
);
CREATE TEMP TABLE IF NOT EXISTS chart_line(chart TEXT NOT NULL, line TEXT NOT NULL, UNIQUE (chart, line));
CREATE TEMP TABLE IF NOT EXISTS chart_point(chart TEXT NOT NULL, line TEXT NOT NULL, time NOT NULL, y REAL, lower REAL, upper REAL);

-- Text as XML wants it. One column of a chart or a line at a time, since SQL has no functions of its own.
CREATE TEMP VIEW IF NOT EXISTS chart_text AS
WITH raw(chart, role, text) AS (
  SELECT name, 'title', title FROM chart
  UNION ALL SELECT name, 'subtitle', subtitle FROM chart
  UNION ALL SELECT name, 'y_label', y_label FROM chart
  UNION ALL SELECT name, 'x_label', x_label FROM chart
  UNION ALL SELECT name, 'band_label', band_label FROM chart
  UNION ALL SELECT name, 'mark_label', mark_label FROM chart
  UNION ALL SELECT name, 'source', source FROM chart
  UNION ALL SELECT chart, 'line ' || line, line FROM chart_line)
SELECT chart, role, length(text) AS length,
  replace(replace(replace(replace(text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;') AS text
FROM raw WHERE text IS NOT NULL;

-- Points with x as a number, days (Julian) for text times, and y as the axis has it.
CREATE TEMP VIEW IF NOT EXISTS chart_place AS
SELECT chart, line, time, y AS value, lower AS lower_value, upper AS upper_value, log, typeof(time) = 'text' AS dated,
  typeof(time) = 'integer' AS whole, iif(log, log10(y), y) AS y, iif(log, log10(lower), lower) AS lower, iif(log, log10(upper), upper) AS upper,
  CASE WHEN typeof(time) <> 'text' THEN time
    ELSE julianday(time || CASE length(time) WHEN 4 THEN '-01-01' WHEN 7 THEN '-01' ELSE '' END) END AS x
FROM chart_point JOIN chart ON chart.name = chart;

-- What the data spans; a span of nothing is widened. An axis starts at zero where zero is not far away.
CREATE TEMP VIEW IF NOT EXISTS chart_span AS
WITH span AS (
  SELECT chart, log, max(dated) AS dated, min(whole) AS whole, count(*) AS points,
    min(x) AS x0, max(x) + (min(x) = max(x)) AS x1,
    min(min(y, coalesce(lower, y))) AS low, max(max(y, coalesce(upper, y))) AS high
  FROM chart_place WHERE x IS NOT NULL AND y IS NOT NULL GROUP BY chart)
SELECT chart, log, dated, whole, points, x0, x1,
  CASE WHEN NOT log AND low > 0 AND low < 0.4 * high THEN 0 WHEN low = high THEN low - 1 ELSE low END AS y0,
  CASE WHEN low = high THEN high + 1 ELSE high END AS y1
FROM span;

-- Steps that people count in: numbers (see svg.sql); for dates hours, days, months, years.
CREATE TEMP VIEW IF NOT EXISTS chart_step AS
SELECT 'number' AS unit, size, size AS days, decimals FROM svg_step
UNION ALL SELECT 'hour', column1, column1 / 24.0, 0 FROM (VALUES (1), (2), (3), (6), (12))
UNION ALL SELECT 'day', column1, column1, 0 FROM (VALUES (1), (2), (7), (14))
UNION ALL SELECT 'month', column1, column1 * 30.44, 0 FROM (VALUES (1), (3), (6))
UNION ALL SELECT 'month', column1 * 12, column1 * 365.25, 0 FROM (VALUES (1), (2), (5), (10), (20), (50), (100));

-- The legend: an entry for each line, and one for each band. Entries that do not fit beside the others start a new row; `place` counts
-- rows from 0.
CREATE TEMP VIEW IF NOT EXISTS chart_legend AS
WITH RECURSIVE entry(chart, number, colour, kind, text, size) AS (
  SELECT l.chart, l.rowid, (SELECT count(*) FROM chart_line k WHERE k.chart = l.chart AND k.rowid < l.rowid), 'line', t.text,
    48 + 7 * t.length
  FROM chart_line l JOIN chart_text t ON t.chart = l.chart AND t.role = 'line ' || l.line
  UNION ALL
  SELECT l.chart, l.rowid + 0.5, (SELECT count(*) FROM chart_line k WHERE k.chart = l.chart AND k.rowid < l.rowid), 'band', t.text,
    48 + 7 * t.length
  FROM chart_line l JOIN chart_text t ON t.chart = l.chart AND t.role = 'band_label'
  WHERE EXISTS (SELECT 1 FROM chart_point p WHERE p.chart = l.chart AND p.line = l.line AND p.lower IS NOT NULL)),
ranked AS MATERIALIZED (
  SELECT entry.*, c.width, row_number() OVER (PARTITION BY chart ORDER BY number) AS rank FROM entry JOIN chart c ON c.name = chart),
placed(chart, rank, number, colour, kind, text, size, width, x, place) AS (
  SELECT chart, rank, number, colour, kind, text, size, width, 58, 0 FROM ranked WHERE rank = 1
  UNION ALL
  SELECT r.chart, r.rank, r.number, r.colour, r.kind, r.text, r.size, r.width,
    iif(p.x + p.size + r.size > r.width + 38, 58, p.x + p.size), p.place + (p.x + p.size + r.size > r.width + 38)
  FROM placed p JOIN ranked r ON r.chart = p.chart AND r.rank = p.rank + 1)
SELECT chart, number, colour, kind, text, x, place, max(place) OVER (PARTITION BY chart) - place AS above FROM placed;

-- The frame: inner box in pixels, chosen steps, the y axis rounded outwards to them. Labels of the y axis stand left of the box: long
-- ones push it to the right. Below the title come as many rows of legend as it takes.
CREATE TEMP VIEW IF NOT EXISTS chart_frame AS
WITH chosen AS (
  SELECT s.*, c.width, c.height, c.mark, c.width - 20 AS right,
    (SELECT min(days) FROM chart_step WHERE unit = 'number' AND (y1 - y0) / days <= 6 AND days >= s.log) AS y_step,
    (SELECT min(days) FROM chart_step WHERE (unit = 'number') <> s.dated AND (x1 - x0) / days <= c.width / 84 AND (days >= 1 OR NOT whole))
      AS x_days,
    iif(c.subtitle IS NULL, 82.0, 101.0)
      + 18 * coalesce((SELECT max(place) FROM chart_legend g WHERE g.chart = s.chart), 0) AS top,
    c.height - iif(c.source IS NULL, 34, 54) - iif(c.x_label IS NULL, 0, 18) AS bottom
  FROM chart_span s JOIN chart c ON c.name = s.chart)
SELECT *, max(58.0, 16 + 7.0 * iif(log, 7, max(length(low_label), length(high_label)))) AS left
FROM (
  SELECT *, iif(y_decimals = 0, printf('%,d', y_first * y_step), printf('%.*f', y_decimals, y_first * y_step)) AS low_label,
    iif(y_decimals = 0, printf('%,d', y_last * y_step), printf('%.*f', y_decimals, y_last * y_step)) AS high_label
  FROM (
    SELECT *, (SELECT decimals FROM chart_step WHERE unit = 'number' AND days = y_step) AS y_decimals,
      CAST(y0 / y_step AS INT) - (CAST(y0 / y_step AS INT) > y0 / y_step) AS y_first,
      CAST(y1 / y_step AS INT) + (CAST(y1 / y_step AS INT) < y1 / y_step) AS y_last
    FROM chosen));

CREATE TEMP VIEW IF NOT EXISTS chart_scale AS
SELECT *, (right - left) / (x1 - x0) AS kx, (bottom - top) / ((y_last - y_first) * y_step) AS ky, y_first * y_step AS y_zero
FROM chart_frame;

CREATE TEMP VIEW IF NOT EXISTS chart_y_tick AS
WITH RECURSIVE tick(chart, n) AS (
  SELECT chart, y_first FROM chart_scale
  UNION ALL SELECT tick.chart, n + 1 FROM tick JOIN chart_scale s ON s.chart = tick.chart WHERE n < s.y_last)
SELECT tick.chart, bottom - (n * y_step - y_zero) * ky AS y, CASE
    WHEN log AND n * y_step BETWEEN -3 AND -1 THEN printf('%.*f', -n * y_step, '1e' || CAST(n * y_step AS INT))
    WHEN log AND n * y_step BETWEEN 0 AND 5 THEN printf('%,d', CAST('1e' || CAST(n * y_step AS INT) AS REAL))
    WHEN log THEN '1e' || CAST(n * y_step AS INT)
    ELSE iif(y_decimals = 0, printf('%,d', n * y_step), printf('%.*f', y_decimals, n * y_step)) END AS label
FROM tick JOIN chart_scale s ON s.chart = tick.chart;

-- Ticks of x. Numbers: multiples of the step. Days: multiples too, which are Mondays for weeks. Months: from 1 January on, the years
-- being multiples as well.
CREATE TEMP VIEW IF NOT EXISTS chart_x_tick AS
WITH RECURSIVE start AS (
  SELECT s.*, t.unit, t.size, t.decimals FROM chart_scale s
  JOIN chart_step t ON t.days = s.x_days AND (t.unit = 'number') <> s.dated),
tick(chart, n, x) AS (
  SELECT chart, 0, CASE unit
      WHEN 'number' THEN CAST(x0 / size AS INT) * size
      WHEN 'month' THEN julianday(printf('%04d-01-01', CAST(strftime('%Y', x0) AS INT) / max(1, size / 12) * max(1, size / 12)))
      ELSE CAST((x0 + 0.5) / x_days AS INT) * x_days - 0.5 END
  FROM start
  UNION ALL
  SELECT tick.chart, n + 1, CASE unit WHEN 'month' THEN julianday(date(x, printf('+%d months', size))) ELSE x + x_days END
  FROM tick JOIN start ON start.chart = tick.chart WHERE x <= x1),
inside AS (
  SELECT tick.*, left, kx, x0, unit, size, decimals, bottom, top,
    row_number() OVER (PARTITION BY tick.chart ORDER BY x) = 1 AS first,
    strftime('%Y', x) IS NOT lag(strftime('%Y', x)) OVER (PARTITION BY tick.chart ORDER BY x) AS new_year
  FROM tick JOIN start ON start.chart = tick.chart WHERE x BETWEEN x0 - 1e-6 AND x1 + 1e-6)
SELECT chart, left + (x - x0) * kx AS x, CASE
    WHEN unit = 'number' THEN iif(decimals = 0, printf('%d', x), printf('%.*f', decimals, x))
    WHEN unit = 'month' AND size >= 12 THEN strftime('%Y', x)
    WHEN unit = 'month' THEN month || iif(new_year, ' ' || strftime('%Y', x), '')
    WHEN unit = 'day' THEN day || ' ' || month || iif(new_year, ' ' || strftime('%Y', x), '')
    WHEN first OR clock = '00:00' THEN day || ' ' || month || iif(clock = '00:00', '', ' ' || clock)
    ELSE clock END AS label
FROM (SELECT *, substr('JanFebMarAprMayJunJulAugSepOctNovDec', 3 * strftime('%m', x) - 2, 3) AS month,
        CAST(strftime('%d', x) AS INT) AS day, strftime('%H:%M', x + 1e-6) AS clock FROM inside);

-- Points in pixels, and whether a point begins a stroke (it is the first, or follows a gap).
CREATE TEMP VIEW IF NOT EXISTS chart_pixel AS
SELECT p.chart, p.line, l.rowid AS number, p.time, p.value, p.lower_value AS lower, p.upper_value AS upper, s.points, s.y_decimals, s.log,
  s.left + (p.x - s.x0) * s.kx AS x,
  s.bottom - (p.y - s.y_zero) * s.ky AS y,
  s.bottom - (p.lower - s.y_zero) * s.ky AS y_lower,
  s.bottom - (p.upper - s.y_zero) * s.ky AS y_upper,
  row_number() OVER o AS rank,
  lag(p.y) OVER o IS NULL AS begins,
  (SELECT count(*) FROM chart_line k WHERE k.chart = l.chart AND k.rowid < l.rowid) AS colour
FROM chart_place p JOIN chart_scale s ON s.chart = p.chart JOIN chart_line l ON l.chart = p.chart AND l.line = p.line
WHERE p.x IS NOT NULL
WINDOW o AS (PARTITION BY p.chart, p.line ORDER BY p.x);

-- The file. `part` orders what is drawn: later parts lie above earlier ones.
CREATE TEMP VIEW IF NOT EXISTS chart_svg AS
WITH scale AS MATERIALIZED (SELECT * FROM chart_scale),
pixel AS MATERIALIZED (SELECT * FROM chart_pixel),
label AS MATERIALIZED (SELECT * FROM chart_text WHERE chart IN (SELECT chart FROM scale)),
legend AS (SELECT * FROM chart_legend),
piece(chart, part, number, rank, text) AS (
  SELECT s.chart, 0, 0, 0, printf('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" role="img">', s.width, s.height, s.width, s.height) || '
<title>' || t.text || '</title>
<style>
' || (SELECT text FROM svg_style) || '
</style>'
  FROM scale s JOIN label t ON t.chart = s.chart AND t.role = 'title'
  UNION ALL SELECT chart, 1, 0, 0, printf('<rect class="card" width="%g" height="%g" rx="6"/>', width, height) FROM scale
  UNION ALL SELECT chart, 2, 0, 0, printf('<text class="title" x="20" y="28">%s</text>', text) FROM label WHERE role = 'title'
  UNION ALL SELECT chart, 2, 1, 0, printf('<text x="20" y="47">%s</text>', text) FROM label WHERE role = 'subtitle'
  UNION ALL SELECT t.chart, 2, 2, 0, printf('<text class="small" x="20" y="%.1f">%s</text>', s.top - 14, t.text)
    FROM label t JOIN scale s ON s.chart = t.chart WHERE role = 'y_label'
  UNION ALL SELECT t.chart, 2, 3, 0, printf('<text class="small" x="20" y="%.1f">%s</text>', s.height - 14, t.text)
    FROM label t JOIN scale s ON s.chart = t.chart WHERE role = 'source'
  UNION ALL SELECT t.chart, 2, 4, 0, printf('<text class="small x" x="%.1f" y="%.1f">%s</text>', (s.left + s.right) / 2, s.bottom + 36, t.text)
    FROM label t JOIN scale s ON s.chart = t.chart WHERE role = 'x_label'
  -- grid and axes
  UNION ALL SELECT t.chart, 3, 0, t.y, printf('<line class="%s" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>',
      iif(t.y > s.bottom - 0.01, 'axis', 'grid'), s.left, s.right, t.y, t.y)
    || printf('<text class="y number" x="%.1f" y="%.1f">%s</text>', s.left - 8, t.y + 4, t.label)
    FROM chart_y_tick t JOIN scale s ON s.chart = t.chart
  UNION ALL SELECT t.chart, 3, 1, t.x, printf('<line class="axis" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>', t.x, t.x, s.bottom, s.bottom + 5)
    || printf('<text class="x number" x="%.1f" y="%.1f">%s</text>', max(s.left, min(s.right - 12, t.x)), s.bottom + 19, t.label)
    FROM chart_x_tick t JOIN scale s ON s.chart = t.chart
  -- bands: along the upper edge, back along the lower one
  UNION ALL SELECT DISTINCT chart, 4, number, -1e9, printf('<path class="band f%d" d="', colour % 8) FROM pixel WHERE y_lower IS NOT NULL
  UNION ALL SELECT chart, 4, number, rank - 1e6, printf('%s%.1f %.1f',
      iif(row_number() OVER (PARTITION BY chart, line ORDER BY rank) = 1, 'M', 'L'), x, y_upper) FROM pixel WHERE y_lower IS NOT NULL
  UNION ALL SELECT chart, 4, number, 1e6 - rank, printf('L%.1f %.1f', x, y_lower) FROM pixel WHERE y_lower IS NOT NULL
  UNION ALL SELECT DISTINCT chart, 4, number, 1e9, 'Z"/>' FROM pixel WHERE y_lower IS NOT NULL
  -- the mark
  UNION ALL SELECT s.chart, 5, 0, 0, printf('<line class="mark" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>', x, x, s.top, s.bottom)
    || iif(t.text IS NULL, '', printf('<text class="small y" x="%.1f" y="%.1f">%s</text>', x - 6, s.top + 10, t.text))
    FROM (SELECT *, left + (CASE WHEN dated THEN julianday(mark || CASE length(mark) WHEN 4 THEN '-01-01' WHEN 7 THEN '-01' ELSE '' END)
                            ELSE mark END - x0) * kx AS x FROM scale) s
    LEFT JOIN label t ON t.chart = s.chart AND t.role = 'mark_label' WHERE x BETWEEN s.left AND s.right
  -- lines
  UNION ALL SELECT DISTINCT chart, 6, number, 0, printf('<path class="stroke c%d d%d" d="', colour % 8, colour / 8 % 3) FROM pixel
  UNION ALL SELECT chart, 6, number, rank, printf(iif(begins, 'M%.1f %.1fh0', 'L%.1f %.1f'), x, y) FROM pixel WHERE y IS NOT NULL
  UNION ALL SELECT DISTINCT chart, 6, number, 1e9, '"/>' FROM pixel
  -- what the mouse finds
  UNION ALL SELECT p.chart, 7, p.number, p.rank, printf('<circle class="dot f%d" cx="%.1f" cy="%.1f" r="5"><title>%s: %s %s%s</title></circle>',
      p.colour % 8, p.x, p.y, replace(replace(p.time, '&', '&amp;'), '<', '&lt;'), t.text,
      CASE WHEN p.log THEN printf('%.4g', p.value) WHEN p.y_decimals = 0 THEN printf('%,d', round(p.value))
        ELSE printf('%.*f', p.y_decimals + 1, p.value) END,
      CASE WHEN p.lower IS NULL THEN '' WHEN p.log THEN printf(' (%.4g to %.4g)', p.lower, p.upper) WHEN p.y_decimals = 0 THEN printf(' (%,d to %,d)', round(p.lower), round(p.upper))
        ELSE printf(' (%.*f to %.*f)', p.y_decimals + 1, p.lower, p.y_decimals + 1, p.upper) END)
    FROM pixel p JOIN label t ON t.chart = p.chart AND t.role = 'line ' || p.line WHERE p.y IS NOT NULL AND p.points <= 1000
  -- legend
  UNION ALL SELECT g.chart, 8, g.number, 0, iif(kind = 'line',
      printf('<line class="stroke c%d d%d" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>', colour % 8, colour / 8 % 3, x - 38, x - 20, s.top - 36 - 18 * above, s.top - 36 - 18 * above),
      printf('<rect class="band f%d" x="%.1f" y="%.1f" width="18" height="12" rx="2"/>', colour % 8, x - 38, s.top - 42 - 18 * above))
    || printf('<text x="%.1f" y="%.1f">%s</text>', x - 14, s.top - 32 - 18 * above, g.text)
    FROM legend g JOIN scale s ON s.chart = g.chart
  UNION ALL SELECT chart, 9, 0, 0, '</svg>' FROM scale)
SELECT chart, row_number() OVER (PARTITION BY chart ORDER BY part, number, rank) AS position, text FROM piece;
