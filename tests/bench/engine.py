"""Rows `engine` and `engine-avx2`: the engine beside PyTorch and oneDNN, one shape after the other, in turns within one run.

Each program (engine.c, peer_torch.py, peer_onednn.cpp) answers lines. For each shape every one is first given the same weights and
inputs and has to give the same outputs; then they take turns for several rounds. PyTorch and oneDNN run with the number of threads
that is fastest for the shape, found by trying; their own default is among those tried. An SGEMM of the engine's BLAS runs in the same
rounds: it is the ceiling. Figures are medians over all minibatches of all rounds."""

import os

from common import HERE, MINIBATCHES, median, number, spread, table

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
TOLERANCE = 2e-4  # of outputs of float32 programs that sum up in different orders


class Shape:
    def __init__(self, words):
        self.cell = words[0]
        self.B, self.T, self.I, self.H, self.L = (int(w) for w in words[1:6])
        self.lengths = words[6]
        self.share, self.torch, self.onednn = (None if w == "-" else float(w) for w in words[7:10])

    def line(self, threads):
        return f"shape {self.cell} {self.B} {self.T} {self.I} {self.H} {self.L} {self.lengths} {threads}"

    def sizes(self):
        return (self.B, self.T, self.I, self.H, self.L)

    def flops(self, steps):
        """Multiplications and additions of training a minibatch: forward, and twice as many backward."""
        inner = self.I + self.H + (self.L - 1) * 2 * self.H
        return 3 * 2 * steps * GATES[self.cell] * self.H * inner

    def name(self):
        layers = f", {self.L} layers" if self.L > 1 else ""
        lengths = ", lengths 10…T" if self.lengths == "uniform" else ""
        return f"{self.cell.upper()} {self.B}, {self.T}, {self.I}, {self.H}{layers}{lengths}"


class Result:
    """Seconds of a minibatch by program, and what follows from them."""

    def __init__(self, shape, steps, difference):
        self.shape, self.steps, self.difference = shape, steps, difference
        self.ceiling, self.threads, self.first, self.train, self.score = [], {}, {}, {}, {}

    def time(self, name):
        return median(self.train[name])

    def times(self, name):
        """How many times as long as the engine the program takes to train."""
        return self.time(name) / self.time("engine") if name in self.train else None

    def scoring(self, name):
        return median(self.score[name]) / median(self.score["engine"]) if name in self.score else None

    def rate(self):
        return self.shape.flops(self.steps) / self.time("engine") * 1e-9

    def steps_a_second(self):
        return self.steps / self.time("engine")


def pairs(line):
    words = line.split()
    return {int(words[i]): float(words[i + 1]) for i in range(0, len(words), 2)}


def tensors_of(line):
    words, tensors, at = line.split(), {}, 0
    while at < len(words):
        count = int(words[at + 1])
        tensors[words[at]] = [float(w) for w in words[at + 2 : at + 2 + count]]
        at += 2 + count
    return tensors


def compare(shape, engine, peers):
    """Largest difference of the outputs, given the engine's weights and inputs; oneDNN's lack the head. None without peers."""
    if not peers:
        return None
    weights, inputs = engine.ask("weights"), engine.ask("inputs")
    want, worst = pairs(engine.ask("output")), 0
    tensors = tensors_of(weights)
    for peer in peers:
        peer.ask("weights " + weights)
        peer.ask("inputs " + inputs)
        if peer.name == "oneDNN":
            h = peer.times("output")
            head, bias = tensors["head.weight"], tensors["head.bias"][0]
            got = {b: bias + sum(w * v for w, v in zip(head, h[b * shape.H : (b + 1) * shape.H])) for b in range(shape.B)}
        else:
            got = pairs(peer.ask("output"))
        difference = max(abs(got[b] - want[b]) for b in want)
        if not difference <= TOLERANCE:
            raise RuntimeError(f"{shape.name()}: {peer.name}'s outputs differ from the engine's by {difference:.2g}")
        worst = max(worst, difference)
    return worst


