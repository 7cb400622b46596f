/**
 * What the networks and their training may have beyond the paper's: a scale of the branch, other losses, decay of the
 * weights, a learning rate that changes. Every combination, beside the plain loops.
 */
import { describe, expect, it } from "vitest"
import type { Examples, FirstOrder, Precision } from "../../src/engine/engine.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { type Network, parameterCount, tensors } from "../../src/network/network.ts"
import { relativeError } from "../support/distance.ts"
import { bits, bitsOfState, optimizers } from "./bits.ts"
import { family, network, problem } from "./problem.ts"
import { randomExamples, randomParameters } from "./random.ts"
import { reference } from "./reference.ts"
import { at, survivesNaN, trainsWith } from "./suite.ts"

const kernels = [
  { filters: 1, kernel: 3 },
  { filters: 4, kernel: 3, height: 9 },
  { filters: 2, kernel: 5 },
  { filters: 2, kernel: 7, height: 10 }
] as const

describe.each([
  ["f64", 1e-10, 1e-10],
  ["f32", 1e-5, 3e-5]
] as const)("%s agrees with plain loops to %s", (precision, tolerance, distance) => {
  it.each(family)("$activation, depth $depth, residual $residual, $loss, scale $scale", async (variant) => {
    for (const kernel of kernels) {
      const net = network({ ...kernel, ...variant })
      const { parameters, examples } = problem(net, 5, distance)
      const session = await at(wasm, precision, net, parameters)
      const oracle = await at(reference, "f64", net, parameters)
      const found = session.gradient(examples)
      const expected = oracle.gradient(examples)
      expect(relativeError(found.gradient, expected.gradient), `gradient, ${JSON.stringify(kernel)}`).toBeLessThan(
        tolerance
      )
      expect(Math.abs(found.loss / expected.loss - 1), `loss, ${JSON.stringify(kernel)}`).toBeLessThan(tolerance)
      expect(found.correct).toBe(expected.correct)
      expect(session.evaluate(examples)).toEqual({ count: 5, loss: found.loss, correct: found.correct })
    }
  })
})

const gradientOf = async (net: Network, parameters: Float64Array, examples: Examples, precision: Precision = "f64") => {
  const session = await at(wasm, precision, net, parameters)
  return session.gradient(examples)
}
const bitsOf = ({ gradient, loss }: Awaited<ReturnType<typeof gradientOf>>) => bits(gradient, loss)

/** Targets that are 1 at the label and 0 elsewhere. */
const oneHot = ({ classes }: Network, { labels }: Examples) =>
  Float32Array.from([...labels].flatMap((label) => Array.from({ length: classes }, (_, m) => (m === label ? 1 : 0))))

describe("the values that mean 'as before'", () => {
  it.each(["f32", "f64"] as const)("give the bits of those left out, %s", async (precision) => {
    for (const kernel of kernels) {
      const net = network(kernel)
      const { parameters, examples } = problem(net, 20, 0)
      const named = { ...net, scale: 1, loss: "cross-entropy" } as const
      expect(bitsOf(await gradientOf(named, parameters, examples, precision))).toBe(
        bitsOf(await gradientOf(net, parameters, examples, precision))
      )
    }
  })

  it("targets that no loss asks for change nothing", async () => {
    const net = network()
    const { parameters, examples } = problem(net, 20, 0)
    const targets = oneHot(net, examples)
    expect(await gradientOf(net, parameters, { ...examples, targets })).toEqual(
      await gradientOf(net, parameters, examples)
    )
  })
})

describe("scale of the branch", () => {
  it("of ReLU is that of the layers' weights and biases", async () => {
    for (const { depth, kernel } of [1, 2, 4].flatMap((depth) => kernels.map((kernel) => ({ depth, kernel })))) {
      const net = network({ ...kernel, depth })
      const { parameters, examples } = problem(net, 7, 0)
      const scaled = parameters.slice()
      for (const { name, offset, size } of tensors(net))
        if (name.startsWith("layers.")) for (let i = offset; i < offset + size; i++) scaled[i] *= 0.3
      const [a, b] = [await at(wasm, "f64", { ...net, scale: 0.3 }, parameters), await at(wasm, "f64", net, scaled)]
      expect(relativeError(a.logits(examples), b.logits(examples))).toBeLessThan(1e-13)
    }
  })
})

