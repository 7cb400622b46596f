/** What mechanisms measure, beside finite differences of plain loops, and in cases whose values are known. */
import { describe, expect, test } from "vitest"
import { activeOnPath, mechanisms } from "../../src/analysis/mechanisms.ts"
import { noisy, pointsOnLines } from "../../src/analysis/smoothness.ts"
import type { ImageSet } from "../../src/data/examples.ts"
import { scoreLogits } from "../../src/engine/loss.ts"
import { type Network, scaleOf, tensors } from "../../src/network/network.ts"
import { finiteDifferences, referenceScore } from "../engine/differences.ts"
import { randomExamples, randomParameters, smallNetwork } from "../networks.ts"
import { f64 } from "../support/analysts.ts"
import { forwardOf } from "../support/forward.ts"

/** Small enough for finite differences in every place. */
const small = (changes: Partial<Network> = {}): Network =>
  smallNetwork({ height: 4, width: 5, filters: 2, classes: 3, ...changes })
const examples: ImageSet = randomExamples(small(), 4)
const options = { lines: { lines: 2, steps: 3 }, noise: { deviations: [0.1] }, progress: () => {} }
const measured = (network: Network, parameters: Float32Array, initial = parameters, images = examples) =>
  mechanisms(f64, network, parameters, initial, images, options)

const norm = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0))
const rootMean = (norms: ReadonlyArray<number>) => norm(norms) / Math.sqrt(norms.length)

/** Values along central differences of a function in each coordinate. */
function slopes(at: (x: Float64Array) => number, x: Float64Array, step: number): Float64Array {
  return x.map((value, i) => {
    const moved = (by: number) => at(x.with(i, value + by))
    return (moved(step) - moved(-step)) / (2 * step)
  })
}

/** The network in plain loops, of one example: from an image, or from the state before block j on. */
function plainly(network: Network, parameters: Float32Array) {
  const forward = forwardOf(network, parameters)
  const { depth, residual } = network
  const on = (j: number, h: Float64Array): Float64Array => {
    if (j === depth) return h
    const out = new Float64Array(forward.size)
    forward.block(j, h, out)
    return on(j + 1, residual ? out.map((value, i) => value + h[i]) : out)
  }
  const stem = (image: ArrayLike<number>) => {
    const h = new Float64Array(forward.size)
    forward.stem(image, h)
    return h
  }
  const loss = (logits: Float64Array, label: number) =>
    scoreLogits(network, logits, { count: 1, images: new Uint8Array(), labels: Uint8Array.of(label) }).loss
  const logits = (image: ArrayLike<number>) => forward.logits(on(0, stem(image)))
  return { forward, on, stem, loss, logits }
}

const imageOf = ({ images, channels, height, width }: ImageSet, i: number) => {
  const size = channels * height * width
  return Float64Array.from(images.subarray(i * size, (i + 1) * size))
}
/** By the image, pixels from 0 to 1. */
const imageSlopes = (of: (image: Float64Array) => number, image: Float64Array) =>
  slopes(of, image, 255e-6).map((slope) => 255 * slope)
const each = <T>({ count }: ImageSet, of: (i: number) => T): ReadonlyArray<T> =>
  Array.from({ length: count }, (_, i) => of(i))

const partsOf = ({ layers }: Network) => ["stem", ...Array.from({ length: layers }, (_, i) => `layers.${i}`), "dense"]

const cases: ReadonlyArray<readonly [string, Partial<Network>]> = [
  ["sequential, relu", {}],
  ["sequential, tanh, λ = ½", { activation: "tanh", scale: 0.5 }],
  ["between, sigmoid", { activation: "sigmoid", depth: 2 }],
  ["parallel, tanh, four filters", { activation: "tanh", depth: 1, filters: 4, layers: 2 }],
  ["no residual connections, tanh", { activation: "tanh", residual: false }]
]

