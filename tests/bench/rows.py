"""Rows `rows` and `load`: reading a table with rnn_rows beside sum(), and the first and later calls of a model of 10 MB."""

import os

from common import median, number, table, turns

ROWS = 3000000
# hidden and input so that a model has about 10 MB: of weights; of a vocabulary and its embeddings.
NETWORK = """SELECT rnn_train('{"task":"regress","cell":"lstm","hidden":800,"bidirectional":false,"ensemble":1,"epochs":1}', y, x)
    FROM (SELECT value AS y, '[1,2,3]' AS x FROM json_each('[1,2,3,4,5,6,7,8]'))"""
TEXTS = """WITH RECURSIVE word(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM word WHERE i < 39999),
    body(label, text) AS (SELECT i / 40 % 2, group_concat(printf('w%05d', i), ' ') FROM word GROUP BY i / 40)
    SELECT rnn_train('{"task":"classify","cell":"gru","hidden":32,"embedding":58,"vocabulary":50000,"min_count":1,"subwords":0,
        "wide":false,"ensemble":1,"epochs":1,"validation":0}', label, text) FROM body"""
MODELS = {
    "an LSTM of 800 units": (NETWORK, "rnn_predict('bench', '[1,2,3]')"),
    "a classifier of 40,000 words": (TEXTS, "rnn_predict('bench', 'w00001 w00002 w00003')"),
}


def run_rows(setting):
    database = setting.fresh("rows.db")
    database.ask("run CREATE TABLE t(a REAL, b REAL, c INTEGER)")
    database.ask(
        f"""run WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
        INSERT INTO t SELECT i * 0.37, sin(i), i % 1000 FROM n"""
    )
    taken = turns(
        setting.rounds,
        {
            "rows": lambda: database.times("time SELECT length(rnn_rows(a, b, c)) FROM t")[0],
            "sum": lambda: database.times("time SELECT sum(a), sum(b), sum(c) FROM t")[0],
        },
    )
    database.close()
    os.remove(os.path.join(setting.folder, "rows.db"))
    rate = ROWS / taken["rows"] * 1e-6
    rows = [
        ["`rnn_rows(a, b, c)`", f"{taken['rows']:.2f}", number(rate, "≥ 3"), number(taken["rows"] / taken["sum"], "≤ 3")],
        ["`sum(a), sum(b), sum(c)`", f"{taken['sum']:.2f}", number(ROWS / taken["sum"] * 1e-6), "1"],
    ]
    return table(["3 million rows of a file", "seconds", "million rows a second", "sum = 1"], rows)


def first_and_later(database, call):
    """Seconds on a new connection: a statement that needs no model, the first call, a later one, 100 different ones."""
    empty = database.times("time SELECT count(*) FROM rnn_models WHERE name = 'none'")[0]
    first = database.times(f"time SELECT {call}")[0]
    later = database.times(f"time SELECT {call}")[0]
    return max(first - empty, 0), later


def run_load(setting):
    rows = []
    for name, (train, call) in MODELS.items():
        database = setting.fresh("load.db")
        database.ask(f"run INSERT INTO rnn_models(name, model) SELECT 'bench', ({train})")
        size = float(database.ask("run SELECT bytes FROM rnn_models")) / 1e6
        database.close()
        first, later = [], []
        for _ in range(2 * setting.rounds + 1):
            database = setting.database("load.db")  # a process that has nothing in memory yet
            seconds = first_and_later(database, call)
            database.close()
            first.append(seconds[0] * 1e3)
            later.append(seconds[1] * 1e3)
        rows.append([name, f"{size:.1f}", number(median(first), "≤ 20"), number(median(later))])
        setting.say(" | ".join(rows[-1]))
    os.remove(os.path.join(setting.folder, "load.db"))
    return table(["`rnn_predict('name', …)`", "MB", "first call, ms", "later call, ms"], rows)
