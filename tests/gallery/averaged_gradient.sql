-- sql/gallery/averaged_gradient.sql: with average_gradient the gradient of the recurrent layer is the sum over the t = 50 steps divided by t.
SELECT '1..6';
INSERT INTO tap(name, got, want) SELECT 'tensors', group_concat(name, ' '),
  'rnn.weight_ih_l0 rnn.weight_hh_l0 rnn.bias_ih_l0 rnn.bias_hh_l0 head.weight head.bias' FROM moved RETURNING line;
INSERT INTO tap(name, got) SELECT 'every tensor moves', min(abs(by_sum) > 1e-6) FROM moved RETURNING line;
-- Weights are float32: what they have moved by is known to a few parts in a thousand.
INSERT INTO tap(name, got, want, tolerance) SELECT 'recurrent tensors move 50 times as far with the sum', max(abs(by_sum / by_mean - 50)), 0, 0.5
  FROM moved WHERE name LIKE 'rnn.%' RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'the head, used once, moves as far', max(abs(by_sum / by_mean - 1)), 0, 0.01
  FROM moved WHERE name LIKE 'head.%' RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'the same direction: 50 times the learning rate makes the step of the sum',
  max(max(abs(min - sum_min), abs(max - sum_max), abs(std - sum_std))), 0, 2e-6 FROM same RETURNING line;
INSERT INTO tap(name, got) SELECT 'the norm of the whole gradient falls, by less than 50', a.gradient_norm < b.gradient_norm
  AND a.gradient_norm > b.gradient_norm / 50 FROM run a, run b WHERE a.name = 'mean' AND b.name = 'sum' RETURNING line;
