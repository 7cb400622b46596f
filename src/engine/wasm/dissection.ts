/** Dissection by our own kernels (kernels/analysis.ts), one instance of a module for each network. */
import { parameterCount } from "../../network/network.ts"
import type { Dissector } from "../dissection.ts"
import type { Vector } from "../engine.ts"
import { ACTIVATIONS, instantiate, isFused } from "./engine.ts"

/** Exports of kernels/analysis.ts; addresses in bytes. */
interface Kernels {
  readonly memory: WebAssembly.Memory
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
  parametersAt(): number
  pixelsAt(): number
  labelsAt(): number
  valuesAt(): number
  logitsAt(): number
  arrange(): void
  newStates(count: number): number
  stateBytes(): number
  run(): void
  stateAt(j: number): number
  addLayers(first: number, end: number, h: number, out: number): void
  jacobian(j: number, v: number, out: number): void
  transposedJacobian(j: number, u: number, out: number): void
  combine(to: number, factor: number, from: number, other: number): void
  newImage(): number
  readImage(h: number, lane: number, to: number): void
  innerProducts(a: number, b: number): void
  scoreState(h: number, count: number): number
  lossGradient(h: number, count: number, out: number): void
}

const FUSED = {
  f32: new URL("./build/analysis-f32.wasm", import.meta.url),
  f64: new URL("./build/analysis-f64.wasm", import.meta.url)
}
const PLAIN = {
  f32: new URL("./build/analysis-f32-plain.wasm", import.meta.url),
  f64: new URL("./build/analysis-f64-plain.wasm", import.meta.url)
}

/** States are made so many at once: each piece of memory has a guard zone, for which room is limited. */
const POOL = 16

export const dissectWasm: Dissector = (network, precision) => {
  const { channels: C, height: H, width: W, classes: M, layers: N, depth, filters: F, kernel: K } = network
  const kernels = instantiate((isFused() ? FUSED : PLAIN)[precision]) as unknown as Kernels
  kernels.setup(C, H, W, M, N, depth, F, K, ACTIVATIONS[network.activation], network.residual ? 1 : 0)
  const lanes = precision === "f32" ? 4 : 2
  const imageSize = C * H * W
  /** Views are made anew each time: new states may have moved the memory. */
  const view = (address: number, length: number): Vector => {
    const { buffer } = kernels.memory
    return precision === "f32" ? new Float32Array(buffer, address, length) : new Float64Array(buffer, address, length)
  }
  const stateBytes = kernels.stateBytes()
  const stateSize = stateBytes / (precision === "f32" ? 4 : 8)
  const picture = kernels.newImage()
  const free: Array<number> = []
  let passed = 0 // examples of the present group

  return {
    network,
    lanes,
    load(parameters) {
      view(kernels.parametersAt(), parameterCount(network)).set(parameters)
      kernels.arrange()
    },
    state() {
      if (free.length === 0) {
        const first = kernels.newStates(POOL)
        for (let i = POOL - 1; i >= 0; i--) free.push(first + i * stateBytes)
      }
      return free.pop()!
    },
    values: (h) => view(h, stateSize),
    image(h, lane) {
      kernels.readImage(h, lane, picture)
      return view(picture, F * H * W)
    },
    add: (to, factor, from) => kernels.combine(to, 1, from, factor),
    products(a, b) {
      kernels.innerProducts(a, b)
      return new Float64Array(kernels.memory.buffer, kernels.valuesAt(), lanes).slice()
    },
    pass({ images, labels }, from, count) {
      const pixels = new Uint8Array(kernels.memory.buffer, kernels.pixelsAt(), lanes * imageSize)
      pixels.set(images.subarray(from * imageSize, (from + count) * imageSize))
      new Int32Array(kernels.memory.buffer, kernels.labelsAt(), lanes).set(labels.subarray(from, from + count))
      passed = count
      kernels.run()
    },
    hidden: kernels.stateAt,
    addLayers: kernels.addLayers,
    addJacobian: (j, v, out) => kernels.jacobian(j + 1, v, out),
    addTransposed: (j, u, out) => kernels.transposedJacobian(j + 1, u, out),
    logits(h) {
      kernels.scoreState(h, passed)
      const columns = view(kernels.logitsAt(), M * lanes) // [M, lanes]
      return Float64Array.from({ length: lanes * M }, (_, i) => columns[(i % M) * lanes + Math.floor(i / M)])
    },
    lossGradient: (out) => kernels.lossGradient(kernels.stateAt(depth), passed, out)
  }
}
