/** Small networks and examples that tests share. */

import type { ImageSet } from "../src/data/examples.ts"
import type { Examples } from "../src/engine/engine.ts"
import { type Network, parameterCount } from "../src/network/network.ts"
import { random } from "../src/network/philox.ts"

/** A network of 5×6 images of two channels; sequential, four layers of three filters, unless said. */
export function smallNetwork(changes: Partial<Network> = {}): Network {
  return {
    channels: 2,
    height: 5,
    width: 6,
    classes: 4,
    layers: 4,
    depth: 4,
    filters: 3,
    kernel: 3,
    activation: "relu",
    residual: true,
    ...changes
  }
}

/** Parameters uniform within ±`limit`, biases too. */
export function randomParameters(network: Network, seed: number, limit = 0.3): Float32Array {
  const { uniform } = random(seed, "test/parameters")
  return Float32Array.from({ length: parameterCount(network) }, () => limit * (2 * uniform() - 1))
}

/** With targets where the network's loss wants any: probabilities, which a squared error takes as well. */
export function randomExamples(network: Network, count: number, seed = 1): ImageSet & Pick<Examples, "targets"> {
  const { below } = random(seed, "test/examples")
  const { channels, height, width, classes } = network
  const images = Uint8Array.from({ length: count * channels * height * width }, () => below(256))
  const { uniform } = random(seed, "test/targets")
  const rows = Array.from({ length: network.loss === undefined ? 0 : count }, () =>
    Array.from({ length: classes }, uniform)
  )
  return {
    ...(rows.length > 0 && {
      targets: Float32Array.from(rows.flatMap((row) => row.map((x) => x / row.reduce((a, b) => a + b))))
    }),
    channels,
    height,
    width,
    classes,
    count,
    images,
    labels: Uint8Array.from({ length: count }, () => below(classes))
  }
}
