-- sql/heatmap.sql: what a heat map must show, whatever the data.
SELECT '1..27';
.read sql/heatmap.sql

-- Both signs, a missing value, columns that come in no order of their own, and text that XML would take for markup.
INSERT INTO heatmap(name, title, x_label, y_label, value_label, source) VALUES
  ('m', 'Tea & <milk> "fresh"', 'cup <no>', 'who & when', 'sips > 0', 'from <the> pot');
INSERT INTO heatmap_cell VALUES ('m', 'c', 'up', -2, NULL), ('m', 'a', 'up', 0, NULL), ('m', 'b<i>', 'up', 4, NULL),
  ('m', 'c', 'down & out', 1, NULL), ('m', 'a', 'down & out', NULL, NULL), ('m', 'b<i>', 'down & out', -4, NULL);

-- Words along x: two steps have the same word.
INSERT INTO heatmap(name, title) VALUES ('words', 'words');
INSERT INTO heatmap_cell SELECT 'words', key, 'p', 0.1 * (key + 1), value FROM json_each('["not","good","not"]');

-- Degenerate data.
INSERT INTO heatmap(name, title) VALUES ('one', 'one cell'), ('flat', 'always zero'), ('below', 'always -7'), ('none', 'no cells'),
  ('empty', 'nothing but NULLs'), ('tiny', 'tiny'), ('infinite', 'infinite');
INSERT INTO heatmap_cell(heatmap, x, y, value) VALUES ('one', 7, 3, 5), ('flat', 1, 1, 0), ('flat', 2, 1, 0), ('below', 1, 1, -7),
  ('below', 2, 1, -7), ('empty', 1, 1, NULL), ('empty', 2, 1, 'text'), ('tiny', 0.1, 'a', 2e-5), ('tiny', 0.3, 'a', 3e-5),
  ('infinite', 1, 1, 9e999), ('infinite', 2, 1, 3), ('infinite', 3, 1, 4);
INSERT INTO heatmap(name, title, low, high) VALUES ('bounds', 'bounds given', 0, 1);
INSERT INTO heatmap_cell(heatmap, x, y, value) VALUES ('bounds', 1, 1, -3), ('bounds', 2, 1, 0.5), ('bounds', 3, 1, 9);
INSERT INTO heatmap(name, title) VALUES ('long', 'long names');
INSERT INTO heatmap_cell(heatmap, x, y, value)
SELECT 'long', value || ' is a name that is far too long for an axis', value || ' is another of those names', value
FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]');

-- Large: 200 steps of 100 units.
INSERT INTO heatmap(name, title) VALUES ('large', 'large');
WITH RECURSIVE step(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM step WHERE n < 200),
unit(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM unit WHERE k < 99)
INSERT INTO heatmap_cell(heatmap, x, y, value) SELECT 'large', n, k, (n * 7919 + k * 104729) % 1009 / 1009.0 FROM step, unit;

CREATE TEMP TABLE svg AS SELECT * FROM heatmap_svg;
CREATE TEMP TABLE pixel AS SELECT * FROM heatmap_pixel;

INSERT INTO tap(name, got, want) SELECT 'first line', (SELECT text FROM svg WHERE heatmap = 'm' AND position = 1) LIKE '<svg %', 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'last line', text, '</svg>' FROM svg WHERE heatmap = 'm' ORDER BY position DESC LIMIT 1 RETURNING line;
INSERT INTO tap(name, got) SELECT 'dark mode', count(*) = 1 FROM svg WHERE heatmap = 'm' AND text LIKE '%prefers-color-scheme: dark%' RETURNING line;
INSERT INTO tap(name, got) SELECT 'text is escaped', count(*) = 1 FROM svg
WHERE heatmap = 'm' AND text = '<text class="title" x="20" y="28">Tea &amp; &lt;milk&gt; &quot;fresh&quot;</text>' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'so are axes, rows, columns, the scale and the source', count(*), 6 FROM svg, json_each(
  '[">cup &lt;no&gt;<", ">who &amp; when<", ">sips &gt; 0<", ">from &lt;the&gt; pot<", ">b&lt;i&gt;<", ">down &amp; out<"]')
