/**
 * The engine `wasm`: our own kernels (kernels/, compiled by build.mjs), one instance of a module for each session.
 *
 * Results are the same bits on every machine, by construction: see kernels/gradient.ts for the order of summation.
 * Where relaxed SIMD is missing, or its multiply-add rounds twice, modules of plain SIMD run instead, and the numeric
 * class is another.
 */
import { type Network, parameterCount } from "../../network/network.ts"
import type {
  Engine,
  EpochScore,
  Examples,
  FirstOrder,
  Precision,
  Score,
  Session,
  TrainingState,
  Vector
} from "../engine.ts"
import { ACTIVATIONS } from "./activations.ts"
import { type Builds, isFused, load } from "./modules.ts"

/** Examples that the kernels take at a time, BLOCK in kernels/gradient.ts. */
const BLOCK = 64

/** Exports of kernels/train.ts; addresses in bytes. */
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
  gradientAt(): number
  slotAt(i: number): number
  pixelsAt(): number
  labelsAt(): number
  logitsAt(): number
  arrange(): void
  begin(): void
  gradientBlock(count: number): void
  scoreBlock(count: number): void
  end(): void
  mean(count: number): number
  rmsprop(rate: number, rho: number, epsilon: number): void
  adam(rate: number, beta1: number, beta2: number, epsilon: number): void
  momentum(rate: number, momentum: number): void
  lossSum(): number
  correctCount(): number
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

/** The numeric class of results in this precision on this machine: `wasm-f32`, `wasm-f64`, or either with `-plain`. */
export function numericClass(precision: Precision): string {
  return `wasm-${precision}${isFused(BUILDS[precision]) ? "" : "-plain"}`
}

export const wasm: Engine = {
  name: "wasm",
  get numericClass() {
    return numericClass("f32")
  },
  async open(network, { precision }) {
    return openSession(network, load<Kernels>(BUILDS[precision]), precision)
  }
}

export default wasm

function openSession(network: Network, kernels: Kernels, precision: Precision): Session {
  const { channels: C, height: H, width: W, classes: M, layers: N, depth, filters: F, kernel: K } = network
  kernels.setup(C, H, W, M, N, depth, F, K, ACTIVATIONS[network.activation], network.residual ? 1 : 0)
  const P = parameterCount(network)
  const imageSize = C * H * W
  const { buffer } = kernels.memory
  const view = (address: number, length: number): Vector =>
    precision === "f32" ? new Float32Array(buffer, address, length) : new Float64Array(buffer, address, length)
  const parameters = view(kernels.parametersAt(), P)
  const slots = [view(kernels.slotAt(0), P), view(kernels.slotAt(1), P)]
  const pixels = new Uint8Array(buffer, kernels.pixelsAt(), BLOCK * imageSize)
  const labels = new Int32Array(buffer, kernels.labelsAt(), BLOCK)
  const blockLogits = view(kernels.logitsAt(), BLOCK * M)
  let slotsUsed = 0
  let step = 0
  let stale = true

  /** Copies examples [from, to) of the order to the kernels; the rest of a vector's lanes repeats the last one. */
  const stage = ({ images, labels: classes }: Examples, order: Uint32Array | undefined, from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const index = order === undefined ? i : order[i]
      pixels.set(images.subarray(index * imageSize, (index + 1) * imageSize), (i - from) * imageSize)
      labels[i - from] = classes[index]
    }
    for (let i = to - from; i % 4 !== 0; i++) {
      pixels.copyWithin(i * imageSize, (i - 1) * imageSize, i * imageSize)
      labels[i] = labels[i - 1]
    }
  }

  const eachBlock = (
    examples: Examples,
    order: Uint32Array | undefined,
    from: number,
    to: number,
    visit: (count: number, at: number) => void
  ) => {
    if (stale) kernels.arrange()
    stale = false
    kernels.begin()
    for (let start = from; start < to; start += BLOCK) {
      const count = Math.min(BLOCK, to - start)
      stage(examples, order, start, start + count)
      visit(count, start)
    }
  }

  const score = (count: number): Score => ({ count, loss: kernels.lossSum(), correct: kernels.correctCount() })

  /** Leaves the mean gradient over examples [from, to) with the kernels; gives its squared norm. */
  const meanGradient = (examples: Examples, order: Uint32Array | undefined, from: number, to: number): number => {
    eachBlock(examples, order, from, to, kernels.gradientBlock)
    kernels.end()
    return kernels.mean(to - from)
  }

  const update = (optimizer: FirstOrder) => {
    step++
    stale = true
    switch (optimizer.method) {
      case "rmsprop":
        slotsUsed = 1
        return kernels.rmsprop(optimizer.learningRate, optimizer.rho, optimizer.epsilon)
      case "adam": {
        slotsUsed = 2
        const { learningRate, beta1, beta2, epsilon } = optimizer
        const rate = (learningRate * Math.sqrt(1 - power(beta2, step))) / (1 - power(beta1, step))
        return kernels.adam(rate, beta1, beta2, epsilon)
      }
      case "sgd":
        slotsUsed = 1
        return kernels.momentum(optimizer.learningRate, optimizer.momentum)
    }
  }

  return {
    network,
    load(state) {
      parameters.set(state.parameters)
      for (const [i, slot] of slots.entries()) {
        const given = state.slots?.[i]
        if (given === undefined) slot.fill(0)
        else slot.set(given)
      }
      slotsUsed = state.slots?.length ?? 0
      step = state.step ?? 0
      stale = true
    },
    save(): TrainingState {
      return { parameters: parameters.slice(), slots: slots.slice(0, slotsUsed).map((slot) => slot.slice()), step }
    },
    gradient(examples, indices) {
      const count = indices?.length ?? examples.count
      meanGradient(examples, indices, 0, count)
      return { ...score(count), gradient: view(kernels.gradientAt(), P).slice() }
    },
    epoch(examples, order, batch, optimizer): EpochScore {
      let loss = 0
      let correct = 0
      let squares = 0
      let batches = 0
      for (let from = 0; from < order.length; from += batch, batches++) {
        squares += meanGradient(examples, order, from, Math.min(from + batch, order.length))
        loss += kernels.lossSum()
        correct += kernels.correctCount()
        update(optimizer)
      }
      return { count: order.length, loss, correct, gradientNorm: Math.sqrt(squares / batches) }
    },
    evaluate(examples, indices) {
      const count = indices?.length ?? examples.count
      eachBlock(examples, indices, 0, count, kernels.scoreBlock)
      return score(count)
    },
    logits(examples, indices) {
      const count = indices?.length ?? examples.count
      const result = precision === "f32" ? new Float32Array(count * M) : new Float64Array(count * M)
      eachBlock(examples, indices, 0, count, (size, at) => {
        kernels.scoreBlock(size)
        result.set(blockLogits.subarray(0, size * M), at * M)
      })
      return result
    },
    close() {}
  }
}

/** x^n for a whole n >= 0, by squaring: the same bits everywhere. */
function power(x: number, n: number): number {
  let result = 1
  for (let square = x, rest = n; rest > 0; rest = Math.floor(rest / 2), square *= square)
    if (rest % 2 === 1) result *= square
  return result
}
