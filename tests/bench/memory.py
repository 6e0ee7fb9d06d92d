"""Row `memory`: the peak of the resident memory while an LSTM trains on long sequences, against what backpropagation has to keep."""

import os

from common import number, table

B, T, I, H = 64, 1000, 64, 256
REAL = 4


def needed():
    """Bytes: of each step of each sequence four gates, the cell's state and the output, and the inputs."""
    return (4 * H + H + H + I) * REAL * B * T


def measure(setting, limit):
    """A fresh process: bytes at the peak of an epoch beyond those before it, seconds of a minibatch."""
    engine = setting.engine()
    if limit:
        engine.ask(f"limit {limit}")
    engine.ask(f"shape lstm {B} {T} {I} {H} 1 fixed {os.cpu_count()}")
    peak, seconds = engine.times("memory")
    engine.close()
    return peak, seconds


def run(setting):
    peak, seconds = measure(setting, 0)
    name = f"LSTM {B}, {T}, {I}, {H}"
    rows = [[name, f"{needed() / 1e6:,.0f}", f"{peak / 1e6:,.0f}", number(peak / needed(), "≤ 1.2"), number(seconds), "1"]]
    limit = int(peak / 2)
    try:
        limited, longer = measure(setting, limit)
        rows.append([f"{name}, `memory_limit` {limit / 1e6:.0f} MB", rows[0][1], f"{limited / 1e6:,.0f}", number(limited / needed())])
        rows[-1] += [number(longer), number(seconds / longer, "≥ 0.65")]
    except RuntimeError as problem:
        setting.say(f"left out, with half of that: {problem}")
    head = ["shape B, T, I, H", "needed, MB", "peak, MB", "needed = 1", "seconds a minibatch", "speed"]
    return table(head, rows)