describe("losses", () => {
  const net = network({ filters: 4, activation: "tanh" })
  const { parameters, examples } = problem(net, 70, 0)
  const soft = { ...net, loss: "kl-divergence" } as const
  const squared = { ...net, loss: "squared-error" } as const

  it("the divergence from targets that are labels is the cross-entropy", async () => {
    const found = await gradientOf(soft, parameters, { ...examples, targets: oneHot(net, examples) })
    const expected = await gradientOf(net, parameters, examples)
    expect(Math.abs(found.loss / expected.loss - 1)).toBeLessThan(1e-13)
    expect(relativeError(found.gradient, expected.gradient)).toBeLessThan(1e-13)
  })

  it("the divergence from its own probabilities is 0, and flat", async () => {
    const session = await at(wasm, "f64", net, parameters)
    const logits = session.logits(examples)
    const targets = new Float32Array(logits.length)
    for (let row = 0; row < logits.length; row += net.classes) {
      const terms = [...logits.subarray(row, row + net.classes)].map(Math.exp)
      targets.set(
        terms.map((term) => term / terms.reduce((a, b) => a + b)),
        row
      )
    }
    const { loss, gradient } = await gradientOf(soft, parameters, { ...examples, targets })
    expect(Math.abs(loss)).toBeLessThan(1e-5)
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-6)
  })

  it("a squared error without targets aims at the labels", async () => {
    const targets = oneHot(net, examples)
    expect(bitsOf(await gradientOf(squared, parameters, examples))).toBe(
      bitsOf(await gradientOf(squared, parameters, { ...examples, targets }))
    )
  })

  it("a divergence without targets, and targets of another size, are refused in words", async () => {
    await expect(gradientOf(soft, parameters, examples)).rejects.toThrow(/kl-divergence wants targets, 3 probabilities/)
    const targets = new Float32Array(10)
    await expect(gradientOf(squared, parameters, { ...examples, targets })).rejects.toThrow(/need 210 targets, not 10/)
  })

  it("several threads give the same bits", async () => {
    for (const net of [soft, { ...squared, scale: 0.5 }]) {
      const given = randomExamples(net, 700, 3)
      const results = []
      for (const threads of [1, 3]) {
        const session = await wasm.open(net, { precision: "f32", threads })
        session.load({ parameters: Float32Array.from(parameters) })
        const { loss, gradientNorm } = session.epoch(
          given,
          Uint32Array.from({ length: 700 }, (_, i) => i),
          300,
          optimizers[0]
        )
        results.push(`${bits(loss, gradientNorm)} ${bitsOfState(session.save())}`)
        session.close()
      }
      expect(results[1]).toBe(results[0])
    }
  })
})

for (const precision of ["f32", "f64"] as const) {
  trainsWith(wasm, precision, precision === "f64" ? 1e-9 : 1e-3)
  survivesNaN(wasm, precision)
}

describe("decay", () => {
  it("of 0 leaves a training's bits as they are", async () => {
    const net = network({ filters: 4 })
    const examples = randomExamples(net, 40, 2)
    const order = Uint32Array.from({ length: 40 }, (_, i) => i)
    const end = async (optimizer: FirstOrder, rates?: ReadonlyArray<number>) => {
      const session = await at(wasm, "f32", net, randomParameters(net, 1))
      session.epoch(examples, order, 16, optimizer, rates)
      return bitsOfState(session.save())
    }
    for (const optimizer of optimizers) {
      const plain = await end(optimizer)
      for (const kind of ["l2", "decoupled"] as const)
        expect(await end({ ...optimizer, decay: { kind, rate: 0 } })).toBe(plain)
      expect(await end(optimizer, Array(3).fill(optimizer.learningRate))).toBe(plain)
    }
  })

  it("takes its share of every parameter where there is no gradient", async () => {
    const net = network({ filters: 2, loss: "squared-error" })
    const session = await at(wasm, "f64", net, new Float64Array(parameterCount(net)))
    // All weights 0 but the dense bias, and targets that it meets: no gradient but that of the decay.
    const bias = Float64Array.of(0.5, -1, 2)
    const parameters = new Float64Array(parameterCount(net))
    parameters.set(bias, parameters.length - 3)
    session.load({ parameters })
    const examples = { ...randomExamples(net, 1, 1), targets: Float32Array.from(bias) }
    session.epoch(examples, Uint32Array.of(0), 1, {
      method: "sgd",
      learningRate: 0.1,
      momentum: 0,
      decay: { kind: "decoupled", rate: 0.2 }
    })
    expect([...session.save().parameters.subarray(-3)]).toEqual([...bias].map((b) => b - 0.1 * 0.2 * b))
  })
})
