/**
 * Whether an addon's kernels give the bits of the WASM module: `node self-test.ts MODULE ADDON`, in a process of its own.
 * Small networks of every path through the kernels, batches that do not fill a block or a vector; ends with 1 at a
 * difference.
 */

import { fileURLToPath } from "node:url"
import { type Network, parameterCount } from "../../network/network.ts"
import type { Analysis } from "../analysis.ts"
import type { Examples, FirstOrder, Precision, Session, Vector } from "../engine.ts"
import { type AnalysisKernels, analysisBy, analyze } from "../wasm/analysis.ts"
import { openSession, training } from "../wasm/engine.ts"
import { type CurvatureKernels, curvatureKernels, productsOf } from "../wasm/products.ts"
import { openStandardized, type StandardKernels, standardized } from "../wasm/standard.ts"
import { nativeInstance, nativeKernels } from "./instance.ts"
import { isModule, type Module } from "./places.ts"

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

const bytesOf = (found: ReadonlyArray<ArrayBufferView>) =>
  Buffer.concat(found.map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)))

function parametersFor(network: Network, precision: Precision): Vector {
  const next = various()
  const parameters = Float64Array.from({ length: parameterCount(network) }, () => (next() - 0.5) / 2)
  return precision === "f32" ? Float32Array.from(parameters) : parameters
}

const ORDER = Uint32Array.from({ length: COUNT }, (_, i) => (i * 7) % COUNT)

/** The bytes of all that a session computes. */
function everything(session: Session, precision: Precision): Buffer {
  const { network } = session
  const examples = examplesFor(network)
  session.load({ parameters: parametersFor(network, precision) })
  const found: Array<ArrayBufferView> = []
  for (const method of METHODS) {
    const { loss, correct, gradientNorm } = session.epoch(examples, ORDER, 150, method)
    found.push(Float64Array.of(loss, correct, gradientNorm))
  }
  const { gradient, loss } = session.gradient(examples, ORDER.subarray(0, 37))
  found.push(
    gradient,
    Float64Array.of(loss),
    session.logits(examples, ORDER.subarray(0, 70)),
    session.save().parameters
  )
  return bytesOf(found)
}

/** Of products with either curvature, over examples that do not fill a pass. */
function products(kernels: CurvatureKernels, network: Network): Buffer {
  const product = productsOf(kernels, network)
  const parameters = parametersFor(network, "f64")
  const direction = Float64Array.from(parameters).reverse()
  const examples = examplesFor(network)
  return bytesOf([
    product("hessian", parameters, direction, examples, ORDER.subarray(0, 75)),
    product("gauss-newton", parameters, direction, examples, ORDER.subarray(0, 5))
  ])
}

/** Of all that an analysis computes of two groups, the second of them not full. */
function dissection(analysis: Analysis): Buffer {
  const { network, lanes } = analysis
  const examples = examplesFor(network)
  const found: Array<ArrayBufferView> = []
  const states = Array.from({ length: 4 }, () => analysis.state())
  const [a, b, c, d] = states
  for (const count of [lanes, lanes - 1]) {
    analysis.run(
      examples,
      Array.from({ length: count }, (_, i) => 3 * i)
    )
    const first = analysis.trajectory(0)
    analysis.block(network.depth, first, a)
    analysis.addLayers(0, network.layers, first, b)
    analysis.addJacobian(1, a, c)
    analysis.addTransposedJacobian(network.depth, c, d)
    analysis.combine(b, 0.75, d, -0.5)
    analysis.subset(
      Array.from({ length: network.depth }, (_, j) => j % 2 === 0),
      a
    )
    const { losses, correct } = analysis.score(a)
    found.push(losses, Float64Array.of(correct), analysis.logits(b), analysis.inner(b, c))
    analysis.lossGradient(analysis.trajectory(network.depth), c)
    for (const state of states) found.push(analysis.read(state, count - 1))
  }
  return bytesOf(found)
}

type Same = (network: Network, addon: string, precision: Precision) => Promise<boolean>

const sameTraining: Same = async (network, addon, precision) => {
  const wasm = await training(`wasm-${precision}`).open(network, { precision })
  const native = openSession(network, precision, nativeInstance(addon, network, precision), undefined)
  return everything(wasm, precision).equals(everything(native, precision))
}

const sameStandardized: Same = async (network, addon, precision) => {
  const numbers = Array.from({ length: network.channels }, (_, c) => 0.3 + 0.1 * c)
  const options = { precision, statistics: { mean: numbers, deviation: numbers } }
  const wasm = await standardized(`wasm-${precision}`).open(network, options)
  const native = openStandardized(network, options, () => nativeKernels<StandardKernels>(addon, network))
  return everything(wasm, precision).equals(everything(native, precision))
}

const sameProducts: Same = async (network, addon) =>
  products(curvatureKernels(network, "fused"), network).equals(
    products(nativeKernels<CurvatureKernels>(addon, network), network)
  )

const sameAnalysis: Same = async (network, addon, precision) => {
  const parameters = parametersFor(network, precision)
  const native = analysisBy(nativeKernels<AnalysisKernels>(addon, network), network, parameters, precision)
  return dissection(analyze(network, parameters, precision, "fused")).equals(dissection(native))
}

const SAME: Readonly<Record<Module, Same>> = {
  "train-f32": sameTraining,
  "train-f64": sameTraining,
  "train-standard-f32": sameStandardized,
  "second-order-f64": sameProducts,
  "analysis-f32": sameAnalysis,
  "analysis-f64": sameAnalysis
}

/** The first network for which they differ. */
export async function firstDifference(module: Module, addon: string): Promise<Network | undefined> {
  const precision = module.endsWith("f32") ? "f32" : "f64"
  for (const network of NETWORKS) if (!(await SAME[module](network, addon, precision))) return network
  return undefined
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [module = "", addon] = process.argv.slice(2)
  if (!isModule(module)) throw new Error(`there is no module '${module}'`)
  const network = await firstDifference(module, addon)
  if (network !== undefined) {
    process.stderr.write(`bits differ from those of WASM: ${JSON.stringify(network)}\n`)
    process.exit(1)
  }
}
