/** Exact curvature against central differences of the gradient, of plain loops and of the engine itself. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Examples } from "../../src/engine/engine.ts"
import type { Curvature } from "../../src/engine/second-order.ts"
import { load } from "../../src/engine/wasm/modules.ts"
import { objective } from "../../src/engine/wasm/second-order.ts"
import { type Activation, type Loss, type Network, parameterCount } from "../../src/network/network.ts"
import { relativeError } from "../support/distance.ts"
import { anyNetwork, family, network, problem, relativeErrors, variants } from "./problem.ts"
import { randomExamples, randomParameters } from "./random.ts"
import { reference } from "./reference.ts"
import { networks } from "./wasm/shapes.ts"

const STEP = 1e-4

/** A direction in which every tensor moves, of about a tenth of the parameters' size, [P]. */
const someDirection = (net: Network, seed: number): Float64Array => randomParameters(net, seed).map((x) => x / 10)

const along = (at: Float64Array, direction: Float64Array, step: number) =>
  at.map((value, i) => value + step * direction[i])

/** Derivative of a vector along a direction, by central differences of fourth order. */
async function differences(
  of: (parameters: Float64Array) => ArrayLike<number>,
  at: Float64Array,
  direction: Float64Array
): Promise<Float64Array> {
  const slope = (step: number) => {
    const [up, down] = [of(along(at, direction, step)), of(along(at, direction, -step))]
    return Float64Array.from(up, (value, i) => (value - down[i]) / (2 * step))
  }
  const [near, far] = [slope(STEP), slope(2 * STEP)]
  return near.map((value, i) => (4 * value - far[i]) / 3)
}

async function referenceGradient(net: Network, examples: Examples) {
  const session = await reference.open(net, { precision: "f64" })
  return (parameters: Float64Array) => {
    session.load({ parameters })
    return session.gradient(examples).gradient
  }
}

/** Products of the curvature at one point with any direction. */
async function at(net: Network, parameters: Float64Array, examples: Examples, indices?: Uint32Array) {
  const { product, close } = await objective(net, { precision: "f64" })
  close()
  return (curvature: Curvature, direction: Float64Array) =>
    product(curvature, parameters, direction, examples, indices) as Float64Array
}

const shapes: ReadonlyArray<Partial<Network>> = [
  { channels: 3, height: 3, width: 2, filters: 2, kernel: 1 },
  { channels: 2, height: 4, width: 5, filters: 4, kernel: 3 },
  { channels: 1, height: 3, width: 4, filters: 3, kernel: 5, classes: 11 },
  { channels: 2, height: 4, width: 3, filters: 1, kernel: 7, classes: 2 }
]

describe("H v agrees with central differences of the plain loops' gradient to 1e-6 in every tensor", () => {
  it.each(variants)("$activation, depth $depth of 4, residual: $residual", async (variant) => {
    for (const shape of shapes) {
      const net = network({ ...shape, ...variant })
      // For ReLU at points where no unit switches within the step.
      const { parameters, examples } = problem(net, 2, 5 * STEP)
      const direction = someDirection(net, 3)
      const found = (await at(net, parameters, examples))("hessian", direction)
      const expected = await differences(await referenceGradient(net, examples), parameters, direction)
      for (const [name, error] of Object.entries(relativeErrors(net, found, expected)))
        expect(error, `${name} of ${JSON.stringify(net)}`).toBeLessThan(1e-6)
    }
  })
})

describe("with every loss, with and without a scale of the branch", () => {
  for (const [i, variant] of family.entries())
    it(JSON.stringify(variant), async () => {
      const net = network({ ...shapes[i % shapes.length], ...variant })
      const { parameters, examples } = problem(net, 2, 5 * STEP)
      const direction = someDirection(net, 3)
      const found = (await at(net, parameters, examples))("hessian", direction)
      const expected = await differences(await referenceGradient(net, examples), parameters, direction)
      for (const [name, error] of Object.entries(relativeErrors(net, found, expected)))
        expect(error, name).toBeLessThan(1e-6)
    })
})

