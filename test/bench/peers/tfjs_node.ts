/**
 * Native TensorFlow through @tensorflow/tfjs-node as a contender: eager, NHWC, its own thread pool on all cores.
 *
 * Usage: tfjs_node.ts FOLDER, where FOLDER/node_modules/@tensorflow/tfjs-node loads.
 */
import { createRequire } from "node:module"
import { resolve } from "node:path"
import util from "node:util"
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs"
import type { Cell } from "../cells.ts"
import { serve } from "./serve.ts"

// @tensorflow/tfjs-node 4.22 calls what Node 23 removed.
Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined })
const require = createRequire(resolve(process.argv[2], "package.json"))
const tf: typeof import("@tensorflow/tfjs") = require("@tensorflow/tfjs-node")

/** Examples a gradient is taken over at once, such that the intermediate tensors stay within about 4 GiB. */
function microBatch({ size, layers, filters, batch }: Cell): number {
  const bytesPerImage = 4 * size * size * filters * (layers + 1) * 6
  let images = batch
  while (images * bytesPerImage > 2 ** 32) images /= 2
  return images
}

function variant(cell: Cell, wide: boolean) {
  const { channels: C, size, layers: N, filters: F, kernel: K, architecture, batch } = cell
  const weight = (...shape: Array<number>) => tf.variable(tf.randomUniform(shape, -0.1, 0.1))
  const conv = (from: number, to: number) => ({ filter: weight(K, K, from, to), bias: weight(to) })
  const stem = conv(C, F)
  const stack = wide ? [conv(F, N * F)] : Array.from({ length: N }, () => conv(F, F))
  const dense = weight(F * size * size, 10)
  const denseBias = weight(10)
  const optimizer = tf.train.rmsprop(1e-4, 0.9, 0, 1e-7)
  const part = microBatch(cell)
  const images = tf.randomUniform([part, size, size, C]) as Tensor4D
  const labels = tf.oneHot(tf.randomUniform([part], 0, 10, "int32"), 10)

  const apply = ({ filter, bias }: ReturnType<typeof conv>, x: Tensor4D): Tensor4D =>
    tf.fused.conv2d({ x, filter: filter as Tensor4D, strides: 1, pad: "same", bias, activation: "relu" })
  const loss = () => {
    let h = apply(stem, images)
    if (wide) h = tf.add(h, tf.sum(tf.reshape(apply(stack[0], h), [part, size, size, N, F]), 3))
    else if (architecture === "sequential") for (const layer of stack) h = tf.add(h, apply(layer, h))
    else h = tf.addN([h, ...stack.map((layer) => apply(layer, h))])
    const logits = tf.add(tf.matMul(tf.reshape(h, [part, -1]), dense as Tensor as Tensor2D), denseBias)
    return tf.losses.softmaxCrossEntropy(labels, logits).asScalar()
  }
  const step = () =>
    tf.tidy(() => {
      let sums: Record<string, Tensor> | undefined
      for (let done = 0; done < batch; done += part) {
        sums = tf.tidy(() => {
          const { grads } = tf.variableGrads(loss)
          return Object.fromEntries(Object.entries(grads).map(([k, g]) => [k, sums ? tf.add(sums[k], g) : g]))
        })
      }
      optimizer.applyGradients(sums as Parameters<typeof optimizer.applyGradients>[0])
      denseBias.dataSync()
    })
  return (seconds: number) => {
    const begin = performance.now()
    let count = 0
    do {
      step()
      count += batch
    } while (performance.now() - begin < 1000 * seconds)
    return { images: count, seconds: (performance.now() - begin) / 1000 }
  }
}

await serve(async (cell) => {
  const forms = new Map([["eager", variant(cell, false)]])
  if (cell.architecture === "parallel") forms.set("eager wide", variant(cell, true))
  return {
    variants: [...forms].map(([name, train]) => {
      const first = train(0)
      return { name, ...(first.seconds > 1.5 ? first : train(0)) }
    }),
    train: (name, seconds) => forms.get(name)!(seconds)
  }
})
