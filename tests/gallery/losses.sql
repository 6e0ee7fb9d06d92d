-- What each loss learns: the mean, the median, between; quantiles that hold their share; probabilities and their likelihood.
SELECT '1..10';
INSERT INTO tap(name, got) SELECT 'outliers pull mean and median apart', min(mean - median) > 10 FROM level RETURNING line;
INSERT INTO tap(name, got) SELECT 'mse answers with the mean', max(abs(mse - mean)) < 2.5 FROM level RETURNING line;
INSERT INTO tap(name, got) SELECT 'mae answers with the median', max(abs(mae - median)) < 2.5 FROM level RETURNING line;
INSERT INTO tap(name, got) SELECT 'huber is between', min(huber > mae + 2 AND huber < mse - 2) FROM level RETURNING line;
INSERT INTO tap(name, got) SELECT 'thirteen quantiles of 600 days each', count(*) = 26 AND min(days) = 600 AND max(days) = 600 FROM share RETURNING line;
-- 600 independent days: a share is off by 0.02 by chance alone.
-- The middle of the gaussian one is its mean, which of waiting times lies above the median; calibration moves the others about it.
INSERT INTO tap(name, got) SELECT loss || ': its quantiles hold their share', max(abs(below - quantile)) < 0.1 AND avg(abs(below - quantile)) < 0.04
  FROM share GROUP BY loss RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'probabilities add up to 1', max(abs(total - 1)), 0, 1e-5 FROM answer RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'log_loss is the negative log-likelihood', log_loss, by_hand, 1e-4 FROM likelihood RETURNING line;
INSERT INTO tap(name, got) SELECT 'the pictures are written', min(length(readfile(name)) > 1000 AND CAST(readfile(name) AS TEXT) LIKE '<svg%')
  FROM (SELECT 'build/gallery/' || value || '.svg' AS name FROM json_each('["losses","losses_quantiles"]')) RETURNING line;
