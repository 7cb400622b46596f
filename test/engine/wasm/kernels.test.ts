import { describe, expect, test } from "vitest"
import type { FirstOrder, Session } from "../../../src/engine/engine.ts"
import { wasm } from "../../../src/engine/wasm/engine.ts"
import { load } from "../../../src/engine/wasm/modules.ts"
import { type Network, parameterCount } from "../../../src/network/network.ts"
import { distance, networks, someExamples, someParameters, title } from "./shapes.ts"

const rmsprop: FirstOrder = { method: "rmsprop", learningRate: 1e-3, rho: 0.9, epsilon: 1e-7 }
const methods: ReadonlyArray<FirstOrder> = [
  rmsprop,
  { method: "adam", learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  { method: "sgd", learningRate: 1e-2, momentum: 0.9 }
]
const open = async (network: Network, precision: "f32" | "f64"): Promise<Session> => {
  const session = await wasm.open(network, { precision })
  session.load({ parameters: someParameters(network) })
  return session
}
const order = (count: number) => Uint32Array.from({ length: count }, (_, i) => (i * 7) % count)

describe.each(networks.map((network) => [title(network), network] as const))("%s", (_, network) => {
  const examples = someExamples(network, 75)

  test("f32 agrees with f64 within rounding", async () => {
    const [single, double] = await Promise.all([open(network, "f32"), open(network, "f64")])
    const [a, b] = [single.gradient(examples), double.gradient(examples)]
    expect(distance(a.gradient, b.gradient)).toBeLessThan(1e-5)
    expect(a.loss).toBeCloseTo(b.loss, 3)
  })

  test("the gradient of a set is the mean of its members' gradients", async () => {
    const session = await open(network, "f64")
    const few = Uint32Array.of(3, 1, 4, 15, 9, 2, 6)
    const sum = new Float64Array(parameterCount(network))
    for (const i of few) {
      const { gradient } = session.gradient(examples, Uint32Array.of(i))
      for (let p = 0; p < sum.length; p++) sum[p] += gradient[p] / few.length
    }
    expect(distance(session.gradient(examples, few).gradient, sum)).toBeLessThan(1e-12)
  })

  test("evaluation gives the very loss of the gradient", async () => {
    const session = await open(network, "f32")
    const { gradient: _, ...score } = session.gradient(examples)
    expect(session.evaluate(examples)).toEqual(score)
    expect(session.logits(examples)).toHaveLength(examples.count * network.classes)
  })

  test.each(methods)("$method: the same bits again, and after a restart from any epoch", async (method) => {
    const whole = await open(network, "f32")
    const scores = [0, 1, 2].map(() => whole.epoch(examples, order(75), 32, method))
    const again = await open(network, "f32")
    expect(again.epoch(examples, order(75), 32, method)).toEqual(scores[0])
    const saved = again.save()
    const resumed = await wasm.open(network, { precision: "f32" })
    resumed.load(saved)
    expect([1, 2].map(() => resumed.epoch(examples, order(75), 32, method))).toEqual(scores.slice(1))
    expect(resumed.save()).toEqual(whole.save())
  })

  test.each(["f32", "f32-plain", "f64", "f64-plain"])("train-%s writes nowhere but into its buffers", (build) => {
    const url = new URL(`../../../src/engine/wasm/build/train-${build}.wasm`, import.meta.url)
    // biome-ignore lint/suspicious/noExplicitAny: the exports are those of kernels/train.ts
    const kernels = load<any>({ fused: url, plain: url }, "fused", network)
    kernels.arrange()
    kernels.begin()
    kernels.gradientBlock(64)
    kernels.gradientBlock(5)
    kernels.end()
    kernels.mean(69)
    kernels.rmsprop(1e-3, 0.9, 1e-7)
    kernels.adam(1e-3, 0.9, 0.999, 1e-7)
    kernels.momentum(1e-3, 0.9)
    kernels.scoreBlock(7)
    expect(kernels.violations()).toBe(0)
  })
})

test("a 3×3 kernel inside a 5×5 one of zeros gives the same gradient: tiles against direct convolution", async () => {
  const small = networks[0]
  const large = { ...small, kernel: 5 }
  const parameters = someParameters(small)
  const [a, b] = await Promise.all([open(small, "f64"), open(large, "f64")])
  b.load({ parameters: widen(small, parameters) })
  const examples = someExamples(small, 9)
  const [x, y] = [a.gradient(examples), b.gradient(examples)]
  expect(x.loss).toBeCloseTo(y.loss, 10)
  // The last part of both vectors is the dense layer's gradient.
  const dense = small.filters * small.height * small.width * small.classes + small.classes
  expect(distance(x.gradient.subarray(-dense), y.gradient.subarray(-dense))).toBeLessThan(1e-12)
})

/** The same network with 5×5 kernels, a ring of zeros around each 3×3 one. */
function widen(network: Network, parameters: Float64Array): Float64Array {
  const { channels: C, layers: N, filters: F } = network
  const wide: Array<number> = []
  let at = 0
  const kernels = (count: number) => {
    for (let k = 0; k < count; k++) {
      for (let y = -1; y < 4; y++)
        for (let x = -1; x < 4; x++) wide.push(y < 0 || y > 2 || x < 0 || x > 2 ? 0 : parameters[at + y * 3 + x])
      at += 9
    }
    for (let f = 0; f < F; f++) wide.push(parameters[at++])
  }
  kernels(F * C)
  for (let i = 0; i < N; i++) kernels(F * F)
  return Float64Array.from([...wide, ...parameters.subarray(at)])
}

test("a training that diverges says so in its loss", async () => {
  const network = networks[0]
  const session = await open(network, "f32")
  const examples = someExamples(network, 64)
  let loss = 0
  for (let epoch = 0; epoch < 30; epoch++)
    ({ loss } = session.epoch(examples, order(64), 32, { ...rmsprop, learningRate: 1e30 }))
  expect(loss).not.toBeLessThan(Number.POSITIVE_INFINITY)
})
