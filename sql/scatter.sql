-- scatter.sql - scatter plots with labels, written as SVG by SQL alone. It needs no extension: any table of two numbers will do.
--
--     .read sql/scatter.sql
--     INSERT INTO scatter(name, title, x_label, y_label) VALUES ('flat', 'Flats', 'square metres', 'rent in euros');
--     INSERT INTO scatter_point(scatter, x, y, label, colour_group) SELECT 'flat', area, rent, street, district FROM flat;
--     .once flats.svg
--     SELECT text FROM scatter_svg WHERE scatter = 'flat' ORDER BY position;
--
-- The two tables are temporary; DELETE FROM them to start over. What they mean:
--
--   scatter        a picture: its title, a second line below it, what x and y count, a source line at the bottom; width and height in
--                  pixels; equal: 1 for the same scale on both axes, so that distances can be compared
--   scatter_point  its points. label: written beside the point; colour_group: points of one group have one colour and one shape, and
--                  the group is named in the legend (NULL: the colour of text, no entry)
--
-- Labels are placed in the order of the points, each to the right of its point, else to the left, above or below, where it covers no
-- point and no earlier label; one that finds no room is left out and shows under the mouse only. So insert first what matters most.
-- Beyond 300 labels, the rest are left out. The view scatter_svg gives the lines of the SVG file, one a row. Colours follow the
-- reader's light or dark mode. All text is escaped.
-- The views before it each take one step: bound the points, scale, choose ticks, place labels, draw.
.read sql/svg.sql

CREATE TEMP TABLE IF NOT EXISTS scatter(
  name TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  subtitle TEXT,
  x_label TEXT,
  y_label TEXT,
  source TEXT,
  width REAL NOT NULL DEFAULT 760,
  height REAL NOT NULL DEFAULT 520,
  equal INTEGER NOT NULL DEFAULT 0
);
CREATE TEMP TABLE IF NOT EXISTS scatter_point(scatter TEXT NOT NULL, x REAL, y REAL, label TEXT, colour_group TEXT);

-- Text as XML wants it: of the picture, of points (by their number), of groups (by theirs, from 1).
CREATE TEMP VIEW IF NOT EXISTS scatter_text AS
WITH raw(scatter, role, number, text) AS (
  SELECT name, 'title', 0, title FROM scatter
  UNION ALL SELECT name, 'subtitle', 0, subtitle FROM scatter
  UNION ALL SELECT name, 'x_label', 0, x_label FROM scatter
  UNION ALL SELECT name, 'y_label', 0, y_label FROM scatter
  UNION ALL SELECT name, 'source', 0, source FROM scatter
  UNION ALL SELECT scatter, 'point', rowid, label FROM scatter_point
  UNION ALL SELECT scatter, 'group', row_number() OVER (PARTITION BY scatter ORDER BY min(rowid)), colour_group FROM scatter_point
    WHERE colour_group IS NOT NULL GROUP BY scatter, colour_group)
