-- sql/gallery/clipping.sql: without clipping the gradient explodes and with it the loss; clipped by norm or by value it is trained.
SELECT '1..10';
INSERT INTO tap(name, got) SELECT 'all begin alike, with a gradient far above 1', count(*) = 3 AND max(train_loss) - min(train_loss) < 1e-6 * min(train_loss)
  AND min(gradient_norm) > 1000 AND max(gradient_norm) < 1.001 * min(gradient_norm) FROM course WHERE epoch = 1 RETURNING line;
INSERT INTO tap(name, got) SELECT 'no clipping: the loss is lost within three steps', max(train_loss) > 1e4 * min(train_loss)
  AND max(gradient_norm) > 1000 * min(gradient_norm) FROM course WHERE name = 'no clipping' RETURNING line;
INSERT INTO tap(name, got) SELECT 'clip_norm: the loss falls step by step', max(train_loss) = max(iif(epoch = 1, train_loss, NULL))
  AND max(iif(epoch = 40, train_loss, NULL)) < 0.8 * max(train_loss) FROM course WHERE name = 'clip_norm 1' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'clip_norm: never up in the first ten', count(*), 0 FROM (SELECT train_loss > lag(train_loss) OVER (ORDER BY epoch)
  AS up FROM course WHERE name = 'clip_norm 1' AND epoch <= 10) WHERE up RETURNING line;
INSERT INTO tap(name, got) SELECT 'clip_value: the loss falls', max(iif(epoch = 40, train_loss, NULL)) < 0.5 * max(iif(epoch = 1, train_loss, NULL))
  FROM course WHERE name = 'clip_value 0.5' RETURNING line;
-- The first step, in the biases.
INSERT INTO tap(name, got, want, tolerance) SELECT 'clip_norm 1 divides the step by gradient_norm',
  max(abs(free.min / clipped.min / gradient_norm - 1), abs(free.max / clipped.max / gradient_norm - 1),
  abs(free.std / clipped.std / gradient_norm - 1)), 0, 1e-3 FROM first_step free, first_step clipped, course
  WHERE free.name = 'no clipping' AND clipped.name = 'clip_norm 1' AND course.name = 'clip_norm 1' AND epoch = 1 RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'clip_value 0.5: no bias moves by more than 0.5 times the learning rate',
  max(-min, max) / (0.5 * 0.0001 * 9 / 11), 1, 1e-4 FROM first_step WHERE name = 'clip_value 0.5' RETURNING line;
INSERT INTO tap(name, got) SELECT 'and most move by just that: their squares have its square for a mean', (mean * mean + std * std) / (max * max) > 0.8
  FROM first_step WHERE name = 'clip_value 0.5' RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture', length(svg) > 1000 AND svg LIKE '<svg%' FROM (SELECT CAST(readfile('build/gallery/clipping.svg')
  AS TEXT) AS svg) RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture of the norm', length(svg) > 1000 AND svg LIKE '<svg%' FROM (SELECT
  CAST(readfile('build/gallery/clipping_norm.svg') AS TEXT) AS svg) RETURNING line;
