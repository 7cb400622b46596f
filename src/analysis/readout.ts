/**
 * The dense layer alone, on truncated expansions. What the sum x + T_1 + … + T_k is worth through the layer that was
 * trained on H says how much the truncation changes; what it is worth once that layer alone is trained again says how
 * much is lost for good.
 */
import type { Analyst } from "../engine/analysis.ts"
import type { FirstOrder, GivenExamples } from "../engine/engine.ts"
import { applyStep, slotCount } from "../engine/first-order.ts"
import { scoreLogits } from "../engine/loss.ts"
import { type Network, tensors } from "../network/network.ts"
import { random } from "../network/philox.ts"
import type { SplitMetrics } from "../results/metrics.ts"
import type { Readout } from "../results/readout.ts"
import { add, clear, eachGroup } from "./states.ts"
import { exactTerms } from "./terms.ts"

/** What the dense layer sees, [count, D]. */
interface Features {
  readonly rows: Float32Array
  readonly examples: GivenExamples
}

export interface Retraining {
  readonly epochs: number
  readonly batch: number
  readonly optimizer: FirstOrder
  /** Orders the examples, epoch by epoch. */
  readonly seed: number
}

/** The truncated sum of an order, or H (null): one at a time, since each takes [count, D] numbers. */
function truncated(
  analyst: Analyst,
  network: Network,
  parameters: Float32Array,
  examples: GivenExamples,
  order: number | null
): Features {
  const analysis = analyst.analyze(network, parameters)
  const terms = exactTerms(analysis, order ?? 0)
  const sum = analysis.state()
  const size = network.filters * network.height * network.width
  const rows = new Float32Array(examples.count * size)
  eachGroup(analysis, examples, (from, count) => {
    clear(analysis, sum)
    for (const term of order === null ? [analysis.trajectory(network.depth)] : terms()) add(analysis, sum, 1, term)
    for (let l = 0; l < count; l++) rows.set(analysis.read(sum, l), (from + l) * size)
  })
  return { rows, examples }
}

/** The dense layer's parameters, weights [M, D] and biases [M] after them, on features. */
function denseLayer(network: Network) {
  const { classes: M, filters, height, width } = network
  const size = filters * height * width
  /** Logits [indices.length, M]. */
  const logits = (parameters: Float32Array, { rows }: Features, indices: ArrayLike<number>) => {
    const out = new Float64Array(indices.length * M)
    for (let i = 0; i < indices.length; i++) {
      const row = rows.subarray(indices[i] * size, (indices[i] + 1) * size)
      for (let m = 0, w = 0; m < M; m++) {
        let sum = 0
        for (let d = 0; d < size; d++) sum += parameters[w++] * row[d]
        out[i * M + m] = sum + parameters[M * size + m]
      }
    }
    return out
  }
  const score = (parameters: Float32Array, features: Features): SplitMetrics => {
    const { examples } = features
    const found = logits(parameters, features, everyone(examples.count))
    const { count, loss, correct } = scoreLogits(network, found, examples)
    return { count, loss: loss / count, accuracy: correct / count }
  }
  /** Mean gradient over the examples of a batch. */
  const gradient = (parameters: Float32Array, features: Features, batch: Uint32Array): Float32Array => {
    const errors = new Float64Array(batch.length * M)
    scoreLogits(network, logits(parameters, features, batch), features.examples, batch, errors)
    const sums = new Float32Array(parameters.length)
    for (let i = 0; i < batch.length; i++) {
      const row = features.rows.subarray(batch[i] * size, (batch[i] + 1) * size)
      for (let m = 0, w = 0; m < M; m++) {
        const error = errors[i * M + m] / batch.length
        for (let d = 0; d < size; d++) sums[w++] += error * row[d]
        sums[M * size + m] += error
      }
    }
    return sums
  }
  return { score, gradient }
}

const everyone = (count: number) => Uint32Array.from({ length: count }, (_, i) => i)

/** Scores of every truncation and of the whole, before and after the dense layer is trained again from where it is. */
export function readouts(
  analyst: Analyst,
  network: Network,
  parameters: Float32Array,
  data: { readonly train: GivenExamples; readonly validation: GivenExamples },
  order: number,
  { epochs, batch, optimizer, seed }: Retraining,
  progress: (done: number, total: number) => void
): ReadonlyArray<Readout> {
  const dense = denseLayer(network)
  const orders = [...Array.from({ length: order + 1 }, (_, k) => k), null]
  const { offset } = tensors(network).find(({ name }) => name === "dense.weight")!
  return orders.map((cut, k) => {
    const features = truncated(analyst, network, parameters, data.train, cut)
    const unseen = truncated(analyst, network, parameters, data.validation, cut)
    const layer = parameters.slice(offset)
    const scores = () => ({ train: dense.score(layer, features), validation: dense.score(layer, unseen) })
    const before = scores()
    const slots = Array.from({ length: slotCount(optimizer) }, () => new Float32Array(layer.length))
    let step = 0
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const shuffled = random(seed, `order/epoch=${epoch}`).permutation(features.examples.count)
      for (let from = 0; from < shuffled.length; from += batch) {
        const gradient = dense.gradient(layer, features, shuffled.subarray(from, from + batch))
        applyStep(optimizer, layer, slots, gradient, ++step)
      }
    }
    progress(k + 1, orders.length)
    return { order: cut, trained: before, retrained: scores() }
  })
}
