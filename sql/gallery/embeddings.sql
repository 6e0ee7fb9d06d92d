-- embeddings.sql - words become vectors, and words that are used alike become neighbours.
--
--     sqlite3 :memory: < sql/gallery/embeddings.sql
--
-- The documents: networks do not understand words, so "the computer gets all the words and creates a vocabulary, assigning a number to
-- each different word (indexing); the numbers form vectors of a fixed size that capture the content of the word (embedding). The vector
-- of dog is closer to the vector of cat than to the vector of sad." "With a PCA you will have the words grouped by semantics: in the
-- same location there are all the months, like January and November." And "there is a vector connecting man to woman and another
-- between king and queen; another example will be walking to walked and swimming to swam, or from country to capital".
--
-- The corpus is generated here: some 18,000 English sentences from a small grammar. Nothing in it says that january is a month or that
-- queen is to king as woman is to man. All a network can see is which words stand near which.
.bail on
.load build/rnn

-- The words of the grammar.
CREATE TABLE word(kind TEXT, number INTEGER, word TEXT, PRIMARY KEY(kind, number));
INSERT INTO word
SELECT lists.column1, 1 + key, value FROM (VALUES
  ('month', '["january","february","march","april","may","june","july","august","september","october","november","december"]'),
  ('weekday', '["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]'),
  ('animal', '["dog","cat","horse","cow","mouse","bird","sheep","fox"]'),
  ('feeling', '["sad","happy","angry","proud","lonely","afraid","tired","calm"]')) AS lists, json_each(lists.column2);

-- Men and women in pairs, and what they do apart from what everybody does.
CREATE TABLE person(number INTEGER PRIMARY KEY, pair INTEGER, word TEXT, he TEXT, his TEXT, ways TEXT);
INSERT INTO person(pair, word, he, his, ways)
SELECT key, json_extract(value, '$[' || woman || ']'), iif(woman, 'she', 'he'), iif(woman, 'her', 'his'), json_extract(value, '$[2]')
FROM json_each('[["king","queen","royal grown"],["man","woman","grown"],["prince","princess","royal young"],["boy","girl","young"],
  ["father","mother","family grown"],["son","daughter","family young"]]'),
  (SELECT 0 AS woman UNION ALL SELECT 1) ORDER BY key, woman;

CREATE TABLE verb(number INTEGER PRIMARY KEY, past TEXT, ing TEXT, object TEXT);
INSERT INTO verb(past, ing, object) VALUES
  ('walked', 'walking', 'along the road'), ('swam', 'swimming', 'across the lake'), ('flew', 'flying', 'over the hills'),
  ('sang', 'singing', 'an old song'), ('wrote', 'writing', 'a long letter'), ('ate', 'eating', 'some bread'),
  ('drank', 'drinking', 'some water'), ('slept', 'sleeping', 'in bed'), ('drove', 'driving', 'a fast car'),
  ('cooked', 'cooking', 'a hot soup');

CREATE TABLE land(number INTEGER PRIMARY KEY, country TEXT, capital TEXT, language TEXT);
INSERT INTO land(country, capital, language) VALUES
  ('france', 'paris', 'french'), ('italy', 'rome', 'italian'), ('germany', 'berlin', 'german'), ('spain', 'madrid', 'spanish'),
  ('japan', 'tokyo', 'japanese'), ('china', 'beijing', 'chinese'), ('russia', 'moscow', 'russian'), ('greece', 'athens', 'greek'),
  ('poland', 'warsaw', 'polish'), ('sweden', 'stockholm', 'swedish');

-- What can be said; `ways` limits a pattern to some people.
CREATE TABLE pattern(number INTEGER PRIMARY KEY, ways TEXT, text TEXT);
INSERT INTO pattern(ways, text) VALUES
  ('', 'the {person} says that {he} is {feeling}'),
  ('', 'the {person} feels {feeling} when {he} sees a {animal}'),
  ('', 'the {person} and {his} {animal} were {feeling} in {month}'),
  ('', 'on {weekday} the {person} feeds {his} {animal}'),
  ('', 'the {animal} runs after the {person} and {he} feels {feeling}'),
  ('', 'a {animal} was born in {month} on a {weekday}'),
  ('', 'in {month} people are {feeling}'),
  ('royal', 'the {person} wears {his} golden crown in the palace'),
  ('royal', 'the people bow to the {person} on {his} throne'),
  ('grown', 'the {person} drives to {his} office to earn money'),
  ('young', 'the {person} takes {his} toys to school'),
  ('family', 'the {person} comes to dinner with {his} family'),
  ('', 'yesterday the {person} {past} {object}'),
  ('', 'last {month} {he} {past} {object}'),
  ('', 'last {weekday} the {person} {past} {object}'),
  ('', 'now the {person} is {ing} {object}'),
  ('', 'look , {he} is {ing} {object} with {his} {animal}'),
  ('', 'every {weekday} {he} is {ing} {object}'),
  ('', '{capital} is the capital of {country}'),
  ('', 'the mayor of {capital} speaks {language}'),
  ('', 'in the streets of {capital} people speak {language}'),
  ('', 'the {language} people built the towers of {capital}'),
  ('', 'the army of {country} speaks {language}'),
  ('', 'in the fields of {country} farmers speak {language}'),
  ('', 'the {language} people love the rivers of {country}'),
  ('', 'in {month} the {person} took a train to {capital} to learn {language}'),
  ('', 'in {month} the {person} crossed the border of {country} to learn {language}');