it("H v agrees with central differences of the engine's own gradient, whatever the shape and the examples", () =>
  fc.assert(
    fc.asyncProperty(
      anyNetwork.filter(({ activation }) => activation !== "relu"),
      fc.integer({ min: 1, max: 70 }),
      async (net, count) => {
        const parameters = randomParameters(net, 5)
        const examples = randomExamples(net, count, 6)
        const indices = Uint32Array.from({ length: count }, (_, i) => (i * 7) % count).subarray(
          0,
          Math.ceil(count * 0.8)
        )
        const direction = someDirection(net, 7)
        const { value, product, close } = await objective(net, { precision: "f64" })
        const gradient = (point: Float64Array) => value(point, examples, indices).gradient
        const expected = await differences(gradient, parameters, direction)
        expect(relativeError(product("hessian", parameters, direction, examples, indices), expected)).toBeLessThan(1e-6)
        close()
      }
    ),
    { numRuns: 40, seed: 1994 }
  ))

describe("Gauss and Newton's matrix", () => {
  const nets = (["relu", "tanh", "sigmoid", "identity"] satisfies Array<Activation>).flatMap((activation) =>
    [1, 4].flatMap((depth) =>
      [true, false].flatMap((residual) =>
        (["cross-entropy", "kl-divergence", "squared-error"] satisfies Array<Loss>).map((loss) =>
          network({ activation, depth, residual, loss, filters: 3 })
        )
      )
    )
  )

  it.each(nets)("is Jᵀ L″ J: $activation, depth $depth, residual $residual, $loss", async (net) => {
    const { parameters, examples } = problem(net, 4, 5 * STEP)
    const { count } = examples
    const [v, u] = [someDirection(net, 8), someDirection(net, 9)]
    const session = await reference.open(net, { precision: "f64" })
    const logits = (point: Float64Array) => {
      session.load({ parameters: point })
      return session.logits(examples)
    }
    // ⟨u, G v⟩ = mean over examples of (J u)ᵀ (diag p − p pᵀ) (J v), by differences of the logits alone; of a squared
    // error the mean of 2 (J u)ᵀ (J v) / M.
    const [jv, ju, z] = [
      await differences(logits, parameters, v),
      await differences(logits, parameters, u),
      logits(parameters)
    ]
    let expected = 0
    for (let i = 0; i < count; i++) {
      const row = (vector: ArrayLike<number>) =>
        Array.from({ length: net.classes }, (_, m) => vector[i * net.classes + m])
      const terms = row(z).map(Math.exp)
      const total = terms.reduce((a, b) => a + b)
      const p = terms.map((term) => term / total)
      const dot = (a: Array<number>, b: Array<number>) => a.reduce((sum, x, m) => sum + x * b[m], 0)
      const [a, b] = [row(ju), row(jv)]
      if (net.loss === "squared-error") {
        expected += (2 * dot(a, b)) / net.classes / count
        continue
      }
      // Targets rounded to float32 add up to nearly 1.
      const whole = net.loss === "kl-divergence" ? row(examples.targets!).reduce((a, b) => a + b) : 1
      expected +=
        (whole *
          (dot(
            p,
            a.map((x, m) => x * b[m])
          ) -
            dot(p, a) * dot(p, b))) /
        count
    }
    const product = await at(net, parameters, examples)
    const found = product("gauss-newton", v).reduce((sum, x, i) => sum + x * u[i], 0)
    expect(Math.abs(found / expected - 1)).toBeLessThan(1e-6)
  })

  it("has no negative direction, where the Hessian has one", async () => {
    const net = network({ activation: "tanh", filters: 3, height: 6 })
    const { parameters, examples } = problem(net, 6, 0)
    const product = await at(net, parameters, examples)
    const curvatures = (curvature: Curvature) =>
      Array.from({ length: 40 }, (_, seed) => someDirection(net, 20 + seed)).map((v) =>
        product(curvature, v).reduce((sum, x, i) => sum + x * v[i], 0)
      )
    expect(Math.min(...curvatures("gauss-newton"))).toBeGreaterThanOrEqual(0)
    expect(Math.min(...curvatures("hessian"))).toBeLessThan(0)
  })

  it("of a network without layers that bend, with its dense layer alone in motion, is the Hessian", async () => {
    const net = network({ activation: "identity" })
    const { parameters, examples } = problem(net, 5, 0)
    const product = await at(net, parameters, examples)
    const dense = net.classes * (net.filters * net.height * net.width + 1)
    const v = someDirection(net, 10).map((x, i, { length }) => (i < length - dense ? 0 : x))
    const last = (vector: Float64Array) => vector.subarray(-dense)
    expect(relativeError(last(product("hessian", v)), last(product("gauss-newton", v)))).toBeLessThan(1e-14)
  })
})

