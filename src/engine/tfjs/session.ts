/**
 * The engine's interface over TensorFlow.js, for any of its backends. TensorFlow computes logits and gradients of
 * micro-batches; sums over examples, the loss and the optimizer's step are plain code in f64, so that nothing of
 * TensorFlow's memory outlives a call.
 */
import * as tf from "@tensorflow/tfjs"
import { crossEntropy } from "../../engine/loss.ts"
import { type Network, parameterCount } from "../../network/network.ts"
import type { Engine, Examples, FirstOrder, Score, Session, TrainingState } from "../engine.ts"
import { applyStep, slotCount } from "../first-order.ts"
import { leavesOf, logitsOf } from "./graph.ts"

/**
 * Elements of activations in a micro-batch. TensorFlow.js keeps every intermediate value and gradient until a step
 * ends, about eight for each activation here, and WASM has 4 GiB.
 */
const MICRO_BATCH_ELEMENTS = 4_000_000

/** An engine over the backend `backend`; `prepare` registers it, once. */
export function tfjsEngine(name: string, backend: string, prepare: () => void): Engine {
  let ready: Promise<void> | undefined
  return {
    name,
    numericClass: name,
    async open(network, { precision }) {
      if (precision !== "f32") throw new RangeError(`the engine ${name} computes in f32, not in ${precision}`)
      await (ready ??= (async () => {
        tf.enableProdMode() // no advertisement on stderr
        prepare()
        if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js cannot start its backend ${backend}`)
      })())
      return tfjsSession(network, backend)
    }
  }
}

function tfjsSession(network: Network, backend: string): Session {
  const { channels: C, height: H, width: W, classes: M, layers: N, filters: F } = network
  const P = parameterCount(network)
  const leaves = leavesOf(network)
  const microBatch = Math.max(1, Math.floor(MICRO_BATCH_ELEMENTS / ((N + 1) * F * H * W)))
  let state: TrainingState = { parameters: new Float32Array(P), slots: [], step: 0 }

  /** All tensors made in `run` are gone when it ends. */
  const scope = (run: () => void): void => {
    // Once started, a backend is chosen at once, before the promise is there.
    if (tf.getBackend() !== backend) void tf.setBackend(backend)
    tf.tidy(run)
  }

  const upload = (): Array<tf.Tensor> =>
    leaves.map(({ shape, places }) => {
      const values = new Float32Array(places.length)
      for (let i = 0; i < places.length; i++) values[i] = state.parameters[places[i]]
      return tf.tensor(values, [...shape])
    })

  /** The chosen examples `from` … `to`: images [B, H, W, C], pixel / 255, and their labels. */
  const gather = ({ images, labels }: Examples, indices: Uint32Array, from: number, to: number) => {
    const pixels = new Float32Array((to - from) * H * W * C)
    let at = 0
    for (let i = from; i < to; i++) {
      const image = indices[i] * C * H * W
      for (let place = 0; place < H * W; place++) {
        for (let c = 0; c < C; c++) pixels[at++] = images[image + c * H * W + place] / 255
      }
    }
    return {
      images: tf.tensor4d(pixels, [to - from, H, W, C]),
      labels: Array.from(indices.subarray(from, to), (i) => labels[i])
    }
  }

  /** Logits of the chosen examples, a micro-batch at a time. */
  const forward = (
    examples: Examples,
    indices: Uint32Array,
    take: (logits: Float32Array, labels: Array<number>) => void
  ) =>
    scope(() => {
      const weights = upload()
      for (let from = 0; from < indices.length; from += microBatch) {
        tf.tidy(() => {
          const { images, labels } = gather(examples, indices, from, Math.min(from + microBatch, indices.length))
          take(logitsOf(network, weights, images).dataSync() as Float32Array, labels)
        })
      }
    })

  /** Score and the gradient of the SUM of losses over the chosen examples, [P]. */
  const summedGradient = (examples: Examples, indices: Uint32Array): Score & { readonly gradient: Float64Array } => {
    const gradient = new Float64Array(P)
    let [loss, correct] = [0, 0]
    scope(() => {
      const weights = upload()
      for (let from = 0; from < indices.length; from += microBatch) {
        tf.tidy(() => {
          const { images, labels } = gather(examples, indices, from, Math.min(from + microBatch, indices.length))
          const lossOf = tf.customGrad((logits, save) => {
            const derivative = new Float32Array(labels.length * M)
            const score = crossEntropy((logits as tf.Tensor).dataSync(), labels, M, derivative)
            loss += score.loss
            correct += score.correct
            ;(save as tf.GradSaveFunc)([tf.tensor2d(derivative, [labels.length, M])])
            return { value: tf.scalar(score.loss), gradFunc: (_, saved) => saved[0] }
          })
          const { grads } = tf.valueAndGrads((...xs) => lossOf(logitsOf(network, xs, images)))(weights)
          for (const [i, { places }] of leaves.entries()) {
            const values = grads[i].dataSync()
            for (let j = 0; j < places.length; j++) gradient[places[j]] += values[j]
          }
        })
      }
    })
    return { count: indices.length, loss, correct, gradient }
  }

  const all = (examples: Examples) => Uint32Array.from({ length: examples.count }, (_, i) => i)

  return {
    network,
    load({ parameters, slots = [], step = 0 }) {
      if (parameters.length !== P) throw new RangeError(`the network has ${P} parameters, not ${parameters.length}`)
      state = { parameters: Float32Array.from(parameters), slots: slots.map((slot) => Float32Array.from(slot)), step }
    },
    save: () => ({
      parameters: state.parameters.slice(),
      slots: state.slots.map((slot) => slot.slice()),
      step: state.step
    }),
    gradient(examples, indices = all(examples)) {
      const { gradient, ...score } = summedGradient(examples, indices)
      return { ...score, gradient: Float32Array.from(gradient, (g) => g / score.count) }
    },
    epoch(examples, order, batch, optimizer: FirstOrder) {
      const { parameters } = state
      const slots =
        state.slots.length > 0 ? state.slots : Array.from({ length: slotCount(optimizer) }, () => new Float32Array(P))
      let { step } = state
      let [loss, correct, squares, batches] = [0, 0, 0, 0]
      for (let from = 0; from < order.length; from += batch) {
        const sum = summedGradient(examples, order.subarray(from, from + batch))
        const gradient = sum.gradient.map((g) => g / sum.count)
        applyStep(optimizer, parameters, slots, gradient, ++step)
        loss += sum.loss
        correct += sum.correct
        squares += gradient.reduce((a, g) => a + g * g, 0)
        batches++
      }
      state = { parameters, slots, step }
      return { count: order.length, loss, correct, gradientNorm: Math.sqrt(squares / batches) }
    },
    evaluate(examples, indices = all(examples)) {
      let [loss, correct] = [0, 0]
      forward(examples, indices, (logits, labels) => {
        const score = crossEntropy(logits, labels, M)
        loss += score.loss
        correct += score.correct
      })
      return { count: indices.length, loss, correct }
    },
    logits(examples, indices = all(examples)) {
      const rows = new Float32Array(indices.length * M)
      let at = 0
      forward(examples, indices, (logits) => {
        rows.set(logits, at)
        at += logits.length
      })
      return rows
    },
    close() {
      state = { parameters: new Float32Array(0), slots: [], step: 0 }
    }
  }
}
