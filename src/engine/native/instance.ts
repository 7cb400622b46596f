/** Instances of the training kernels as native code: a build's addon (c/addon.h) behind the interface of ../wasm. */
import { createRequire } from "node:module"
import type { Network } from "../../network/network.ts"
import type { Precision } from "../engine.ts"
import { type Instance, instanceOf, type Kernels } from "../wasm/instance.ts"
import { description } from "../wasm/modules.ts"

/** What a build exports. */
interface Addon {
  readonly blocks: number
  /** Throws where there is no memory. */
  open(description: Float64Array): Omit<Kernels, "memory"> & { readonly memory: ArrayBuffer }
}

const require = createRequire(import.meta.url)

/** Throws if the addon does not load here, or there is no memory for the network. */
export function nativeInstance(addon: string, network: Network, precision: Precision = "f32"): Instance {
  const { memory, ...kernels } = (require(addon) as Addon).open(description(network))
  return instanceOf({ ...kernels, memory: { buffer: memory } }, network, precision)
}
