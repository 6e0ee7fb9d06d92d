-- sql/gallery/hidden_state.sql: a unit that is triggered by the first X and goes quiet at the other one.
SELECT '1..9';
INSERT INTO tap(name, got) SELECT 'the networks know the task', count(*) = 24 AND sum(accuracy >= 0.99) >= 20 FROM accuracy RETURNING line;
INSERT INTO tap(name, got) SELECT 'in most networks some unit is another between the two X than before them',
  sum(change > 0.4) >= 18 FROM (SELECT seed, max(abs(middle - early)) AS change FROM unit GROUP BY seed) RETURNING line;
INSERT INTO tap(name, got) SELECT 'the clearest switch: on at the first X, back at the second, over all sequences with two X',
  jump >= 0.2 AND (middle - early) * (middle - late) > 0 FROM switch ORDER BY jump DESC LIMIT 1 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'its picture: a row for every letter and unit', count(*) || ' ' || group_concat(DISTINCT token), '24 B,b,X,c,E'
  FROM state RETURNING line;
INSERT INTO tap(name, got) SELECT 'in the pictured sequence the unit jumps at the first X and back at the second',
  abs(x1.h - b.h) > 0.3 AND abs(x2.h - c.h) > 0.2 AND (x1.h - b.h) * (x2.h - c.h) < 0
  FROM state b, state x1, state c, state x2 WHERE b.switch AND x1.switch AND c.switch AND x2.switch
  AND b.step = 2 AND x1.step = 3 AND c.step = 4 AND x2.step = 5 RETURNING line;
INSERT INTO tap(name, got) SELECT 'between the two it remembers, after them it is quiet: letters that say nothing change less than the X do',
  avg(iif(step IN (4, 6, 7), change, NULL)) < avg(iif(token = 'X', change, NULL))
  FROM (SELECT *, abs(h - lag(h) OVER (ORDER BY step)) AS change FROM state WHERE switch) RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'c and h are what the gates make of them', max(abs(h - output_gate * tanh(c)) + abs(c -
  forget_gate * before - input_gate * candidate)), 0, 1e-5
  FROM (SELECT *, lag(c, 1, 0) OVER (PARTITION BY unit ORDER BY step) AS before FROM state) RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture', length(svg) > 1000 AND svg LIKE '<svg%' FROM (SELECT CAST(readfile('build/gallery/hidden_state.svg')
  AS TEXT) AS svg) RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture of the gates', length(svg) > 1000 AND svg LIKE '<svg%' FROM (SELECT
  CAST(readfile('build/gallery/hidden_state_gates.svg') AS TEXT) AS svg) RETURNING line;
