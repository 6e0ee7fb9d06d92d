-- sql/gallery/padding.sql: sequences of all lengths in one batch; who shares it changes nothing but rounding.
SELECT '1..8';
INSERT INTO tap(name, got, want) SELECT 'recordings of 5 to 64 steps', min(length) || ' to ' || max(length), '5 to 64' FROM recording RETURNING line;
INSERT INTO tap(name, got) SELECT 'beats are counted at all lengths', max(error) < 0.8 AND count(*) = 4 FROM count_by_length RETURNING line;
INSERT INTO tap(name, got) SELECT 'the average error is a fraction of a beat', sum(recordings * error) / sum(recordings) < 0.45 FROM count_by_length RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the 100 among themselves', sum(abs(prediction - alone) < 1e-4), 100
  FROM counted_together JOIN counted USING (id) WHERE beside = 'the 100' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'beside one of 5,000 steps', sum(abs(prediction - alone) < 1e-4), 100
  FROM counted_together JOIN counted USING (id) WHERE beside = 'one of 5,000 steps' RETURNING line;
INSERT INTO tap(name, got) SELECT 'zeros that are steps do change the count', most > 0.05 FROM difference WHERE beside LIKE 'filled up%' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'an epoch works on the steps of the recordings', trained, recorded FROM steps RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'all rows were learned from',
  json_extract(rnn_info(model), '$.data.rows') || ' ' || json_extract(rnn_info(model), '$.data.series_skipped'), '500 0' FROM trained RETURNING line;
