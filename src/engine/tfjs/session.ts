/**
 * The engine's interface over TensorFlow.js, for any of its backends. Examples, parameters and the optimizer's vectors
 * stay on the device; an epoch ends with the one read that fetches its scores and the state that `save` gives.
 */
import * as tf from "@tensorflow/tfjs"
import { type Network, parameterCount } from "../../network/network.ts"
import type { DeviceEngine, DeviceSession, GivenExamples, TrainingState, Vector } from "../engine.ts"
import { slotCount, stepRate } from "../first-order.ts"
import { type Chosen, dataSets, microBatches } from "./examples.ts"
import { leavesOf, logitsOf, split } from "./graph.ts"
import { scoreOf, type Wanted } from "./loss.ts"
import { stepOf } from "./step.ts"

/** Bytes that a session may take on the device, unless told. */
export const MEMORY = 2e9

/**
 * TensorFlow.js keeps every intermediate value and gradient until a step ends: at most so many for each activation, and
 * for each value of an image (measured with `tf.profile` on networks of all depths).
 */
const VALUES_PER_ACTIVATION = 11
const VALUES_PER_PIXEL = 7

export interface TfjsEngine extends DeviceEngine {
  readonly backend: string
  readonly facts: () => Readonly<Record<string, string>>
  /** Has the backend ready and chosen. */
  start(): Promise<void>
}

