/** How fast this machine trains, measured in a moment, for predictions where nothing has been trained yet. */
import { deepNetwork } from "../../src/engine/probe/networks.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { initialValues } from "../../src/network/initial.ts"

/** Of one filter: the unit of `trainingWork`. */
const network = deepNetwork(4, 1)
const COUNT = 2048

/** Seconds per 10⁹ floating point operations of a training on one core, in units of `trainingWork`. */
export async function calibrate(): Promise<number> {
  const { layers, filters: f, kernel: k, height, width, classes } = network
  const forward = 2 * (k * k * f * (1 + layers * f) + f * classes) * height * width
  const examples = {
    count: COUNT,
    images: new Uint8Array(COUNT * height * width).fill(100),
    labels: Uint8Array.from({ length: COUNT }, (_, i) => i % classes)
  }
  const order = Uint32Array.from({ length: COUNT }, (_, i) => i)
  const session = await wasm.open(network, { precision: "f32" })
  try {
    session.load({ parameters: initialValues(network, 0) })
    const epoch = () =>
      session.epoch(examples, order, COUNT, { method: "rmsprop", learningRate: 1e-4, rho: 0.9, epsilon: 1e-7 })
    epoch() // the first one also compiles
    const start = performance.now()
    epoch()
    return (performance.now() - start) / 1000 / (1e-9 * 3 * COUNT * forward)
  } finally {
    session.close()
  }
}
