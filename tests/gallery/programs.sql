-- Executing small programs: most outputs are right to the last digit, of programs that never occurred.
SELECT '1..7';
INSERT INTO tap(name, got) SELECT 'programs of both forms are tested', min(n) > 500 FROM (SELECT count(*) AS n FROM executed GROUP BY form)
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'none of them was trained on', count(*), 0 FROM program a JOIN program b USING (source)
  WHERE a.part = 'test' AND b.part = 'train' RETURNING line;
INSERT INTO tap(name, got) SELECT 'guessing is seldom right', guess < 0.2 FROM test WHERE metric = 'exact_match' RETURNING line;
INSERT INTO tap(name, got) SELECT 'more than half of the outputs are right', network > 0.6 FROM test WHERE metric = 'exact_match' RETURNING line;
INSERT INTO tap(name, got) SELECT 'so are most characters, against guessing', network > 0.8 AND network > guess + 0.3 FROM test
  WHERE metric = 'token_accuracy' RETURNING line;
INSERT INTO tap(name, got) SELECT 'what is wrong is near: less than half as far off as guessing would be',
  avg(abs(prediction - output)) < 0.5 * (SELECT avg(abs(output - mean)) FROM executed
    JOIN (SELECT form, avg(output) AS mean FROM executed GROUP BY form) USING (form)) FROM executed RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture is written', length(readfile('build/gallery/programs.svg')) > 1000
  AND CAST(readfile('build/gallery/programs.svg') AS TEXT) LIKE '<svg%' RETURNING line;
