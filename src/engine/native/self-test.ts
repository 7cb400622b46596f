/**
 * Whether an addon's kernels give the bits of the WASM modules: `node self-test.ts ADDON`, in a process of its own. Small
 * networks of every path through the kernels, batches that do not fill a block or a vector; ends with 1 at a difference.
 */

import { fileURLToPath } from "node:url"
import { type Network, parameterCount } from "../../network/network.ts"
import type { Examples, FirstOrder, Precision, Session } from "../engine.ts"
import { openSession, training } from "../wasm/engine.ts"
import { nativeInstance } from "./instance.ts"

const some = {
  channels: 1,
  height: 9,
  width: 10,
  classes: 10,
  layers: 2,
  depth: 2,
  filters: 1,
  kernel: 3,
  activation: "relu",
  residual: true
} as const

const NETWORKS: ReadonlyArray<Network> = [
  some,
  { ...some, channels: 3, depth: 1, classes: 13, height: 13, width: 11 },
  { ...some, filters: 2, activation: "tanh", residual: false },
  { ...some, filters: 3, kernel: 5, scale: 0.5 },
  { ...some, filters: 4, depth: 1 },
  { ...some, filters: 7, loss: "squared-error" },
  { ...some, filters: 8, activation: "sigmoid", width: 13 },
  { ...some, filters: 2, kernel: 5, depth: 1 },
  { ...some, filters: 4, kernel: 7, loss: "kl-divergence" },
  { ...some, filters: 5, kernel: 7, activation: "tanh", residual: false, scale: 0.7 },
  { ...some, filters: 6, kernel: 1, depth: 1 },
  { ...some, kernel: 7, activation: "identity" },
  { ...some, filters: 16, layers: 1, depth: 1, height: 12, width: 12 }
]

const METHODS: ReadonlyArray<FirstOrder> = [
  { method: "rmsprop", learningRate: 0.001, rho: 0.9, epsilon: 1e-7, decay: { kind: "l2", rate: 1e-3 } },
  {
    method: "adam",
    learningRate: 0.001,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-7,
    decay: { kind: "decoupled", rate: 1e-2 }
  },
  { method: "sgd", learningRate: 0.01, momentum: 0.9 }
]

/** Numbers in [0, 1) that only have to be various. */
function various(): () => number {
  let state = 1
  return () => (state = (state * 48271) % 2147483647) / 2147483647
}

const COUNT = 270

function examplesFor({ channels, height, width, classes }: Network): Examples {
  const next = various()
  return {
    count: COUNT,
    // A third are black, as at the borders of digits.
    images: Uint8Array.from({ length: COUNT * channels * height * width }, () =>
      Math.max(0, Math.floor(384 * next()) - 128)
    ),
    labels: Uint8Array.from({ length: COUNT }, () => Math.floor(classes * next())),
    targets: Float32Array.from({ length: COUNT * classes }, () => next() / classes)
  }
}

/** The bytes of all that a session computes. */
function everything(session: Session, precision: Precision): Buffer {
  const { network } = session
  const next = various()
  const examples = examplesFor(network)
  const parameters = Float64Array.from({ length: parameterCount(network) }, () => (next() - 0.5) / 2)
  session.load({ parameters: precision === "f32" ? Float32Array.from(parameters) : parameters })
  const order = Uint32Array.from({ length: COUNT }, (_, i) => (i * 7) % COUNT)
  const found: Array<ArrayBufferView> = []
  for (const method of METHODS) {
    const { loss, correct, gradientNorm } = session.epoch(examples, order, 150, method)
    found.push(Float64Array.of(loss, correct, gradientNorm))
  }
  const { gradient, loss } = session.gradient(examples, order.subarray(0, 37))
  found.push(
    gradient,
    Float64Array.of(loss),
    session.logits(examples, order.subarray(0, 70)),
    session.save().parameters
  )
  return Buffer.concat(found.map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)))
}

/** The first network for which they differ. */
export async function firstDifference(addon: string, precision: Precision = "f32"): Promise<Network | undefined> {
  for (const network of NETWORKS) {
    const wasm = await training(`wasm-${precision}`).open(network, { precision })
    const native = openSession(network, precision, nativeInstance(addon, network, precision), undefined)
    if (!everything(wasm, precision).equals(everything(native, precision))) return network
  }
  return undefined
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const network = await firstDifference(process.argv[2])
  if (network !== undefined) {
    process.stderr.write(`bits differ from those of WASM: ${JSON.stringify(network)}\n`)
    process.exit(1)
  }
}
