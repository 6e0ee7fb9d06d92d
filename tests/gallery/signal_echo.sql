-- sql/gallery/signal_echo.sql: with the state carried every echo is known, without it all but the first n of a chunk. Measured with three
-- seeds: carried 1.000 (3 steps late) and 0.942 to 0.997 (10), forgotten 0.926 to 0.927 and 0.714 to 0.737; 30 steps late the plain
-- RNN gets 0.54 to 0.57, the LSTM 0.63 to 0.64.
SELECT '1..15';
INSERT INTO tap(name, got, want) SELECT 'the echo is the signal, late', count(*), 12000 - 3
  FROM echo JOIN signal ON signal.t = echo.t - 3 WHERE n = 3 AND late = signal.bit RETURNING line;
INSERT INTO tap(name, got) SELECT 'three steps late, state carried: near 100 %', accuracy >= 0.99 FROM accuracy
  WHERE n = 3 AND state = 'carried' RETURNING line;
INSERT INTO tap(name, got) SELECT 'ten steps late, state carried', accuracy >= 0.9 FROM accuracy
  WHERE n = 10 AND state = 'carried' RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'three steps late, chunks on their own: 1 - 3/40', accuracy, 0.925, 0.02
  FROM accuracy WHERE n = 3 AND state = 'forgotten' RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'ten steps late, chunks on their own: 1 - 10/40 less a little', accuracy, 0.73, 0.04
  FROM accuracy WHERE n = 10 AND state = 'forgotten' RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'forgotten, ' || n || ' steps late: the first ' || n || ' of a chunk are guesses',
  avg(accuracy), 0.5, 0.1 FROM accuracy_by_position WHERE state = 'forgotten' AND position <= n GROUP BY n RETURNING line;
INSERT INTO tap(name, got) SELECT 'forgotten, ' || n || ' steps late: the others are known', avg(accuracy) > 0.9
  FROM accuracy_by_position WHERE state = 'forgotten' AND position > n GROUP BY n RETURNING line;
INSERT INTO tap(name, got) SELECT 'carried: the beginning of a chunk is as good as its end',
  max(accuracy) - min(accuracy) < 0.15 FROM accuracy_by_position WHERE state = 'carried' RETURNING line;
INSERT INTO tap(name, got) SELECT 'the plain RNN echoes ten steps', min(accuracy) > 0.97
  FROM reach WHERE cell = 'rnn' AND n <= 10 RETURNING line;
INSERT INTO tap(name, got) SELECT 'and has forgotten after thirty', accuracy < 0.7 FROM reach WHERE cell = 'rnn' AND n = 30 RETURNING line;
INSERT INTO tap(name, got) SELECT 'the LSTM forgets late ones too, but not three', max(iif(n = 3, accuracy, 0)) > 0.98
    AND max(iif(n = 30, accuracy, 0)) < 0.8
  FROM reach WHERE cell = 'lstm' RETURNING line;
INSERT INTO tap(name, got) SELECT 'after thirty it still keeps more than the plain RNN', lstm.accuracy > rnn.accuracy
  FROM reach lstm JOIN reach rnn USING (n) WHERE lstm.cell = 'lstm' AND rnn.cell = 'rnn' AND n = 30 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the pictures are written', sum(length(svg) > 1000 AND CAST(substr(svg, 1, 4) AS TEXT) = '<svg'), 3
  FROM (SELECT readfile('build/gallery/signal_echo' || column1 || '.svg') AS svg FROM (VALUES (''), ('_reach'), ('_steps'))) RETURNING line;
