-- heatmap.sql - heat maps, written as SVG by SQL alone. It needs no extension: any table of x, y and a number will do.
--
--     .read sql/heatmap.sql
--     INSERT INTO heatmap(name, title, x_label, y_label, value_label) VALUES ('day', 'Rain', 'hour', 'month', 'millimetres');
--     INSERT INTO heatmap_cell(heatmap, x, y, value) SELECT 'day', hour, month, avg(rain) FROM weather GROUP BY hour, month;
--     .once rain.svg
--     SELECT text FROM heatmap_svg WHERE heatmap = 'day' ORDER BY position;
--
-- The two tables are temporary; DELETE FROM them to start over. What they mean:
--
--   heatmap       a picture: its title, a second line below it, what x, y and the colours count, a source line at the bottom; width in
--                 pixels, height (NULL: as the rows need); low and high, the ends of the colour scale (NULL: from the values)
--   heatmap_cell  its cells. x and y: any values; columns and rows stand in the order in which they first come. value: a number,
--                 NULL for a cell left empty. label: what is written below the column in place of x, such as the word at that step
--
-- Where the values have both signs, two colours part at zero and the scale is the same on both sides; otherwise one colour grows
-- stronger with the value. The view heatmap_svg gives the lines of the SVG file, one a row. Colours follow the reader's light or dark
-- mode; every cell shows its value under the mouse (in maps of up to 2,000 cells). All text is escaped.
-- The views before it each take one step: bound the values, name columns and rows, lay out, colour, draw.
.read sql/svg.sql

CREATE TEMP TABLE IF NOT EXISTS heatmap(
  name TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  subtitle TEXT,
  x_label TEXT,
  y_label TEXT,
  value_label TEXT,
  source TEXT,
  width REAL NOT NULL DEFAULT 760,
  height REAL,
  low REAL,
  high REAL
);
CREATE TEMP TABLE IF NOT EXISTS heatmap_cell(heatmap TEXT NOT NULL, x NOT NULL, y NOT NULL, value REAL, label TEXT, UNIQUE (heatmap, x, y));

-- The colour scale: from v0 to v1. It starts at zero where zero is not far away, and ends at round numbers where `low` and `high` do not
-- say otherwise.
CREATE TEMP VIEW IF NOT EXISTS heatmap_span AS
WITH span AS (
  SELECT h.name AS heatmap, h.low IS NULL AS low_free, h.high IS NULL AS high_free, count(*) AS cells,
    coalesce(h.low, min(c.value)) AS low, coalesce(h.high, max(c.value)) AS high
  FROM heatmap h JOIN heatmap_cell c ON c.heatmap = h.name
  WHERE typeof(c.value) = 'real' AND abs(c.value) < 1e300 GROUP BY h.name),
wide AS (
  SELECT *, low < 0 AND high > 0 AS diverging,
    CASE WHEN low < 0 AND high > 0 THEN min(low, -high) WHEN low >= high THEN min(high, 0)
      WHEN low > 0 AND low < 0.4 * high AND low_free THEN 0 ELSE low END AS v0,
    CASE WHEN low < 0 AND high > 0 THEN max(-low, high) WHEN low >= high THEN max(low, 0) + (low = 0)
      WHEN high < 0 AND high > 0.4 * low AND high_free THEN 0 ELSE high END AS v1
  FROM span),
fine AS MATERIALIZED (SELECT *, (SELECT min(size) FROM svg_step WHERE (v1 - v0) / size <= 12) AS unit FROM wide)
SELECT heatmap, cells, diverging,
  iif(low_free AND (high_free OR NOT diverging), unit * (CAST(v0 / unit + 1e-6 AS INT) - (v0 / unit + 1e-6 < CAST(v0 / unit + 1e-6 AS INT))), v0) AS v0,
  iif(high_free AND (low_free OR NOT diverging), unit * (CAST(v1 / unit - 1e-6 AS INT) + (v1 / unit - 1e-6 > CAST(v1 / unit - 1e-6 AS INT))), v1) AS v1
FROM fine;

-- Columns and rows in the order of their first cell, from 0; long names are cut.
CREATE TEMP VIEW IF NOT EXISTS heatmap_name AS
WITH first AS (
  SELECT heatmap, 'x' AS axis, x AS key, min(rowid) AS place, max(label) AS label FROM heatmap_cell GROUP BY heatmap, x
  UNION ALL SELECT heatmap, 'y', y, min(rowid), NULL FROM heatmap_cell GROUP BY heatmap, y),
named AS (
  SELECT *, coalesce(label, iif(typeof(key) = 'real', printf('%g', key), CAST(key AS TEXT))) AS name FROM first),
