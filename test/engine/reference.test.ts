/** The oracle itself, against central finite differences and against values worked out by hand. */
import { describe, expect, it } from "vitest"
import type { Session } from "../../src/engine/engine.ts"
import type { Network } from "../../src/network/network.ts"
import { family, network, problem, relativeErrors, variants } from "./problem.ts"
import { preActivations, reference } from "./reference.ts"

const STEP = 1e-4

/** Central differences of fourth order of the mean loss, [P]. */
function finiteDifferences(session: Session, at: Float64Array, examples: Parameters<Session["evaluate"]>[0]) {
  const loss = (parameters: Float64Array) => {
    session.load({ parameters })
    return session.evaluate(examples).loss / examples.count
  }
  return at.map((value, i) => {
    const slope = (h: number) => (loss(at.with(i, value + h)) - loss(at.with(i, value - h))) / (2 * h)
    return (4 * slope(STEP) - slope(2 * STEP)) / 3
  })
}

const shapes: ReadonlyArray<Partial<Network>> = [
  { channels: 3, height: 3, width: 2, filters: 2, kernel: 1 },
  { channels: 2, height: 4, width: 5, filters: 2, kernel: 3 },
  { channels: 1, height: 3, width: 4, filters: 1, kernel: 5 },
  { channels: 2, height: 4, width: 3, filters: 1, kernel: 7, classes: 2 }
]

describe("the reference gradient agrees with central differences to 1e-6 in every tensor", () => {
  it.each(variants)("$activation, depth $depth of 4, residual: $residual", async (variant) => {
    for (const shape of shapes) {
      const net = network({ ...shape, ...variant })
      const { parameters, examples } = problem(net, 2, 20 * STEP)
      const session = await reference.open(net, { precision: "f64" })
      session.load({ parameters })
      const { gradient } = session.gradient(examples)
      const errors = relativeErrors(net, gradient, finiteDifferences(session, parameters, examples))
      for (const [name, error] of Object.entries(errors))
        expect(error, `${name} of ${JSON.stringify(net)}`).toBeLessThan(1e-6)
    }
  })
})

describe("so it does with every loss, with and without a scale of the branch", () => {
  for (const variant of family)
    it(JSON.stringify(variant), async () => {
      const net = network({ channels: 1, height: 3, width: 2, filters: 1, ...variant })
      const { parameters, examples } = problem(net, 2, 20 * STEP)
      const session = await reference.open(net, { precision: "f64" })
      session.load({ parameters })
      const { gradient } = session.gradient(examples)
      const errors = relativeErrors(net, gradient, finiteDifferences(session, parameters, examples))
      for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(1e-6)
    })
})

