#!/usr/bin/env python3
"""Make the golden figures in this directory: what the network must compute, by another program.

Standard layers are PyTorch's own: nn.LSTM (also with proj_size), nn.GRU, nn.RNN, run on packed
sequences. What PyTorch has no layer for (GRU with the reset before the product, peepholes, layer
normalisation) is `plain` below, step by step in tensor operations, differentiated by autograd;
`plain` itself is checked against PyTorch's layers wherever both exist. All in double.

    python3 tests/golden/make_golden.py        writes tests/golden/*.txt

Not needed to build or to test; run it by hand when a case is added, and commit the files.

A file is lines of words:
    spec KEY VALUE               field of rnn_net_spec; enumerations by their option names
    lengths N...                 length of each sequence, longest first
    out_row N...                 packed rows that have an output
    tensor GROUP NAME ROWS COLUMNS    then the numbers, a row a line (COLUMNS 0: a vector, one line)
Groups: `weight` and `gradient` by tensor name; `data`: numbers, ids, state_in, state_out
([sequence] [layer] [direction] [h, c]), out, d_out. The loss is sum(out * d_out).
Inputs and weights are exact short decimals, results have 12 digits.
"""
import os

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

SPEC = dict(cell="lstm", activation="tanh", reset="after", bidirectional=0, peephole=0,
            layer_norm=0, learned_initial=0, layers=1, hidden=4, projection=0, numbers=3,
            categories=0, skip=0, outputs=2)
GATES = dict(lstm=4, gru=3, rnn=1)
VOCABULARY, WIDTH = [4, 3], [2, 1]  # of embedding 0 and 1, in cases with categories

FULL = [4, 4]             # equal lengths
PACKED = [6, 4, 3, 1]     # variable lengths
EVERY, LAST = "every", "last"  # where the outputs are

# name, lengths, outputs at, initial state given, differences from SPEC
CASES = [
    ("lstm", FULL, EVERY, False, {}),
    ("lstm_packed", PACKED, EVERY, True, dict(hidden=5)),
    ("lstm_stacked", [5, 3], LAST, False, dict(layers=3, hidden=3)),
    ("lstm_bidirectional", PACKED, EVERY, False, dict(bidirectional=1)),
    ("lstm_bidirectional_stacked", [5, 5, 2], LAST, True,
     dict(bidirectional=1, layers=2, hidden=3)),
    ("lstm_projection", PACKED, EVERY, True, dict(projection=2)),
    ("lstm_projection_stacked", [4, 2], EVERY, True,
     dict(projection=2, bidirectional=1, layers=2, numbers=2)),
    ("lstm_learned_initial", PACKED, LAST, False,
     dict(learned_initial=1, bidirectional=1, layers=2, hidden=3, numbers=1)),
    ("lstm_embedding_skip", PACKED, EVERY, False, dict(categories=2, skip=1, numbers=1, hidden=3)),
    ("lstm_peephole", PACKED, EVERY, True, dict(peephole=1)),
    ("lstm_peephole_stacked", [4, 3, 3], EVERY, False,
     dict(peephole=1, bidirectional=1, layers=2, hidden=3)),
    ("lstm_peephole_projection", [5, 2], EVERY, True, dict(peephole=1, projection=3)),
    ("lstm_layer_norm", PACKED, EVERY, True,
     dict(layer_norm=1, bidirectional=1, layers=2, hidden=3, numbers=2)),
    ("gru", FULL, EVERY, False, dict(cell="gru")),
    ("gru_packed", PACKED, EVERY, True, dict(cell="gru", hidden=5)),
    ("gru_bidirectional_stacked", [5, 3, 2], LAST, True,
     dict(cell="gru", bidirectional=1, layers=2, hidden=3)),
    ("gru_stacked", [4, 4, 1], EVERY, False, dict(cell="gru", layers=3, hidden=3)),
    ("gru_before", PACKED, EVERY, True, dict(cell="gru", reset="before")),
    ("gru_before_stacked", [5, 3], EVERY, False,
     dict(cell="gru", reset="before", bidirectional=1, layers=2, hidden=3)),
    ("gru_layer_norm", [4, 2], EVERY, False, dict(cell="gru", layer_norm=1, layers=2)),
    ("rnn_tanh", PACKED, EVERY, True, dict(cell="rnn")),
    ("rnn_tanh_bidirectional_stacked", PACKED, LAST, True,
     dict(cell="rnn", bidirectional=1, layers=2, hidden=3)),
    ("rnn_relu", PACKED, EVERY, True, dict(cell="rnn", activation="relu")),
    ("rnn_relu_bidirectional_stacked", [6, 6, 3], EVERY, False,
     dict(cell="rnn", activation="relu", bidirectional=1, layers=2)),
]


def draw(generator, *shape):
    """Uniform in [-0.9, 0.9], two decimals."""
    return (torch.rand(*shape, generator=generator, dtype=torch.float64) * 180 - 90).round() / 100


def suffix(layer, direction):
    return f"_l{layer}" + ("_reverse" if direction else "")


