/** Instances of kernels as native code: a build's addon (c/addon.h) behind the interfaces of ../wasm. */
import { createRequire } from "node:module"
import type { Network } from "../../network/network.ts"
import type { Precision } from "../engine.ts"
import { type Instance, instanceOf, type Kernels } from "../wasm/instance.ts"
import { description } from "../wasm/modules.ts"

/** What a build exports. */
interface Addon<K> {
  /** Throws where there is no memory. */
  open(description: Float64Array): Omit<K, "memory"> & { buffer(): ArrayBuffer }
}

const require = createRequire(import.meta.url)

/** An instance that is set up for the network. Throws if the addon does not load here, or there is no memory for it. */
export function nativeKernels<K>(
  addon: string,
  network: Network
): Omit<K, "memory"> & { readonly memory: { readonly buffer: ArrayBuffer } } {
  const kernels = (require(addon) as Addon<K>).open(description(network))
  return {
    ...kernels,
    memory: {
      get buffer() {
        return kernels.buffer()
      }
    }
  }
}

/** Of the training kernels. */
export const nativeInstance = (addon: string, network: Network, precision: Precision): Instance =>
  instanceOf(nativeKernels<Kernels>(addon, network), network, precision)