/** An engine over the backend `backend`; `prepare` registers it, once; `facts` as in `DeviceEngine`. */
export function tfjsEngine(
  name: string,
  backend: string,
  prepare: () => void | Promise<void>,
  facts: () => Readonly<Record<string, string>> = () => ({})
): TfjsEngine {
  let ready: Promise<void> | undefined
  const start = async () => {
    tf.enableProdMode() // no advertisement on stderr
    await prepare()
    if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js cannot start its backend ${backend}`)
  }
  const engine: TfjsEngine = {
    name,
    numericClass: name,
    facts,
    backend,
    start: () => (ready ??= start()),
    async open(network, { precision, memory = MEMORY }) {
      if (precision !== "f32") throw new RangeError(`the engine ${name} computes in f32, not in ${precision}`)
      await engine.start()
      return openSession(network, backend, memory)
    }
  }
  return engine
}

function openSession(network: Network, backend: string, memory: number): DeviceSession {
  const { channels: C, height: H, width: W, layers: N, filters: F } = network
  const P = parameterCount(network)
  const leaves = leavesOf(network)
  const places = Uint32Array.from(leaves.flatMap((leaf) => [...leaf.places])) // of the device's vectors, in ours
  const data = dataSets(network, memory / 2)
  let state: TrainingState = { parameters: new Float32Array(P), slots: [], step: 0 }
  /** The state on the device: parameters and slots, each [P], leaf by leaf. */
  let onDevice: ReadonlyArray<tf.Tensor1D> | undefined

  /** Everything here is made on the session's backend; what `run` does not return is gone when it ends. */
  const scope = <T extends tf.TensorContainer>(run: () => T): T => {
    // Once started, a backend is chosen at once, before the promise is there.
    if (tf.getBackend() !== backend) void tf.setBackend(backend)
    return tf.tidy(run)
  }

  const hold = (next: ReadonlyArray<tf.Tensor1D> | undefined) => {
    if (onDevice !== undefined) tf.dispose([...onDevice])
    onDevice = next
  }

  const toDevice = (vector: Vector) => tf.tensor1d(Float32Array.from(places, (place) => vector[place]))
  const fromDevice = (values: ArrayLike<number>, from: number): Float32Array => {
    const vector = new Float32Array(P)
    for (let i = 0; i < P; i++) vector[places[i]] = values[from + i]
    return vector
  }
  const resident = (): ReadonlyArray<tf.Tensor1D> => {
    if (onDevice !== undefined) return onDevice
    const vectors = scope(() => [state.parameters, ...state.slots].map(toDevice))
    hold(vectors)
    return vectors
  }

  /** Fetches a tensor's values and lets it go. */
  const read = async (tensor: tf.Tensor): Promise<ArrayLike<number>> => {
    try {
      return await tensor.data()
    } finally {
      tensor.dispose()
    }
  }

  const choose = (examples: GivenExamples, indices: Uint32Array | undefined): Chosen => {
    if (tf.getBackend() !== backend) void tf.setBackend(backend)
    return data.choose(examples, indices)
  }

  /** How many examples the memory allows at once. */
  const most = () => {
    const image = 4 * H * W * (VALUES_PER_ACTIVATION * (N + 1) * F + VALUES_PER_PIXEL * C)
    return (memory - data.bytes() - 32 * P) / image
  }

  /** [loss, right answers] summed over examples from … to, and the gradient of the sum, [P]. */
  const summedGradient = (vector: tf.Tensor1D, chosen: Chosen, from: number, to: number) => {
    let sum: { readonly score: tf.Tensor1D; readonly gradient: tf.Tensor1D } | undefined
    for (const [start, end] of microBatches(from, to, most())) {
      const before = sum
      sum = tf.tidy(() => {
        const { images, ...wanted } = chosen.take(start, end)
        const { value, grad: gradient } = tf.valueAndGrad((parameters) =>
          scoreOf(network, logitsOf(network, split(leaves, parameters as tf.Tensor1D), images), wanted)
        )(vector, tf.tensor1d([1, 0]))
        if (before === undefined) return { score: value as tf.Tensor1D, gradient: gradient as tf.Tensor1D }
        return { score: tf.add(before.score, value), gradient: tf.add(before.gradient, gradient) }
      })
      if (before !== undefined) tf.dispose([before.score, before.gradient])
    }
    return sum!
  }

  /** Logits [B, M] of all chosen examples, a micro-batch at a time, handed to `use` within a tidy scope. */
  const forward = (chosen: Chosen, use: (logits: tf.Tensor2D, wanted: Wanted) => tf.Tensor1D): tf.Tensor1D => {
    const [vector] = resident()
    return scope(() => {
      const weights = split(leaves, vector)
      const parts = microBatches(0, chosen.count, most()).map(([from, to]) =>
        tf.tidy(() => {
          const { images, ...wanted } = chosen.take(from, to)
          return use(logitsOf(network, weights, images), wanted)
        })
      )
      return concatenate(parts)
    })
  }

  return {
    network,
    load({ parameters, slots = [], step = 0 }) {
      if (parameters.length !== P) throw new RangeError(`the network has ${P} parameters, not ${parameters.length}`)
      state = { parameters: Float32Array.from(parameters), slots: slots.map((slot) => Float32Array.from(slot)), step }
      hold(undefined)
    },
    save: () => ({
      parameters: state.parameters.slice(),
      slots: state.slots.map((slot) => slot.slice()),
      step: state.step
    }),
    async gradient(examples, indices) {
      const chosen = choose(examples, indices)
      const { count } = chosen
      const [vector] = resident()
      const all = scope(() => {
        const { score, gradient } = summedGradient(vector, chosen, 0, count)
        return concatenate([score, tf.div(gradient, count)])
      })
      const values = await read(all)
      return { count, loss: values[0], correct: values[1], gradient: fromDevice(values, 2) }
    },
    async epoch(examples, order, batch, optimizer, rates) {
      const chosen = choose(examples, order)
      if (state.slots.length === 0) {
        const slots = Array.from({ length: slotCount(optimizer) }, () => new Float32Array(P))
        state = { ...state, slots }
        hold(undefined)
      }
      let { step } = state
      const rows: Array<tf.Tensor1D> = [] // [loss, right answers, ‖gradient of the mean‖²] of each batch
      for (let from = 0; from < order.length; from += batch) {
        const to = Math.min(from + batch, order.length)
        const [parameters, ...slots] = resident()
        const [row, ...next] = scope(() => {
          const { score, gradient: sum } = summedGradient(parameters, chosen, from, to)
          const gradient = tf.div(sum, to - from)
          const learningRate = rates?.[rows.length] ?? optimizer.learningRate
          const rate = stepRate(optimizer, ++step, learningRate)
          const after = stepOf(optimizer, { parameters, slots }, gradient, rate, learningRate)
          const row = concatenate([score, tf.sum(tf.square(gradient)).as1D()])
          return [row, after.parameters as tf.Tensor1D, ...(after.slots as ReadonlyArray<tf.Tensor1D>)]
        })
        rows.push(row)
        hold(next)
      }
      const all = scope(() => concatenate([...rows, ...resident()]))
      tf.dispose(rows)
      const values = await read(all)
      let [loss, correct, squares] = [0, 0, 0]
      for (let i = 0; i < rows.length; i++) {
        loss += values[3 * i]
        correct += values[3 * i + 1]
        squares += values[3 * i + 2]
      }
      const [parameters, ...slots] = resident().map((_, i) => fromDevice(values, 3 * rows.length + i * P))
      state = { parameters, slots, step }
      return { count: order.length, loss, correct, gradientNorm: Math.sqrt(squares / rows.length) }
    },
    async evaluate(examples, indices) {
      const chosen = choose(examples, indices)
      const all = forward(chosen, (logits, wanted) => scoreOf(network, logits, wanted))
      const values = await read(all)
      let [loss, correct] = [0, 0]
      for (let i = 0; i < values.length; i += 2) {
        loss += values[i]
        correct += values[i + 1]
      }
      return { count: chosen.count, loss, correct }
    },
    async logits(examples, indices) {
      const chosen = choose(examples, indices)
      const all = forward(chosen, (logits) => logits.as1D())
      return Float32Array.from(await read(all))
    },
    close() {
      hold(undefined)
      data.dispose()
      state = { parameters: new Float32Array(0), slots: [], step: 0 }
    }
  }
}

/** One vector after another; a copy where there is one alone. */
const concatenate = (parts: ReadonlyArray<tf.Tensor1D>): tf.Tensor1D =>
  parts.length === 1 ? parts[0].clone() : tf.concat1d([...parts])
