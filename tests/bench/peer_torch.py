"""PyTorch's LSTM, GRU and RNN behind the line protocol of engine.c: shape, train (forward, backward, clip by norm, Adam), score,
stream, weights, inputs, output. Fixed lengths are one dense batch; uniform ones are sorted and packed (pack_padded_sequence). As
PyTorch's users do: a module in train mode, loss.backward(), clip_grad_norm_, optimizer.step(). The newest of Adam's variants that
this build has on a CPU (fused, else foreach) is taken."""

import sys
import time

import torch
from torch import nn

MINIBATCHES = 8
DEFAULT_THREADS = torch.get_num_threads()


class Net(nn.Module):
    def __init__(self, cell, inputs, hidden, layers):
        super().__init__()
        kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell]
        self.rnn = kind(inputs, hidden, layers, batch_first=False)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        if isinstance(x, nn.utils.rnn.PackedSequence):
            state = self.rnn(x)[1]
            last = state[0] if isinstance(state, tuple) else state
            return self.head(last[-1])
        return self.head(self.rnn(x)[0][-1])


def adam(module):
    parameters = list(module.parameters())
    try:
        return torch.optim.Adam(parameters, lr=1e-4, fused=True)
    except (RuntimeError, TypeError):
        return torch.optim.Adam(parameters, lr=1e-4, foreach=True)


class Bench:
    def shape(self, cell, batch, steps, inputs, hidden, layers, lengths, threads):
        self.batch, self.steps, self.inputs, self.hidden = int(batch), int(steps), int(inputs), int(hidden)
        torch.set_num_threads(int(threads) or DEFAULT_THREADS)
        self.net = Net(cell, self.inputs, self.hidden, int(layers))
        self.optimizer = adam(self.net)
        generator = torch.Generator().manual_seed(1)
        self.batches = []
        for _ in range(MINIBATCHES):
            x = torch.rand(self.steps, self.batch, self.inputs, generator=generator) * 2 - 1
            y = x[0, :, 0:1].clone()
            if lengths == "uniform":
                low = min(10, self.steps)
                n = torch.randint(low, self.steps + 1, (self.batch,), generator=generator).sort(descending=True).values
                x = nn.utils.rnn.pack_padded_sequence(x, n)
            self.batches.append((x, y))
        return "ok"

    def train_epoch(self):
        self.net.train()
        for x, y in self.batches:
            self.optimizer.zero_grad(set_to_none=True)
            nn.functional.mse_loss(self.net(x), y).backward()
            nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            self.optimizer.step()

    def score_epoch(self):
        self.net.eval()
        with torch.inference_mode():
            for x, _ in self.batches:
                self.net(x)

    def times(self, work, seconds):
        begin = before = time.perf_counter()
        taken = []
        while not taken or before - begin < seconds:
            work()
            after = time.perf_counter()
            taken.append((after - before) / MINIBATCHES)
            before = after
        return " ".join(f"{t:.9g}" for t in taken)

    def stream(self, seconds):
        self.net.eval()
        x, state, count = torch.rand(1, 1, self.inputs), None, 100
        taken = []
        begin = before = time.perf_counter()
        with torch.inference_mode():
            while not taken or before - begin < seconds:
                for _ in range(count):
                    out, state = self.net.rnn(x, state)
                    self.net.head(out)
                after = time.perf_counter()
                taken.append((after - before) / count)
                before = after
        return " ".join(f"{t:.9g}" for t in taken)

    def weights(self, words):
        tensors = dict(self.net.named_parameters())
        at = 0
        with torch.no_grad():
            while at < len(words):
                tensor, count = tensors[words[at]], int(words[at + 1])
                values = torch.tensor([float(w) for w in words[at + 2 : at + 2 + count]])
                tensor.copy_(values.reshape(tensor.shape))
                at += 2 + count
        return "ok"

    def load(self, words):
        width, x, lengths = self.steps * self.inputs, [], []
        for b in range(self.batch):
            part = words[b * (width + 1) : (b + 1) * (width + 1)]
            lengths.append(int(part[0]))
            x.append(torch.tensor([float(w) for w in part[1:]]).reshape(self.steps, self.inputs))
        order = sorted(range(self.batch), key=lambda b: -lengths[b])
        self.order = order
        packed = torch.stack([x[b] for b in order], 1)
        self.given = nn.utils.rnn.pack_padded_sequence(packed, torch.tensor([lengths[b] for b in order]))
        return "ok"

    def output(self):
        self.net.eval()
        with torch.inference_mode():
            out = self.net(self.given).flatten().tolist()
        answer = dict(zip(self.order, out))
        return " ".join(f"{b} {answer[b]:.9g}" for b in sorted(answer))

    def answer(self, line):
        words = line.split()
        if words[0] == "shape":
            return self.shape(*words[1:])
        if words[0] == "train":
            return self.times(self.train_epoch, float(words[1]))
        if words[0] == "score":
            return self.times(self.score_epoch, float(words[1]))
        if words[0] == "stream":
            return self.stream(float(words[1]))
        if words[0] == "weights":
            return self.weights(words[1:])
        if words[0] == "inputs":
            return self.load(words[1:])
        if words[0] == "output":
            return self.output()
        if words[0] == "version":
            set_in_use = f" ({torch.backends.cpu.get_cpu_capability()})" if hasattr(torch.backends, "cpu") else ""
            return torch.__version__ + set_in_use
        return "error unknown command"


def serve(answer):
    """Answers the lines of standard input."""
    for request in sys.stdin:
        try:
            print(answer(request), flush=True)
        except Exception as problem:  # the protocol's answer to anything that goes wrong
            print("error", str(problem).replace("\n", " "), flush=True)


if __name__ == "__main__":
    serve(Bench().answer)
