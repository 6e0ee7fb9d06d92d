-- rnn_generate, scalar and in FROM, and rnn_suggest: what is learned comes back, options do what they say, what cannot be generated
-- from is refused.
SELECT '1..61';
CREATE TABLE story(body);
INSERT INTO story VALUES ('the cat sat on the mat. the dog lay on the rug. the bird flew to the tree.'),
  ('one two three four five six seven eight nine ten.');
CREATE TABLE pair(target, source);
INSERT INTO pair VALUES ('cats', 'cat'), ('dogs', 'dog'), ('birds', 'bird'), ('trees', 'tree'), ('rugs', 'rug'), ('mats', 'mat');
.param init
.param set :o '{"task":"generate","cell":"lstm","ensemble":1,"dropout":0,"learning_rate":0.02,"threads":1,"validation":0,"batch":2}'
INSERT INTO rnn_models(name, model) SELECT 'char', rnn_train(json_set(:o, '$.tokens', 'char', '$.hidden', 48, '$.epochs', 150), body)
  FROM story;
INSERT INTO rnn_models(name, model) SELECT 'word', rnn_train(json_set(:o, '$.tokens', 'word', '$.hidden', 32, '$.epochs', 150), body)
  FROM story;
INSERT INTO rnn_models(name, model) SELECT 'byte', rnn_train(json_set(:o, '$.tokens', 'byte', '$.hidden', 8, '$.epochs', 2), body)
  FROM story;
INSERT INTO rnn_models(name, model) SELECT 'step', rnn_train(json_set(:o, '$.hidden', 16, '$.epochs', 150), s, t, token)
FROM (SELECT 'a' AS s, key AS t, value AS token FROM json_each('["log in", "view", "buy", "log out", "log in", "view", "log out"]')
      UNION ALL SELECT 'b', key, value FROM json_each('[1, 2, 3, 1, 2, 3, 1, 2, 3]'));
INSERT INTO rnn_models(name, model) SELECT 'plural', rnn_train('{"task":"seq2seq","tokens":"char","hidden":16,"epochs":20,"ensemble":1,
  "learning_rate":0.02,"validation":0,"threads":1}', target, source) FROM pair;
INSERT INTO rnn_models(name, model) SELECT 'vector', rnn_train('{"task":"seq2seq","tokens":"char","hidden":8,"epochs":10,"ensemble":1,
  "validation":0,"threads":1}', target, json_array(length(source), unicode(source))) FROM pair;
INSERT INTO rnn_models(name, model) SELECT 'numbers', rnn_train('{"task":"seq2seq","tokens":"char","hidden":8,"epochs":10,"ensemble":1,
  "validation":0,"threads":1}', target, length(source), unicode(source)) FROM pair;
INSERT INTO rnn_models(name, model) SELECT 'label', rnn_train('{"task":"classify","hidden":2,"epochs":1,"ensemble":1,"threads":1}',
  target = 'cats', source) FROM pair;
INSERT INTO rnn_models(name, model) SELECT 'forecast', rnn_train('{"task":"forecast","horizon":1,"context":4,"hidden":2,"epochs":1,
  "ensemble":1}', 1, key, value) FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12]');

-- What is learned comes back.
INSERT INTO tap(name, got, want) SELECT 'characters', rnn_generate('char', 'the cat sat', '{"temperature":0,"stop":"."}'), ' on the mat'
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'to the end of the text', rnn_generate('char', 'one two', '{"temperature":0}'),
  ' three four five six seven eight nine ten.' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'words', rnn_generate('word', 'One two three', '{"temperature":0}'),
  ' four five six seven eight nine ten.' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'prompt || text reads well', 'the dog lay' || rnn_generate('word', 'the dog lay',
  '{"temperature":0,"stop":"."}'), 'the dog lay on the rug' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a prompt that ends with a space', 'the dog ' || rnn_generate('word', 'the dog ',
  '{"temperature":0,"length":1}'), 'the dog lay' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the beginning', rnn_generate('word', NULL, '{"temperature":0,"length":1}') IN ('the', 'one'), 1
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'of an empty prompt, too', rnn_generate('word', ''), rnn_generate('word', NULL) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'tokens of rows', rnn_generate('step', '1 2', '{"temperature":0,"length":3}'), ' 3 1 2'
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a row a token', group_concat(token, '|') || group_concat(position), 'three|four|five1,2,3'
  FROM (SELECT * FROM rnn_generate('word', 'one two', '{"temperature":0}') LIMIT 3) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'both forms say the same', group_concat(token, ''), rnn_generate('char', 'the ', '{"seed":5}')
  FROM rnn_generate('char', 'the ', '{"seed":5}') RETURNING line;
