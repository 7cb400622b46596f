/**
 * Batched training over TensorFlow.js, for any of its backends that can. Examples, parameters and the optimizer's
 * vectors stay on the device, [P, T] each; an epoch ends with the one read that fetches its scores and the states that
 * `save` gives.
 */
import * as tf from "@tensorflow/tfjs"
import { type Network, parameterCount } from "../../../network/network.ts"
import type { BatchedEngine, BatchedSession } from "../../batched.ts"
import type { GivenExamples, TrainingState, Vector } from "../../engine.ts"
import { slotCount, stepRate } from "../../first-order.ts"
import { dataSets, microBatches } from "../examples.ts"
import { scoreOf } from "../loss.ts"
import { MEMORY, type TfjsEngine } from "../session.ts"
import { stepOf } from "../step.ts"
import { leavesOf, logitsOf, split } from "./graph.ts"

/** Values and gradients that TensorFlow.js keeps until a step ends, at most, for each activation (measured). */
const valuesPerActivation = ({ filters }: Network) => 18 + 9 * (filters - 1)

/** The batched form of an engine; `prepare`, once, before it is used. */
export function batched({ name, backend, start, facts }: TfjsEngine, prepare: () => void = () => {}): BatchedEngine {
  let ready: Promise<void> | undefined
  return {
    name: `${name}-batched`,
    numericClass: `${name}-batched`,
    facts,
    async open(network, { memory = MEMORY } = {}) {
      await (ready ??= start().then(prepare))
      return openSession(network, backend, memory)
    }
  }
}

