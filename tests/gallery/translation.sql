-- Sequence -> vector -> sequence: sentences that never occurred come out right, from one vector and with attention.
SELECT '1..9';
INSERT INTO tap(name, got) SELECT 'hundreds of sentences are tested', count(*) > 700 FROM sentence WHERE part = 'test' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'none of them was trained on', count(*), 0 FROM sentence a JOIN sentence b USING (english)
  WHERE a.part = 'test' AND b.part = 'train' RETURNING line;
INSERT INTO tap(name, got) SELECT 'from h alone most are right to the last word', avg(exact) > 0.85 FROM translation
  WHERE decoder = 'from h alone' RETURNING line;
INSERT INTO tap(name, got) SELECT 'with attention nearly all', avg(exact) > 0.98 FROM translation WHERE decoder = 'with attention' RETURNING line;
INSERT INTO tap(name, got) SELECT 'with attention it is learned sooner', max(iif(decoder = 'with attention', exact, 0)) > 0.8
  AND max(iif(decoder = 'from h alone', exact, 0)) < 0.5 FROM run WHERE epoch <= 3 RETURNING line;
INSERT INTO tap(name, got) SELECT 'one vector holds a short sentence better than a long one', avg(iif(words <= 6, from_h_alone, NULL))
  > (SELECT from_h_alone FROM by_length WHERE words = 9) FROM by_length RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the sentence of the document', group_concat(DISTINCT prediction), 'oggi sono molto felice' FROM translation
  WHERE english = 'today I''m very happy' AND decoder = 'with attention' RETURNING line;
INSERT INTO tap(name, got) SELECT 'adjectives stand after the noun', avg(exact) > 0.8 AND count(*) > 50 FROM translation
  WHERE decoder = 'from h alone' AND english LIKE '% white %' RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture is written', length(readfile('build/gallery/translation.svg')) > 1000
  AND CAST(readfile('build/gallery/translation.svg') AS TEXT) LIKE '<svg%' RETURNING line;
