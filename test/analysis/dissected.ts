/** A small network taken apart by the kernels, beside plain loops that do the same. */
import type { Analysis, State } from "../../src/engine/analysis.ts"
import { analyze } from "../../src/engine/wasm/analysis.ts"
import type { Activation, Network } from "../../src/network/network.ts"
import { randomExamples, randomParameters, smallNetwork } from "../networks.ts"
import { forwardOf } from "../support/forward.ts"

/** Without frames: [F, H, W]. */
export type Pixels = Float64Array<ArrayBuffer>

export const plus = (a: Pixels, b: Pixels, factor = 1): Pixels => a.map((value, i) => value + factor * b[i])
export const times = (a: Pixels, factor: number): Pixels => a.map((value) => value * factor)
export const inner = (a: Pixels, b: Pixels): number => a.reduce((sum, value, i) => sum + value * b[i], 0)
export const norm = (a: Pixels): number => Math.sqrt(inner(a, a))
/** ‖a − b‖ / ‖b‖ */
export const apart = (a: Pixels, b: Pixels): number => norm(plus(a, b, -1)) / norm(b)

/** Direct convolutions at 3 filters, Winograd's at 4; images that are no whole number of tiles. */
export const kinds: ReadonlyArray<readonly [Activation, number, scale: number]> = [
  ["relu", 3, 1],
  ["relu", 4, 1],
  ["tanh", 3, 1],
  ["tanh", 4, 1],
  ["sigmoid", 3, 1],
  ["identity", 4, 1],
  ["relu", 4, 0.5],
  ["tanh", 3, 0.5]
]

export interface Dissected {
  readonly network: Network
  readonly parameters: Float32Array
  /** One example has passed. */
  readonly analysis: Analysis
  readonly label: number
  /** [F, H, W] of the example. */
  read(h: State): Pixels
  /** A state that holds the given pixels for every example. */
  write(values: Pixels): State
  /** Plain loops: block j's function, logits. */
  block(j: number, h: Pixels): Pixels
  logits(h: Pixels): Float64Array
  readonly x: Pixels
}

export function dissected(activation: Activation, changes: Partial<Network> = {}): Dissected {
  const network = smallNetwork({ layers: 5, depth: 5, activation, ...changes })
  const parameters = randomParameters(network, 3)
  const examples = randomExamples(network, 1)
  const analysis = analyze(network, parameters, "f64")
  analysis.run(examples, [0])

  const { filters: F, height: H, width: W, kernel: K } = network
  const frame = (K - 1) / 2
  /** Calls with the place of every pixel in the plain loops' framed planes. */
  const each = (visit: (pixel: number, place: number) => void) => {
    for (let f = 0, pixel = 0; f < F; f++)
      for (let y = 0; y < H; y++)
        for (let x = 0; x < W; x++, pixel++) visit(pixel, (f * (H + K - 1) + y + frame) * (W + K - 1) + x + frame)
  }
  const read = (h: State) => Float64Array.from(analysis.read(h, 0))
  const plain = forwardOf(network, parameters)
  const framed = (pixels: Pixels) => {
    const h = new Float64Array(plain.size)
    each((pixel, place) => (h[place] = pixels[pixel]))
    return h
  }
  return {
    network,
    parameters,
    analysis,
    label: examples.labels[0],
    read,
    write(pixels) {
      const h = analysis.state()
      for (let l = 0; l < analysis.lanes; l++) analysis.write(h, l, pixels)
      return h
    },
    block(j, h) {
      const out = new Float64Array(plain.size)
      plain.block(j, framed(h), out)
      const pixels = new Float64Array(F * H * W)
      each((pixel, place) => (pixels[pixel] = out[place]))
      return pixels
    },
    logits: (h) => plain.logits(framed(h)),
    x: read(analysis.trajectory(0))
  }
}

/** H(S) by plain loops, S as bits. */
export function activeOnly({ block, x, network }: Dissected, subset: number): Pixels {
  let h = x
  for (let j = 0; j < network.depth; j++) if ((subset >> j) % 2 === 1) h = plus(h, block(j, h))
  return h
}

export const bitCount = (subset: number): number => subset.toString(2).replaceAll("0", "").length
