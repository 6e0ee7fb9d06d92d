-- svg.sql - what the pictures of chart.sql, heatmap.sql and scatter.sql have in common; each of them reads it. Plain SQL, no extension.
--
--   svg_step      the steps that people count in, for the ticks of an axis: size, and the decimals that its multiples need
--   svg_colour    the colours of lines, bands and points in order, on light and on dark ground. They differ for colour-blind readers
--                 too, at most by lightness; lines differ by dashes besides, points by shape
--   svg_style     the style sheet: it follows the reader's light or dark mode

CREATE TEMP VIEW IF NOT EXISTS svg_step AS
WITH RECURSIVE power(p, n) AS (
  SELECT 1e-9, -9 UNION ALL
  SELECT (n + 1 >= 0) * 1.0 * ('1e' || (n + 1)) + (n + 1 < 0) * 1.0 / ('1e' || -(n + 1)), n + 1 FROM power WHERE n < 17)
SELECT p * f AS size, max(0, -n) AS decimals FROM power, (SELECT 1 AS f UNION ALL SELECT 2 UNION ALL SELECT 5);

CREATE TEMP VIEW IF NOT EXISTS svg_colour AS
SELECT column1 AS number, column2 AS light, column3 AS dark FROM (VALUES
  (0, '#3d3c39', '#dddcd3'),  -- the colour of text
  (1, '#2a78d6', '#3987e5'), (2, '#eb6834', '#d95926'), (3, '#1baf7a', '#199e70'), (4, '#c98a00', '#d9a300'),
  (5, '#d1478f', '#e277ad'), (6, '#4a3aa7', '#9085e9'), (7, '#8a5a3c', '#b98a68'));

CREATE TEMP VIEW IF NOT EXISTS svg_style AS
SELECT 'text { font: 12px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #52514e }
.title { font-size: 16px; font-weight: 600; fill: #0b0b0b }
.x { text-anchor: middle } .y { text-anchor: end } .number { font-variant-numeric: tabular-nums } .small { font-size: 11px }
.card { fill: #fcfcfb } .grid { stroke: #e6e5e0 } .axis { stroke: #a9a8a1 } .mark { stroke: #84837d; stroke-dasharray: 3 4 }
.stroke { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
.d1 { stroke-dasharray: 7 5 } .d2 { stroke-dasharray: 1 5 }
.band { stroke: none; fill-opacity: 0.2 }
.dot { opacity: 0; stroke: #fcfcfb; stroke-width: 2 } .dot:hover { opacity: 1 }
' || (SELECT group_concat(printf('.c%d { stroke: %s } .f%d { fill: %s }', number, light, number, light), char(10)) FROM svg_colour) || '
@media (prefers-color-scheme: dark) {
text { fill: #c3c2b7 } .title { fill: #ffffff }
.card { fill: #1a1a19 } .grid { stroke: #2e2e2c } .axis { stroke: #6b6a65 } .mark { stroke: #84837d } .dot { stroke: #1a1a19 }
.band { fill-opacity: 0.28 }
' || (SELECT group_concat(printf('.c%d { stroke: %s } .f%d { fill: %s }', number, dark, number, dark), char(10)) FROM svg_colour) || '
}' AS text;
