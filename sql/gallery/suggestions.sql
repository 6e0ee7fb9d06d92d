-- suggestions.sql - the keyboard of a phone: T9, suggestions of the next word and letter, completion of a text.
--
--     sqlite3 :memory: < sql/gallery/suggestions.sql
--
-- From the documents: "as you start feeding inside input the network starts getting output. An example of this type of architecture is
-- T9, if you remember using Nokia phone, you will get text suggestions as you are typing things through"; and a network that completes
-- a prompt. Both are language models, trained as the documents draw it: all texts are one long stream, cut into contiguous lanes that
-- are read side by side, T tokens at a time; the state goes on to the next T tokens, the gradient does not (tbptt).

.bail on
.load build/rnn
.read sql/chart.sql

-- Messages that people send each other, from sixteen patterns. A place goes with a thing and a time of day with a meal: what the next
-- word is may depend on words far back. Names, places and times themselves are drawn at random, which nobody can foresee.
CREATE TABLE pattern(number, body);
INSERT INTO pattern VALUES
  (0, 'hi NAME , i am at the PLACE , can you bring the THING ? thanks'),
  (1, 'NAME , meet me at the PLACE TIME , we can have MEAL together'),
  (2, 'there are no THING in the PLACE , NAME , i go home WHEN'),
  (3, 'good DAY NAME , the THING are in the PLACE'),
  (4, 'i will be home TIME , is there MEAL for me ?'),
  (5, 'the bus to the PLACE is gone , i am late for MEAL , see you TIME'),
  (6, 'that book of NAME is cool , i read it in the PLACE WHEN'),
  (7, 'do not forget the THING , NAME is in the PLACE WHEN'),
  (8, 'happy birthday NAME , have a good day and a good MEAL WHEN'),
  (9, 'sorry NAME , no time for MEAL TIME , the PLACE is full of people'),
  (10, 'on my way to the PLACE with NAME , he has the THING'),
  (11, 'if you go to the PLACE WHEN , NAME can go with you'),
  (12, 'me and NAME had MEAL in the PLACE TIME , it was cool'),
  (13, 'a cup of tea TIME ? NAME is home WHEN'),
  (14, 'NAME is in the PLACE and looks for the THING , are you on it ?'),
  (15, 'good to hear of you NAME , i call you WHEN');
CREATE TABLE filler(kind, number, word);
INSERT INTO filler VALUES
  ('NAME', 0, 'anna'), ('NAME', 1, 'ben'), ('NAME', 2, 'clara'), ('NAME', 3, 'david'),
  ('NAME', 4, 'emma'), ('NAME', 5, 'felix'), ('NAME', 6, 'grace'), ('NAME', 7, 'hugo'),
  ('NAME', 8, 'iris'), ('NAME', 9, 'jonas'), ('NAME', 10, 'karin'), ('NAME', 11, 'leo'),
  ('NAME', 12, 'mira'), ('NAME', 13, 'nils'), ('NAME', 14, 'olga'), ('NAME', 15, 'paul'),
  ('PLACE', 0, 'station'), ('PLACE', 1, 'office'), ('PLACE', 2, 'garden'), ('PLACE', 3, 'beach'),
  ('THING', 0, 'tickets'), ('THING', 1, 'letters'), ('THING', 2, 'flowers'), ('THING', 3, 'towels'),
  ('TIME', 0, 'at eight in the morning'), ('TIME', 1, 'at noon'), ('TIME', 2, 'at four'), ('TIME', 3, 'at seven in the evening'),
  ('MEAL', 0, 'breakfast'), ('MEAL', 1, 'lunch'), ('MEAL', 2, 'cake'), ('MEAL', 3, 'dinner'),
  ('DAY', 0, 'morning'), ('DAY', 1, 'day'), ('DAY', 2, 'afternoon'), ('DAY', 3, 'evening'),
  ('WHEN', 0, 'now'), ('WHEN', 1, 'soon'), ('WHEN', 2, 'today'), ('WHEN', 3, 'tomorrow');

-- 2,500 draws of pattern, name, place, time and the rest, each by the upper bits of a linear congruential generator. Every message
-- counts once, so that none that is held out has been trained on.
CREATE TABLE message AS
WITH RECURSIVE draw(i, noise) AS (
  SELECT 0, 42 UNION ALL SELECT i + 1, (noise * 1103515245 + 12345) % 2147483648 FROM draw WHERE i < 2500 * 5 - 1),