INSERT INTO tap(name, got) SELECT 'probabilities', min(probability) > 0 AND max(probability) <= 1 AND avg(probability) > 0.5
  FROM rnn_generate('char', 'the cat', '{"temperature":0}') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'bytes are text', typeof(rnn_generate('byte', 'x', '{"length":5}')), 'text' RETURNING line;

-- Options.
INSERT INTO tap(name, got, want) SELECT 'the same seed', rnn_generate('char', 'the', '{"temperature":2,"seed":3}'),
  rnn_generate('char', 'the', '{"temperature":2,"seed":3}') RETURNING line;
INSERT INTO tap(name, got) SELECT 'other seeds', count(DISTINCT rnn_generate('char', 'the', json_object('temperature', 2, 'seed', value))) = 4
  FROM json_each('[1,2,3,4]') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'length', count(*), 7 FROM rnn_generate('char', 'x', '{"length":7,"temperature":50}')
  WHERE position <= 7 RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'top_k 1 is greedy', rnn_generate('char', 'the', '{"top_k":1,"temperature":5}'),
  rnn_generate('char', 'the', '{"temperature":0}') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'so is a small top_p', rnn_generate('char', 'the', '{"top_p":0.0001}'),
  rnn_generate('char', 'the', '{"temperature":0}') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'beam', rnn_generate('char', 'one two', '{"beam":3}'),
  ' three four five six seven eight nine ten.' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'stop', rnn_generate('char', 'one two', '{"temperature":0,"stop":["zero","ve s"]}'),
  ' three four fi' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'stop across tokens, in FROM', group_concat(token, ' '), 'three four'
  FROM rnn_generate('word', 'one two', '{"temperature":0,"stop":"five six"}') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'LIMIT stops the work', count(*), 3
  FROM (SELECT * FROM rnn_generate('byte', 'x', '{"length":1000000,"temperature":20}') LIMIT 3) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'nothing outside the vocabulary is an error', typeof(rnn_generate('word', 'xyzzy ' || char(128512)
  || CAST(x'FFFE' AS TEXT))) || typeof(rnn_generate('char', 'ЖЖЖ')), 'texttext' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'options of NULL', rnn_generate('char', 'the', NULL), rnn_generate('char', 'the') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a model BLOB', (SELECT rnn_generate(model, 'the') FROM rnn_models WHERE name = 'char'),
  rnn_generate('char', 'the') RETURNING line;

-- Sources.
INSERT INTO tap(name, got, want) SELECT 'a source is translated as rnn_predict does it', count(*), 6 FROM pair
  WHERE rnn_generate('plural', source) = rnn_predict('plural', source) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a vector', count(*), 6 FROM pair, (SELECT 1)
  WHERE rnn_generate('vector', json_array(length(source), unicode(source))) =
    rnn_predict('vector', json_array(length(source), unicode(source))) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a source in FROM', group_concat(token, ''), rnn_generate('plural', 'cat')
  FROM rnn_generate('plural', 'cat') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no source, no text', rnn_generate('plural', NULL), NULL RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'and no rows', count(*), 0 FROM rnn_generate('plural', NULL) RETURNING line;

-- Suggestions.
INSERT INTO tap(name, got, want) SELECT 'three by default', count(*) || group_concat(rank), '31,2,3' FROM rnn_suggest('word', 'the ')
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the likeliest is what was read', token, 'three' FROM rnn_suggest('word', 'one two ', 1)
  RETURNING line;
