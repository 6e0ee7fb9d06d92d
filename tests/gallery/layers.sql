-- What sql/gallery/layers.sql claims: layers stack, each reads the one below, and with as many units a layer more of them know more.
SELECT '1..8';
INSERT INTO tap(name, got, want) SELECT 'the third sum runs over the second', count(*), 0
FROM (SELECT third, sum(second) OVER (PARTITION BY series ORDER BY time) AS n FROM running) WHERE third IS NOT iif(n % 2, 'odd', 'even') RETURNING line;
INSERT INTO tap(name, got) SELECT 'guessing gives half', avg(third = 'odd') BETWEEN 0.47 AND 0.53 FROM running RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a layer, four tensors: l0, l1, l2', count(*), 12 FROM tensor WHERE network = '3 of 8 units' AND name LIKE 'rnn.%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'upper layers read the units below', count(*), 3 FROM tensor
WHERE name IN ('rnn.weight_ih_l1', 'rnn.weight_ih_l2') AND shape = '[8,8]' RETURNING line;
-- a layer of H = 8 units on 8 inputs: W_ih and W_hh of 64 weights, two biases of 8
INSERT INTO tap(name, got, want) SELECT 'each further layer adds 2 H H + 2 H weights', max(parameters) - min(parameters), 2 * (2 * 64 + 2 * 8)
FROM depth WHERE hidden = 8 RETURNING line;
INSERT INTO tap(name, got) SELECT 'three layers do better than one',
  (SELECT mean FROM depth WHERE name = '3 of 8 units') > (SELECT mean FROM depth WHERE name = '1 of 8 units') + 0.05 RETURNING line;
INSERT INTO tap(name, got) SELECT 'so does one wide layer with as many weights', abs(wide.parameters - deep.parameters) < 0.05 * deep.parameters
  AND wide.mean > (SELECT mean FROM depth WHERE name = '1 of 8 units') + 0.1
FROM depth wide, depth deep WHERE wide.name = '1 of 17 units' AND deep.name = '3 of 8 units' RETURNING line;
INSERT INTO tap(name, got) SELECT 'picture', length(file) > 1000 AND substr(CAST(file AS TEXT), 1, 4) = '<svg'
FROM (SELECT readfile('build/gallery/layers.svg') AS file) RETURNING line;
