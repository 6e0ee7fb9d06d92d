-- sql/scatter.sql: what a scatter plot must show, whatever the data.
SELECT '1..23';
.read sql/scatter.sql

-- Three groups, one point in none, a missing coordinate, text that XML would take for markup.
INSERT INTO scatter(name, title, x_label, y_label, source) VALUES ('m', 'Tea & <milk> "fresh"', 'cup <no>', 'who & when', 'from <the> pot');
INSERT INTO scatter_point VALUES ('m', 1, 1, 'one', 'odd'), ('m', 2, 4, 'two & <two>', 'ev<en'), ('m', 3, 9, 'three', 'odd'),
  ('m', 4, 16, NULL, 'ev<en'), ('m', 5, NULL, 'five', 'odd'), ('m', NULL, 36, 'six', 'ev<en'), ('m', 7, 49, 'seven', NULL),
  ('m', 'text', 1, 'eight', 'ev<en'), ('m', 9e999, 1, 'infinite', NULL), ('m', 10, 100, 'ten', 'round');

-- Degenerate data.
INSERT INTO scatter(name, title) VALUES ('one', 'one point'), ('none', 'no points'), ('empty', 'nothing but NULLs'), ('tiny', 'tiny');
INSERT INTO scatter_point(scatter, x, y, label) VALUES ('one', 5, -5, 'alone'), ('empty', NULL, 1, 'a'), ('tiny', 0, -2e-5, 'a'), ('tiny', 0, 3e-5, 'b');
-- Points on one spot, and a label that is wider than the picture.
INSERT INTO scatter(name, title) VALUES ('spot', 'all in one place'), ('wide', 'a wide label');
INSERT INTO scatter_point(scatter, x, y, label) SELECT 'spot', 1, 1, 'label ' || value FROM json_each('[1,2,3,4,5,6,7,8,9]');
INSERT INTO scatter_point(scatter, x, y, label) VALUES ('wide', 1, 1, printf('%.200c', 'w')), ('wide', 2, 2, 'short');
-- A cloud, and a square on the same scale.
INSERT INTO scatter(name, title) VALUES ('cloud', 'a cloud');
WITH RECURSIVE point(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM point WHERE n < 250)
INSERT INTO scatter_point SELECT 'cloud', n * 7919 % 1009, n * 104729 % 997, 'point ' || n, 'group ' || n % 11 FROM point;
INSERT INTO scatter(name, title, equal) VALUES ('square', 'a square', 1);
INSERT INTO scatter_point(scatter, x, y) VALUES ('square', 0, 0), ('square', 0, 1), ('square', 1, 0), ('square', 1, 1);

CREATE TEMP TABLE svg AS SELECT * FROM scatter_svg;
CREATE TEMP TABLE pixel AS SELECT * FROM scatter_pixel;
CREATE TEMP TABLE label AS SELECT * FROM scatter_label;

INSERT INTO tap(name, got, want) SELECT 'first line', (SELECT text FROM svg WHERE scatter = 'm' AND position = 1) LIKE '<svg %', 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'last line', text, '</svg>' FROM svg WHERE scatter = 'm' ORDER BY position DESC LIMIT 1 RETURNING line;
INSERT INTO tap(name, got) SELECT 'dark mode', count(*) = 1 FROM svg WHERE scatter = 'm' AND text LIKE '%prefers-color-scheme: dark%' RETURNING line;
INSERT INTO tap(name, got) SELECT 'text is escaped', count(*) = 1 FROM svg
WHERE scatter = 'm' AND text = '<text class="title" x="20" y="28">Tea &amp; &lt;milk&gt; &quot;fresh&quot;</text>' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'so are axes, the source, labels and groups', count(*), 5 FROM svg, json_each(
  '[">cup &lt;no&gt;<", ">who &amp; when<", ">from &lt;the&gt; pot<", ">two &amp; &lt;two&gt;<", ">ev&lt;en<"]')
WHERE scatter = 'm' AND instr(text, value) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'and what the mouse shows', count(*), 1 FROM svg
WHERE scatter = 'm' AND text LIKE '%<title>two &amp; &lt;two&gt; (ev&lt;en): 2, 4</title>%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no NaN, infinity or NULL', count(*), 0 FROM svg
WHERE text IS NULL OR text LIKE '%nan%' OR text LIKE '%inf,%' OR text LIKE '%"inf%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'points without both coordinates are left out', count(*), 6 FROM pixel WHERE scatter = 'm' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'groups in the order of their first points', group_concat(text, ' '), 'odd ev&lt;en round' FROM (
  SELECT text FROM scatter_legend WHERE scatter = 'm' ORDER BY number) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a colour for each, that of text for none', group_concat(colour, ' '), '1 2 1 2 0 3' FROM (
  SELECT colour FROM pixel WHERE scatter = 'm' ORDER BY number) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'shapes differ too', count(DISTINCT shape), 3 FROM pixel WHERE scatter = 'm' AND colour > 0 RETURNING line;
INSERT INTO tap(name, got) SELECT 'up is more, right is more', min(p.y_value < later.y_value AND p.y > later.y AND p.x < later.x) FROM (
  SELECT *, row_number() OVER (ORDER BY x_value) AS n FROM pixel WHERE scatter = 'm') p JOIN (
  SELECT x, y, y_value, row_number() OVER (ORDER BY x_value) AS n FROM pixel WHERE scatter = 'm') later ON later.n = p.n + 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'every label has room', count(*), 5 FROM label WHERE scatter = 'm' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'one point is a plot, with its label', count(*), 1 FROM label WHERE scatter = 'one' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'ticks around it', group_concat(label, ' '), '4.0 4.5 5.0 5.5 6.0' FROM (
  SELECT label FROM scatter_tick WHERE scatter = 'one' AND axis = 'x' ORDER BY at) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no points, no plot', count(*), 0 FROM svg WHERE scatter IN ('none', 'empty') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'small numbers keep their digits', group_concat(label, ' '), '-0.00002 -0.00001 0.00000 0.00001 0.00002 0.00003' FROM (
  SELECT label FROM scatter_tick WHERE scatter = 'tiny' AND axis = 'y' ORDER BY at DESC) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'on one spot there is room for four labels, those of the first points', group_concat(text, ', '),
  'label 1, label 2, label 3, label 4' FROM (SELECT text FROM label WHERE scatter = 'spot' ORDER BY number) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a label wider than the picture is left out', group_concat(text), 'short' FROM label WHERE scatter = 'wide' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no label crosses another', count(*), 0 FROM label a JOIN label b ON a.scatter = b.scatter AND a.number < b.number
WHERE a.left < b.right AND b.left < a.right AND a.top < b.bottom AND b.top < a.bottom RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'nor covers a point', count(*), 0 FROM label l JOIN pixel p ON p.scatter = l.scatter AND l.scatter <> 'spot'
WHERE p.x BETWEEN l.left AND l.right AND p.y BETWEEN l.top AND l.bottom RETURNING line;
INSERT INTO tap(name, got) SELECT 'in a cloud many find room', count(*) > 60 FROM label WHERE scatter = 'cloud' RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'equal scales: a square is a square', max(x) - min(x), max(y) - min(y), 1e-6 FROM pixel
WHERE scatter = 'square' RETURNING line;
