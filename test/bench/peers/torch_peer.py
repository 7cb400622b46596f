"""PyTorch as a peer of the engine benchmark: the same networks, the same whole training steps (forward, backward,
RMSprop), batch after batch. Reads one JSON command a line, answers one JSON object a line:

    {"command": "prepare", "cell": {…}}                   → {"variants": [{"name": n, "images": n, "seconds": t}, …]}
    {"command": "compile", "cell": {…}, "variant": name}  → {"variants": [one]}, the variant compiled
    {"command": "train", "variant": name, "seconds": s}   → {"images": n, "seconds": t}

Usage: torch_peer.py THREADS [DEVICE]    DEVICE: cpu (default) or cuda, there in float32 proper, without TF32
"""

import json
import sys
import time
import warnings

import torch
import torch.nn.functional as F

THREADS = int(sys.argv[1])
DEVICE = sys.argv[2] if len(sys.argv) > 2 else "cpu"
torch.backends.cudnn.allow_tf32 = False
torch.set_num_threads(THREADS)
warnings.filterwarnings("ignore")


class Network(torch.nn.Module):
    """The family of networks at its two ends. `wide`: the parallel network's layers as one convolution with N·F
    outputs, whose activations are summed over the layers: the form that suits PyTorch better at small F."""

    def __init__(self, cell, wide):
        super().__init__()
        c, size, n, f, k = (cell[x] for x in ("channels", "size", "layers", "filters", "kernel"))
        self.sequential, self.wide, self.filters = cell["architecture"] == "sequential", wide, f
        conv = lambda i, o: torch.nn.Conv2d(i, o, k, padding=k // 2)
        self.stem = conv(c, f)
        self.layers = torch.nn.ModuleList([conv(f, n * f)] if wide else [conv(f, f) for _ in range(n)])
        self.dense = torch.nn.Linear(f * size * size, 10)

    def forward(self, x):
        h = F.relu(self.stem(x))
        if self.wide:
            b, _, height, width = h.shape
            h = h + F.relu(self.layers[0](h)).view(b, -1, self.filters, height, width).sum(1)
        elif self.sequential:
            for layer in self.layers:
                h = h + F.relu(layer(h))
        else:
            total = h
            for layer in self.layers:
                total = total + F.relu(layer(h))
            h = total
        return self.dense(h.flatten(1))


class Variant:
    def __init__(self, cell, compiled, channels_last, wide):
        torch.manual_seed(0)
        self.batch = cell["batch"]
        form = torch.channels_last if channels_last else torch.contiguous_format
        shape = (cell["batch"], cell["channels"], cell["size"], cell["size"])
        self.images = torch.rand(shape).to(DEVICE, memory_format=form)
        self.labels = torch.randint(0, 10, (cell["batch"],)).to(DEVICE)
        network = Network(cell, wide).to(DEVICE, memory_format=form)
        self.optimizer = torch.optim.RMSprop(network.parameters(), lr=1e-4, alpha=0.9, eps=1e-7)
        self.network = torch.compile(network) if compiled else network

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(self.network(self.images), self.labels).backward()
        self.optimizer.step()

    def train(self, seconds):
        """Whole steps for at least `seconds`."""
        images, start = 0, time.perf_counter()
        while images == 0 or time.perf_counter() - start < seconds:
            self.step()
            images += self.batch
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        return {"images": images, "seconds": time.perf_counter() - start}


def timing(name, variant):
    """Warmed up by a step, then timed briefly; a step of seconds is warm enough to be the timing itself."""
    first = variant.train(0)
    return {"name": name, **(first if first["seconds"] > 1.5 else variant.train(0.2))}


def prepare(cell):
    """Every eager way of running the cell."""
    torch._dynamo.reset()
    variants.clear()
    names = ["eager", "eager channels_last"]
    if cell["architecture"] == "parallel":
        names += [name + " wide" for name in names]
    return [add(cell, name) for name in names]


def add(cell, name):
    variants[name] = Variant(cell, "compiled" in name, "channels_last" in name, "wide" in name)
    return timing(name, variants[name])


variants = {}
for line in sys.stdin:
    message = json.loads(line)
    if message["command"] == "prepare":
        answer = {"variants": prepare(message["cell"])}
    elif message["command"] == "compile":
        answer = {"variants": [add(message["cell"], message["variant"].replace("eager", "compiled"))]}
    else:
        answer = variants[message["variant"]].train(message["seconds"])
    print(json.dumps(answer), flush=True)