-- Twenty thousand throws of the dice, the same on every machine: each is the one before times a constant, modulo the prime 2^31 - 1.
-- A throw chooses a pattern and what to put into it; those whose person has not the pattern's ways are left out.
CREATE TABLE sentence AS
WITH RECURSIVE throw(number, dice) AS (
  SELECT 1, 977436821 UNION ALL SELECT number + 1, dice * 48271 % 2147483647 FROM throw WHERE number < 20000),
thrown AS (
  SELECT number, dice, dice * 16807 % 2147483647 AS dice2, dice * 39373 % 2147483647 AS dice3, dice * 69621 % 2147483647 AS dice4
  FROM throw),
chosen AS (
  SELECT t.number, pattern.text, p.word AS person, he, his, past, ing, object, country, capital, language, m.word AS month,
    w.word AS weekday, a.word AS animal, f.word AS feeling
  FROM thrown t JOIN pattern ON pattern.number = 1 + dice / 64 % 27 JOIN person p ON p.number = 1 + dice2 / 64 % 12
    JOIN verb v ON v.number = 1 + dice3 / 64 % 10 JOIN land l ON l.number = 1 + dice4 / 64 % 10
    JOIN word m ON m.kind = 'month' AND m.number = 1 + dice2 / 4096 % 12
    JOIN word w ON w.kind = 'weekday' AND w.number = 1 + dice3 / 4096 % 7
    JOIN word a ON a.kind = 'animal' AND a.number = 1 + dice4 / 4096 % 8
    JOIN word f ON f.kind = 'feeling' AND f.number = 1 + dice / 4096 % 8
  WHERE pattern.ways = '' OR instr(p.ways, pattern.ways))
SELECT replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(text,
  '{person}', person), '{he}', he), '{his}', his), '{past}', past), '{ing}', ing), '{object}', object), '{country}', country),
  '{capital}', capital), '{language}', language), '{month}', month), '{weekday}', weekday), '{animal}', animal) AS body, feeling
FROM chosen;
UPDATE sentence SET body = replace(body, '{feeling}', feeling);

-- A network that learns to say the next word, and with it a vector for each word. With tie_embedding a word has one vector, for being
-- read and for being said: it is told by what follows the word as well as by what goes before.
CREATE TABLE network AS
SELECT rnn_train('{"task":"generate","tokens":"word","hidden":64,"embedding":16,"tie_embedding":true,"epochs":8}', body) AS model
FROM sentence;

.mode box
.print Sentences, like
SELECT (SELECT count(*) FROM sentence) AS sentences, body AS "the first ones" FROM sentence LIMIT 4;

-- Indexing and embedding: rnn_vocabulary has a row for each word: its number, how often it occurs, its vector, and the first two
-- principal components of all vectors.
CREATE TABLE vocabulary AS SELECT v.* FROM network, rnn_vocabulary(model) AS v;
.print
.print A vocabulary: numbers and vectors
SELECT id, token, count, length(embedding) / 4 AS elements, printf('%.3f', x) AS x, printf('%.3f', y) AS y
FROM vocabulary WHERE token IN ('dog', 'cat', 'sad', 'january', 'november', 'king', 'queen');

-- Likeness is the cosine of the angle between two vectors.
CREATE TABLE likeness AS SELECT n.token, n.similarity FROM network, rnn_neighbors(model, 'dog', 1000) AS n;
.print
.print Dog is closer to cat than to sad
SELECT 'dog' AS word, token AS other, printf('%.3f', similarity) AS similarity FROM likeness WHERE token IN ('cat', 'sad');

-- The five nearest words of each word of a kind, and how many of them are of the same kind.
CREATE TABLE neighbor AS
SELECT kind, word, n.rank, n.token, n.similarity, n.token IN (SELECT o.word FROM word o WHERE o.kind = word.kind) AS same
FROM network, word, rnn_neighbors(model, word, 5) AS n;
.print
.print Months lie beside months
SELECT word, group_concat(token, ', ') AS "the five nearest words" FROM neighbor
WHERE word IN ('january', 'november', 'monday', 'dog', 'sad') GROUP BY kind, word ORDER BY kind, word;
SELECT kind, count(DISTINCT word) AS words, printf('%.3f', avg(same)) AS "neighbours of the same kind" FROM neighbor GROUP BY kind;

