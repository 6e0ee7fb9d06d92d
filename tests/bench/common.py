"""What the rows of scripts/bench share: programs that answer lines, medians, tables, and what is known about the machine."""

import os
import platform
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MINIBATCHES = 8  # of an epoch in engine.c and peer_torch.py
# What makes each library take its AVX2 code on a machine that has more.
AVX2 = {
    "OPENBLAS_CORETYPE": "Haswell",
    "DNNL_MAX_CPU_ISA": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}


class Peer:
    """A program that answers a line by a line."""

    def __init__(self, name, command, avx2=False, **variables):
        # Threads of OpenMP that spin after their work would be in the way of the next program's turn.
        environment = dict(os.environ, OMP_WAIT_POLICY="passive", GOMP_SPINCOUNT="0", KMP_BLOCKTIME="0", **variables)
        self.name = name
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=dict(environment, **(AVX2 if avx2 else {})),
        )

    def ask(self, line):
        try:
            self.process.stdin.write(" ".join(line.split("\n")) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except OSError:  # it ended before it was asked
            answer = ""
        if not answer or answer.startswith("error"):
            raise RuntimeError(f"{self.name}: {line[:200]}: {answer.strip() or 'ended'}")
        return answer.strip()

    def times(self, line):
        return [float(x) for x in self.ask(line).split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Setting:
    """How a run is made: programs, rounds and seconds, from the environment (see scripts/bench)."""

    def __init__(self):
        self.folder = os.environ.get("BENCH_FOLDER", "build/bench")
        self.extension = os.path.abspath(os.environ.get("RNN_EXTENSION", "build/rnn.so"))
        self.engine_program = os.environ.get("BENCH_ENGINE", "build/bench/engine")
        self.database_program = os.environ.get("BENCH_DATABASE", "build/bench/database")
        self.onednn_program = os.environ.get("BENCH_ONEDNN", "build/bench/peer_onednn")
        self.python = os.environ.get("BENCH_PYTHON", "")  # one that has torch; none: PyTorch's columns are left out
        self.rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
        self.seconds = float(os.environ.get("BENCH_SECONDS", "0.3"))  # of a turn
        self.only = os.environ.get("BENCH_ONLY", "").split()  # words that a shape or job must have one of; none: all

    def say(self, line):
        """What is under way, for whoever watches."""
        print("  " + line, file=sys.stderr, flush=True)

    def wanted(self, name):
        return not self.only or any(word in name for word in self.only)

    def engine(self, avx2=False):
        engine = Peer("engine", [self.engine_program], avx2)
        if avx2:
            engine.ask("kernels avx2")
        return engine

    def torch(self, script="peer_torch.py", avx2=False):
        """None where there is no PyTorch."""
        return Peer("PyTorch", [self.python, os.path.join(HERE, script)], avx2) if self.python else None

    def onednn(self, avx2=False):
        return Peer("oneDNN", [self.onednn_program], avx2) if os.path.exists(self.onednn_program) else None

    def database(self, name=None):
        """A connection to a file of that name in the folder of results; "": in memory."""
        database = Peer("SQLite", [self.database_program], RNN_EXTENSION=self.extension)
        if name is not None:
            database.ask("open " + (os.path.join(self.folder, name) if name else ":memory:"))
        return database

    def fresh(self, name):
        """A connection to a new file."""
        path = os.path.join(self.folder, name)
        for end in ("", "-journal", "-wal", "-shm"):
            if os.path.exists(path + end):
                os.remove(path + end)
        return self.database(name)


def median(values):
    return statistics.median(values)


def spread(values):
    """Half the distance of the quartiles, as a share of the median."""
    if len(values) < 4:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4)
    return (high - low) / 2 / middle


def turns(rounds, work):
    """work: name -> function giving seconds. They take turns; the first round warms up and does not count. Medians by name."""
    taken = {name: [] for name in work}
    for i in range(rounds + 1):
        for name, once in work.items():
            seconds = once()
            if i:
                taken[name].append(seconds)
    return {name: median(values) for name, values in taken.items()}


def number(value, asked=None, unit=""):
    """Three digits, and in brackets what was to be reached; – where there is nothing."""
    if value is None:
        return "–"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    text = f"{value:,.{digits}f}{unit}"
    return text if asked is None else f"{text} ({asked})"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def machine():
    """The processor and how many of it there are."""
    name = platform.processor() or platform.machine()
    flags = ""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            text = file.read()
        name = re.search(r"^model name\s*: (.*)$", text, re.M).group(1)
        flags = re.search(r"^flags\s*: (.*)$", text, re.M).group(1)
    except (OSError, AttributeError):
        pass
    best = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else ""
    return f"{os.cpu_count()} × {name}" + (f" ({best})" if best else "")