cut AS (
  SELECT heatmap, axis, key, row_number() OVER o - 1 AS number, label IS NULL AND typeof(key) IN ('integer', 'real') AS numeric,
    -- Numbers that follow each other are thinned to round ones, everything else by its place.
    iif(label IS NULL AND typeof(key) = 'integer' AND max(key) OVER w - min(key) OVER w = count(*) OVER w - 1
        AND min(typeof(key)) OVER w = max(typeof(key)) OVER w, key, row_number() OVER o - 1) AS round_by,
    iif(length(name) > 22, substr(name, 1, 21) || '…', name) AS name, label
  FROM named WINDOW w AS (PARTITION BY heatmap, axis), o AS (PARTITION BY heatmap, axis ORDER BY place))
SELECT heatmap, axis, key, number, numeric, round_by, length(name) AS length,
  replace(replace(replace(replace(name, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;') AS text,
  -- as the mouse shows it
  replace(replace(replace(coalesce(label || ' (' || key || ')', key), '&', '&amp;'), '<', '&lt;'), '>', '&gt;') AS whole
FROM cut;

-- Text of the picture as XML wants it.
CREATE TEMP VIEW IF NOT EXISTS heatmap_text AS
WITH raw(heatmap, role, text) AS (
  SELECT name, 'title', title FROM heatmap
  UNION ALL SELECT name, 'subtitle', subtitle FROM heatmap
  UNION ALL SELECT name, 'x_label', x_label FROM heatmap
  UNION ALL SELECT name, 'y_label', y_label FROM heatmap
  UNION ALL SELECT name, 'value_label', value_label FROM heatmap
  UNION ALL SELECT name, 'source', source FROM heatmap)
SELECT heatmap, role, replace(replace(replace(replace(text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;') AS text
FROM raw WHERE text IS NOT NULL;

-- The layout in pixels: the box of cells, the size of a cell, whether names of columns are turned because they do not fit, and how
-- many columns and rows there are to a name that is written (1, 2, 5, 10, ...).
CREATE TEMP VIEW IF NOT EXISTS heatmap_frame AS
WITH axis AS (
  SELECT heatmap, sum(axis = 'x') AS columns, sum(axis = 'y') AS rows, max(iif(axis = 'x', length, 0)) AS x_length,
    max(iif(axis = 'y', length, 0)) AS y_length, min(iif(axis = 'x', numeric, 1)) AS numeric
  FROM heatmap_name GROUP BY heatmap),
wide AS (
  SELECT s.*, a.*, h.width, h.height AS wanted,
    -- the scale lies between the titles and the map
    iif(h.subtitle IS NULL, 42, 60) AS scale_top,
    iif(h.subtitle IS NULL, 42, 60) + iif(h.y_label IS NULL, 36, 54) AS top,
    iif(h.x_label IS NULL, 0, 18) + iif(h.source IS NULL, 0, 22) + 12 AS foot,
    min(72.0, (h.width - 20 - max(36.0, 28 + 6.6 * y_length)) / columns) AS roomy,
    max(36.0, 28 + 6.6 * y_length) AS y_room
  FROM heatmap_span s JOIN axis a ON a.heatmap = s.heatmap JOIN heatmap h ON h.name = s.heatmap),
turned AS (
  SELECT *, NOT numeric AND 6.8 * x_length + 6 > roomy AS turn FROM wide),
placed AS (
  SELECT *, iif(turn, max(y_room, 3.4 * x_length + 14 - roomy / 2), y_room) AS left, iif(turn, 5.4 * x_length + 12, 20) AS x_room
  FROM turned),
sized AS MATERIALIZED (
  SELECT *, min(72.0, (width - 20 - left) / columns) AS kx,
    max(2.0, coalesce((wanted - top - x_room - foot) / rows, max(min(26.0, 400.0 / rows), 3.0))) AS ky
  FROM placed)
SELECT *, round(top + ky * rows) AS bottom, coalesce(wanted, round(top + ky * rows) + x_room + foot) AS height,
  (SELECT min(size) FROM svg_step WHERE size >= 1 AND size * kx >= iif(turn, 15, 6.8 * x_length + 8)) AS x_every,
  (SELECT min(size) FROM svg_step WHERE size >= 1 AND size * ky >= 13) AS y_every,
  (SELECT min(size) FROM svg_step WHERE (v1 - v0) / size <= 4) AS step
FROM sized;

-- The scale has 21 levels. Each list of red, green and blue leads from level 0 to level 20; colours between its entries are mixed.
-- Blue and orange stay apart for colour-blind readers; the middle, or the low end, lies near the ground in either mode.
CREATE TEMP VIEW IF NOT EXISTS heatmap_colour AS
WITH RECURSIVE list(diverging, mode, colours) AS (VALUES
  (0, 'light', '[[236,242,250],[183,211,246],[109,167,236],[42,120,214],[24,79,149],[11,42,86]]'),
  (0, 'dark', '[[36,42,50],[24,66,122],[42,120,214],[109,167,236],[183,211,246],[238,245,255]]'),
  (1, 'light', '[[11,48,99],[42,120,214],[158,197,244],[243,242,238],[246,182,151],[221,94,40],[115,40,12]]'),
  (1, 'dark', '[[190,216,248],[57,135,229],[27,66,112],[40,40,38],[120,56,28],[227,112,62],[253,212,192]]')),
level(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM level WHERE n < 20),
spot AS (SELECT *, n * (json_array_length(colours) - 1) / 20.0 AS at FROM list, level),
ends AS (
  SELECT *, at - CAST(at AS INT) AS f, json_extract(colours, printf('$[%d]', at)) AS low,
    json_extract(colours, printf('$[%d]', min(CAST(at AS INT) + 1, json_array_length(colours) - 1))) AS high
  FROM spot)
SELECT diverging, mode, n AS level, printf('#%02x%02x%02x',
  CAST(0.5 + (1 - f) * json_extract(low, '$[0]') + f * json_extract(high, '$[0]') AS INT),
  CAST(0.5 + (1 - f) * json_extract(low, '$[1]') + f * json_extract(high, '$[1]') AS INT),
  CAST(0.5 + (1 - f) * json_extract(low, '$[2]') + f * json_extract(high, '$[2]') AS INT)) AS colour
FROM ends;

-- Cells in whole pixels, so that no seams show between them.
CREATE TEMP VIEW IF NOT EXISTS heatmap_pixel AS
WITH frame AS MATERIALIZED (SELECT * FROM heatmap_frame),
name AS MATERIALIZED (SELECT * FROM heatmap_name)
SELECT f.heatmap, c.value, x.whole AS x_name, y.whole AS y_name, f.cells,
  CAST(max(0, min(20, (c.value - f.v0) / (f.v1 - f.v0) * 20 + 0.5)) AS INT) AS level,
  CAST(round(f.left + x.number * f.kx) AS INT) AS x0, CAST(round(f.left + (x.number + 1) * f.kx) AS INT) AS x1,
  CAST(round(f.top + y.number * f.ky) AS INT) AS y0, CAST(round(f.top + (y.number + 1) * f.ky) AS INT) AS y1
FROM heatmap_cell c JOIN frame f ON f.heatmap = c.heatmap
JOIN name x ON x.heatmap = c.heatmap AND x.axis = 'x' AND x.key = c.x
JOIN name y ON y.heatmap = c.heatmap AND y.axis = 'y' AND y.key = c.y
WHERE typeof(c.value) = 'real' AND abs(c.value) < 1e300;

-- The numbers beside the scale.
CREATE TEMP VIEW IF NOT EXISTS heatmap_tick AS
WITH RECURSIVE tick(heatmap, n) AS (
  SELECT heatmap, CAST(v0 / step AS INT) - (v0 < 0) FROM heatmap_frame
  UNION ALL SELECT tick.heatmap, n + 1 FROM tick JOIN heatmap_frame f ON f.heatmap = tick.heatmap WHERE (n + 1) * f.step <= f.v1 * (1 + 1e-9) + 1e-12)
SELECT tick.heatmap, n * step AS value, 25 + 200 * (n * step - v0) / (v1 - v0) AS x,
  (SELECT iif(decimals = 0, printf('%,d', n * step), printf('%.*f', decimals, n * step)) FROM svg_step WHERE size = step) AS label
FROM tick JOIN heatmap_frame f ON f.heatmap = tick.heatmap WHERE n * step >= v0 - 1e-9 * abs(v0) - 1e-12;

-- The file. `part` orders what is drawn: later parts lie above earlier ones. Cells of one level are one path.
CREATE TEMP VIEW IF NOT EXISTS heatmap_svg AS
WITH frame AS MATERIALIZED (SELECT * FROM heatmap_frame),
name AS MATERIALIZED (SELECT * FROM heatmap_name),
pixel AS MATERIALIZED (SELECT * FROM heatmap_pixel),
label AS MATERIALIZED (SELECT * FROM heatmap_text WHERE heatmap IN (SELECT heatmap FROM frame)),
piece(heatmap, part, number, rank, text) AS (
  SELECT f.heatmap, 0, 0, 0, printf('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" role="img">', width, height, width, height) || '
<title>' || t.text || '</title>
<style>
' || (SELECT text FROM svg_style) || '
.cell { shape-rendering: crispEdges } .frame { fill: none; stroke: #a9a8a1; stroke-width: 0.5 }
.tip { fill-opacity: 0; stroke: none } .tip:hover { stroke: #84837d; stroke-width: 2 }
' || (SELECT group_concat(printf('.h%d { fill: %s }', level, colour), ' ') FROM heatmap_colour c WHERE c.diverging = f.diverging AND mode = 'light') || '
@media (prefers-color-scheme: dark) {
' || (SELECT group_concat(printf('.h%d { fill: %s }', level, colour), ' ') FROM heatmap_colour c WHERE c.diverging = f.diverging AND mode = 'dark') || '
}
</style>'
  FROM frame f JOIN label t ON t.heatmap = f.heatmap AND t.role = 'title'
  UNION ALL SELECT heatmap, 1, 0, 0, printf('<rect class="card" width="%g" height="%g" rx="6"/>', width, height) FROM frame
  UNION ALL SELECT heatmap, 2, 0, 0, printf('<text class="title" x="20" y="28">%s</text>', text) FROM label WHERE role = 'title'
  UNION ALL SELECT heatmap, 2, 1, 0, printf('<text x="20" y="47">%s</text>', text) FROM label WHERE role = 'subtitle'
  UNION ALL SELECT f.heatmap, 2, 2, 0, printf('<text class="small" x="20" y="%g">%s</text>', f.top - 10, t.text)
    FROM label t JOIN frame f ON f.heatmap = t.heatmap WHERE role = 'y_label'
  UNION ALL SELECT f.heatmap, 2, 3, 0, printf('<text class="small x" x="%.1f" y="%g">%s</text>', f.left + f.kx * f.columns / 2, f.bottom + f.x_room + 14, t.text)
    FROM label t JOIN frame f ON f.heatmap = t.heatmap WHERE role = 'x_label'
  UNION ALL SELECT f.heatmap, 2, 4, 0, printf('<text class="small" x="20" y="%g">%s</text>', f.height - 12, t.text)
    FROM label t JOIN frame f ON f.heatmap = t.heatmap WHERE role = 'source'
  -- the colour scale
  UNION ALL SELECT f.heatmap, 3, 0, c.level, printf('<rect class="cell h%d" x="%d" y="%d" width="10" height="10"/>', c.level, 20 + 10 * c.level, f.scale_top)
    FROM frame f JOIN heatmap_colour c ON c.diverging = f.diverging AND c.mode = 'light'
  UNION ALL SELECT t.heatmap, 3, 1, t.x, printf('<text class="small x number" x="%.1f" y="%g">%s</text>', t.x, f.scale_top + 23, t.label)
    FROM heatmap_tick t JOIN frame f ON f.heatmap = t.heatmap
  UNION ALL SELECT f.heatmap, 3, 2, 0, printf('<text x="242" y="%g">%s</text>', f.scale_top + 10, t.text)
    FROM label t JOIN frame f ON f.heatmap = t.heatmap WHERE role = 'value_label'
  -- cells
  UNION ALL SELECT DISTINCT heatmap, 4, level, -1, printf('<path class="cell h%d" d="', level) FROM pixel
  UNION ALL SELECT heatmap, 4, level, 0, printf('M%d %dH%dV%dH%dz', x0, y0, x1, y1, x0) FROM pixel
  UNION ALL SELECT DISTINCT heatmap, 4, level, 1, '"/>' FROM pixel
  UNION ALL SELECT heatmap, 5, 0, 0, printf('<rect class="frame" x="%g" y="%g" width="%g" height="%g"/>',
      round(left), top, round(left + kx * columns) - round(left), bottom - top) FROM frame
  -- names of columns and rows
  UNION ALL SELECT f.heatmap, 6, 0, n.number, iif(turn,
      printf('<text class="small y" transform="translate(%.1f %g) rotate(-60)">%s</text>', left + (n.number + 0.5) * kx + 4, bottom + 11, n.text),
      printf('<text class="small x number" x="%.1f" y="%g">%s</text>', left + (n.number + 0.5) * kx, bottom + 15, n.text))
    FROM name n JOIN frame f ON f.heatmap = n.heatmap WHERE axis = 'x' AND n.round_by % x_every = 0
  UNION ALL SELECT f.heatmap, 6, 1, n.number,
      printf('<text class="small y number" x="%.1f" y="%.1f">%s</text>', left - 7, top + (n.number + 0.5) * ky + 4, n.text)
    FROM name n JOIN frame f ON f.heatmap = n.heatmap WHERE axis = 'y' AND n.round_by % y_every = 0
  -- what the mouse finds
  UNION ALL SELECT heatmap, 7, y0, x0, printf('<rect class="tip" x="%d" y="%d" width="%d" height="%d"><title>%s, %s: %.4g</title></rect>',
      x0, y0, x1 - x0, y1 - y0, x_name, y_name, value) FROM pixel WHERE cells <= 2000
  UNION ALL SELECT heatmap, 9, 0, 0, '</svg>' FROM frame)
SELECT heatmap, row_number() OVER (PARTITION BY heatmap ORDER BY part, number, rank) AS position, text FROM piece;
