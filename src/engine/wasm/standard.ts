/**
 * The engine `wasm` for standardized images: the same kernels with another way from bytes to numbers
 * (kernels/standard-gather.ts). One thread; the same bits on every machine, as wasm has them.
 */
import type { Network } from "../../network/network.ts"
import type { Engine, Session, SessionOptions } from "../engine.ts"
import { openSession } from "./engine.ts"
import { instanceOf, type Kernels } from "./instance.ts"
import { type Builds, load } from "./modules.ts"
import { readClass } from "./multiply-add.ts"

const BUILDS: Builds = {
  fused: new URL("./build/train-standard-f32.wasm", import.meta.url),
  plain: new URL("./build/train-standard-f32-plain.wasm", import.meta.url)
}

/** Exports of kernels/train-standard.ts. */
export interface StandardKernels extends Kernels {
  /** The means of the channels, then the inverses of their deviations. */
  statisticsAt(): number
}

/** Sessions must be opened with `statistics`. Throws `EngineUnavailable` if this process cannot compute in the class. */
export function standardized(numericClass: string): Engine {
  const { precision, multiplyAdd } = readClass(numericClass)
  return {
    name: "wasm",
    numericClass,
    async open(network, options) {
      if (precision !== "f32") throw new RangeError("standardized images are for f32 alone")
      return openStandardized(network, options, () => load<StandardKernels>(BUILDS, multiplyAdd, network))
    }
  }
}

/** A session of kernels that are set up for the network. Throws `RangeError` without fitting statistics. */
export function openStandardized(
  network: Network,
  { precision, statistics }: SessionOptions,
  make: () => StandardKernels
): Session {
  if (precision !== "f32") throw new RangeError("standardized images are for f32 alone")
  const { mean = [], deviation = [] } = statistics ?? {}
  if (mean.length !== network.channels || deviation.length !== network.channels)
    throw new RangeError(`expected statistics of ${network.channels} channels, found ${mean.length}`)
  const kernels = make()
  const place = new Float32Array(kernels.memory.buffer, kernels.statisticsAt(), 2 * network.channels)
  place.set([...mean, ...deviation.map((one) => 1 / one)])
  return openSession(network, "f32", instanceOf(kernels, network, "f32"), undefined)
}