describe("the reference computes what docs/science.md says", () => {
  // One pixel, one filter, kernel 1: everything is a scalar.
  const scalar = network({ channels: 1, height: 1, width: 1, classes: 2, layers: 2, filters: 1, kernel: 1 })
  const image = { count: 1, images: Uint8Array.of(51), labels: Uint8Array.of(1) } // 51 / 255 = 0.2
  //                                    stem     layer 0   layer 1   dense            bias
  const parameters = Float64Array.of(5, 1, 3, -1, 0.5, 2, 1, -1, 0.25, 0.5)
  // h0 = 5·0.2 + 1 = 2

  const logits = async (some: Partial<Network>) => {
    const session = await reference.open({ ...scalar, ...some }, { precision: "f64" })
    session.load({ parameters })
    return [...session.logits(image)]
  }

  it("sequential: each layer reads the sum before it", async () => {
    // h1 = 2 + (3·2 − 1) = 7, h2 = 7 + (0.5·7 + 2) = 12.5
    expect(await logits({ depth: 2 })).toEqual([12.75, -12])
  })
  it("parallel: both layers read h0", async () => {
    // h1 = 2 + (3·2 − 1) + (0.5·2 + 2) = 10
    expect(await logits({ depth: 1 })).toEqual([10.25, -9.5])
  })
  it("without residual connections", async () => {
    // h1 = 5, h2 = 4.5; side by side 5 + 3 = 8
    expect(await logits({ depth: 2, residual: false })).toEqual([4.75, -4])
    expect(await logits({ depth: 1, residual: false })).toEqual([8.25, -7.5])
  })
  it("the scale of the branch", async () => {
    // h1 = 2 + 0.5·5 = 4.5, h2 = 4.5 + 0.5·(0.5·4.5 + 2) = 6.625; side by side 2 + 0.5·(5 + 3) = 6
    expect(await logits({ depth: 2, scale: 0.5 })).toEqual([6.875, -6.125])
    expect(await logits({ depth: 1, scale: 0.5 })).toEqual([6.25, -5.5])
    expect(await logits({ depth: 1, scale: 0.5, residual: false })).toEqual([4.25, -3.5])
  })
  it("the losses of probabilities and of a squared error", async () => {
    const session = await reference.open({ ...scalar, depth: 2, loss: "kl-divergence" }, { precision: "f64" })
    session.load({ parameters: new Float64Array(10) })
    // Both classes have p = ½: ¾ ln (¾ / ½) + ¼ ln (¼ / ½); where q is p the loss is 0.
    const targets = Float32Array.of(0.75, 0.25)
    expect(session.evaluate({ ...image, targets }).loss).toBeCloseTo(0.75 * Math.log(1.5) - 0.25 * Math.LN2, 12)
    expect(session.evaluate({ ...image, targets: Float32Array.of(0.5, 0.5) }).loss).toBeCloseTo(0, 12)
    const squared = await reference.open({ ...scalar, depth: 2, loss: "squared-error" }, { precision: "f64" })
    squared.load({ parameters })
    // Logits 12.75 and −12 (above) against 12 and −10, and against the label, 0 and 1.
    expect(squared.evaluate({ ...image, targets: Float32Array.of(12, -10) }).loss).toBe((0.75 ** 2 + 2 ** 2) / 2)
    expect(squared.evaluate(image).loss).toBe((12.75 ** 2 + 13 ** 2) / 2)
  })
  it("'same' padding is zeros around the image", async () => {
    const net = network({ channels: 1, height: 2, width: 2, layers: 1, depth: 1, filters: 1, kernel: 3 })
    const weights = new Float64Array(9 + 1 + 9 + 1 + 12 + 3)
    weights.set([1, 2, 3, 4, 5, 6, 7, 8, 9])
    const pixels = { count: 1, images: Uint8Array.of(255, 0, 0, 0), labels: Uint8Array.of(0) }
    const [z] = preActivations(net, weights, pixels, 0)
    expect([...z]).toEqual([5, 4, 2, 1]) // correlation, not convolution: the kernel is not flipped
  })
  it("of equal logits the first counts", async () => {
    const session = await reference.open(scalar, { precision: "f64" })
    session.load({ parameters: new Float64Array(10) })
    const examples = { count: 2, images: Uint8Array.of(1, 2), labels: Uint8Array.of(0, 1) }
    expect(session.evaluate(examples)).toEqual({ count: 2, loss: 2 * Math.LN2, correct: 1 })
  })

  // With everything 0 but the dense bias, the gradient of the bias is softmax − label, and nothing else moves.
  const firstSteps = async (optimizer: Parameters<Session["epoch"]>[3]) => {
    const session = await reference.open(scalar, { precision: "f64" })
    session.load({ parameters: new Float64Array(10) })
    const score = session.epoch(image, Uint32Array.of(0, 0), 1, optimizer)
    return { score, bias: session.save().parameters[8], step: session.save().step }
  }
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

  it("RMSprop has epsilon inside the root", async () => {
    const { score, bias, step } = await firstSteps({ method: "rmsprop", learningRate: 0.1, rho: 0.9, epsilon: 0.01 })
    const first = (-0.1 * 0.5) / Math.sqrt(0.1 * 0.25 + 0.01)
    const g = sigmoid(2 * first)
    expect(bias).toBeCloseTo(first - (0.1 * g) / Math.sqrt(0.9 * 0.1 * 0.25 + 0.1 * g * g + 0.01), 14)
    expect(step).toBe(2)
    expect(score.loss).toBeCloseTo(Math.LN2 - Math.log(1 - g), 14)
    expect(score.gradientNorm).toBeCloseTo(Math.sqrt((2 * 0.25 + 2 * g * g) / 2), 14)
  })
  it("Adam corrects its bias, epsilon outside the root", async () => {
    const { bias } = await firstSteps({ method: "adam", learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 0.01 })
    // t = 1: m = 0.05, v = 0.0025, rate 0.1 · √0.01 / 0.1
    const first = (-0.1 * 0.05) / (0.05 + 0.01)
    const g = sigmoid(2 * first)
    const m = 0.9 * 0.05 + 0.1 * g
    const v = 0.99 * 0.0025 + 0.01 * g * g
    const rate = (0.1 * Math.sqrt(1 - 0.99 ** 2)) / (1 - 0.9 ** 2)
    expect(bias).toBeCloseTo(first - (rate * m) / (Math.sqrt(v) + 0.01), 14)
  })
  it("SGD: the velocity is added", async () => {
    const { bias } = await firstSteps({ method: "sgd", learningRate: 0.1, momentum: 0.9 })
    const first = -0.05
    expect(bias).toBeCloseTo(first + 0.9 * first - 0.1 * sigmoid(2 * first), 14)
  })
})