-- The vector from man to woman is that from king to queen: king - man + woman.
CREATE TABLE analogy(claim TEXT, question TEXT, answer TEXT);
INSERT INTO analogy
SELECT 'man to woman', printf('%s - %s + %s', k.word, m.word, w.word), q.word
FROM person k JOIN person q ON q.pair = k.pair AND q.he = 'she' JOIN person m ON m.word = 'man' JOIN person w ON w.word = 'woman'
WHERE k.he = 'he' AND k.word <> 'man'
UNION ALL SELECT 'walking to walked', printf('walked - walking + %s', ing), past FROM verb WHERE ing <> 'walking'
UNION ALL SELECT 'country to capital', printf('paris - france + %s', country), capital FROM land WHERE country <> 'france';
CREATE TABLE answered AS
SELECT a.*, n.token, n.similarity, n.token = answer AS "right" FROM network, analogy AS a, rnn_neighbors(model, question, 1) AS n;
.print
.print King - man + woman
SELECT n.rank, n.token, printf('%.3f', n.similarity) AS similarity FROM network, rnn_neighbors(model, 'king - man + woman', 3) AS n;
SELECT claim, question, token AS "nearest word" FROM answered
WHERE question IN ('king - man + woman', 'father - man + woman', 'walked - walking + swimming', 'paris - france + italy',
  'paris - france + japan');
SELECT claim, count(*) AS questions, sum("right") AS "nearest word is the answer" FROM answered GROUP BY claim;

-- The picture: every word of the grammar at its first two principal components.
.read sql/scatter.sql
CREATE TABLE place AS
SELECT token, x, y, kind FROM vocabulary JOIN (
  SELECT word, kind || 's' AS kind FROM word UNION ALL SELECT word, iif(he = 'he', 'men', 'women') FROM person
  UNION ALL SELECT past, 'verbs, past' FROM verb UNION ALL SELECT ing, 'verbs, -ing' FROM verb
  UNION ALL SELECT country, 'countries' FROM land UNION ALL SELECT capital, 'capitals' FROM land) ON word = token;
INSERT INTO scatter(name, title, subtitle, x_label, y_label, source, height) VALUES ('words', 'Words grouped by their meaning',
  'Vectors that a network has learned by guessing the next word of sentences', 'first principal component',
  'second principal component', 'Generated sentences; sql/gallery/embeddings.sql', 620);
INSERT INTO scatter_point(scatter, x, y, label, colour_group) SELECT 'words', x, y, token, kind FROM place
ORDER BY token NOT IN ('january', 'november', 'dog', 'cat', 'sad', 'king', 'queen', 'man', 'woman'), kind;

-- A closer look at man and woman, king and queen. The two directions are made of other words: how much a vector points from fathers,
-- sons and boys to mothers, daughters and girls, and how much from children to prince and princess.
CREATE TABLE direction AS
SELECT p.word, p.he, a.similarity AS female, b.similarity AS royal
FROM network, person p, rnn_neighbors(model, 'mother + daughter + girl - father - son - boy', 1000) AS a,
  rnn_neighbors(model, 'prince + princess - boy - girl', 1000) AS b
WHERE a.token = p.word AND b.token = p.word;
INSERT INTO scatter(name, title, subtitle, x_label, y_label, source, width, height) VALUES ('royal',
  'From man to woman as from king to queen', 'Likeness to two directions that are made of other words',
  'mother + daughter + girl - father - son - boy',
  'prince + princess - boy - girl', 'Generated sentences; sql/gallery/embeddings.sql', 560, 460);
INSERT INTO scatter_point(scatter, x, y, label, colour_group)
SELECT 'royal', female, royal, word, iif(he = 'he', 'men', 'women') FROM direction
WHERE word IN ('king', 'queen', 'man', 'woman') ORDER BY he;
.print
.print Man and woman, king and queen: likeness to the direction of women, and to that of royalty
SELECT word, printf('%.3f', female) AS female, printf('%.3f', royal) AS royal FROM direction
WHERE word IN ('king', 'queen', 'man', 'woman');
.output /dev/null
SELECT writefile('build/gallery/embeddings.svg', group_concat(text, char(10)))
FROM (SELECT text FROM scatter_svg WHERE scatter = 'words' ORDER BY position);
SELECT writefile('build/gallery/embeddings_royal.svg', group_concat(text, char(10)))
FROM (SELECT text FROM scatter_svg WHERE scatter = 'royal' ORDER BY position);
.output