def make_weights(s, generator):
    """All parameters by name, in the engine's names and shapes."""
    G, H = GATES[s["cell"]], s["hidden"]
    P, D = s["projection"] or H, 1 + s["bidirectional"]
    inputs = s["numbers"] + sum(WIDTH[:s["categories"]])
    shape = {f"embedding.{c}.weight": (VOCABULARY[c], WIDTH[c]) for c in range(s["categories"])}
    for k in range(s["layers"]):
        for d in range(D):
            n = suffix(k, d)
            shape["rnn.weight_ih" + n] = (G * H, inputs if k == 0 else D * P)
            shape["rnn.weight_hh" + n] = (G * H, P)
            shape["rnn.bias_ih" + n] = (G * H,)
            shape["rnn.bias_hh" + n] = (G * H,)
            if s["projection"]:
                shape["rnn.weight_hr" + n] = (P, H)
            if s["peephole"]:
                shape["rnn.weight_peephole" + n] = (3, H)
            if s["learned_initial"]:
                shape["rnn.h0" + n] = (P,)
                if s["cell"] == "lstm":
                    shape["rnn.c0" + n] = (H,)
        if s["layer_norm"]:
            shape[f"rnn.norm_l{k}.weight"] = (D * P,)
            shape[f"rnn.norm_l{k}.bias"] = (D * P,)
    shape["head.weight"] = (s["outputs"], D * P + (inputs if s["skip"] else 0))
    shape["head.bias"] = (s["outputs"],)
    return {name: draw(generator, *size).requires_grad_() for name, size in shape.items()}


def cell_step(s, w, n, x, h, c):
    """One step of one sequence: (h, c) of the next."""
    gi = w["rnn.weight_ih" + n] @ x + w["rnn.bias_ih" + n]
    U, b = w["rnn.weight_hh" + n], w["rnn.bias_hh" + n]
    H = s["hidden"]
    if s["cell"] == "rnn":
        a = gi + U @ h + b
        return (torch.tanh(a) if s["activation"] == "tanh" else torch.relu(a)), c
    if s["cell"] == "gru":
        rz = torch.sigmoid(gi[:2 * H] + U[:2 * H] @ h + b[:2 * H])
        r, z = rz[:H], rz[H:]
        if s["reset"] == "after":
            m = torch.tanh(gi[2 * H:] + r * (U[2 * H:] @ h + b[2 * H:]))
        else:  # Cho et al. 2014
            m = torch.tanh(gi[2 * H:] + U[2 * H:] @ (r * h) + b[2 * H:])
        return (1 - z) * m + z * h, c
    i, f, g, o = torch.split(gi + U @ h + b, H)
    peep = w.get("rnn.weight_peephole" + n)  # Gers & Schmidhuber 2000
    if peep is not None:
        i, f = i + peep[0] * c, f + peep[1] * c
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    if peep is not None:
        o = o + peep[2] * c
    h = torch.sigmoid(o) * torch.tanh(c)
    return (w["rnn.weight_hr" + n] @ h if s["projection"] else h), c


def plain(s, w, sequences, h0, c0):
    """Outputs [sequence] -> [T x D*P], and final states as h0, c0 [L*D x B x .]."""
    D = 1 + s["bidirectional"]
    h_end, c_end = [[None] * len(sequences) for _ in h0], [[None] * len(sequences) for _ in c0]
    outputs = []
    for b, x in enumerate(sequences):
        for k in range(s["layers"]):
            sides = []
            for d in range(D):
                h, c = h0[k * D + d][b], c0[k * D + d][b]
                ys = [None] * len(x)
                for t in (reversed(range(len(x))) if d else range(len(x))):
                    h, c = cell_step(s, w, suffix(k, d), x[t], h, c)
                    ys[t] = h
                h_end[k * D + d][b], c_end[k * D + d][b] = h, c
                sides.append(torch.stack(ys))
            x = torch.cat(sides, dim=1)
            if s["layer_norm"]:  # Ba et al. 2016, on the layer's outputs
                x = nn.functional.layer_norm(x, x.shape[1:], w[f"rnn.norm_l{k}.weight"],
                                             w[f"rnn.norm_l{k}.bias"], eps=1e-5)
        outputs.append(x)
    stack = lambda a: torch.stack([torch.stack(r) for r in a])
    return outputs, stack(h_end), stack(c_end)


def by_pytorch(s, w, sequences, h0, c0):
    """The same through nn.LSTM, nn.GRU or nn.RNN on a packed batch, whose parameters go into w;
    None where PyTorch has no such layer."""
    if s["peephole"] or s["layer_norm"] or (s["cell"] == "gru" and s["reset"] == "before"):
        return None
    options = dict(num_layers=s["layers"], bidirectional=bool(s["bidirectional"]),
                   dtype=torch.float64)
    if s["cell"] == "rnn":
        options["nonlinearity"] = s["activation"]
    if s["projection"]:
        options["proj_size"] = s["projection"]
    make = dict(lstm=nn.LSTM, gru=nn.GRU, rnn=nn.RNN)[s["cell"]]
    module = make(sequences[0].shape[1], s["hidden"], **options)
    module.load_state_dict({name: w["rnn." + name].detach() for name in module.state_dict()})
    for name, parameter in module.named_parameters():  # gradients are to be found there
        w["rnn." + name] = parameter
    packed = pack_padded_sequence(nn.utils.rnn.pad_sequence(sequences),
                                  [len(x) for x in sequences])
    state = (h0, c0) if s["cell"] == "lstm" else h0
    y, end = module(packed, state)
    y, lengths = nn.utils.rnn.pad_packed_sequence(y)
    h, c = end if s["cell"] == "lstm" else (end, c0)
    return [y[:n, b] for b, n in enumerate(lengths)], h, c