describe.each(cases)("%s", (_, changes) => {
  const network = small(changes)
  const parameters = randomParameters(network, 3)
  const initial = randomParameters(network, 4)
  const found = measured(network, parameters, initial)
  const plain = plainly(network, parameters)

  test("gradients by weights are those of finite differences, distances those of the parameters", () => {
    const gradient = finiteDifferences(network, parameters, examples)
    const partOf = (name: string, vector: ArrayLike<number>) =>
      norm(
        tensors(network)
          .filter((one) => one.name === `${name}.weight` || one.name === `${name}.bias`)
          .flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => vector[offset + i]))
      )
    expect(found.tensors.map(({ name }) => name)).toEqual(partsOf(network))
    for (const { name, gradient: own, moved, initial: first } of found.tensors) {
      expect(own / partOf(name, gradient), name).toBeCloseTo(1, 5)
      expect(moved).toBeCloseTo(
        partOf(
          name,
          Float64Array.from(parameters, (value, i) => value - initial[i])
        ),
        10
      )
      expect(first).toBeCloseTo(partOf(name, initial), 10)
    }
    expect(found.loss).toBeCloseTo(referenceScore(network, parameters, examples).loss / 4, 12)
  })

  test("gradients and Jacobians by the image are those of finite differences", () => {
    const { loss, logits } = plain
    const gradients = each(examples, (i) =>
      norm(imageSlopes((image) => loss(logits(image), examples.labels[i]), imageOf(examples, i)))
    )
    expect(found.inputGradient / rootMean(gradients)).toBeCloseTo(1, 5)
    const squares = each(examples, (i) =>
      [0, 1, 2].reduce((sum, m) => sum + norm(imageSlopes((image) => logits(image)[m], imageOf(examples, i))) ** 2, 0)
    )
    expect(found.inputJacobian / rootMean(squares.map(Math.sqrt)) ** 2).toBeCloseTo(1, 5)
  })

  test("states, the loss's gradients there, and cosines with what layers give", () => {
    const { forward, on, stem, loss } = plain
    const { depth, layers } = network
    const own = each(examples, (i) => {
      const states = [stem(imageOf(examples, i))]
      for (let j = 0; j < depth; j++) {
        const out = new Float64Array(forward.size)
        forward.block(j, states[j], out)
        states.push(network.residual ? out.map((value, k) => value + states[j][k]) : out)
      }
      // Planes are in frames of zeros, which no layer sees change.
      const inside = states[0].map((_, k) => (framed(network, k) ? 1 : 0))
      const gradients = states.map((h, j) =>
        slopes((moved) => loss(forward.logits(on(j, moved)), examples.labels[i]), h, 1e-6).map((g, k) => g * inside[k])
      )
      return { states, gradients }
    })
    for (let j = 0; j <= depth; j++) {
      expect(found.states[j] / rootMean(own.map(({ states }) => norm(states[j])))).toBeCloseTo(1, 8)
      expect(found.gradients[j] / rootMean(own.map(({ gradients }) => norm(gradients[j])))).toBeCloseTo(1, 5)
    }
    if (depth < layers) return
    for (let i = 0; i < layers; i++) {
      const cosines = own.flatMap(({ states, gradients }) => {
        const out = new Float64Array(forward.size)
        forward.block(i, states[i], out)
        const size = norm(out) * norm(gradients[i])
        return size === 0 ? [] : [-out.reduce((sum, value, k) => sum + value * gradients[i][k], 0) / size]
      })
      expect(found.layers[i].cosine).toBeCloseTo(cosines.reduce((a, b) => a + b) / cosines.length, 5)
    }
  })

  test("lines are walked as by finite differences, noise scored as on the images that it makes", () => {
    const { loss, logits } = plain
    const points = pointsOnLines(examples, options.lines)
    expect(points.count).toBe(8)
    const gradients = each(points, (i) =>
      imageSlopes((image) => loss(logits(image), points.labels[i]), imageOf(points, i))
    )
    const [changes, cosines]: [Array<number>, Array<number>] = [[], []]
    for (const i of [1, 2, 3, 5, 6, 7]) {
      const [before, here] = [gradients[i - 1], gradients[i]]
      const step = norm(imageOf(points, i).map((value, k) => (value - imageOf(points, i - 1)[k]) / 255))
      changes.push(norm(here.map((value, k) => value - before[k])) / step)
      cosines.push(here.reduce((sum, value, k) => sum + value * before[k], 0) / norm(before) / norm(here))
    }
    const mean = (values: ReadonlyArray<number>) => values.reduce((a, b) => a + b) / values.length
    expect(found.lines!.change! / mean(changes)).toBeCloseTo(1, 4)
    expect(found.lines!.cosine).toBeCloseTo(mean(cosines), 4)
    const { loss: noisyLoss } = referenceScore(network, parameters, noisy(examples, 0.1))
    expect(found.noise[0].loss).toBeCloseTo(noisyLoss / 4, 12)
  })

  test("active is how much slopes change over the images, by plain loops", () => {
    const { forward, stem } = plain
    if (network.depth < network.layers || !network.residual) return
    const slope = { relu: (v: number) => (v > 0 ? 1 : 0), tanh: (v: number) => 1 - v * v }[network.activation as "relu"]
    const rows = each(examples, (i) => {
      const out = new Float64Array(forward.size)
      forward.block(0, stem(imageOf(examples, i)), out)
      return out.map((value) => slope(value / scaleOf(network)))
    })
    const { filters, height, width } = network
    const variances = [...rows[0].keys()].map((k) => {
      const values = rows.map((row) => row[k])
      const centre = values.reduce((a, b) => a + b) / values.length
      return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length
    })
    const sum = variances.reduce((a, b) => a + b)
    expect(found.layers[0].active).toBeCloseTo((4 * sum) / (filters * height * width), 10)
  })
})