describe("products", () => {
  const net = network({ activation: "sigmoid", filters: 5 })
  const { parameters, examples } = problem(net, 70, 0)
  const [v, u] = [someDirection(net, 11), someDirection(net, 12)]
  const dot = (a: ArrayLike<number>, b: Float64Array) => b.reduce((sum, x, i) => sum + x * a[i], 0)

  it("are linear and symmetric", async () => {
    const product = await at(net, parameters, examples)
    for (const curvature of ["hessian", "gauss-newton"] as const) {
      const [hv, hu] = [product(curvature, v), product(curvature, u)]
      expect(Math.abs(dot(hv, u) / dot(hu, v) - 1)).toBeLessThan(1e-11)
      const both = product(
        curvature,
        v.map((x, i) => 2 * x - 3 * u[i])
      )
      expect(
        relativeError(
          both,
          hv.map((x, i) => 2 * x - 3 * hu[i])
        )
      ).toBeLessThan(1e-12)
    }
  })

  it("are means over the chosen examples", async () => {
    const few = Uint32Array.of(3, 1, 41, 5, 9)
    const whole = (await at(net, parameters, examples, few))("hessian", v)
    const mean = new Float64Array(whole.length)
    for (const index of few) {
      const one = (await at(net, parameters, examples, Uint32Array.of(index)))("hessian", v)
      one.forEach((x, i) => (mean[i] += x / few.length))
    }
    expect(relativeError(whole, mean)).toBeLessThan(1e-13)
  })

  it("repeat bit by bit, and in single precision are those of double, rounded", async () => {
    const [single, double] = await Promise.all([
      objective(net, { precision: "f32" }),
      objective(net, { precision: "f64" })
    ])
    const hv = double.product("hessian", parameters, v, examples)
    double.product("gauss-newton", parameters, u, examples)
    expect(double.product("hessian", parameters, v, examples)).toEqual(hv)
    expect(single.product("hessian", parameters, v, examples)).toEqual(Float32Array.from(hv))
    single.close()
    double.close()
  })
})

it("products have the same bits in one to four threads: shares that are not full, more threads than passes", async () => {
  const objectives = await Promise.all(
    [1, 2, 3, 4].map((threads) => objective(network({ activation: "tanh" }), { precision: "f64", threads }))
  )
  for (const count of [77, 1, 3, 40, 500]) {
    const { parameters, examples } = problem(objectives[0].network, count, 0)
    const direction = someDirection(objectives[0].network, 3)
    const indices = Uint32Array.from({ length: Math.ceil(count / 2) }, (_, i) => (i * 7) % count)
    for (const chosen of [undefined, indices]) {
      const [alone, ...others] = objectives.map(({ product }) =>
        product(count % 2 === 0 ? "hessian" : "gauss-newton", parameters, direction, examples, chosen)
      )
      for (const other of others) expect(other).toEqual(alone)
    }
  }
  for (const { close } of objectives) close()
})

it.each(["f64", "f64-plain"])("second-order-%s writes nowhere but into its buffers", (build) => {
  const url = new URL(`../../src/engine/wasm/build/second-order-${build}.wasm`, import.meta.url)
  for (const net of networks) {
    // biome-ignore lint/suspicious/noExplicitAny: the exports are those of kernels/second-order.ts
    const kernels = load<any>({ fused: url, plain: url }, "fused", net)
    new Float64Array(kernels.memory.buffer, kernels.parametersAt(), parameterCount(net)).set(randomParameters(net, 1))
    new Float64Array(kernels.memory.buffer, kernels.directionAt(), parameterCount(net)).set(randomParameters(net, 2))
    kernels.begin()
    kernels.pass(2, 0)
    kernels.addGroups(2)
    kernels.pass(1, 1)
    kernels.addGroups(1)
    kernels.end(69)
    expect(kernels.violations()).toBe(0)
  }
})
