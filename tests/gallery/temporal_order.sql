-- What sql/gallery/temporal_order.sql claims: which networks tell the order of two marks, near and far apart.
SELECT '1..15';
-- the sequences are what they are said to be
INSERT INTO tap(name, got, want) SELECT 'every difficulty has its sequences', count(*), 4
FROM (SELECT name FROM difficulty d JOIN sequence s ON s.difficulty = d.name GROUP BY name HAVING count(*) = d.sequences) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'lengths as promised', count(*), 4
FROM (SELECT name FROM difficulty d JOIN sequence s ON s.difficulty = d.name
      GROUP BY name HAVING min(length(text)) = shortest AND max(length(text)) = longest) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the two marks say the class', count(*), 0 FROM sequence
WHERE class IS NOT CASE replace(replace(replace(replace(trim(text, 'BE'), 'a', ''), 'b', ''), 'c', ''), 'd', '')
  WHEN 'XX' THEN 'Q' WHEN 'XY' THEN 'R' WHEN 'YX' THEN 'S' WHEN 'YY' THEN 'U' END RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'marks stand within their ranges', count(*), 0
FROM sequence s JOIN difficulty d ON d.name = s.difficulty, (SELECT 'X' AS any)
WHERE instr(replace(text, 'Y', 'X'), 'X') - 1 NOT BETWEEN t1_from AND t1_to
  OR instr(replace(substr(text, t2_from + 1), 'Y', 'X'), 'X') - 1 + t2_from NOT BETWEEN t2_from AND t2_to RETURNING line;
INSERT INTO tap(name, got) SELECT 'classes are about as frequent', min(n) > 0.8 * total / 4 AND max(n) < 1.2 * total / 4
FROM (SELECT count(*) AS n, sum(count(*)) OVER () AS total FROM sequence WHERE difficulty = 'HARD' GROUP BY class) RETURNING line;
-- "With easy level of difficulty, RNN gets 50 % accuracy while LSTM gets 100 % after 10 epochs"
INSERT INTO tap(name, got) SELECT 'easy: LSTM has all right after 10 epochs', networks = 10 AND know_it >= 9 AND mean > 0.98
FROM easy WHERE name = 'LSTM' AND epochs = 10 RETURNING line;
INSERT INTO tap(name, got) SELECT 'easy: most RNNs do not', networks = 10 AND know_it <= 4 AND mean < 0.88
FROM easy WHERE name = 'RNN' AND epochs = 10 RETURNING line;
INSERT INTO tap(name, got) SELECT 'easy: most GRUs have, as the LSTM', know_it >= 7 AND mean > 0.9 FROM easy WHERE name = 'GRU' AND epochs = 10 RETURNING line;
-- "After 100 epochs, RNN also gets 100 % accuracy, but it takes longer than LSTM"
INSERT INTO tap(name, got) SELECT 'easy: most RNNs have all right after 100 epochs', networks = 10 AND know_it >= 7
FROM easy WHERE name = 'RNN' AND epochs = 100 RETURNING line;
-- "LSTM has four times more weights, so it is not a fair comparison"
INSERT INTO tap(name, got) SELECT 'easy: with twice the units RNNs have it after 10', know_it >= 9
FROM easy WHERE name = 'RNN, twice the units' AND epochs = 10 RETURNING line;
-- "If we increase the difficulty, the RNN fails while LSTM keeps working"
INSERT INTO tap(name, got, want) SELECT 'hard: LSTM has 99 % right or more', count(*) >= 2, 1
FROM (SELECT max(accuracy) AS accuracy FROM course WHERE difficulty = 'HARD' AND name = 'LSTM' GROUP BY seed)
WHERE accuracy >= 0.99 RETURNING line;
INSERT INTO tap(name, got) SELECT 'hard: RNN guesses, in every epoch and from every seed', max(accuracy) < 0.4
FROM course WHERE difficulty = 'HARD' AND name = 'RNN' RETURNING line;
INSERT INTO tap(name, got) SELECT 'hard: so does an RNN with as many weights', max(accuracy) < 0.4
FROM course WHERE difficulty = 'HARD' AND name = 'RNN, twice the units' RETURNING line;
-- pictures
INSERT INTO tap(name, got) SELECT 'picture of the hard task', length(file) > 1000 AND substr(CAST(file AS TEXT), 1, 4) = '<svg'
FROM (SELECT readfile('build/gallery/temporal_order.svg') AS file) RETURNING line;
INSERT INTO tap(name, got) SELECT 'picture of the easy task', length(file) > 1000 AND substr(CAST(file AS TEXT), 1, 4) = '<svg'
FROM (SELECT readfile('build/gallery/temporal_order_easy.svg') AS file) RETURNING line;