INSERT INTO tap(name, got) SELECT 'all of them', abs(sum(probability) - 1) < 1e-9 AND min(probability) > 0
  FROM rnn_suggest('word', 'the ', 1000) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'an unfinished word is completed', group_concat(token, ' '), 'three tree the two ten to'
  FROM (SELECT token FROM rnn_suggest('word', 'one two t', 10) ORDER BY length(token) DESC, token = 'three' DESC, token = 'the' DESC,
    token = 'two' DESC, token = 'ten' DESC) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'the likeliest first', token, 'three' FROM rnn_suggest('word', 'one two T') WHERE rank = 1
  RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'no word begins so', count(*), 0 FROM rnn_suggest('word', 'one two zz') RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'characters', token, 'n' FROM rnn_suggest('char', 'the cat sat o', 1) RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'at the beginning', count(*), 2 FROM rnn_suggest('word', NULL, 2) RETURNING line;

-- What is refused.
-- error: rnn_generate: the model's task is classify; use rnn_predict
SELECT rnn_generate('label', 'x');
-- error: rnn_generate: the model's task is forecast; use rnn_forecast
SELECT * FROM rnn_generate('forecast', 'x');
-- error: rnn_suggest: the model's task is classify; use rnn_predict
SELECT * FROM rnn_suggest('label', 'x');
-- error: rnn_suggest: the model's task is seq2seq
SELECT * FROM rnn_suggest('plural', 'x');
-- error: rnn_generate: the prompt is 5; it is a TEXT
SELECT rnn_generate('char', 5);
-- error: rnn_generate: the prompt is x'00'; it is a TEXT
SELECT * FROM rnn_generate('char', x'00');
-- error: rnn_generate: the source has 1 value; the model was trained on 2: use rnn_predict\(model, input...\)
SELECT rnn_generate('numbers', 5);
-- error: rnn_generate: input 1 is
SELECT rnn_generate('vector', '[1, 2, 3');
-- error: wrong number of arguments to function rnn_generate
SELECT rnn_generate('char');
-- error: rnn_generate: argument 2, prompt, is missing; usage: rnn_generate\(model, prompt \[, options\]\)
SELECT * FROM rnn_generate('char');
-- error: rnn_suggest: argument 1, model, is missing; usage: rnn_suggest\(model, prompt \[, k\]\)
SELECT * FROM rnn_suggest;
-- error: rnn_generate: the model is NULL
SELECT rnn_generate(NULL, 'x');
-- error: rnn_generate: a BLOB of 1 bytes is not a model
SELECT rnn_generate(x'00', 'x');
-- error: rnn_suggest: no model is called 'nobody'
SELECT * FROM rnn_suggest('nobody', 'x');
-- error: rnn_generate: option "lenght" is unknown; did you mean "length"
SELECT rnn_generate('char', 'x', '{"lenght":5}');
-- error: rnn_generate: option "length" is 1000001; allowed is
SELECT rnn_generate('char', 'x', '{"length":1000001}');
-- error: rnn_generate: option "temperature" is -1
SELECT rnn_generate('char', 'x', '{"temperature":-1}');
-- error: rnn_generate: option "beam" is 4, which looks for the likeliest text; "temperature"
SELECT rnn_generate('char', 'x', '{"beam":4,"temperature":0.5}');
-- error: rnn_generate: option "hidden" belongs to rnn_train
SELECT rnn_generate('char', 'x', '{"hidden":4}');
-- error: rnn_generate: the options are
SELECT rnn_generate('char', 'x', 5);
-- error: rnn_suggest: the number of suggestions is INTEGER 0; allowed is an INTEGER from 1
SELECT * FROM rnn_suggest('char', 'x', 0);
-- error: rnn_suggest: the number of suggestions is TEXT 'many'
SELECT * FROM rnn_suggest('char', 'x', 'many');
.limit length 60000
-- error: rnn_generate: the text has passed 60000 bytes, the most that a text may have here; give a smaller "length"
SELECT rnn_generate('byte', 'x', '{"length":1000000,"temperature":0}');

-- A book of which nothing is held out has no validation loss, and its last epoch is the best.
INSERT INTO tap(name, got, want) SELECT 'nothing held out of a book', count(valid_loss) || ' ' || max(iif(best, epoch, 0)), '0 3'
  FROM rnn_fit((SELECT rnn_rows(replace(hex(zeroblob(500)), '00', 'abc '))), '{"task":"generate","hidden":4,"epochs":3,"validation":0}')
  RETURNING line;