number AS (SELECT i / 5 AS id, i % 5 AS what, noise / 134217728 AS value FROM draw),
choice AS (
  SELECT id, max(iif(what = 0, value, 0)) AS pattern, max(iif(what = 1, value, 0)) AS name, max(iif(what = 2, value % 4, 0)) AS place,
    max(iif(what = 3, value % 4, 0)) AS time, max(iif(what = 4, value % 4, 0)) AS later
  FROM number GROUP BY id),
text AS (
  SELECT id, replace(replace(replace(replace(replace(replace(replace(body, 'NAME', name.word), 'PLACE', place.word), 'THING', thing.word),
    'TIME', time.word), 'MEAL', meal.word), 'DAY', day.word), 'WHEN', later.word) AS body
  FROM choice c JOIN pattern p ON p.number = c.pattern
    JOIN filler name ON name.kind = 'NAME' AND name.number = c.name JOIN filler place ON place.kind = 'PLACE' AND place.number = c.place
    JOIN filler thing ON thing.kind = 'THING' AND thing.number = c.place JOIN filler time ON time.kind = 'TIME' AND time.number = c.time
    JOIN filler meal ON meal.kind = 'MEAL' AND meal.number = c.time JOIN filler day ON day.kind = 'DAY' AND day.number = c.later
    JOIN filler later ON later.kind = 'WHEN' AND later.number = c.later)
SELECT row_number() OVER (ORDER BY min(id)) AS id, body, row_number() OVER (ORDER BY min(id)) % 10 = 0 AS held_out FROM text GROUP BY body;

-- Two language models: of words, in 8 lanes and chunks of 20 tokens, and of letters, in chunks of 60.
INSERT INTO rnn_models(name, model)
SELECT 'words', rnn_train('{"task":"generate","tokens":"word","hidden":64,"dropout":0.1,"batch":8,"epochs":25,"tbptt":20}', body)
FROM message WHERE NOT held_out;
INSERT INTO rnn_models(name, model)
SELECT 'letters', rnn_train('{"task":"generate","tokens":"char","hidden":64,"dropout":0.1,"batch":8,"epochs":6,"tbptt":60}', body)
FROM message WHERE NOT held_out;

-- Every word of every message, and what was typed before it.
CREATE TABLE typed AS
SELECT message.id, held_out, word.key AS position, word.value AS word,
  (SELECT group_concat(before.value || ' ', '') FROM json_each('["' || replace(body, ' ', '","') || '"]') before
    WHERE before.key < word.key) AS prompt,
  lag(word.value) OVER (PARTITION BY message.id ORDER BY word.key) AS last_word
FROM message, json_each('["' || replace(body, ' ', '","') || '"]') word;

.mode box --wrap 80
.print Three suggestions for the next word; after half a word, what it may become
CREATE TABLE example AS
SELECT column1 AS number, column2 AS typed, rank, token, probability
FROM (VALUES (1, 'on my way to the station with emma , he has the '), (2, 'on my way to the beach with emma , he has the '),
  (3, 'see you at seven in the evening , we can have '), (4, 'see you at noon , we can have '), (5, 'meet me at the '),
  (6, 'meet me at the o')), rnn_suggest('words', column2, 3);
SELECT typed AS "typed so far", max(iif(rank = 1, token, '')) AS first, max(iif(rank = 2, token, '')) AS second,
  max(iif(rank = 3, token, '')) AS third, printf('%.3f', max(probability)) AS "sure of the first"
FROM example GROUP BY number;

-- The held-out messages, from the second word on: is the word that was written among three suggestions? Beside the network: the three
-- most frequent words that followed the last word in the messages that were trained on, and the three most frequent words.
CREATE TABLE suggested AS
SELECT id, position, 'network' AS suggested_by, rank, token = word AS right FROM typed, rnn_suggest('words', prompt, 3)
WHERE held_out AND position > 0;
INSERT INTO suggested
SELECT id, position, 'words after the last word', follower.rank, follower.word = typed.word
FROM typed JOIN (
  SELECT last_word, word, row_number() OVER (PARTITION BY last_word ORDER BY count(*) DESC, word) AS rank
  FROM typed WHERE NOT held_out GROUP BY last_word, word) follower USING (last_word)
WHERE held_out AND position > 0 AND rank <= 3;
INSERT INTO suggested
SELECT id, position, 'frequent words', frequent.rank, frequent.word = typed.word
FROM typed, (
  SELECT word, row_number() OVER (ORDER BY count(*) DESC, word) AS rank FROM typed WHERE NOT held_out GROUP BY word) frequent
WHERE held_out AND position > 0 AND rank <= 3;

CREATE TABLE suggestion_quality AS
SELECT suggested_by, sum(right) * 1.0 / count(DISTINCT id || ' ' || position) AS among_three,
  sum(right AND rank = 1) * 1.0 / count(DISTINCT id || ' ' || position) AS first