WHERE heatmap = 'm' AND instr(text, value) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'and what the mouse shows', count(*), 1 FROM svg
WHERE heatmap = 'm' AND text LIKE '%<title>b&lt;i&gt;, down &amp; out: -4</title>%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no markup of the data is left', count(*), 0 FROM svg
WHERE heatmap = 'm' AND (text LIKE '%<milk>%' OR text LIKE '%<i>%' OR text LIKE '%<no>%' OR text LIKE '%<the>%') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no NaN, infinity or NULL', count(*), 0 FROM svg
WHERE text IS NULL OR text LIKE '%nan%' OR text LIKE '%inf,%' OR text LIKE '%"inf%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'columns stand as they first come', group_concat(key, ' '), 'c a b<i>'
FROM (SELECT key FROM heatmap_name WHERE heatmap = 'm' AND axis = 'x' ORDER BY number) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a NULL leaves its cell empty', count(*), 5 FROM svg WHERE heatmap = 'm' AND text GLOB 'M*z' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'zero is the middle, the scale is the same on both sides', group_concat(level, ' '), '0 5 10 13 20'
FROM (SELECT level FROM pixel WHERE heatmap = 'm' ORDER BY level) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the scale''s numbers', group_concat(label, ' '), '-4 -2 0 2 4' FROM (
  SELECT label FROM heatmap_tick WHERE heatmap = 'm' ORDER BY value) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the scale has its 21 colours', count(*), 21 FROM svg
WHERE heatmap = 'm' AND text LIKE '<rect class="cell h%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'values of one sign have the scale of one colour, from zero', v0 || ' ' || v1 || ' ' || diverging, '0.0 0.3 0'
FROM heatmap_span WHERE heatmap = 'words' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'words stand along x, the same word twice', group_concat(text, ' '), 'not good not' FROM (
  SELECT text FROM heatmap_name WHERE heatmap = 'words' AND axis = 'x' ORDER BY number) RETURNING line;
INSERT INTO tap(name, got) SELECT 'one cell is a map', count(*) = 1 AND min(level) = 20 FROM pixel WHERE heatmap = 'one' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'constant zeros have a scale', v0 || ' ' || v1, '0.0 1.0' FROM heatmap_span WHERE heatmap = 'flat' RETURNING line;
INSERT INTO tap(name, got) SELECT 'so has a constant below zero', v0 <= -7 AND v1 = 0 FROM heatmap_span WHERE heatmap = 'below' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no values, no map', count(*), 0 FROM svg WHERE heatmap IN ('none', 'empty') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'small numbers keep their digits', group_concat(label, ' '), '0.000020 0.000025 0.000030' FROM (
  SELECT label FROM heatmap_tick WHERE heatmap = 'tiny' ORDER BY value) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'infinity is left empty', count(*), 2 FROM pixel WHERE heatmap = 'infinite' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'bounds that are given hold, values beyond have the last colour', group_concat(level, ' '), '0 10 20'
FROM (SELECT level FROM pixel WHERE heatmap = 'bounds' ORDER BY value) RETURNING line;
INSERT INTO tap(name, got) SELECT 'long names are cut and turned', count(*) = 15 AND max(length(text)) < 200 FROM svg
WHERE heatmap = 'long' AND text LIKE '%rotate(%…</text>' RETURNING line;
INSERT INTO tap(name, got) SELECT 'everything lies inside the picture',
  min(x0 >= 0 AND x1 <= 760 AND x0 < x1 AND y0 > 0 AND y0 < y1 AND y1 < f.height) FROM pixel p JOIN heatmap_frame f USING (heatmap) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a large map has all its cells', count(*), 20000 FROM svg WHERE heatmap = 'large' AND text GLOB 'M*z' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'its numbers are thinned to round ones', count(*), 20 FROM svg
WHERE heatmap = 'large' AND text LIKE '<text class="small x number"%0</text>' AND text NOT LIKE '%>_._</text>' RETURNING line;
-- error: UNIQUE constraint failed: heatmap_cell.heatmap, heatmap_cell.x, heatmap_cell.y
INSERT INTO heatmap_cell(heatmap, x, y, value) VALUES ('m', 'c', 'up', 3);