function openSession(network: Network, backend: string, memory: number): BatchedSession {
  const { channels: C, height: H, width: W, classes: M, layers: N, filters: F } = network
  const P = parameterCount(network)
  const leaves = leavesOf(network)
  const places = Uint32Array.from(leaves.flatMap((leaf) => [...leaf.places])) // of the device's vectors, in ours
  const data = dataSets(network, memory / 2)
  let states: ReadonlyArray<TrainingState> = []
  let depths: ReadonlyArray<number> = [] // of the trials
  /** The trials' states on the device: parameters and slots, each [P, T], leaf by leaf. */
  let onDevice: ReadonlyArray<tf.Tensor2D> = []

  // Once started, a backend is chosen at once, before the promise is there.
  const chooseBackend = () => {
    if (tf.getBackend() !== backend) void tf.setBackend(backend)
  }
  /** What is made in `run` and not returned is gone when it ends. */
  const scope = <T extends tf.TensorContainer>(run: () => T): T => {
    chooseBackend()
    return tf.tidy(run)
  }
  const hold = (next: ReadonlyArray<tf.Tensor2D>) => {
    tf.dispose([...onDevice])
    onDevice = next
  }

  /** One vector [P] of each trial → [P, T]. */
  const toDevice = (vectors: ReadonlyArray<Vector>): tf.Tensor2D => {
    const T = vectors.length
    const values = new Float32Array(P * T)
    for (let row = 0; row < P; row++) for (let t = 0; t < T; t++) values[row * T + t] = vectors[t][places[row]]
    return tf.tensor2d(values, [P, T])
  }
  /** Trial t's vector of [P, T] that begins at `from`. */
  const fromDevice = (values: ArrayLike<number>, from: number, t: number): Float32Array => {
    const T = states.length
    const vector = new Float32Array(P)
    for (let row = 0; row < P; row++) vector[places[row]] = values[from + row * T + t]
    return vector
  }

  /** How many examples of each trial the memory allows at once. */
  const most = () => {
    const T = states.length
    const image = 4 * T * (valuesPerActivation(network) * (N + 1) * F * H * W + 3 * C * H * W)
    return (memory - data.bytes() - 32 * P * T) / image
  }

  /** Examples of all trials, each in its own order: number `from` … `to` of them as the graph takes them. */
  const choose = (examples: GivenExamples, orders: ReadonlyArray<Uint32Array>) => {
    const T = orders.length
    const count = orders[0].length
    if (orders.some((order) => order.length !== count)) throw new RangeError("batched trials see equally many examples")
    const together = new Uint32Array(count * T)
    for (let t = 0; t < T; t++) for (let i = 0; i < count; i++) together[i * T + t] = orders[t][i]
    chooseBackend()
    const chosen = data.choose(examples, together)
    return {
      count,
      /** images [B, H, W, C·T], labels [T, B], targets [T, B, M] or none */
      take(from: number, to: number) {
        const B = to - from
        const { images, labels, targets } = chosen.take(from * T, to * T)
        const apart = tf.transpose(tf.reshape(images, [B, T, H * W * C]), [0, 2, 1])
        return {
          images: tf.reshape(apart, [B, H, W, C * T]) as tf.Tensor4D,
          labels: tf.transpose(tf.reshape(labels, [B, T])),
          targets: targets && tf.transpose(tf.reshape(targets, [B, T, M]), [1, 0, 2])
        }
      }
    }
  }
  type Chosen = ReturnType<typeof choose>

  /** [losses, right answers] of each trial summed over examples from … to, [2, T], and the sums' gradients, [P, T]. */
  const summedGradient = (parameters: tf.Tensor2D, chosen: Chosen, from: number, to: number) => {
    const T = states.length
    let sum: { readonly score: tf.Tensor; readonly gradient: tf.Tensor } | undefined
    for (const [start, end] of microBatches(from, to, most())) {
      const before = sum
      sum = tf.tidy(() => {
        const { images, ...wanted } = chosen.take(start, end)
        const loss = (...leaves: Array<tf.Tensor>) =>
          scoreOf(network, logitsOf(network, depths, leaves, images), wanted)
        const { value, grads } = tf.valueAndGrads(loss)(
          [...split(leaves, parameters)],
          tf.tensor2d([...Array(T).fill(1), ...Array(T).fill(0)], [2, T])
        )
        const gradient = tf.concat(grads.map((grad) => tf.reshape(grad, [-1, T])))
        if (before === undefined) return { score: value, gradient }
        return { score: tf.add(before.score, value), gradient: tf.add(before.gradient, gradient) }
      })
      if (before !== undefined) tf.dispose([before.score, before.gradient])
    }
    return sum!
  }

  /** Fetches tensors' values, one after another, in one read, and lets them go. */
  const read = async (tensors: ReadonlyArray<tf.Tensor>): Promise<ArrayLike<number>> => {
    const all = scope(() => tf.concat1d(tensors.map((tensor) => tensor.as1D())))
    try {
      return await all.data()
    } finally {
      all.dispose()
    }
  }

  return {
    network,
    load(next, nextDepths = next.map(() => network.depth)) {
      for (const { parameters } of next) {
        if (parameters.length !== P) throw new RangeError(`the network has ${P} parameters, not ${parameters.length}`)
      }
      states = next
      depths = nextDepths
      const slots = Math.max(0, ...next.map((state) => state.slots.length))
      const zeros = new Float32Array(P)
      hold(
        scope(() => [
          toDevice(next.map((state) => state.parameters)),
          ...Array.from({ length: slots }, (_, i) => toDevice(next.map((state) => state.slots[i] ?? zeros)))
        ])
      )
    },
    save: () => states.map(({ parameters, slots, step }) => ({ parameters, slots, step })),
    async epoch(examples, orders, batch, optimizers, rates) {
      const T = states.length
      const chosen = choose(examples, orders)
      if (onDevice.length === 1) {
        const slots = scope(() =>
          Array.from({ length: slotCount(optimizers[0]) }, () => tf.zeros([P, T]) as tf.Tensor2D)
        )
        onDevice = [...onDevice, ...slots]
      }
      const rows: Array<tf.Tensor> = [] // [losses; right answers; ‖gradients of the means‖²] of each batch, [3, T]
      let done = 0
      for (let from = 0; from < chosen.count; from += batch) {
        const to = Math.min(from + batch, chosen.count)
        const [parameters, ...slots] = onDevice
        done++
        const [row, ...next] = scope(() => {
          const { score, gradient: sum } = summedGradient(parameters, chosen, from, to)
          const gradient = tf.div(sum, to - from)
          const learningRates = optimizers.map(({ learningRate }, t) => rates?.[t][rows.length] ?? learningRate)
          const steps = optimizers.map((optimizer, t) => stepRate(optimizer, states[t].step + done, learningRates[t]))
          const after = stepOf(
            optimizers[0],
            { parameters, slots },
            gradient,
            tf.tensor1d(steps),
            tf.tensor1d(learningRates)
          )
          const row = tf.concat([score, tf.sum(tf.square(gradient), 0, true)])
          return [row, after.parameters, ...after.slots]
        })
        rows.push(row)
        hold(next as Array<tf.Tensor2D>)
      }
      const values = await read([...rows, ...onDevice])
      tf.dispose(rows)
      const at = 3 * T * rows.length
      states = states.map(({ step }, t) => {
        const [parameters, ...slots] = onDevice.map((_, i) => fromDevice(values, at + i * P * T, t))
        return { parameters, slots, step: step + done }
      })
      return states.map((_, t) => {
        let [loss, correct, squares] = [0, 0, 0]
        for (let i = t; i < at; i += 3 * T) {
          loss += values[i]
          correct += values[i + T]
          squares += values[i + 2 * T]
        }
        return { count: chosen.count, loss, correct, gradientNorm: Math.sqrt(squares / rows.length) }
      })
    },
    async evaluate(examples) {
      const T = states.length
      const all = Uint32Array.from({ length: examples.count }, (_, i) => i)
      const chosen = choose(examples, Array<Uint32Array>(T).fill(all))
      const scores = scope(() => {
        const weights = split(leaves, onDevice[0])
        return microBatches(0, chosen.count, most()).map(([from, to]) =>
          tf.tidy(() => {
            const { images, ...wanted } = chosen.take(from, to)
            return scoreOf(network, logitsOf(network, depths, weights, images), wanted)
          })
        )
      })
      const values = await read(scores)
      tf.dispose(scores)
      return states.map((_, t) => {
        let [loss, correct] = [0, 0]
        for (let i = t; i < values.length; i += 2 * T) {
          loss += values[i]
          correct += values[i + T]
        }
        return { count: examples.count, loss, correct }
      })
    },
    close() {
      hold([])
      data.dispose()
      states = []
    }
  }
}
