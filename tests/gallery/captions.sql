-- Vector -> sequence: captions of scenes that never occurred are mostly right, and wrong where the picture is unclear.
SELECT '1..7';
INSERT INTO tap(name, got) SELECT 'hundreds of pictures are tested', count(*) > 400 FROM described RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no caption of the test occurred in training', count(*), 0 FROM picture a JOIN picture b USING (caption)
  WHERE a.part = 'test' AND b.part = 'train' RETURNING line;
INSERT INTO tap(name, got) SELECT 'most captions are right to the last word', avg(exact) > 0.8 FROM described RETURNING line;
INSERT INTO tap(name, got) SELECT 'some are wrong', sum(NOT exact) > 0 FROM described RETURNING line;
INSERT INTO tap(name, got) SELECT 'they are English: number and verb agree', avg(prediction IN (SELECT caption FROM scene)) > 0.97 FROM described
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'two or three: the count is what it is mistaken about', sum(pictures * (shown <> said AND role = 'count'))
  > sum(pictures * (shown <> said AND role <> 'count')) FROM confusion RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture is written', length(readfile('build/gallery/captions.svg')) > 1000
  AND CAST(readfile('build/gallery/captions.svg') AS TEXT) LIKE '<svg%' RETURNING line;
