"""Row `predict`: the table-valued rnn_predict over texts against the scalar one, in turns; data and model are made by predict.sql."""

import os

from common import HERE, median, number, table

TEXTS, SOME = 20000, 4000
SET = "SELECT count(p.prediction) FROM rnn_predict('bench', (SELECT rnn_rows(id, body) FROM texts)) p"
SCALAR = f"SELECT count(rnn_predict('bench', body)) FROM texts WHERE id <= {SOME}"


def make(setting, name):
    """A database as predict.sql makes it."""
    database = setting.fresh(name)
    with open(os.path.join(HERE, "predict.sql"), encoding="utf-8") as file:
        lines = [line.split(" --")[0] for line in file if not line.startswith("--")]
    database.ask("run " + " ".join(lines))
    return database


def run(setting):
    database = make(setting, "predict.db")
    taken = {"set": [], "scalar": []}
    for _ in range(setting.rounds):
        for name, sql, texts in (("set", SET, TEXTS), ("scalar", SCALAR, SOME)):
            wall, cpu = database.times("time " + sql)
            taken[name].append((wall / texts, cpu / texts))
    database.close()
    each = {name: [median([t[i] for t in times]) for i in (0, 1)] for name, times in taken.items()}
    ratio = [each["scalar"][i] / each["set"][i] for i in (0, 1)]
    rows = [
        ["scalar, one thread", f"{each['scalar'][1] * 1e6:.0f} µs", f"{1 / each['scalar'][0]:,.0f}"],
        ["table-valued, all cores", f"{each['set'][1] * 1e6:.0f} µs", f"{1 / each['set'][0]:,.0f}"],
        ["ratio", number(ratio[1]), number(ratio[0])],
    ]
    return table(["", "processor time a text", "texts a second"], rows)
