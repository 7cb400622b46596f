/**
 * A trained network taken apart, for the analysis of its Taylor terms (SCIENCE "Taylor-term analysis").
 *
 * It works on a group of `lanes` examples at a time, all at once: `run` passes them through the network. Then every
 * block's function f_j can be taken at any state, and its Jacobian J_j and the transpose at the state where the group
 * passed (masks or derivatives frozen there). A state is a handle to [lanes, F, H, W] numbers in the kernels' memory;
 * blocks are numbered 1 … depth as in network.ts.
 */
import { type Network, parameterCount } from "../../network/network.ts"
import type { Examples, Precision, Vector } from "../engine.ts"
import { type Builds, load } from "./modules.ts"

/** Exports of kernels/analysis.ts; addresses in bytes. */
interface Kernels {
  parametersAt(): number
  pixelsAt(): number
  labelsAt(): number
  valuesAt(): number
  logitsAt(): number
  arrange(): void
  newState(): number
  newImage(): number
  run(): void
  stateAt(j: number): number
  stateBytes(): number
  block(j: number, h: number, out: number): void
  addLayers(first: number, end: number, h: number, out: number): void
  jacobian(j: number, v: number, out: number): void
  transposedJacobian(j: number, u: number, out: number): void
  combine(to: number, factor: number, from: number, other: number): void
  innerProducts(a: number, b: number): void
  scoreState(h: number, count: number): number
  lossGradient(h: number, count: number, out: number): void
  readImage(h: number, lane: number, to: number): void
  writeImage(h: number, lane: number, from: number): void
}

/** A handle to the states of a group's examples; stays valid until the analysis is dropped. */
export type State = number & { readonly State: unique symbol }

export interface Analysis {
  readonly network: Network
  /** Examples in a group. */
  readonly lanes: number
  /** Passes `indices` (1 … lanes of them) through the network. */
  run(examples: Examples, indices: ArrayLike<number>): void
  /** h_j of the group that passed, j = 0 … depth; do not change it. */
  trajectory(j: number): State
  /** A new state, zero. */
  state(): State
  /** out = f_j(h), the sum over the block's layers, without h itself. */
  block(j: number, h: State, out: State): void
  /** out += Σ f_i(h) over the layers first ≤ i < end of all N, from 0; `h` and `out` must differ. */
  addLayers(first: number, end: number, h: State, out: State): void
  /** out += J_j v; `v` and `out` must differ. */
  addJacobian(j: number, v: State, out: State): void
  /** out += J_jᵀ u; `u` and `out` must differ. */
  addTransposedJacobian(j: number, u: State, out: State): void
  /** to = factor · to + other · from */
  combine(to: State, factor: number, from: State, other: number): void
  /** out = h_depth with only the blocks of `active` (j - 1 → boolean) in action, the others giving 0. */
  subset(active: ArrayLike<boolean>, out: State): void
  /** ⟨a, b⟩, example by example. */
  inner(a: State, b: State): Float64Array<ArrayBuffer>
  /** Loss in nats of each example if h were h_depth, and how many would be right. */
  score(h: State): { readonly losses: Float64Array; readonly correct: number }
  /** out = ∂(sum of losses)/∂h if h were h_depth. */
  lossGradient(h: State, out: State): void
  /** What the dense layer makes of h: logits [examples, M]. */
  logits(h: State): Float64Array<ArrayBuffer>
  /**
   * All numbers of a state in the kernels' order, lanes innermost, with the frame around each plane, which is zero and
   * must stay so. Valid until `state()` is called again.
   */
  values(h: State): Vector
  /** One example's state, [F, H, W]; a copy. */
  read(h: State, example: number): Vector
  write(h: State, example: number, values: Vector): void
}

const BUILDS: Record<Precision, Builds> = {
  f32: {
    fused: new URL("./build/analysis-f32.wasm", import.meta.url),
    plain: new URL("./build/analysis-f32-plain.wasm", import.meta.url)
  },
  f64: {
    fused: new URL("./build/analysis-f64.wasm", import.meta.url),
    plain: new URL("./build/analysis-f64-plain.wasm", import.meta.url)
  }
}

/** Takes the network with these parameters apart. */
export function analyze(network: Network, parameters: Vector, precision: Precision): Analysis {
  const { channels: C, height: H, width: W, classes: M, depth, filters: F } = network
  const kernels = load<Kernels>(BUILDS[precision], network)
  const lanes = precision === "f32" ? 4 : 2
  const size = C * H * W
  // Not kept: the memory's buffer is another one after each new state.
  const view = (address: number, length: number): Vector =>
    precision === "f32"
      ? new Float32Array(kernels.memory.buffer, address, length)
      : new Float64Array(kernels.memory.buffer, address, length)
  const values = () => new Float64Array(kernels.memory.buffer, kernels.valuesAt(), lanes).slice(0, count)
  const stateSize = kernels.stateBytes() / (precision === "f32" ? 4 : 8)
  const image = kernels.newImage()
  const scratch = kernels.newState()
  let count = 0
  view(kernels.parametersAt(), parameterCount(network)).set(parameters)
  kernels.arrange()

  return {
    network,
    lanes,
    run({ images, labels }, indices) {
      count = indices.length
      const pixels = new Uint8Array(kernels.memory.buffer, kernels.pixelsAt(), lanes * size)
      const groupLabels = new Int32Array(kernels.memory.buffer, kernels.labelsAt(), lanes)
      for (let l = 0; l < lanes; l++) {
        const index = indices[Math.min(l, count - 1)]
        pixels.set(images.subarray(index * size, (index + 1) * size), l * size)
        groupLabels[l] = labels[index]
      }
      kernels.run()
    },
    trajectory: (j) => kernels.stateAt(j) as State,
    state: () => kernels.newState() as State,
    block: kernels.block,
    addLayers: kernels.addLayers,
    addJacobian: kernels.jacobian,
    addTransposedJacobian: kernels.transposedJacobian,
    combine: kernels.combine,
    subset(active, out) {
      kernels.combine(out, 0, kernels.stateAt(0), 1)
      for (let j = 1; j <= depth; j++) {
        if (active[j - 1]) kernels.block(j, out, scratch)
        if (active[j - 1] || !network.residual)
          kernels.combine(out, network.residual ? 1 : 0, scratch, active[j - 1] ? 1 : 0)
      }
    },
    inner(a, b) {
      kernels.innerProducts(a, b)
      return values()
    },
    score(h) {
      const correct = kernels.scoreState(h, count)
      return { losses: values(), correct }
    },
    logits(h) {
      kernels.scoreState(h, count)
      const columns = view(kernels.logitsAt(), M * lanes) // [M, lanes]
      return Float64Array.from({ length: count * M }, (_, i) => columns[(i % M) * lanes + Math.floor(i / M)])
    },
    values: (h) => view(h, stateSize),
    lossGradient: (h, out) => kernels.lossGradient(h, count, out),
    read(h, example) {
      kernels.readImage(h, example, image)
      return view(image, F * H * W).slice()
    },
    write(h, example, numbers) {
      view(image, F * H * W).set(numbers)
      kernels.writeImage(h, example, image)
    }
  }
}