SELECT scatter, role, number, length(text) AS length, text AS raw,
  replace(replace(replace(replace(text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;') AS text
FROM raw WHERE text IS NOT NULL;

-- What the points span, with a margin.
CREATE TEMP VIEW IF NOT EXISTS scatter_span AS
WITH span AS (
  SELECT scatter, min(x) AS x0, max(x) AS x1, min(y) AS y0, max(y) AS y1 FROM scatter_point
  WHERE typeof(x) = 'real' AND typeof(y) = 'real' AND max(abs(x), abs(y)) < 1e15 GROUP BY scatter)
SELECT scatter, x0 - iif(x0 = x1, 1, 0.05 * (x1 - x0)) AS x0, x1 + iif(x0 = x1, 1, 0.05 * (x1 - x0)) AS x1,
  y0 - iif(y0 = y1, 1, 0.05 * (y1 - y0)) AS y0, y1 + iif(y0 = y1, 1, 0.05 * (y1 - y0)) AS y1
FROM span;

-- The legend. Groups that do not fit beside the others start a new row; `place` counts rows from 0.
CREATE TEMP VIEW IF NOT EXISTS scatter_legend AS
WITH RECURSIVE entry AS MATERIALIZED (
  SELECT t.scatter, number, text, 28 + 7 * length AS size, c.width FROM scatter_text t JOIN scatter c ON c.name = t.scatter WHERE role = 'group'),
placed(scatter, number, text, size, x, place) AS (
  SELECT scatter, number, text, size, 26, 0 FROM entry WHERE number = 1
  UNION ALL
  SELECT e.scatter, e.number, e.text, e.size, iif(p.x + p.size + e.size > e.width, 26, p.x + p.size),
    p.place + (p.x + p.size + e.size > e.width)
  FROM placed p JOIN entry e ON e.scatter = p.scatter AND e.number = p.number + 1)
SELECT scatter, number, text, x, place FROM placed;

-- The frame: the box in pixels, pixels a unit, the steps of the ticks. Long labels of the y axis push the box to the right. With equal
-- scales the axis that has room to spare spans more than the points.
CREATE TEMP VIEW IF NOT EXISTS scatter_scale AS
WITH boxed AS (
  SELECT s.*, c.width, c.height, c.equal, c.width - 20 AS right,
    iif(c.subtitle IS NULL, 40.0, 58.0) AS legend_top,
    iif(c.subtitle IS NULL, 40.0, 58.0) + iif(c.y_label IS NULL, 6, 27)
      + 18 * coalesce((SELECT max(place) + 1 FROM scatter_legend g WHERE g.scatter = s.scatter), 0) AS top,
    c.height - 32 - iif(c.x_label IS NULL, 0, 18) - iif(c.source IS NULL, 0, 20) AS bottom,
    (SELECT max(length(printf('%.*f', decimals, s.y0)), length(printf('%.*f', decimals, s.y1))) FROM svg_step
     WHERE size = (SELECT min(size) FROM svg_step WHERE (s.y1 - s.y0) / size <= 6)) AS label_length
  FROM scatter_span s JOIN scatter c ON c.name = s.scatter),
scaled AS (
  SELECT *, (right - left) / (x1 - x0) AS x_fit, (bottom - top) / (y1 - y0) AS y_fit
  FROM (SELECT *, max(48.0, 18 + 7.0 * label_length) AS left FROM boxed)),
squared AS (
  SELECT *, iif(equal, min(x_fit, y_fit), x_fit) AS kx, iif(equal, min(x_fit, y_fit), y_fit) AS ky FROM scaled),
spread AS MATERIALIZED (
  SELECT scatter, width, height, legend_top, left, right, top, bottom, kx, ky,
    (x0 + x1) / 2 - (right - left) / kx / 2 AS x0, (x0 + x1) / 2 + (right - left) / kx / 2 AS x1,
    (y0 + y1) / 2 - (bottom - top) / ky / 2 AS y0, (y0 + y1) / 2 + (bottom - top) / ky / 2 AS y1
  FROM squared)
SELECT *, (SELECT min(size) FROM svg_step WHERE (x1 - x0) / size <= (right - left) / 84) AS x_step,
  (SELECT min(size) FROM svg_step WHERE (y1 - y0) / size <= max(2, (bottom - top) / 42)) AS y_step
FROM spread;

CREATE TEMP VIEW IF NOT EXISTS scatter_tick AS
WITH RECURSIVE axis AS MATERIALIZED (
  SELECT scatter, 'x' AS axis, x0 AS v0, x1 AS v1, x_step AS step, left AS base, kx AS k FROM scatter_scale
  UNION ALL SELECT scatter, 'y', y0, y1, y_step, bottom, -ky FROM scatter_scale),
tick(scatter, axis, n) AS (
  SELECT scatter, axis, CAST(v0 / step AS INT) - 1 FROM axis
  UNION ALL
  SELECT t.scatter, t.axis, n + 1 FROM tick t JOIN axis a ON a.scatter = t.scatter AND a.axis = t.axis WHERE n < v1 / step)
SELECT t.scatter, t.axis, base + (n * step - v0) * k AS at,
  (SELECT iif(decimals = 0, printf('%,d', n * step), printf('%.*f', decimals, n * step)) FROM svg_step WHERE size = step) AS label
FROM tick t JOIN axis a ON a.scatter = t.scatter AND a.axis = t.axis WHERE n BETWEEN v0 / step - 1e-6 AND v1 / step + 1e-6;

-- Points in pixels. Colours and shapes go by the group's number, the colour of text is for none.
CREATE TEMP VIEW IF NOT EXISTS scatter_pixel AS
WITH scale AS MATERIALIZED (SELECT * FROM scatter_scale),
text AS MATERIALIZED (SELECT * FROM scatter_text WHERE role IN ('point', 'group'))
SELECT p.scatter, p.rowid AS number, p.x AS x_value, p.y AS y_value, left + (p.x - x0) * kx AS x, bottom - (p.y - y0) * ky AS y,
  t.text, coalesce(t.length, 0) AS length, iif(g.number IS NULL, 0, (g.number - 1) % 7 + 1) AS colour,
  coalesce(g.number - 1, 0) % 4 AS shape, g.text AS group_text
FROM scatter_point p JOIN scale s ON s.scatter = p.scatter
LEFT JOIN text t ON t.scatter = p.scatter AND t.role = 'point' AND t.number = p.rowid
LEFT JOIN text g ON g.scatter = p.scatter AND g.role = 'group' AND g.raw = p.colour_group
WHERE typeof(p.x) = 'real' AND typeof(p.y) = 'real' AND max(abs(p.x), abs(p.y)) < 1e15;

-- Labels: four boxes for each, those that leave the frame or cover a point put aside; then one label after the other takes the first
-- of its boxes that crosses none taken before. The boxes taken go along as a JSON array: left, top, right, bottom, point, choice.
CREATE TEMP VIEW IF NOT EXISTS scatter_label AS
WITH RECURSIVE pixel AS MATERIALIZED (SELECT * FROM scatter_pixel),
scale AS MATERIALIZED (SELECT * FROM scatter_scale),
ranked AS MATERIALIZED (
  SELECT *, row_number() OVER (PARTITION BY scatter ORDER BY number) AS rank, 6.8 * length + 2 AS w FROM pixel WHERE length > 0),
box AS (
  SELECT scatter, rank, number, 1 AS choice, x + 7 AS l, y - 7 AS t, x + 7 + w AS r, y + 6 AS b FROM ranked WHERE rank <= 300
  UNION ALL SELECT scatter, rank, number, 2, x - 7 - w, y - 7, x - 7, y + 6 FROM ranked WHERE rank <= 300
  UNION ALL SELECT scatter, rank, number, 3, x - w / 2, y - 20, x + w / 2, y - 7 FROM ranked WHERE rank <= 300
  UNION ALL SELECT scatter, rank, number, 4, x - w / 2, y + 6, x + w / 2, y + 19 FROM ranked WHERE rank <= 300),
free AS MATERIALIZED (
  SELECT box.* FROM box JOIN scale s ON s.scatter = box.scatter
  WHERE l > s.left AND r < s.right AND t > s.top AND b < s.bottom AND NOT EXISTS (
    SELECT 1 FROM pixel p WHERE p.scatter = box.scatter AND p.x BETWEEN l - 4 AND r + 4 AND p.y BETWEEN t - 3 AND b + 3
    AND p.number <> box.number)),
taken(scatter, rank, boxes) AS (
  SELECT DISTINCT scatter, 0, '[]' FROM ranked
  UNION ALL
  SELECT taken.scatter, taken.rank + 1, coalesce((
    SELECT json_insert(taken.boxes, '$[#]', json_array(l, t, r, b, number, choice)) FROM free f
    WHERE f.scatter = taken.scatter AND f.rank = taken.rank + 1 AND NOT EXISTS (
      SELECT 1 FROM json_each(taken.boxes) e
      WHERE json_extract(e.value, '$[0]') < f.r AND json_extract(e.value, '$[2]') > f.l
        AND json_extract(e.value, '$[1]') < f.b AND json_extract(e.value, '$[3]') > f.t)
    ORDER BY choice LIMIT 1), taken.boxes)
  FROM taken WHERE taken.rank < (SELECT max(rank) FROM free f WHERE f.scatter = taken.scatter))
SELECT p.scatter, p.number, json_extract(e.value, '$[5]') AS choice, p.text, json_extract(e.value, '$[0]') AS left,
  json_extract(e.value, '$[1]') AS top, json_extract(e.value, '$[2]') AS right, json_extract(e.value, '$[3]') AS bottom
FROM (SELECT scatter, max(rank) AS rank, boxes FROM taken GROUP BY scatter) t, json_each(t.boxes) e
JOIN pixel p ON p.scatter = t.scatter AND p.number = json_extract(e.value, '$[4]');

-- The file. `part` orders what is drawn: later parts lie above earlier ones.
CREATE TEMP VIEW IF NOT EXISTS scatter_svg AS
WITH scale AS MATERIALIZED (SELECT * FROM scatter_scale),
pixel AS MATERIALIZED (SELECT * FROM scatter_pixel),
tick AS MATERIALIZED (SELECT * FROM scatter_tick),
label AS MATERIALIZED (SELECT * FROM scatter_text WHERE role NOT IN ('point', 'group') AND scatter IN (SELECT scatter FROM scale)),
shape(number, path) AS (VALUES
  (0, 'M-4.5 0a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1 -9 0z'), (1, 'M-4 -4h8v8h-8z'), (2, 'M0 -5.5l5 9h-10z'), (3, 'M0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z')),
piece(scatter, part, number, rank, text) AS (
  SELECT s.scatter, 0, 0, 0, printf('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" role="img">', s.width, s.height, s.width, s.height) || '
<title>' || t.text || '</title>
<style>
' || (SELECT text FROM svg_style) || '
.point { stroke: #fcfcfb; stroke-width: 1 } .point:hover { stroke: #84837d; stroke-width: 3 } .frame { fill: none; stroke: #a9a8a1 }
@media (prefers-color-scheme: dark) { .point { stroke: #1a1a19 } .frame { stroke: #6b6a65 } }
</style>'
  FROM scale s JOIN label t ON t.scatter = s.scatter AND t.role = 'title'
  UNION ALL SELECT scatter, 1, 0, 0, printf('<rect class="card" width="%g" height="%g" rx="6"/>', width, height) FROM scale
  UNION ALL SELECT scatter, 2, 0, 0, printf('<text class="title" x="20" y="28">%s</text>', text) FROM label WHERE role = 'title'
  UNION ALL SELECT scatter, 2, 1, 0, printf('<text x="20" y="47">%s</text>', text) FROM label WHERE role = 'subtitle'
  UNION ALL SELECT t.scatter, 2, 2, 0, printf('<text class="small" x="20" y="%.1f">%s</text>', s.top - 11, t.text)
    FROM label t JOIN scale s ON s.scatter = t.scatter WHERE role = 'y_label'
  UNION ALL SELECT t.scatter, 2, 3, 0, printf('<text class="small x" x="%.1f" y="%.1f">%s</text>', (s.left + s.right) / 2, s.bottom + 36, t.text)
    FROM label t JOIN scale s ON s.scatter = t.scatter WHERE role = 'x_label'
  UNION ALL SELECT t.scatter, 2, 4, 0, printf('<text class="small" x="20" y="%.1f">%s</text>', s.height - 12, t.text)
    FROM label t JOIN scale s ON s.scatter = t.scatter WHERE role = 'source'
  -- grid and axes
  UNION ALL SELECT t.scatter, 3, 0, at, printf('<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>', at, at, s.top, s.bottom)
    || printf('<text class="x number" x="%.1f" y="%.1f">%s</text>', min(s.right - 12, at), s.bottom + 18, t.label)
    FROM tick t JOIN scale s ON s.scatter = t.scatter WHERE axis = 'x'
  UNION ALL SELECT t.scatter, 3, 1, at, printf('<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>', s.left, s.right, at, at)
    || printf('<text class="y number" x="%.1f" y="%.1f">%s</text>', s.left - 8, at + 4, t.label)
    FROM tick t JOIN scale s ON s.scatter = t.scatter WHERE axis = 'y'
  UNION ALL SELECT scatter, 4, 0, 0, printf('<rect class="frame" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>', left, top, right - left, bottom - top) FROM scale
  -- labels, then points
  UNION ALL SELECT l.scatter, 5, l.number, 0, CASE choice
      WHEN 1 THEN printf('<text class="small" x="%.1f" y="%.1f">%s</text>', l.left + 1, l.bottom - 2.5, text)
      WHEN 2 THEN printf('<text class="small y" x="%.1f" y="%.1f">%s</text>', l.right - 1, l.bottom - 2.5, text)
      ELSE printf('<text class="small x" x="%.1f" y="%.1f">%s</text>', (l.left + l.right) / 2, l.bottom - 2.5, text) END
    FROM scatter_label l
  UNION ALL SELECT p.scatter, 6, p.number, 0, printf('<path class="point f%d" transform="translate(%.1f %.1f)" d="%s"><title>%s%.4g, %.4g</title></path>',
      p.colour, p.x, p.y, h.path, coalesce(p.text || iif(group_text IS NULL, '', ' (' || group_text || ')') || ': ', group_text || ': ', ''), p.x_value, p.y_value)
    FROM pixel p JOIN shape h ON h.number = p.shape
  -- legend
  UNION ALL SELECT g.scatter, 7, g.number, 0, printf('<path class="point f%d" transform="translate(%d %g)" d="%s"/>',
      (g.number - 1) % 7 + 1, g.x, s.legend_top + 10 + 18 * place, h.path)
    || printf('<text x="%d" y="%g">%s</text>', g.x + 10, s.legend_top + 14 + 18 * place, g.text)
    FROM scatter_legend g JOIN scale s ON s.scatter = g.scatter JOIN shape h ON h.number = (g.number - 1) % 4
  UNION ALL SELECT scatter, 9, 0, 0, '</svg>' FROM scale)
SELECT scatter, row_number() OVER (PARTITION BY scatter ORDER BY part, number, rank) AS position, text FROM piece;