def pack(sequences):
    """Rows of all sequences in packed order: step by step, longest sequence first."""
    rows = [x[t] for t in range(len(sequences[0])) for x in sequences if t < len(x)]
    return torch.stack(rows)


def pack_state(s, h, c):
    """[B x state size]: layer by layer, direction by direction, h then c."""
    both = [h, c] if s["cell"] == "lstm" else [h]
    return torch.stack([torch.cat([v[j][b] for j in range(len(h)) for v in both])
                        for b in range(h.shape[1])])


def initial_state(s, w, B, given, generator):
    H, D = s["hidden"], 1 + s["bidirectional"]
    P, n = s["projection"] or H, s["layers"] * (1 + s["bidirectional"])
    if given:
        return draw(generator, n, B, P), draw(generator, n, B, H)
    h0, c0 = torch.zeros(n, B, P, dtype=torch.float64), torch.zeros(n, B, H, dtype=torch.float64)
    if s["learned_initial"]:
        names = [suffix(k, d) for k in range(s["layers"]) for d in range(D)]
        h0 = torch.stack([w["rnn.h0" + m].expand(B, P) for m in names])
        c0 = torch.stack([w["rnn.c0" + m].expand(B, H) for m in names])
    return h0, c0


def number(v):
    """Shortest text of at most 12 digits."""
    return "0" if v == 0 else f"{v:.12g}"


def write_tensor(f, group, name, value):
    value = value.detach()
    rows = value.shape[0]
    print("tensor", group, name, rows, value.shape[1] if value.dim() == 2 else 0, file=f)
    for line in value if value.dim() == 2 else [value]:
        print(" ".join(number(v) for v in line.tolist()), file=f)


def make_case(directory, index, name, lengths, at, given, change):
    s = dict(SPEC, **change)
    generator = torch.Generator().manual_seed(100 + index)
    w = make_weights(s, generator)
    numbers = [draw(generator, n, s["numbers"]) for n in lengths]
    ids = [torch.stack([torch.randint(VOCABULARY[c], (n,), generator=generator)
                        for c in range(s["categories"])], dim=1) if s["categories"]
           else torch.zeros(n, 0, dtype=torch.long) for n in lengths]
    embed = lambda i: [w[f"embedding.{c}.weight"][i[:, c]] for c in range(s["categories"])]
    x = [torch.cat([a] + embed(i), dim=1) for a, i in zip(numbers, ids)]
    h0, c0 = initial_state(s, w, len(lengths), given, generator)

    y, h, c = plain(s, w, x, h0, c0)
    standard = by_pytorch(s, w, x, h0, c0)
    if standard is not None:
        for ours, theirs in zip(y + [h, c], standard[0] + list(standard[1:])):
            assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-13), name
        y, h, c = standard
    row = list(pack([torch.tensor([[b, t] for t in range(n)]) for b, n in enumerate(lengths)]))
    out_row = [r for r, (b, t) in enumerate(row) if at == EVERY or t == lengths[b] - 1]
    features = torch.cat([pack(y)] + ([pack(x)] if s["skip"] else []), dim=1)[out_row]
    out = features @ w["head.weight"].T + w["head.bias"]
    d_out = draw(generator, *out.shape)
    (out * d_out).sum().backward()

    with open(os.path.join(directory, name + ".txt"), "w") as f:
        by = "plain tensor operations" if standard is None else "its recurrent layers"
        print("# Generated by tests/golden/make_golden.py with PyTorch",
              f"{torch.__version__}: {by}.", file=f)
        for key, value in s.items():
            print("spec", key, value, file=f)
        for n, width in zip(VOCABULARY[:s["categories"]], WIDTH):
            print("spec category", n, width, file=f)
        print("lengths", *lengths, file=f)
        print("out_row", *out_row, file=f)
        write_tensor(f, "data", "numbers", pack(numbers))
        if s["categories"]:
            write_tensor(f, "data", "ids", pack(ids))
        if given:
            write_tensor(f, "data", "state_in", pack_state(s, h0, c0))
        write_tensor(f, "data", "state_out", pack_state(s, h, c))
        write_tensor(f, "data", "out", out)
        write_tensor(f, "data", "d_out", d_out)
        for tensor, value in w.items():
            write_tensor(f, "weight", tensor, value)
            write_tensor(f, "gradient", tensor, value.grad)


if __name__ == "__main__":
    for index, case in enumerate(CASES):
        make_case(os.path.dirname(os.path.abspath(__file__)), index, *case)
