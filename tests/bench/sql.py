"""Row `sql`: statements from the first row read to the last one given, beside the same jobs done by torch_sql.py on the same file, in
turns. PyTorch runs with its default number of threads and with one; the faster of the two counts for each job."""

import json
import os

import predict
from common import HERE, median, number, table

TRAINED = '"cell":"lstm","hidden":64,"bidirectional":false,"ensemble":1,"dropout":0,"optimizer":"adam","batch":32,"epochs":5'
FIXED = f'{{"task":"regress","output":"last","pooling":"last","validation":0,"patience":0,{TRAINED}}}'
VARIED = f'{{"task":"regress","output":"every","validation":0,"patience":0,{TRAINED}}}'
TRAIN = {"cell": "lstm", "hidden": 64, "batch": 32, "epochs": 5}
SCORED, LENGTH, HORIZON = 1000, 2000, 14

# what, job of torch_sql.py, its sizes, the model whose inputs and outputs it has, statement, ratio to reach
JOBS = (
    ("`rnn_train`: 400 series of 100 steps, LSTM 64, 5 epochs", "train", dict(TRAIN, pooling="last"), None,
     f"SELECT length(rnn_train('{FIXED}', series, time, target, a, b, c)) FROM fixed", None),
    ("`rnn_fit`: 400 series of 10 to 100 steps, LSTM 64, 5 epochs", "fit_varied", TRAIN, None,
     f"SELECT length(model) FROM rnn_fit((SELECT rnn_rows(series, time, target, a, b, c) FROM varied), '{VARIED}') WHERE epoch = 5", None),
    (f"`rnn_predict(model, text)`: {SCORED:,} texts", "predict", {"hidden": 64, "texts": SCORED}, None,
     f"SELECT count(rnn_predict('words', body)) FROM texts WHERE id <= {SCORED}", None),
    ("`rnn_predict(model, rows)`: 20,000 texts, hidden 64", "predict_set", {"hidden": 64, "batch": 256}, None,
     "SELECT count(p.prediction) FROM rnn_predict('words', (SELECT rnn_rows(id, body) FROM texts)) p", 5),
    ("`rnn_score`: one series of 100,000 rows, LSTM 32", "score", {"hidden": 32}, "score",
     "SELECT count(v) FROM (SELECT rnn_score('score', time, x) OVER (ORDER BY time) AS v FROM stream)", None),
    ("`rnn_score`: 100 series of 1,000 rows, LSTM 32", "score_series", {"hidden": 32}, "score",
     "SELECT count(v) FROM (SELECT rnn_score('score', step, x) OVER (PARTITION BY series ORDER BY step) AS v FROM stream)", None),
    (f"`rnn_forecast`: 300 series of 300 days, {HORIZON} ahead, GRU 48", "forecast", {"hidden": 48, "horizon": HORIZON, "context": 48},
     "forecast", f"SELECT count(f.quantiles) FROM rnn_forecast('forecast', (SELECT rnn_rows(store, day, units) FROM sales), {HORIZON}) f",
     None),
    ("`rnn_rows`: a million rows of 3 numbers", "read", {}, None, "SELECT length(rnn_rows(a, b, c)) FROM wide", None),
    (f"`rnn_generate`: {LENGTH:,} characters, LSTM 128", "generate", {"hidden": 128, "length": LENGTH, "embedding": 64}, "generate",
     f"SELECT length(rnn_generate('generate', 'the ', '{{\"length\":{LENGTH}}}'))", None),
)  # fmt: skip


def make(setting):
    database = predict.make(setting, "sql.db")
    with open(os.path.join(HERE, "sql.sql"), encoding="utf-8") as file:
        database.ask("run " + " ".join(line.rstrip() for line in file if not line.startswith("--")))
    return database


def sizes_of(database, job, sizes, model):
    """What the peer is told: sizes, and those of the trained model."""
    if job in ("train", "fit_varied"):
        options, table_of = (FIXED, "fixed") if job == "train" else (VARIED, "varied")
        options = options.replace('"epochs":5', '"epochs":1')
        model = f"(SELECT rnn_train('{options}', series, time, target, a, b, c) FROM {table_of} WHERE series < 40)"
    elif model:
        model = f"'{model}'"
    if not model:
        return sizes
    info = json.loads(database.ask(f"run SELECT json_extract(rnn_info({model}), '$.inputs', '$.outputs')"))
    return dict(sizes, inputs=info[0], outputs=info[1])


def measure(setting, database, torch, job, sizes, sql):
    """Medians: seconds of the statement, seconds of the job with each number of threads."""
    ours, theirs = [], {0: [], 1: []}
    for i in range(setting.rounds + 1):
        seconds = database.times("time " + sql)[0]
        if i:
            ours.append(seconds)
        for threads, taken in theirs.items() if torch else ():
            seconds = float(torch.ask(f"{job} {json.dumps(dict(sizes, threads=threads))}"))
            if i:
                taken.append(seconds)
    return median(ours), {threads: median(taken) for threads, taken in theirs.items() if taken}


def run(setting):
    database, torch = make(setting), setting.torch("torch_sql.py")
    rows = []
    if torch:
        torch.ask("open " + os.path.join(setting.folder, "sql.db"))
    for what, job, sizes, model, sql, asked in JOBS:
        if not setting.wanted(what):
            continue
        ours, theirs = measure(setting, database, torch, job, sizes_of(database, job, sizes, model), sql)
        best = min(theirs.values()) if theirs else None
        threads = "–" if best is None else "default" if theirs[0] == best else "1"
        rows.append([what, f"{ours * 1e3:,.1f}", number(best and best * 1e3), threads])
        rows[-1].append(number(best and best / ours, f"≥ {asked}" if asked else None))
        setting.say(" | ".join(rows[-1]))
    database.close()
    version = f"PyTorch {torch.ask('version')}.\n\n" if torch else ""
    if torch:
        torch.close()
    return version + table(["job", "SQL, ms", "PyTorch, ms", "its threads", "×"], rows)
