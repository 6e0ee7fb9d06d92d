-- Texts of 10 to 40 words to score, and a classifier of them with 64 hidden units, otherwise of default options; see scripts/bench. The
-- words' frequencies fall as 1 / rank, and training sees a tenth of the texts: as in language, some words to score are unknown.
CREATE TABLE texts(id INTEGER PRIMARY KEY, label, body);
WITH RECURSIVE text(id, words) AS (
    SELECT 1, 10 + abs(random()) % 31 UNION ALL SELECT id + 1, 10 + abs(random()) % 31 FROM text WHERE id < 20000
), word(id, words, k, r, body) AS ( -- r: what the next word is made from
    SELECT id, words, 0, CAST(exp(abs(random()) % 1000000 / 1e6 * ln(20000)) AS INTEGER) * 2654435761 % 4294967296, '' FROM text
    UNION ALL
    SELECT id, words, k + 1, CAST(exp(abs(random()) % 1000000 / 1e6 * ln(20000)) AS INTEGER) * 2654435761 % 4294967296,
        body || iif(k, ' ', '') || substr('bcdfghklmnprstvz', 1 + r % 16, 1) || substr('aeiou', 1 + r / 16 % 5, 1)
            || substr('bdklmnprst', 1 + r / 80 % 10, 1) || substr('aeiouy', 1 + r / 800 % 6, 1)
            || iif(r / 4800 % 3, substr('nrstlmdk', 1 + r / 14400 % 8, 1) || substr('aeio', 1 + r / 115200 % 4, 1), '')
    FROM word WHERE k < words
)
INSERT INTO texts SELECT id, instr(body, 'tuk') > 0, body FROM word WHERE k = words;
INSERT INTO rnn_models(name, model)
SELECT 'bench', rnn_train('{"task":"classify","hidden":64,"seed":1,"epochs":2}', label, body) FROM texts WHERE id <= 2000;