/** Whether a place of a framed plane is inside the frame. */
function framed({ filters, height, width, kernel }: Network, place: number): boolean {
  const frame = (kernel - 1) / 2
  const stride = width + 2 * frame
  const plane = (height + 2 * frame) * stride
  if (place >= filters * plane) return false
  const [y, x] = [Math.floor((place % plane) / stride) - frame, (place % stride) - frame]
  return y >= 0 && y < height && x >= 0 && x < width
}

describe("where the values are known", () => {
  test("identity: nothing is active, the Jacobian is the same everywhere, gradients turn only with the probabilities", () => {
    const network = small({ activation: "identity" })
    const parameters = randomParameters(network, 3)
    const [one, other] = [0, 1].map((seed) =>
      measured(network, parameters, parameters, randomExamples(network, 4, seed))
    )
    expect(one.pathActive).toBe(0)
    expect(one.layers.map(({ active }) => active)).toEqual([0, 0, 0, 0])
    expect(one.inputJacobian).toBeCloseTo(other.inputJacobian, 10)
    expect(one.tensors.map(({ moved }) => moved)).toEqual([0, 0, 0, 0, 0, 0])
  })

  test("layers of zeros: no path goes through them, and they do nothing", () => {
    const network = small({ activation: "tanh" })
    const parameters = randomParameters(network, 3)
    for (const { name, offset, size } of tensors(network))
      if (name.startsWith("layers.")) parameters.fill(0, offset, offset + size)
    const { pathLength, layers, states, gradients } = measured(network, parameters)
    expect(pathLength).toBe(0)
    expect(layers).toEqual(Array.from({ length: 4 }, () => ({ cosine: null, size: 0, active: 0 })))
    expect(new Set(states).size).toBe(1)
    expect(new Set(gradients).size).toBe(1)
  })

  test("one block without residual connections: no path passes it by", () => {
    const { pathLength } = measured(small({ residual: false, depth: 1 }), randomParameters(small(), 3))
    expect(pathLength).toBeNull()
  })

  test("ways: half of them through each layer in sequence, one in N + 1 side by side, all without shortcuts", () => {
    const active = [0.1, 0.2, 0.3, 0.4]
    const all = (depth: number, residual: boolean) => activeOnPath({ layers: 4, depth, residual }, active, 0.5)
    expect(all(4, true)).toBeCloseTo(0.5 + 1 / 2, 12)
    expect(all(2, true)).toBeCloseTo(0.5 + 1 / 3, 12)
    expect(all(1, true)).toBeCloseTo(0.5 + 1 / 5, 12)
    expect(all(4, false)).toBeCloseTo(1.5, 12)
    expect(all(1, false)).toBeCloseTo(0.5 + 1 / 4, 12)
  })

  test("noise has its deviation, and stays within the bytes", () => {
    const grey = { ...examples, images: new Uint8Array(examples.images.length).fill(128) }
    const { images } = noisy(grey, 0.05)
    const deviations = Array.from(images, (value) => (value - 128) / 255)
    expect(rootMean(deviations)).toBeGreaterThan(0.04)
    expect(rootMean(deviations)).toBeLessThan(0.06)
    expect(Math.max(...noisy(grey, 10).images)).toBe(255)
  })
})
