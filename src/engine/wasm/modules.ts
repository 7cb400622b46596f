/** Loading of kernel modules: the fused build where this machine can run it, else the plain one. */
import { readFileSync } from "node:fs"
import type { Activation, Network } from "../../network/network.ts"

/** The builds of one module (build.mjs). */
export interface Builds {
  readonly fused: URL
  readonly plain: URL
}

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
  /** Whether relaxed multiply-add rounds once here, as the fused build assumes. */
  fused(): number
  /** Guard zones between buffers that were written to; for tests. */
  violations(): number
  readonly memory: WebAssembly.Memory
}

/** Codes of the activations in kernels/shape.ts. */
const ACTIVATIONS: Readonly<Record<Activation, number>> = { relu: 0, tanh: 1, sigmoid: 2, identity: 3 }

const compiled = new Map<string, WebAssembly.Module>()

function instantiate<Kernels>(url: URL): Kernels & Module {
  let module = compiled.get(url.href)
  if (module === undefined) compiled.set(url.href, (module = new WebAssembly.Module(read(url))))
  return new WebAssembly.Instance(module).exports as Kernels & Module
}

function read(url: URL): Uint8Array {
  try {
    return readFileSync(url)
  } catch (cause) {
    throw new Error(`The kernel module ${url.pathname} is missing; \`npm install\` builds it.`, { cause })
  }
}

let fusedHere: boolean | undefined

/** Whether the fused build of these modules runs here and rounds as it should; asked once in a process. */
export function isFused({ fused, plain }: Builds): boolean {
  if (fusedHere !== undefined) return fusedHere
  try {
    return (fusedHere = instantiate(fused).fused() !== 0)
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error
  }
  try {
    instantiate(plain)
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause
    throw new Error("The engine wasm needs WebAssembly SIMD, which this machine or this Node.js lacks.", { cause })
  }
  return (fusedHere = false)
}

/** A new instance of the module, set up for a network. */
export function load<Kernels>(builds: Builds, network: Network): Kernels & Module {
  const { channels: C, height: H, width: W, classes: M, layers: N, depth, filters: F, kernel: K } = network
  const kernels = instantiate<Kernels>(isFused(builds) ? builds.fused : builds.plain)
  kernels.setup(C, H, W, M, N, depth, F, K, ACTIVATIONS[network.activation], network.residual ? 1 : 0)
  return kernels
}
