-- sql/gallery/directions.sql: a causal network can only guess at what is said later; one that reads both ways knows.
SELECT '1..8';
INSERT INTO tap(name, got, want) SELECT 'as many banks of rivers as of money where the clue comes after', sum(label = 'river') * 2, count(*)
  FROM reading WHERE reads = 'forwards' AND word = 'bank' AND clue = 'after' RETURNING line;
INSERT INTO tap(name, got) SELECT 'forwards: right where the clue came before', accuracy >= 0.95 FROM accuracy WHERE reads = 'forwards' AND clue = 'before'
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'forwards: half right, or fewer, where it comes after', accuracy <= 0.5 FROM accuracy WHERE reads = 'forwards' AND clue = 'after'
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'both ways: right wherever it comes', min(accuracy) >= 0.95 FROM accuracy WHERE reads = 'both ways' RETURNING line;
-- Equal products round equally only in equal places of a batch: a tolerance.
INSERT INTO tap(name, got) SELECT 'forwards: sentences that begin alike have one probability', max(river) - min(river) < 1e-4
  FROM reading JOIN sentence USING (id) WHERE reads = 'forwards' AND word = 'bank' AND words LIKE '["the","old","bank","often",%' RETURNING line;
INSERT INTO tap(name, got) SELECT 'both ways: they have not', max(river) - min(river) > 0.6
  FROM reading JOIN sentence USING (id) WHERE reads = 'both ways' AND word = 'bank' AND words LIKE '["the","old","bank","often",%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'forwards: labels as the words come', group_concat(label, ' '), 'other other river other other' FROM (
  SELECT rnn_score((SELECT model FROM trained WHERE reads = 'forwards'), position, word) OVER (ORDER BY position) AS label
  FROM word WHERE id = (SELECT id FROM sentence WHERE words = '["the","muddy","bank","often","helps"]')) RETURNING line;
-- error: rnn_score: the model is bidirectional: .* cannot take rows as they come; use rnn_predict\(model, rows\)
SELECT rnn_score(model, position, word) FROM trained, word WHERE reads = 'both ways' AND word.id = 1;
