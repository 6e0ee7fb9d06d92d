-- sql/chart.sql: what a chart must show, whatever the data.
SELECT '1..25';
.read sql/chart.sql

-- A year of months with a gap, a band, and text that XML would take for markup.
INSERT INTO chart(name, title, y_label, mark, mark_label) VALUES ('m', 'Tea & <milk> "fresh"', 'cups', '1958-10', 'here');
INSERT INTO chart_line VALUES ('m', 'drunk'), ('m', 'fore<cast');
INSERT INTO chart_point(chart, line, time, y)
SELECT 'm', 'drunk', printf('1958-%02d', value), iif(value = 5, NULL, 100 + value) FROM json_each('[12,1,2,3,4,5,6,7,8,9,10,11]');
INSERT INTO chart_point VALUES ('m', 'fore<cast', '1958-11', 111, 105, 117), ('m', 'fore<cast', '1958-12', 112, 104, 1200);

-- Degenerate data.
INSERT INTO chart(name, title) VALUES ('one', 'one point'), ('flat', 'always the same'), ('none', 'no points'), ('tiny', 'tiny');
INSERT INTO chart_line VALUES ('one', 'a'), ('flat', 'a'), ('none', 'a'), ('tiny', 'a');
INSERT INTO chart_point(chart, line, time, y) VALUES ('one', 'a', 7, 3), ('flat', 'a', 1, 0), ('flat', 'a', 2, 0), ('flat', 'a', 3, 0),
  ('tiny', 'a', 0, -0.00021), ('tiny', 'a', 1, 0.00034);

-- Training curves: whole epochs, more runs than colours, a logarithmic axis with a loss of zero and a band that reaches it.
INSERT INTO chart(name, title, x_label, y_label, log) VALUES ('runs', 'runs', 'epoch <n>', 'loss', 1), ('few', 'few epochs', 'epoch', 'loss', 0);
INSERT INTO chart_line SELECT 'runs', 'run ' || value FROM json_each('[0,1,2,3,4,5,6,7,8,9]');
INSERT INTO chart_point(chart, line, time, y)
SELECT 'runs', line, e.value, 200 / pow(10, 2 * e.value) * l.rowid FROM chart_line l, json_each('[1,2,3]') e WHERE chart = 'runs';
INSERT INTO chart_point VALUES ('runs', 'run 0', 4, 0, NULL, NULL), ('runs', 'run 0', 5, 0.1, 0, 0.2), ('runs', 'run 0', 6, 0.1, 0.05, 0.2);
INSERT INTO chart_line VALUES ('few', 'a');
INSERT INTO chart_point(chart, line, time, y) VALUES ('few', 'a', 1, 3), ('few', 'a', 2, 2), ('few', 'a', 3, 1.5);

CREATE TEMP TABLE svg AS SELECT * FROM chart_svg;

