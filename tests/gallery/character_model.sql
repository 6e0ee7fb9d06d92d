-- The character model from scratch: the loss begins near ln V and falls; noise turns into words.
SELECT '1..10';
INSERT INTO tap(name, got, want, tolerance) SELECT 'before it learns, every character is about as likely: ln V', train_loss,
  ln((SELECT count(*) FROM vocabulary)), 0.5 FROM run WHERE epoch = 0 RETURNING line;
INSERT INTO tap(name, got) SELECT optimizer || ': the first epoch is better than knowing nothing', train_loss < ln((SELECT count(*) FROM vocabulary))
  FROM run WHERE epoch = 1 RETURNING line;
INSERT INTO tap(name, got) SELECT optimizer || ': the loss falls to a fifth, without exploding', min(iif(epoch = 30, train_loss, NULL))
  < 0.2 * ln((SELECT count(*) FROM vocabulary)) AND max(train_loss) < 4 FROM run GROUP BY optimizer RETURNING line;
INSERT INTO tap(name, got) SELECT 'perplexity is e to the loss', max(abs(perplexity / exp(valid_loss) - 1)) < 1e-4 FROM run RETURNING line;
INSERT INTO tap(name, got) SELECT 'it hesitates between fewer than two characters', perplexity < 2 FROM run WHERE epoch = 30 AND optimizer = 'SGD'
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'after one epoch few of the words it writes are words', share < 0.5 AND words > 50 FROM spelling WHERE epoch = 1 RETURNING line;
INSERT INTO tap(name, got) SELECT 'in the end it does', share > 0.85 AND words > 100 FROM spelling WHERE epoch = 30 RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture is written', length(readfile('build/gallery/character_model.svg')) > 1000
  AND CAST(readfile('build/gallery/character_model.svg') AS TEXT) LIKE '<svg%' RETURNING line;
