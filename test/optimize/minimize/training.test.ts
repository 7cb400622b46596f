/** Trainings by methods of second order: what they find, their history, their checkpoints, threads, precision. */
import { describe, expect, test } from "vitest"
import type { Precision, Vector } from "../../../src/engine/engine.ts"
import { objective } from "../../../src/engine/wasm/second-order.ts"
import { initialValues } from "../../../src/network/initial.ts"
import type { Network } from "../../../src/network/network.ts"
import { type Minimization, type SecondOrderMethod, train } from "../../../src/optimize/minimize/training.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readSteps, writeSteps } from "../../../src/results/steps.ts"
import { artifact } from "../../support/artifact.ts"
import { thirds } from "../../support/thirds.ts"

const network: Network = {
  ...{ channels: 1, height: 6, width: 5, classes: 3, layers: 4, depth: 2, filters: 2, kernel: 3 },
  activation: "tanh",
  residual: true
}

const examples = (count: number, purpose: string) => thirds(count, purpose, 200, 50)
const data = { train: examples(150, "train"), validation: examples(40, "validation") }
const initial = initialValues(network, 0)

const common = { precision: "f64", gradientNorm: 0, decay: { kind: "l2", rate: 1e-3 } } as const
const methods: ReadonlyArray<SecondOrderMethod> = [
  { method: "cg", beta: "polak-ribiere", ...common },
  { method: "cg", beta: "fletcher-reeves", ...common },
  { method: "lbfgs", history: 10, ...common },
  { method: "newton-cg", curvature: "hessian", products: 50, ...common },
  { method: "newton-cg", curvature: "gauss-newton", products: 50, ...common }
]
const named = methods.map(
  (method) =>
    [
      `${method.method} ${"beta" in method ? method.beta : "curvature" in method ? method.curvature : ""}`,
      method
    ] as const
)

async function run(
  training: Minimization,
  from?: { extent: number; bytes: Uint8Array },
  { threads = 1, on = data, at = initial as Vector, net = network } = {}
) {
  const kept = new Map<number, Uint8Array>()
  const opened = await objective(net, { precision: training.optimizer.precision, threads })
  const progress: Array<number> = []
  const trained = train(opened, on, at, training, {
    checkpoints: { latest: () => from, offer: (extent, bytes) => void kept.set(extent, bytes()) },
    progress: ({ done }) => progress.push(done)
  })
  opened.close()
  return { ...trained, kept, progress }
}
const passes = ({ evaluations, products }: { evaluations: number; products: number }) => evaluations + products

describe.each(named)("%s", (_, optimizer) => {
  test("goes down, records what it did, and goes on from any checkpoint to the same bytes", async () => {
    const training = { optimizer, epochs: 40 }
    const { parameters, history, divergence, kept, progress } = await run(training)
    expect(divergence).toBeUndefined()
    expect(parameters).toBeInstanceOf(Float64Array)
    expect(history[0]).toMatchObject({ epoch: 0, steps: 0, evaluations: 1, products: 0, step: null, ended: null })
    const last = history[history.length - 1]
    expect(last.loss).toBeLessThan(0.7 * history[0].loss)
    expect(last.ended).toBe("passes spent")
    expect(passes(last)).toBeGreaterThanOrEqual(40)
    expect(progress.every((done) => done <= 40)).toBe(true)
    for (const [i, line] of history.entries()) {
      expect(line.epoch).toBe(i)
      if (i > 0) expect(passes(line)).toBeGreaterThan(passes(history[i - 1]))
    }
    expect(kept.size).toBeGreaterThan(3)
    for (const [extent, bytes] of kept) {
      const again = await run(training, { extent, bytes })
      expect(again.history, `from ${extent}`).toEqual(history)
      expect(again.parameters).toEqual(parameters)
    }
  })

  test("a longer training goes on from the end of a shorter one, whatever their lengths", async () => {
    const long = await run({ optimizer, epochs: 40 })
    for (const epochs of [1, 7, 20, 39]) {
      const short = await run({ optimizer, epochs })
      const bytes = short.kept.get(epochs)!
      const onward = await run({ optimizer, epochs: 40 }, { extent: epochs, bytes })
      expect(onward.parameters, `from ${epochs}`).toEqual(long.parameters)
      expect(onward.history).toEqual(long.history)
    }
  })

  test("gives the same bits for any number of threads", async () => {
    const on = { ...data, train: examples(1100, "threads") }
    const one = await run({ optimizer, epochs: 8 }, undefined, { on })
    const three = await run({ optimizer, epochs: 8 }, undefined, { on, threads: 3 })
    expect(three.parameters).toEqual(one.parameters)
    expect(three.history).toEqual(one.history)
  })

  test("in float32 it begins as in float64, and goes down as long as it finds an improvement", async () => {
    const f32: Precision = "f32"
    const { parameters, history } = await run({ optimizer: { ...optimizer, precision: f32 }, epochs: 100 })
    expect(parameters).toBeInstanceOf(Float32Array)
    const whole = await run({ optimizer, epochs: 15 })
    for (const [i, line] of whole.history.slice(0, 5).entries()) {
      expect(passes(history[i])).toBe(passes(line))
      expect(Math.abs(history[i].loss / line.loss - 1), `line ${i}`).toBeLessThan(1e-3)
    }
    expect(history[history.length - 1].loss).toBeLessThan(0.1 * history[0].loss)
  })

  test("ends where the gradient is small enough, and a longer training there too", async () => {
    const small = { ...optimizer, gradientNorm: 1e-2, decay: { kind: "l2", rate: 0.1 } } as const
    const { history, kept, parameters } = await run({ optimizer: small, epochs: 500 })
    const last = history[history.length - 1]
    expect(last.ended).toBe("gradient norm reached")
    expect(last.gradientNorm).toBeLessThanOrEqual(1e-2)
    expect(history.slice(0, -1).every(({ gradientNorm }) => gradientNorm > 1e-2)).toBe(true)
    const longer = await run({ optimizer: small, epochs: 900 }, { extent: 500, bytes: kept.get(500)! })
    expect(longer.history).toEqual(history)
    expect(longer.parameters).toEqual(parameters)
    expect(longer.progress).toEqual([])
  })
})

test("no passes at all leave the initial values", async () => {
  const { parameters, history } = await run({ optimizer: methods[0], epochs: 0 })
  expect([...parameters]).toEqual([...initial])
  expect(history).toHaveLength(1)
})

test("initial values without a finite loss are a training that diverged", async () => {
  const { divergence } = await run({ optimizer: methods[2], epochs: 5 }, undefined, {
    at: initial.map(() => Number.NaN)
  })
  expect(divergence).toMatchObject({ epoch: 1, loss: "NaN", largestWeight: "NaN" })
})

test("its history is read as one of steps, and as any training's", async () => {
  const { history } = await run({ optimizer: methods[2], epochs: 20 })
  const bytes = writeSteps(history)
  expect(readSteps(artifact(bytes))).toEqual(history)
  expect(readHistory(artifact(bytes)).history.map(({ epoch, loss }) => [epoch, loss])).toEqual(
    history.map(({ epoch, loss }) => [epoch, loss])
  )
  expect(() => readSteps(artifact(bytes.subarray(0, bytes.length - 20)))).toThrow(/expected JSON/)
})