FROM suggested GROUP BY suggested_by;
.print Share of the words of held-out messages that were suggested
SELECT suggested_by AS "suggested by", printf('%.3f', first) AS "first", printf('%.3f', among_three) AS "among three"
FROM suggestion_quality ORDER BY among_three DESC;

-- T9: a key stands for three or four letters, and 4663 for "home" and for "good". Which word is meant? The likeliest one with these
-- keys, says the network, having read the message so far. A phone without it takes the more frequent word.
CREATE TABLE letter_key AS
WITH keys(key, letters) AS (VALUES (2, 'abc'), (3, 'def'), (4, 'ghi'), (5, 'jkl'), (6, 'mno'), (7, 'pqrs'), (8, 'tuv'), (9, 'wxyz'))
SELECT substr(letters, place.value, 1) AS letter, keys.key FROM keys, json_each('[1, 2, 3, 4]') place
WHERE place.value <= length(letters);
CREATE TABLE word_keys AS
WITH RECURSIVE press(word, rest, keys) AS (
  SELECT DISTINCT word, word, '' FROM typed WHERE word GLOB '[a-z]*'
  UNION ALL
  SELECT word, substr(rest, 2), keys || key FROM press JOIN letter_key ON letter = substr(rest, 1, 1))
SELECT word, keys, (SELECT count(*) FROM typed WHERE typed.word = press.word AND NOT held_out) AS uses FROM press WHERE rest = '';

CREATE TABLE t9 AS
SELECT typed.id, typed.position, typed.word, keys,
  (SELECT other.word FROM word_keys other WHERE other.keys = pressed.keys ORDER BY uses DESC, other.word LIMIT 1) AS frequent,
  (SELECT token FROM rnn_suggest('words', prompt, 1000) JOIN word_keys other ON other.word = token AND other.keys = pressed.keys
    ORDER BY rank LIMIT 1) AS network
FROM typed JOIN word_keys pressed USING (word)
WHERE held_out AND position > 0 AND (SELECT count(*) FROM word_keys other WHERE other.keys = pressed.keys) > 1;
.print T9: keys that stand for several words, and how often the right one was taken
SELECT keys, (SELECT group_concat(word, ' ') FROM word_keys WHERE word_keys.keys = t9.keys) AS words, count(*) AS pressed,
  printf('%.3f', avg(frequent = word)) AS "more frequent word", printf('%.3f', avg(network = word)) AS network
FROM t9 GROUP BY keys;

-- The next letter, in every fourth held-out message.
CREATE TABLE letter_quality AS
WITH RECURSIVE place(id, body, at) AS (
  SELECT id, body, 2 FROM message WHERE held_out AND id % 40 = 0
  UNION ALL SELECT id, body, at + 1 FROM place WHERE at < length(body))
SELECT count(*) AS letters, avg(right) AS among_three
FROM (SELECT max(token = substr(body, at, 1)) AS right FROM place, rnn_suggest('letters', substr(body, 1, at - 1), 3) GROUP BY id, at);
.print The next letter is among three suggestions
SELECT letters, printf('%.3f', among_three) AS "among three" FROM letter_quality;

-- Completion: the likeliest words and letters, one after the other, to the end of the message.
CREATE TABLE completion AS
SELECT column1 AS model, column2 AS prompt, rnn_generate(column1, column2, '{"temperature":0,"length":80}') AS goes_on
FROM (VALUES ('words', 'there are no'), ('words', 'hi clara , i am at the beach'), ('words', 'the bus to the office'),
  ('letters', 'hi clara , i am at the sta'), ('letters', 'happy birthd'));
.print Text completion
SELECT model, prompt, goes_on AS "goes on" FROM completion;

-- The picture: right suggestions by position in the message.
INSERT INTO chart(name, title, subtitle, x_label, y_label, source) VALUES
  ('suggestions', 'Three suggestions for the next word', 'Share of the words of held-out messages that were among them',
   'words typed before', 'share of words', 'LSTM of 64 units; lanes of one long stream, state carried');
INSERT INTO chart_line(chart, line) VALUES ('suggestions', 'network'), ('suggestions', 'words after the last word'),
  ('suggestions', 'frequent words');
INSERT INTO chart_point(chart, line, time, y)
SELECT 'suggestions', suggested_by, position, sum(right) * 1.0 / count(DISTINCT id)
FROM suggested WHERE position <= 14 GROUP BY suggested_by, position;
.output /dev/null
SELECT writefile('build/gallery/suggestions.svg', group_concat(text, char(10)))
FROM (SELECT text FROM chart_svg WHERE chart = 'suggestions' ORDER BY position);
.output