def fastest_threads(peer, shape):
    """Leaves the peer with the shape at its fastest number of threads, which is returned; 0 is the library's default."""
    best, least = 0, None
    for threads in sorted({0, 1, max(1, (os.cpu_count() or 1) // 2)}):
        peer.ask(shape.line(threads))
        peer.ask("train 0")
        taken = median(peer.times("train 0.3"))
        if least is None or taken < least:
            best, least = threads, taken
    peer.ask(shape.line(best))
    return best


def measure(setting, shape, engine, peers):
    steps = float(engine.ask(shape.line(os.cpu_count()))) / MINIBATCHES
    peers = [p for p in peers if not (p.name == "oneDNN" and (shape.cell == "rnn" or shape.lengths == "uniform"))]
    threads = {p.name: fastest_threads(p, shape) for p in peers}
    result = Result(shape, steps, compare(shape, engine, peers))
    result.threads = threads
    for p in [engine, *peers]:
        result.first[p.name] = p.times("train 0")[0]  # the first epoch with this network
        result.train[p.name], result.score[p.name] = [], []
    for _ in range(setting.rounds):
        result.ceiling.append(float(engine.ask(f"sgemm 1024 {os.cpu_count()} {setting.seconds}")))
        for p in [engine, *peers]:
            result.train[p.name] += p.times(f"train {setting.seconds}")
            result.score[p.name] += p.times(f"score {setting.seconds / 3}")
    return result


def beside(times, asked, share):
    """Times a peer's speed; where less than asked, what it would be with all of the SGEMM ceiling."""
    if times is None or asked is None:
        return number(times)
    return number(times, f"≥ {asked:g}" + (f"; {times / share:.2g} at the ceiling" if times < asked and share < 1 else ""))


def main_row(result):
    shape, ours = result.shape, result.time("engine")
    threads = result.threads.get("PyTorch")
    first = result.first["engine"] / ours
    torch_first = result.first["PyTorch"] / result.first["engine"] if "PyTorch" in result.first else None
    share = result.rate() / median(result.ceiling)
    return [
        shape.name(),
        f"{ours * 1e6:,.0f} ±{spread(result.train['engine']):.0%}",
        f"{result.rate():.0f}",
        f"{share:.0%}" + (f" (≥ {shape.share:.0%})" if shape.share else ""),
        beside(result.times("PyTorch"), shape.torch, share),
        "–" if threads is None else "default" if threads == 0 else str(threads),
        beside(result.times("oneDNN"), shape.onednn, share),
        number(result.scoring("PyTorch")),
        number(result.scoring("oneDNN")),
        f"{first:.2f}",
        number(torch_first),
        "–" if result.difference is None else f"{result.difference:.0e}",
    ]


def relative_row(result, base):
    faster = result.steps_a_second() / base.steps_a_second()
    torch, base_torch = result.times("PyTorch"), base.times("PyTorch")
    ratio = torch / base_torch if torch and base_torch else None
    return [result.shape.name(), f"{result.steps_a_second():,.0f}", number(faster), number(torch), number(ratio, "≥ 1.5")]


def relative(results):
    """Cells and lengths beside the LSTM with fixed lengths of the same sizes."""
    base = {r.shape.sizes(): r for r in results if r.shape.cell == "lstm" and r.shape.lengths == "fixed"}
    rows = [relative_row(r, base[r.shape.sizes()]) for r in results if base.get(r.shape.sizes(), r) is not r]
    head = ["shape B, T, I, H", "steps a second", "LSTM = 1", "× PyTorch", "LSTM = 1"]
    return "\n" + table(head, rows) if rows else ""


def run(setting, avx2=False):
    engine = setting.engine(avx2)
    peers = [p for p in (setting.torch(avx2=avx2), setting.onednn(avx2)) if p]
    with open(os.path.join(HERE, "shapes.txt"), encoding="utf-8") as file:
        shapes = [Shape(line.split()) for line in file if line.strip() and not line.startswith("#")]
    results = []
    for shape in shapes:
        if not setting.wanted(shape.name()):
            continue
        results.append(measure(setting, shape, engine, peers))
        setting.say(" | ".join(main_row(results[-1])))
    ceiling = median([c for r in results for c in r.ceiling]) if results else None
    versions = "".join(f", {p.name} {p.ask('version')}" for p in peers)
    for p in [engine, *peers]:
        p.close()
    head = ["shape B, T, I, H", "µs a minibatch", "GFLOP/s", "of SGEMM", "× PyTorch", "its threads", "× oneDNN", "scoring × PyTorch"]
    head += ["× oneDNN", "first epoch, steady = 1", "× PyTorch's first", "outputs differ by"]
    note = f"SGEMM {number(ceiling)} GFLOP/s{versions}.\n\n"
    return note + table(head, [main_row(r) for r in results]) + relative(results)
