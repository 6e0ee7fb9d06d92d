"""Row `stream`: one step a call. The engine's stepper and PyTorch's LSTM called with one step, then the same in SQL: a row of a window
with rnn_score, a call of rnn_advance."""

from common import median, number, table, turns

SIZES = ((32, 1, 0.5, None), (128, 64, 4, 10))  # hidden, inputs; microseconds and ratio to reach
ROWS = 200000
ADVANCED = 20000
PLAIN = '"cell":"lstm","bidirectional":false,"output":"every","ensemble":1,"validation":0,"epochs":1'
SCORE = "SELECT sum(v) FROM (SELECT rnn_score('stream', time, x) OVER (ORDER BY time) AS v FROM steps)"
ADVANCE = f"""WITH RECURSIVE m AS MATERIALIZED (SELECT model FROM rnn_models), s(time, state) AS (
    SELECT 0, NULL UNION ALL SELECT time + 1, rnn_advance(%s, state, time + 1, 0.5) FROM s WHERE time < {ADVANCED}
) SELECT count(state) FROM s"""


def steps(setting, engine, torch):
    """One step a call, engine and PyTorch in turns."""
    rows = []
    for hidden, inputs, most, ratio in SIZES:
        peers = [p for p in (engine, torch) if p]
        for p in peers:
            p.ask(f"shape lstm 1 100 {inputs} {hidden} 1 fixed 1")
            p.ask("stream 0.1")
        taken = {p.name: [] for p in peers}
        for _ in range(setting.rounds):
            for p in peers:
                taken[p.name] += p.times(f"stream {setting.seconds}")
        ours = median(taken["engine"])
        theirs = median(taken["PyTorch"]) if torch else None
        asked = None if ratio is None else f"≥ {ratio}"
        rows.append([f"LSTM, hidden {hidden}, {inputs} input{'s' if inputs > 1 else ''}", number(ours * 1e6, f"≤ {most}")])
        rows[-1] += [number(theirs and theirs * 1e6), number(theirs and theirs / ours, asked)]
        setting.say(" | ".join(rows[-1]))
    return table(["one step a call", "engine, µs", "PyTorch, µs", "×"], rows)


def prepare(database):
    database.ask(
        f"""run CREATE TABLE steps(time INTEGER PRIMARY KEY, target REAL, x REAL);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
        INSERT INTO steps SELECT i, sin(i * 0.1), cos(i * 0.1) FROM n;
        INSERT INTO rnn_models(name, model)
        SELECT 'stream', rnn_train('{{"task":"regress","hidden":32,{PLAIN}}}', 1, time, target, x) FROM steps WHERE time <= 1000"""
    )


def through_sql(setting):
    database = setting.fresh("stream.db")
    prepare(database)
    # A transaction holds the file's lock, as a trigger's or a longer statement's does.
    database.ask("run BEGIN; SELECT count(*) FROM rnn_models")
    work = {
        "`rnn_score` in a window, a row": (SCORE, ROWS, "≤ 2"),
        "`sum` in the same window, a row": (SCORE.replace("rnn_score('stream', time, x)", "sum(x)"), ROWS, None),
        "`rnn_advance`, a call, model by name": (ADVANCE % "'stream'", ADVANCED, None),
        "`rnn_advance`, a call, model as a value": (ADVANCE % "(SELECT model FROM m)", ADVANCED, None),
    }
    taken = turns(setting.rounds, {name: lambda sql=sql: database.times("time " + sql)[0] for name, (sql, _, _) in work.items()})
    database.close()
    rows = [[name, number(taken[name] / count * 1e6, asked)] for name, (_, count, asked) in work.items()]
    return table(["`regress`, LSTM, hidden 32", "µs"], rows)


def run(setting):
    engine, torch = setting.engine(), setting.torch()
    first = steps(setting, engine, torch)
    for p in (engine, torch):
        if p:
            p.close()
    return first + "\n" + through_sql(setting)
