"""Row `scaling`: microseconds a row over three decades of rows, of series and of steps: constant where the cost grows linearly.

"series": series of 100 steps, more and more of them. "steps": 10 series, longer and longer. A sequence of SQL's rows is a step each, so
the three decades are of rows in both. Small sizes carry what a statement costs at all; times are the best of a few runs."""

from common import number, table

SIZES = (1000, 10000, 100000, 1000000)
OPTIONS = '"hidden":16,"ensemble":1,"epochs":1,"validation":0,"patience":0,"bidirectional":false,"cell":"gru"'
TRAIN = f"SELECT length(rnn_train('{{\"task\":\"regress\",\"output\":\"every\",\"batch\":32,\"tbptt\":1000,{OPTIONS}}}', s, t, y, x))"
TRAIN_FORECAST = f"SELECT rnn_train('{{\"task\":\"forecast\",\"horizon\":12,\"context\":48,\"season\":12,{OPTIONS}}}', s, t, y)"
# name, statement, most rows it is run with
WORK = (
    ("rnn_rows", "SELECT length(rnn_rows(s, t, y, x)) FROM d", 1000000),
    ("rnn_train, an epoch", TRAIN + " FROM d", 1000000),
    ("rnn_predict, rows", "SELECT count(p.prediction) FROM rnn_predict('regress', (SELECT rnn_rows(s, t, y, x) FROM d)) p", 1000000),
    ("rnn_score", "SELECT count(v) FROM (SELECT rnn_score('regress', t, x) OVER (PARTITION BY s ORDER BY t) AS v FROM d)", 1000000),
    ("rnn_forecast, 12 steps", "SELECT count(f.forecast) FROM rnn_forecast('forecast', (SELECT rnn_rows(s, t, y) FROM d), 12) f", 1000000),
)
REPEATS = 3  # of sizes that take less than a second


def fill(database, rows, steps):
    database.ask("run DELETE FROM d")
    database.ask(
        f"""run WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {rows - 1})
        INSERT INTO d SELECT i / {steps}, i % {steps}, 10 + sin(i % {steps} * 0.5236) * 3 + i * 7919 % 101 * 0.01, cos(i * 0.1) FROM n"""
    )


def models(database):
    fill(database, 2000, 200)
    train = TRAIN.replace("SELECT length(", "SELECT ")[:-1]
    database.ask(f"run INSERT INTO rnn_models(name, model) {train} FROM d".replace("SELECT rnn_train", "SELECT 'regress', rnn_train"))
    forecast = TRAIN_FORECAST.replace("SELECT rnn_train", "SELECT 'forecast', rnn_train")
    database.ask(f"run INSERT INTO rnn_models(name, model) {forecast} FROM d")


def least(database, sql):
    seconds = database.times("time " + sql)[0]
    for _ in range(REPEATS - 1):
        if seconds > 1:
            break
        seconds = min(seconds, database.times("time " + sql)[0])
    return seconds


def decades(setting, database, steps_of):
    """A row a function: microseconds a row at each size."""
    found = {name: [] for name, _, _ in WORK}
    for rows in SIZES:
        fill(database, rows, steps_of(rows))
        for name, sql, most in WORK:
            if not setting.wanted(name):
                continue
            us = least(database, sql) / rows * 1e6 if rows <= most else None
            found[name].append(number(us))
            setting.say(f"{name}, {rows:,} rows: {found[name][-1]} µs a row")
    return [[f"`{name}`" if "," not in name else f"`{name.split(',')[0]}`,{name.split(',')[1]}", *us] for name, us in found.items() if us]


def run(setting):
    database = setting.fresh("scaling.db")
    database.ask("run CREATE TABLE d(s, t, y, x, PRIMARY KEY(s, t)) WITHOUT ROWID")
    models(database)
    sizes = [f"{rows:,} rows" for rows in SIZES]
    text = table(["µs a row; series of 100 steps", *sizes], decades(setting, database, lambda rows: 100))
    text += "\n" + table(["µs a row; 10 series", *sizes], decades(setting, database, lambda rows: rows // 10))
    database.close()
    return text
