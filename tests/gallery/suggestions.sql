-- sql/gallery/suggestions.sql: a keyboard that has read the message so far knows more than one that knows the last word. Measured with
-- three seeds: the next word is among three suggestions in 0.889 to 0.893 of the places (after the last word alone 0.742, frequent words
-- 0.251), the next letter in 0.972 to 0.978; T9 takes the right word in all 296 places, the more frequent word in 0.676.
SELECT '1..16';
INSERT INTO tap(name, got) SELECT 'messages are different, a tenth is held out', count(*) = count(DISTINCT body)
  AND sum(held_out) = count(*) / 10 AND count(*) > 1000 FROM message RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'words are trained in chunks: ' || name, json_extract(rnn_info(name), '$.options.tbptt'),
  iif(name = 'words', 20, 60) FROM rnn_models RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'three suggestions at every place', count(*), 3 * (SELECT count(*) FROM typed
  WHERE held_out AND position > 0)
  FROM suggested WHERE suggested_by = 'network' RETURNING line;
INSERT INTO tap(name, got) SELECT 'the next word is among three', among_three > 0.85 FROM suggestion_quality
  WHERE suggested_by = 'network' RETURNING line;
INSERT INTO tap(name, got) SELECT 'and is the first', first > 0.75 FROM suggestion_quality WHERE suggested_by = 'network' RETURNING line;
INSERT INTO tap(name, got) SELECT 'more often than by the last word alone', n.among_three > w.among_three + 0.1 AND n.first > w.first + 0.2
  FROM suggestion_quality n, suggestion_quality w WHERE n.suggested_by = 'network' AND w.suggested_by LIKE 'words%' RETURNING line;
INSERT INTO tap(name, got) SELECT 'than the most frequent words', n.among_three > 3 * f.among_three
  FROM suggestion_quality n, suggestion_quality f WHERE n.suggested_by = 'network' AND f.suggested_by LIKE 'freq%' RETURNING line;
INSERT INTO tap(name, got) SELECT 'what is suggested depends on words far back: ' || column1, max(iif(number = column2, probability, 0)) >
    1.5 * max(iif(number <> column2, probability, 0))
  FROM (VALUES ('tickets', 1), ('towels', 2)), example WHERE token = column1 AND number <= 2 GROUP BY column1 RETURNING line;
INSERT INTO tap(name, got) SELECT 'half a word is completed', sum(token GLOB 'o*') = 3 AND max(iif(rank = 1, token, '')) = 'office'
  FROM example WHERE number = 6 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'T9: keys of several words', group_concat(keys),
  '2665,287,43,46,4663,63,66' FROM (SELECT DISTINCT keys FROM t9 ORDER BY keys) RETURNING line;
INSERT INTO tap(name, got) SELECT 'T9: the network takes the right word', avg(network = word) > 0.97 AND avg(frequent = word) < 0.8
  FROM t9 RETURNING line;
INSERT INTO tap(name, got) SELECT 'the next letter is among three', among_three > 0.94 AND letters > 1000
  FROM letter_quality RETURNING line;
INSERT INTO tap(name, got) SELECT 'texts are completed', sum(length(goes_on) > 10) = 5
  AND sum(goes_on LIKE 'ay %' AND prompt = 'happy birthd') = 1
  AND sum(goes_on LIKE 'tion %' AND prompt LIKE '% sta') = 1 FROM completion RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture is written', length(svg) > 1000 AND CAST(substr(svg, 1, 4) AS TEXT) = '<svg'
  FROM (SELECT readfile('build/gallery/suggestions.svg') AS svg) RETURNING line;