INSERT INTO tap(name, got, want) SELECT 'first line', (SELECT text FROM svg WHERE chart = 'm' AND position = 1) LIKE '<svg %', 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'last line', text, '</svg>' FROM svg WHERE chart = 'm' ORDER BY position DESC LIMIT 1 RETURNING line;
INSERT INTO tap(name, got) SELECT 'dark mode', count(*) = 1 FROM svg WHERE chart = 'm' AND text LIKE '%prefers-color-scheme: dark%' RETURNING line;
INSERT INTO tap(name, got) SELECT 'text is escaped', count(*) = 1 FROM svg
WHERE chart = 'm' AND text = '<text class="title" x="20" y="28">Tea &amp; &lt;milk&gt; &quot;fresh&quot;</text>' RETURNING line;
INSERT INTO tap(name, got) SELECT 'names of lines are escaped', count(*) > 0 AND sum(text LIKE '%fore<cast%') = 0 FROM svg
WHERE chart = 'm' AND text LIKE '%fore&lt;cast%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no NaN, infinity or NULL', count(*), 0 FROM svg
WHERE text IS NULL OR text LIKE '%nan%' OR text LIKE '%Inf%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the gap breaks the line: two strokes and the forecast''s', count(*), 3 FROM svg
WHERE chart = 'm' AND text LIKE 'M%' AND text IN (SELECT printf('M%.1f %.1fh0', x, y) FROM chart_pixel WHERE chart = 'm') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'points come in the order of time', max(x < before), 0
FROM (SELECT x, lag(x) OVER (PARTITION BY line ORDER BY rank) AS before FROM chart_pixel WHERE chart = 'm') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'ticks of months', group_concat(label, ', '), 'Jan 1958, Apr, Jul, Oct'
FROM (SELECT label FROM chart_x_tick WHERE chart = 'm' ORDER BY x) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the band fits on the axis', group_concat(label, ' '), '0 200 400 600 800 1,000 1,200'
FROM (SELECT label FROM chart_y_tick WHERE chart = 'm' ORDER BY y DESC) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'small numbers keep their digits', group_concat(label, ' '), '-0.0003 -0.0002 -0.0001 0.0000 0.0001 0.0002 0.0003 0.0004'
FROM (SELECT label FROM chart_y_tick WHERE chart = 'tiny' ORDER BY y DESC) RETURNING line;
INSERT INTO tap(name, got) SELECT 'the mark is drawn', count(*) = 1 FROM svg WHERE chart = 'm' AND text LIKE '<line class="mark"%>here</text>' RETURNING line;
INSERT INTO tap(name, got) SELECT 'everything lies inside the picture', min(x BETWEEN 0 AND 760 AND y BETWEEN 0 AND 400) FROM chart_pixel
WHERE y IS NOT NULL RETURNING line;
INSERT INTO tap(name, got) SELECT 'one point is a chart', count(*) > 10 FROM svg WHERE chart = 'one' RETURNING line;
INSERT INTO tap(name, got) SELECT 'a constant series is a chart', count(*) > 10 FROM svg WHERE chart = 'flat' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no points, no chart', count(*), 0 FROM svg WHERE chart = 'none' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the x axis has its title, escaped', count(*), 1 FROM svg
WHERE chart = 'runs' AND text LIKE '<text%>epoch &lt;n&gt;</text>' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'ten runs differ by colour or dashes', count(DISTINCT substr(text, 1, instr(text, ' x1'))), 10 FROM svg
WHERE chart = 'runs' AND text LIKE '<line class="stroke%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the logarithmic axis has powers of ten', group_concat(label, ' '), '0.001 0.01 0.1 1 10 100'
FROM (SELECT label FROM chart_y_tick WHERE chart = 'runs' ORDER BY y DESC) RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'a hundredth lies as far below one as one below a hundred', a.y - b.y, b.y - c.y, 1e-6
FROM chart_pixel a, chart_pixel b, chart_pixel c WHERE a.chart = 'runs' AND b.chart = 'runs' AND c.chart = 'runs'
AND a.line = 'run 3' AND b.line = 'run 3' AND c.line = 'run 3' AND a.time = 3 AND b.time = 2 AND c.time = 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a zero is a gap on it', count(*), 1 FROM chart_pixel
WHERE chart = 'runs' AND value = 0 AND y IS NULL RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the mouse shows the loss, not its logarithm', count(*), 1 FROM svg
WHERE chart = 'runs' AND text LIKE '%>6: run 0 0.1 (0.05 to 0.2)<%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'epochs are counted in whole numbers', group_concat(label, ' '), '1 2 3'
FROM (SELECT label FROM chart_x_tick WHERE chart = 'few' ORDER BY x) RETURNING line;
-- A stroke of no length, which round ends make a dot.
INSERT INTO tap(name, got, want) SELECT 'a point on its own is seen', count(*), 1 FROM svg WHERE chart = 'one' AND text GLOB 'M*h0' RETURNING line;
-- error: NOT NULL constraint failed
INSERT INTO chart(name) VALUES ('untitled');
