-- What sql/gallery/gru.sql claims: both places of the reset gate learn the task; the update gate keeps; the equations are those it names.
SELECT '1..9';
INSERT INTO tap(name, got, want) SELECT 'the last mark is the class', count(*), 0 FROM sequence
WHERE last IS NOT iif(instr(text, 'Y') = 0 OR length(rtrim(text, 'abcdX')) < length(rtrim(text, 'abcdY')), 'X', 'Y') RETURNING line;
INSERT INTO tap(name, got) SELECT 'reset ' || reset || ': the task is learnt', count(*) = 5 AND avg(accuracy) > 0.97 FROM course WHERE epoch = 10 GROUP BY reset RETURNING line;
INSERT INTO tap(name, got) SELECT 'the gate keeps more at letters that say nothing', min(kept - mark) > 0.1
FROM (SELECT max(iif(reads LIKE 'nothing%', update_gate, NULL)) AS kept, max(iif(reads LIKE 'a mark%', update_gate, NULL)) AS mark
      FROM gate GROUP BY reset) RETURNING line;
-- 1e-5: a state is a sum of two products of 32-bit floats
INSERT INTO tap(name, got) SELECT 'z keeps: h = (1 - z) n + z h', count(*) = 2 AND min(states) = 5 * 100 * 40 * 4 AND max(keeps) < 1e-5 FROM reading RETURNING line;
INSERT INTO tap(name, got) SELECT 'it does not update', min(updates) > 0.5 FROM reading RETURNING line;
INSERT INTO tap(name, got) SELECT 'reset after: the gate multiplies the product', after < 1e-5 AND before > 0.02 FROM candidate WHERE reset = 'after' RETURNING line;
INSERT INTO tap(name, got) SELECT 'reset before: the gate multiplies the state', before < 1e-5 AND after > 0.02 FROM candidate WHERE reset = 'before' RETURNING line;
INSERT INTO tap(name, got) SELECT 'picture', length(file) > 1000 AND substr(CAST(file AS TEXT), 1, 4) = '<svg'
FROM (SELECT readfile('build/gallery/gru.svg') AS file) RETURNING line;
