/**
 * One instance of the training kernels, set up for a network: what one thread of a session works with. The kernels are
 * those of WebAssembly here, or the same ones as native code (../native).
 */
import { copyImage } from "../../data/images.ts"
import { lossOf, type Network, parameterCount } from "../../network/network.ts"
import type { GivenExamples, Precision, Vector } from "../engine.ts"
import { targetsOf } from "../targets.ts"
import { type Builds, load } from "./modules.ts"
import type { MultiplyAdd } from "./multiply-add.ts"

/** Examples that the kernels take at a time, BLOCK in kernels/gradient.ts. */
export const BLOCK = 64

/** Exports of kernels/train.ts; addresses in bytes from the beginning of their memory. */
export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer }
  parametersAt(): number
  gradientAt(): number
  partAt(): number
  slotAt(i: number): number
  pixelsAt(): number
  labelsAt(): number
  targetsAt(): number
  logitsAt(): number
  lossesAt(): number
  arrange(): void
  begin(): void
  gradientBlock(count: number): void
  addPart(level: number): void
  scoreBlock(count: number): void
  end(): void
  mean(count: number): number
  penalize(decay: number): void
  shrink(part: number): void
  rmsprop(rate: number, rho: number, epsilon: number): void
  adam(rate: number, beta1: number, beta2: number, epsilon: number): void
  momentum(rate: number, momentum: number): void
  correctCount(): number
  blocksAtOnce(): number
}

const BUILDS: Record<Precision, Builds> = {
  f32: {
    fused: new URL("./build/train-f32.wasm", import.meta.url),
    plain: new URL("./build/train-f32-plain.wasm", import.meta.url)
  },
  f64: {
    fused: new URL("./build/train-f64.wasm", import.meta.url),
    plain: new URL("./build/train-f64-plain.wasm", import.meta.url)
  }
}

/** Examples `from` … `to` of a set, in an order (their own if undefined); block b holds 64 of them from the 64 b-th on. */
export interface Span {
  readonly examples: GivenExamples
  readonly order: Uint32Array | undefined
  readonly from: number
  readonly to: number
}

export const blocksIn = ({ from, to }: Span): number => Math.ceil((to - from) / BLOCK)

export interface Instance {
  readonly kernels: Kernels
  readonly parameters: Vector // [P]; `arrange` after a change
  readonly slots: ReadonlyArray<Vector> // [P] each
  readonly gradient: Vector // [P]
  readonly logits: Vector // [side BLOCK, M], of the last blocks
  readonly losses: Float64Array // [side BLOCK], of the last blocks
  /** Where another instance's sum of gradients goes before `addPart`, [P]; another place after each. */
  part(): Vector
  /** Gives the blocks `first` … `end` of a span to the kernels, as many at once as they compute side by side. */
  eachBlock(span: Span, first: number, end: number, visit: (count: number, at: number) => void): void
}

export const makeInstance = (network: Network, precision: Precision, multiplyAdd: MultiplyAdd): Instance =>
  instanceOf(load<Kernels>(BUILDS[precision], multiplyAdd, network), network, precision)

/** Around kernels that are set up for the network. */
export function instanceOf(kernels: Kernels, network: Network, precision: Precision): Instance {
  const { channels: C, height: H, width: W, classes: M } = network
  const P = parameterCount(network)
  const side = kernels.blocksAtOnce()
  const imageSize = C * H * W
  const { buffer } = kernels.memory
  const view = (address: number, length: number): Vector =>
    precision === "f32" ? new Float32Array(buffer, address, length) : new Float64Array(buffer, address, length)
  const pixels = new Uint8Array(buffer, kernels.pixelsAt(), side * BLOCK * imageSize)
  const labels = new Int32Array(buffer, kernels.labelsAt(), side * BLOCK)
  const targets = view(kernels.targetsAt(), lossOf(network) === "cross-entropy" ? 0 : side * BLOCK * M)

  /** Copies examples [from, to) of the order to the kernels; the rest of a vector's lanes repeats the last one. */
  const stage = (examples: GivenExamples, order: Uint32Array | undefined, from: number, to: number) => {
    const { images, labels: classes } = examples
    const copyTargets = targetsOf(network, examples)
    for (let i = from; i < to; i++) {
      const index = order === undefined ? i : order[i]
      copyImage(images, index, imageSize, pixels, (i - from) * imageSize)
      labels[i - from] = classes[index]
      copyTargets?.(index, targets, (i - from) * M)
    }
    for (let i = to - from; i % 4 !== 0; i++) {
      pixels.copyWithin(i * imageSize, (i - 1) * imageSize, i * imageSize)
      labels[i] = labels[i - 1]
      if (copyTargets !== undefined) targets.copyWithin(i * M, (i - 1) * M, i * M)
    }
  }

  return {
    kernels,
    parameters: view(kernels.parametersAt(), P),
    slots: [view(kernels.slotAt(0), P), view(kernels.slotAt(1), P)],
    gradient: view(kernels.gradientAt(), P),
    logits: view(kernels.logitsAt(), side * BLOCK * M),
    losses: new Float64Array(buffer, kernels.lossesAt(), side * BLOCK),
    part: () => view(kernels.partAt(), P),
    eachBlock({ examples, order, from, to }, first, end, visit) {
      for (let block = first; block < end; block += side) {
        const start = from + block * BLOCK
        const count = Math.min(Math.min(side, end - block) * BLOCK, to - start)
        stage(examples, order, start, start + count)
        visit(count, start)
      }
    }
  }
}
