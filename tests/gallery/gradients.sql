-- sql/gallery/gradients.sql: over 60 steps gradients vanish in plain networks, are kept by identity and open gates, explode past an
-- eigenvalue of 1. Orders of magnitude, with room for another processor and other seeds.
SELECT '1..12';
INSERT INTO tap(name, got, want) SELECT 'lags 0 to 60 of 35 networks', count(*) || ' ' || min(lag) || ' ' || max(lag), '2135 0 60' FROM gradient
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'at the loss all gradients are alike', max(near) / min(near) < 4 FROM remaining RETURNING line;
INSERT INTO tap(name, got) SELECT 'the tanh network loses more than ten orders of magnitude', orders < -10 FROM remaining WHERE name = 'RNN, tanh'
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'it vanishes geometrically: half of them in half of the steps', log10(thirty / near) BETWEEN 0.65 * orders AND 0.35 * orders
  FROM remaining WHERE name = 'RNN, tanh' RETURNING line;
INSERT INTO tap(name, got) SELECT 'another initialisation loses thousands of times less', b.orders - a.orders > 4 FROM remaining a, remaining b
  WHERE a.name = 'RNN, tanh' AND b.name = 'RNN, tanh, Glorot' RETURNING line;
INSERT INTO tap(name, got) SELECT 'ReLU from the identity keeps it', orders > -1.5 FROM remaining WHERE name = 'RNN, ReLU from identity' RETURNING line;
INSERT INTO tap(name, got) SELECT 'a GRU loses thousands of times less than the plain network with small weights', b.orders - a.orders > 3 FROM remaining a, remaining b
  WHERE a.name = 'RNN, tanh' AND b.name = 'GRU' RETURNING line;
INSERT INTO tap(name, got) SELECT 'an LSTM millions of times less', b.orders - a.orders > 7 AND b.orders > -6 FROM remaining a, remaining b
  WHERE a.name = 'RNN, tanh' AND b.name = 'LSTM' RETURNING line;
INSERT INTO tap(name, got) SELECT 'with open forget gates it keeps it', orders > -1.5 FROM remaining WHERE name = 'LSTM, forget bias 3' RETURNING line;
INSERT INTO tap(name, got) SELECT 'one step too large, and it explodes', orders > 3 FROM remaining WHERE name = 'identity, after a step too large'
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'and keeps growing on the way back', near < ten AND ten < thirty AND thirty < far FROM remaining
  WHERE name = 'identity, after a step too large' RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture', length(svg) > 1000 AND svg LIKE '<svg%' FROM (SELECT CAST(readfile('build/gallery/gradients.svg')
  AS TEXT) AS svg) RETURNING line;
