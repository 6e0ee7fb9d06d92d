-- What sql/gallery/initialisation.sql claims: initial weights lie where the formulas say, and the start decides how soon a network learns.
SELECT '1..11';
INSERT INTO tap(name, got) SELECT 'glorot, ' || name || ': within sqrt(6 / (fan in + fan out)), and up to it', max(-min, max) BETWEEN 0.95 * bound AND bound + 1e-6
FROM range WHERE init = 'glorot' ORDER BY name RETURNING line;
INSERT INTO tap(name, got) SELECT 'uniform, ' || name || ': within 1/sqrt(H), and up to it', max(-min, max) BETWEEN 0.95 * bound AND bound + 1e-6
FROM range WHERE init = 'uniform' ORDER BY name RETURNING line;
-- the deviation of a sample of 128 or 1,024 uniform numbers strays by 4 or 1.4 %: three times that
INSERT INTO tap(name, got) SELECT 'deviations as computed', count(*) = 6 AND max(abs(deviation / expected - 1) / iif(name LIKE '%ih%', 0.12, 0.042)) < 1
FROM range RETURNING line;
INSERT INTO tap(name, got) SELECT 'orthogonal: rows of length 1 at right angles', abs(shortest - 1) < 1e-5 AND abs(longest - 1) < 1e-5 AND largest_product < 1e-5
FROM rotation WHERE init = 'orthogonal' RETURNING line;
-- the one epoch at a learning rate of 1e-9 moves weights by less than 1e-6
INSERT INTO tap(name, got) SELECT 'identity: ones on the diagonal, zeros beside it', count(*) = 1024 AND max(abs(value - (row = column))) < 1e-6
FROM weight WHERE init = 'identity' RETURNING line;
INSERT INTO tap(name, got) SELECT 'glorot is no rotation', largest_product > 0.1 FROM rotation WHERE init = 'glorot' RETURNING line;
INSERT INTO tap(name, got) SELECT 'a fading start still guesses after 5 epochs', avg(accuracy) < 0.4 FROM course WHERE init = 'uniform' AND epoch = 5 RETURNING line;
INSERT INTO tap(name, got) SELECT 'the others do not', count(*) = 3 AND min(accuracy) > 0.4
FROM (SELECT avg(accuracy) AS accuracy FROM course WHERE init <> 'uniform' AND epoch = 5 GROUP BY init) RETURNING line;
INSERT INTO tap(name, got) SELECT 'picture', length(file) > 1000 AND substr(CAST(file AS TEXT), 1, 4) = '<svg'
FROM (SELECT readfile('build/gallery/initialisation.svg') AS file) RETURNING line;
