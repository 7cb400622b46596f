/** Loading of kernel modules. */
import { readFileSync } from "node:fs"
import type { Activation, Network } from "../../network/network.ts"
import type { MultiplyAdd } from "./multiply-add.ts"

/** The builds of one module (build.mjs). */
export type Builds = Readonly<Record<MultiplyAdd, URL>>

/** What every module exports (kernels/shape.ts). */
interface Module {
  /** Lays out the memory for a network; once in an instance. */
  setup(
    C: number,
    H: number,
    W: number,
    M: number,
    N: number,
    d: number,
    F: number,
    K: number,
    activation: number,
    residual: number
  ): void
  /** Guard zones between buffers that were written to; for tests. */
  violations(): number
  readonly memory: WebAssembly.Memory
}

/** Codes of the activations in kernels/shape.ts. */
const ACTIVATIONS: Readonly<Record<Activation, number>> = { relu: 0, tanh: 1, sigmoid: 2, identity: 3 }

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
    throw new Error(`The kernel module ${url.pathname} is missing; \`npm install\` builds it.`, { cause })
  }
}

/** A new instance of the module, set up for a network. */
export function load<Kernels>(builds: Builds, multiplyAdd: MultiplyAdd, network: Network): Kernels & Module {
  const { channels: C, height: H, width: W, classes: M, layers: N, depth, filters: F, kernel: K } = network
  const kernels = instantiate<Kernels>(builds[multiplyAdd])
  kernels.setup(C, H, W, M, N, depth, F, K, ACTIVATIONS[network.activation], network.residual ? 1 : 0)
  return kernels
}
