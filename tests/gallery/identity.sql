-- What sql/gallery/identity.sql claims: ReLU and identity initialisation, together, carry a gradient back over 50 to 100 steps.
SELECT '1..8';
INSERT INTO tap(name, got, want) SELECT '2,500 series of 100 steps', count(*) || ' ' || count(DISTINCT series), '250000 2500' FROM adding RETURNING line;
INSERT INTO tap(name, got) SELECT 'two marks each, 51 steps or more before the answer', min(marks) = 2 AND max(marks) = 2 AND max(late) <= 49
FROM (SELECT sum(marked) AS marks, max(iif(marked, time, 0)) AS late FROM adding GROUP BY series) RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'the answer 1 misses by the deviation of a sum of two uniform numbers', rmse, sqrt(1 / 6.0), 0.02
FROM guess RETURNING line;
INSERT INTO tap(name, got) SELECT 'tanh learns nothing', min(c.rmse) > 0.85 * guess.rmse
FROM course c, guess WHERE c.name = 'tanh, glorot' RETURNING line;
INSERT INTO tap(name, got) SELECT 'ReLU with identity initialisation learns to add', c.rmse < 0.3 * guess.rmse
FROM course c, guess WHERE c.name = 'relu, identity' AND epoch = 15 RETURNING line;
INSERT INTO tap(name, got) SELECT 'ReLU alone does not', c.rmse > 0.7 * guess.rmse
FROM course c, guess WHERE c.name = 'relu, glorot' AND epoch = 15 RETURNING line;
INSERT INTO tap(name, got) SELECT 'identity initialisation alone does not', c.rmse > 0.7 * guess.rmse
FROM course c, guess WHERE c.name = 'tanh, identity' AND epoch = 15 RETURNING line;
INSERT INTO tap(name, got) SELECT 'picture', length(file) > 1000 AND substr(CAST(file AS TEXT), 1, 4) = '<svg'
FROM (SELECT readfile('build/gallery/identity.svg') AS file) RETURNING line;
