"""The jobs of scripts/bench's row `sql` as PyTorch scripts do them: read the SQLite file with Python's sqlite3, make tensors, train or
score, give the results as a list of rows. The network's sizes, the minibatches, epochs and lengths are those of the statements; lengths
are packed, sorted; scoring is without gradients. Answers lines:

  open FILE
  JOB {"threads":n, ...}    -> seconds, from the first SELECT to the last row; imports and models that exist already do not count"""

import datetime
import json
import re
import sqlite3
import time

import numpy as np
import torch
from peer_torch import DEFAULT_THREADS, adam, serve
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}


class Network(nn.Module):
    """An embedding where there are words, recurrent layers, an output for each step or, where pooled, for each sequence."""

    def __init__(self, cell, inputs, hidden, outputs, words=0, bidirectional=False, pooling=None):
        super().__init__()
        self.embedding = nn.Embedding(words, inputs) if words else None
        self.rnn = CELLS[cell](inputs, hidden, bidirectional=bidirectional)
        self.head = nn.Linear(hidden * (2 if bidirectional else 1), outputs)
        self.pooling = pooling

    def forward(self, x, state=None):
        if self.embedding:
            x = self.pack_words(x) if isinstance(x, list) else self.embedding(x)
        h, state = self.rnn(x, state)
        if self.pooling == "last":
            return self.head((state[0] if isinstance(state, tuple) else state)[-1])
        if self.pooling == "max":
            return self.head(pad_packed_sequence(h, padding_value=-2.0)[0].amax(0))
        if isinstance(h, PackedSequence):
            return self.head(h.data)
        return self.head(h), state

    def pack_words(self, texts):
        """texts: tensors of ids, longest first."""
        packed = nn.utils.rnn.pack_sequence(texts)
        return PackedSequence(self.embedding(packed.data), packed.batch_sizes)


def widen(x, inputs):
    """x [T x B x I] with the values of the steps before beside it, as the model's derived inputs are, until it has `inputs`."""
    parts, width = [x], x.shape[2]
    while width < inputs:
        before = parts[-1].roll(1, 0)
        before[0] = 0
        parts.append(before)
        width += x.shape[2]
    return torch.cat(parts, 2)[:, :, :inputs]


def series_of(rows, columns):
    """[steps x columns] of each series; rows are ordered, the series first."""
    table = np.array(rows, dtype=np.float64)
    ends = np.flatnonzero(np.diff(table[:, 0])) + 1
    return [torch.from_numpy(part[:, columns]).float() for part in np.split(table, ends)]


def standardise(parts):
    together = torch.cat(parts)
    mean, spread = together.mean(0), together.std(0) + 1e-6
    return [(part - mean) / spread for part in parts]


