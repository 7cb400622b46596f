/** Loading of kernel modules. */
import { readFileSync } from "node:fs"
import { type Activation, type Loss, lossOf, type Network, scaleOf } from "../../network/network.ts"
import * as Description from "./kernels/description.ts"
import type { MultiplyAdd } from "./multiply-add.ts"

/** The builds of one module (build.mjs). */
export type Builds = Readonly<Record<MultiplyAdd, URL>>

/** What every module exports (kernels/shape.ts). */
interface Module {
  /** Address of the network's description (kernels/description.ts). */
  descriptionAt(): number
  /** Lays out the memory for the network that is described; once in an instance. */
  setup(): void
  /** Guard zones between buffers that were written to; for tests. */
  violations(): number
  readonly memory: WebAssembly.Memory
}

const ACTIVATIONS: Readonly<Record<Activation, number>> = {
  relu: Description.RELU,
  tanh: Description.TANH,
  sigmoid: Description.SIGMOID,
  identity: Description.IDENTITY
}
const LOSSES: Readonly<Record<Loss, number>> = {
  "cross-entropy": Description.CROSS_ENTROPY,
  "kl-divergence": Description.KL_DIVERGENCE,
  "squared-error": Description.SQUARED_ERROR
}

/** The description of a network (kernels/description.ts). */
export function description(network: Network): Float64Array {
  const places = new Float64Array(Description.PLACES)
  places[Description.CHANNELS] = network.channels
  places[Description.HEIGHT] = network.height
  places[Description.WIDTH] = network.width
  places[Description.CLASSES] = network.classes
  places[Description.LAYERS] = network.layers
  places[Description.DEPTH] = network.depth
  places[Description.FILTERS] = network.filters
  places[Description.KERNEL] = network.kernel
  places[Description.ACTIVATION] = ACTIVATIONS[network.activation]
  places[Description.RESIDUAL] = network.residual ? 1 : 0
  places[Description.SCALE] = scaleOf(network)
  places[Description.LOSS] = LOSSES[lossOf(network)]
  return places
}

const compiled = new Map<string, WebAssembly.Module>()

function instantiate<Kernels>(url: URL): Kernels & Module {
  let module = compiled.get(url.href)
  if (module === undefined) compiled.set(url.href, (module = compile(read(url))))
  return new WebAssembly.Instance(module).exports as Kernels & Module
}

function compile(bytes: Uint8Array): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes)
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause
    throw new Error("The engine wasm needs WebAssembly SIMD, which this machine or this Node.js lacks.", { cause })
  }
}

function read(url: URL): Uint8Array {
  try {
    return readFileSync(url)
  } catch (cause) {
    const remedy = "a run compiles it when it needs it, and `node src/engine/wasm/build.mjs` compiles all"
    throw new Error(`The kernel module ${url.pathname} is missing; ${remedy}.`, { cause })
  }
}

/** A new instance of the module, set up for a network. */
export function load<Kernels>(builds: Builds, multiplyAdd: MultiplyAdd, network: Network): Kernels & Module {
  const kernels = instantiate<Kernels>(builds[multiplyAdd])
  new Float64Array(kernels.memory.buffer, kernels.descriptionAt(), Description.PLACES).set(description(network))
  kernels.setup()
  return kernels
}
