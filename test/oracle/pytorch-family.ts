/**
 * Loss, gradient and steps of the wider family (scale, losses, decay) beside PyTorch's autograd and optimizers, in f64:
 * `npm run oracle:pytorch`. Needs Python with torch. Keras and PyTorch put the epsilons of RMSprop and Adam at other places:
 * here they are as good as none.
 */
import { spawnSync } from "node:child_process"
import { list, number, parse, record } from "../../src/data/json.ts"
import type { FirstOrder } from "../../src/engine/engine.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { family, network } from "../engine/problem.ts"
import { randomExamples, randomParameters } from "../engine/random.ts"
import { relativeError } from "../support/distance.ts"

const sgd = { method: "sgd", learningRate: 0.05, momentum: 0.9 } as const
const rmsprop = { method: "rmsprop", learningRate: 0.01, rho: 0.9, epsilon: 1e-30 } as const
const adam = { method: "adam", learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-15 } as const
const decays = [undefined, { kind: "l2", rate: 0.1 }, { kind: "decoupled", rate: 0.1 }] as const
const optimizers: ReadonlyArray<FirstOrder> = [sgd, rmsprop, adam].flatMap((method) =>
  decays.map((decay) => ({ ...method, decay }))
)
const STEPS = 3

const cases = []
for (const [i, variant] of family.entries()) {
  const net = network({ filters: [1, 4, 2][i % 3], kernel: [3, 3, 5][i % 3], ...variant })
  // A unit of ReLU that no example switches on has no gradient. Rounding leaves some 1e-17 of it, which methods without an
  // epsilon take for a direction.
  const all = variant.activation === "relu" ? optimizers.filter(({ method }) => method === "sgd") : optimizers
  const optimizer = all[(i + Math.floor(i / all.length)) % all.length]
  const parameters = randomParameters(net, i)
  const { images, labels, targets } = randomExamples(net, 5, i)
  const examples = { count: 5, images, labels, ...(targets && { targets }) }
  const session = await wasm.open(net, { precision: "f64" })
  session.load({ parameters })
  const { loss, gradient } = session.gradient(examples)
  for (let step = 0; step < STEPS; step++) session.epoch(examples, Uint32Array.of(0, 1, 2, 3, 4), 5, optimizer)
  const end = session.save().parameters
  session.close()
  cases.push({ net, optimizer, parameters, examples, loss: loss / 5, gradient, end })
}

const program = `
import json, sys, torch
import torch.nn.functional as F
torch.set_default_dtype(torch.float64)
ACT = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "identity": lambda x: x}
out = []
for c in json.load(sys.stdin):
    n = c["net"]; C, H, W, M, N, d, K, f = (n[k] for k in ["channels", "height", "width", "classes", "layers", "depth", "kernel", "filters"])
    theta = torch.tensor(c["parameters"]).requires_grad_()
    x = torch.tensor(c["images"]).reshape(-1, C, H, W) / 255
    y = torch.tensor(c["labels"])
    act = ACT[n["activation"]]
    def loss():
        at = 0
        def take(*shape):
            nonlocal at
            size = 1
            for s in shape: size *= s
            at += size
            return theta[at - size:at].reshape(shape)
        def conv(w, b, h): return act(F.conv2d(h, w, b, padding="same"))
        h = conv(take(f, C, K, K), take(f), x)
        layers = [(take(f, f, K, K), take(f)) for _ in range(N)]
        for j in range(d):
            total = n["scale"] * sum(conv(w, b, h) for w, b in layers[j * N // d:(j + 1) * N // d])
            h = h + total if n["residual"] else total
        z = F.linear(h.flatten(1), take(M, f * H * W), take(M))
        if n["loss"] == "cross-entropy": return F.cross_entropy(z, y)
        t = torch.tensor(c["targets"]).reshape(-1, M)
        if n["loss"] == "squared-error": return F.mse_loss(z, t)
        return F.kl_div(F.log_softmax(z, 1), t, reduction="batchmean")
    value = loss(); value.backward()
    gradient = theta.grad.tolist()
    m = c["optimizer"]; rate = m["learningRate"]; decay = m.get("decay") or {"kind": "l2", "rate": 0}
    l2 = decay["rate"] if decay["kind"] == "l2" else 0
    apart = decay["rate"] if decay["kind"] == "decoupled" else 0
    if m["method"] == "sgd": o = torch.optim.SGD([theta], lr=rate, momentum=m["momentum"], weight_decay=l2)
    elif m["method"] == "rmsprop": o = torch.optim.RMSprop([theta], lr=rate, alpha=m["rho"], eps=m["epsilon"], weight_decay=l2)
    elif apart: o, apart = torch.optim.AdamW([theta], lr=rate, betas=(m["beta1"], m["beta2"]), eps=m["epsilon"], weight_decay=apart), 0
    else: o = torch.optim.Adam([theta], lr=rate, betas=(m["beta1"], m["beta2"]), eps=m["epsilon"], weight_decay=l2)
    for _ in range(c["steps"]):
        o.zero_grad(); loss().backward()
        with torch.no_grad(): theta.mul_(1 - rate * apart)  # PyTorch has it for Adam alone
        o.step()
    out.append({"loss": value.item(), "gradient": gradient, "end": theta.tolist()})
print(json.dumps(out))
`
const input = cases.map(({ net, optimizer, parameters, examples: { images, labels, targets } }) => ({
  net,
  parameters: [...parameters],
  images: [...images],
  labels: [...labels],
  targets: targets && [...targets],
  optimizer,
  steps: STEPS
}))
const { stdout, stderr, status } = spawnSync("python3", ["-c", program], {
  input: JSON.stringify(input),
  encoding: "utf8",
  maxBuffer: 1e9
})
if (status !== 0) throw new Error(stderr)
const theirs = parse(stdout, list(record({ loss: number, gradient: list(number), end: list(number) })))
const worst = { loss: 0, gradient: 0, end: 0 }
for (const [i, { loss, gradient, end }] of cases.entries()) {
  worst.loss = Math.max(worst.loss, Math.abs(loss / theirs[i].loss - 1))
  worst.gradient = Math.max(worst.gradient, relativeError(gradient, theirs[i].gradient))
  worst.end = Math.max(worst.end, relativeError(end, theirs[i].end))
}
console.log(`${cases.length} networks, largest relative differences: ${JSON.stringify(worst)}`)
process.exit(Math.max(...Object.values(worst)) < 1e-9 ? 0 : 1)