class Jobs:
    def __init__(self):
        self.db = None
        self.vocabulary = {}

    def rows(self, sql):
        return self.db.execute(sql).fetchall()

    # ---- training ----

    def fit(self, sizes, batches):
        """Epochs over minibatches (inputs, targets), shuffled."""
        net = Network(sizes["cell"], sizes["inputs"], sizes["hidden"], 1, pooling=sizes.get("pooling"))
        optimizer = adam(net)
        for _ in range(sizes["epochs"]):
            for i in torch.randperm(len(batches)).tolist():
                x, y = batches[i]
                optimizer.zero_grad(set_to_none=True)
                nn.functional.mse_loss(net(x), y).backward()
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                optimizer.step()
        return net

    def train(self, sizes):
        parts = series_of(self.rows("SELECT series, target, a, b, c FROM fixed ORDER BY series, time"), [1, 2, 3, 4])
        x = widen(torch.stack(standardise([p[:, 1:] for p in parts]), 1), sizes["inputs"])
        y = torch.stack([p[-1, :1] for p in parts])
        order = torch.randperm(len(parts)).split(sizes["batch"])
        return self.fit(sizes, [(x[:, k].contiguous(), y[k]) for k in order])

    def fit_varied(self, sizes):
        parts = series_of(self.rows("SELECT series, target, a, b, c FROM varied ORDER BY series, time"), [1, 2, 3, 4])
        inputs = standardise([p[:, 1:] for p in parts])
        batches = []
        for k in torch.randperm(len(parts)).split(sizes["batch"]):
            k = sorted(k.tolist(), key=lambda i: -len(parts[i]))
            lengths = torch.tensor([len(parts[i]) for i in k])
            x = widen(nn.utils.rnn.pad_sequence([inputs[i] for i in k]), sizes["inputs"])
            y = nn.utils.rnn.pack_sequence([parts[i][:, :1] for i in k])
            batches.append((pack_padded_sequence(x, lengths), y.data))
        return self.fit(sizes, batches)

    # ---- texts ----

    def prepare_words(self, sizes):
        """The model: a vocabulary and a network, outside of the time."""
        if not self.vocabulary:
            for (body,) in self.rows("SELECT body FROM texts WHERE id <= 2000"):
                for word in re.findall(r"\w+", body.lower()):
                    self.vocabulary.setdefault(word, len(self.vocabulary) + 2)
        self.words = Network("gru", 48, sizes["hidden"], 2, len(self.vocabulary) + 2, bidirectional=True, pooling="max").eval()

    def ids(self, body):
        return torch.tensor([self.vocabulary.get(word, 1) for word in re.findall(r"\w+", body.lower())] or [1])

    def predict(self, sizes):
        """One text a call."""
        answers = []
        for key, body in self.rows(f"SELECT id, body FROM texts WHERE id <= {sizes['texts']}"):
            answers.append((key, int(self.words([self.ids(body)]).argmax())))
        return answers

    def predict_set(self, sizes):
        rows = self.rows("SELECT id, body FROM texts")
        ids = [self.ids(body) for _, body in rows]
        order, answers = sorted(range(len(rows)), key=lambda i: -len(ids[i])), []
        for at in range(0, len(order), sizes["batch"]):
            some = order[at : at + sizes["batch"]]
            p, k = torch.softmax(self.words([ids[i] for i in some]), 1).max(1)
            answers += zip(some, k.tolist(), p.tolist())
        return [(rows[i][0], k, p) for i, k, p in sorted(answers)]

    # ---- series ----

    def prepare_score(self, sizes):
        self.net = Network("lstm", sizes["inputs"], sizes["hidden"], 1).eval()

    def score(self, sizes):
        """The output after each row of one stream."""
        rows = self.rows("SELECT time, x FROM stream ORDER BY time")
        x = widen(torch.tensor([x for _, x in rows]).reshape(-1, 1, 1), sizes["inputs"])
        return list(zip(rows, self.net(x)[0].flatten().tolist()))

    def score_series(self, sizes):
        """The same of 100 series side by side."""
        rows = self.rows("SELECT series, step, x FROM stream ORDER BY series, step")
        x = widen(torch.tensor([row[2] for row in rows]).reshape(100, -1, 1).transpose(0, 1).contiguous(), sizes["inputs"])
        return list(zip(rows, self.net(x)[0].transpose(0, 1).flatten().tolist()))

    def prepare_forecast(self, sizes):
        self.net = Network("gru", sizes["inputs"], sizes["hidden"], sizes["outputs"]).eval()

    def forecast(self, sizes):
        context, horizon = sizes["context"], sizes["horizon"]
        rows = self.rows("SELECT store, day, units FROM sales ORDER BY store, day")
        series = {}
        for store, day, units in rows:
            series.setdefault(store, ([], []))[0].append(day)
            series[store][1].append(units)
        window = torch.tensor([units[-context:] for _, units in series.values()], dtype=torch.float32).T
        level, unit = window.mean(0), (window[7:] - window[:-7]).abs().mean(0) + 1e-6
        x = torch.cat([(window - level) / unit, torch.zeros(horizon, len(series))]).unsqueeze(2)
        out = self.net(widen(x, sizes["inputs"]))[0][-horizon:] * unit.reshape(1, -1, 1) + level.reshape(1, -1, 1)
        answers = []
        for (store, (days, _)), quantiles in zip(series.items(), out.transpose(0, 1).tolist()):
            last = datetime.date.fromisoformat(days[-1])
            for step, q in enumerate(quantiles, 1):
                day = (last + datetime.timedelta(days=step)).isoformat()
                answers.append((store, day, step, q[6], q[1], q[11], json.dumps(q)))
        return answers

    def read(self, sizes):
        return torch.from_numpy(np.array(self.rows("SELECT a, b, c FROM wide"), dtype=np.float64))

    # ---- writing ----

    def prepare_generate(self, sizes):
        self.net = Network("lstm", sizes["embedding"], sizes["hidden"], sizes["outputs"], sizes["outputs"]).eval()

    def generate(self, sizes):
        token, state, text = torch.zeros(1, 1, dtype=torch.long), None, []
        for _ in range(sizes["length"]):
            out, state = self.net(token, state)
            token = torch.multinomial(torch.softmax(out[0], 1), 1)
            text.append(chr(32 + int(token)))
        return "".join(text)

    def run(self, name, sizes):
        torch.set_num_threads(sizes["threads"] or DEFAULT_THREADS)
        training = name in ("train", "fit_varied")
        prepare = {"predict": "words", "predict_set": "words", "score_series": "score"}.get(name, name)
        with torch.set_grad_enabled(training):
            getattr(self, "prepare_" + prepare, lambda sizes: None)(sizes)
            begin = time.perf_counter()
            getattr(self, name)(sizes)
            return time.perf_counter() - begin

    def answer(self, line):
        name, _, rest = line.strip().partition(" ")
        if name == "open":
            self.db = sqlite3.connect(rest)
            return "ok"
        if name == "version":
            return torch.__version__
        return f"{self.run(name, json.loads(rest)):.9g}"


if __name__ == "__main__":
    serve(Jobs().answer)
