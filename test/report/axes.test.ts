/** Whatever varies in a study is an axis: it separates what is averaged and compared, and stands where its numbers do. */
import { describe, expect, it } from "vitest"
import { trialAxes } from "../../pipeline/stages/axes.ts"
import type { TrainParameters } from "../../pipeline/stages/schemas.ts"
import { comparisonsOf } from "../../src/report/evidence/comparisons.ts"
import { fullGrid } from "../../src/report/evidence/grid.ts"
import { inScopes, type Settings, separating } from "../../src/report/evidence/scope.ts"
import { drawn } from "../../src/report/figures/facets.ts"
import { gridReport } from "../../src/report/paper/page.ts"
import { trialsReport } from "../../src/report/trials/page.ts"
import { type Plan, syntheticTrials } from "./fixture.ts"

const rates = [0.001, 0.003, 0.01].map((learningRate): Settings => ({ learningRate }))
const plan: Plan = { layers: [1, 2, 4], filters: [{ layers: 4, filters: 8 }], seeds: 2, trainings: rates }
const report = (trials: ReturnType<typeof syntheticTrials>) => ({
  title: "Own",
  question: "?",
  assumptions: [],
  trials
})
const text = (files: Readonly<Record<string, Uint8Array>>, name: string) => new TextDecoder().decode(files[name])
const csv = (files: Readonly<Record<string, Uint8Array>>, name: string) => {
  const [head, ...rows] = text(files, name)
    .trimEnd()
    .split("\n")
    .map((line) =>
      line.match(/("([^"]|"")*"|[^,]*)(,|$)/g)!.map((cell) => cell.replace(/,$/, "").replace(/^"|"$/g, ""))
    )
  return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])))
}

const trial: TrainParameters = {
  dataset: {
    name: "digits",
    shape: { count: 10_000, test: 0, channels: 1, height: 28, width: 28, classes: 10 },
    validation: 2000,
    examples: null,
    splitSeed: 0
  },
  ...{ layers: 4, depth: 4, filters: 1, kernel: 3, activation: "relu", residual: true, seed: 0 },
  optimizer: { method: "rmsprop", learningRate: 1e-3, rho: 0.9, epsilon: 1e-7, decay: { kind: "l2", rate: 0.01 } },
  ...{ batch: 64, epochs: 10, engine: "wasm" }
}

describe("the axes of a trial", () => {
  it("are all of its parameters, by short names", () => {
    expect(trialAxes({ ...trial, from: { depth: 1, epochs: 5 }, patience: 3 })).toEqual({
      ...{ dataset: "digits", examples: 8000, validation: 2000, splitSeed: 0, architecture: "sequential" },
      ...{ grey: false, size: 28, labelNoise: 0, standardize: false },
      ...{ layers: 4, depth: 4, filters: 1, kernel: 3, activation: "relu", residual: true, seed: 0 },
      ...{ optimizer: "rmsprop", learningRate: 1e-3, rho: 0.9, epsilon: 1e-7, decay: "l2", decayRate: 0.01 },
      ...{ scale: 1, loss: "cross-entropy", schedule: "constant", scheduleWarmup: 0 },
      ...{ from: "1@5", patience: 3, batch: 64, epochs: 10, engine: "wasm" }
    })
  })

  it("hold whatever a stage will ever have", () => {
    const later = { ...trial, labelNoise: 0.1, curriculum: { kind: "sorted", by: "size" }, mixed: { a: 1, b: [2] } }
    expect(trialAxes(later)).toMatchObject({
      labelNoise: 0.1,
      curriculum: "sorted",
      curriculumBy: "size",
      mixed: "a=1,b=[2]"
    })
  })
})

describe("what separates", () => {
  const of = (trainings: ReadonlyArray<Settings>, more: Partial<Plan> = {}) =>
    syntheticTrials({ layers: [2, 4], filters: [], seeds: 2, trainings, ...more })

  it("is whatever varies, but what follows from the rest", () => {
    const optimizers = [
      { optimizer: "rmsprop", rho: 0.9, epsilon: 1e-7, batch: 32 },
      { optimizer: "adam", beta1: 0.9, epsilon: 1e-8, batch: 64 }
    ]
    // Only Adam has beta1.
    expect(separating(of([...optimizers, { ...optimizers[1], beta1: 0.95 }]))).toEqual([
      ...["optimizer", "batch", "epsilon"],
      "beta1"
    ])
    expect(separating(of(optimizers))).not.toContain("beta1")
    expect(separating(of([{ patience: 3 }, {}]))).toEqual(["patience"])
  })

  it("is no engine that follows from a network's size; one that does not is", () => {
    const trials = of([{}]).map(({ scope: _, ...t }) => ({
      ...t,
      settings: { ...t.settings, engine: t.network.layers === 2 ? "wasm" : "tfjs-node" }
    }))
    expect(separating(trials)).toEqual([])
    expect(inScopes(trials)[0].scope.cells).toEqual([["engine", "wasm, tfjs-node"]])
    expect(separating(of([{ engine: "wasm" }, { engine: "tfjs-node" }]))).toEqual(["engine"])
  })

  it("is no number of images that belongs to the data set", () => {
    expect(separating(of([{}], { datasets: ["digits"] }))).toEqual([])
    const both = of([{}], { datasets: ["mnist", "cifar10"] })
    expect([...new Set(both.map((t) => t.scope.name))]).toEqual(["mnist", "cifar10"])
  })
})

describe("a study of learning rates", () => {
  const trials = syntheticTrials(plan)

  it("is compared rate by rate, with two seeds where there are two", () => {
    const all = comparisonsOf(trials).filter((c) => c.interval.label === "all" && c.measure.name === "validation loss")
    expect(all.map((c) => c.scope.name)).toEqual(
      rates.map(({ learningRate }) => `digits, learningRate=${learningRate}`)
    )
    for (const c of all) expect(c.seeds).toHaveLength(2)
  })

  it("is all of the product of its axes", () => {
    expect(fullGrid(syntheticTrials({ ...plan, filters: [] }))).toBe(trials.length - 2 * 2 * 3)
  })

  it("makes no product of rates that belong to an optimizer", async () => {
    const trainings = [
      { optimizer: "sgd", learningRate: 0.05, momentum: 0.9 },
      { optimizer: "adam", learningRate: 0.002, beta1: 0.9 }
    ].flatMap((optimizer) => [16, 64].map((batch): Settings => ({ ...optimizer, batch, epochs: 1 })))
    const trials = syntheticTrials({ layers: [1, 2], filters: [], seeds: 2, epochs: 1, trainings })
    expect(fullGrid(trials)).toBe(trials.length)
    const page = text(await trialsReport(report(trials)), "index.md")
    expect(page).toContain(
      "24 trials, the full product of the networks' axes below, 4 kinds of training and 2 seeds. All finished. Trained for 1 epoch (digits: 8,000 training examples)."
    )
    expect(page).not.toMatch(/\b1 (epochs|seeds|layers|filters|trials|pairs|images)\b/)
  })

  it("has its rate in every table, every CSV and every heading of the page", { timeout: 60_000 }, async () => {
    const files = await trialsReport(report(trials))
    const page = text(files, "index.md")
    expect(page).not.toMatch(/mean of 6 seeds|300 %|over learning/)
    expect(page).toContain("Loss against layers, 1 filter (digits, learningRate=0.003)")
    expect(page).toContain("| learningRate | 0.001, 0.003, 0.01 | 3 |")
    expect(page).toContain("mean of 2 seeds")
    const constant = ["data/grid.csv", "data/assumptions.csv"]
    for (const name of Object.keys(files).filter((name) => name.endsWith(".csv") && !constant.includes(name))) {
      const rows = csv(files, name)
      for (const row of rows.filter((row) => !row.dataset?.includes("paper")))
        expect(row, name).toHaveProperty("learning_rate")
    }
    const seeds = csv(files, "data/networks.csv").map((row) => row.seeds)
    expect(new Set(seeds)).toEqual(new Set(["2"]))
  })

  it("is the same in the form of the paper, also where all of it trains on subsets", { timeout: 60_000 }, async () => {
    for (const subset of [false, true]) {
      const half = trials.map((t) => (t.network.layers === 4 ? { ...t, metrics: undefined } : t))
      const priced = half.map((t) => ({ ...t, subset, seconds: 1 }))
      const rates = { processor: "x", rates: [{ filters: 1, kernel: 3, operationsPerSecond: 1e9 }] }
      const files = await gridReport({ ...report(trials), trials: priced, rates })
      const page = text(files, "index.md")
      for (const rate of [0.001, 0.003, 0.01]) expect(page).toContain(`## digits, learningRate=${rate}`)
      expect(page).toContain("--where 'dataset=digits && examples=8000 && learningRate=0.001")
    }
  })
})

describe("every trial's row", () => {
  it("has every parameter and score, and its best epoch", async () => {
    const files = await trialsReport(report(syntheticTrials({ ...plan, trainings: rates.slice(0, 1) })))
    const [row] = csv(files, "data/trials.csv")
    expect(row).toMatchObject({ optimizer: "rmsprop", learning_rate: "0.001", rho: "0.9", batch: "64", engine: "wasm" })
    for (const name of ["training_loss", "validation_accuracy", "best_validation_loss", "gradient_norm", "q"])
      expect(Number(row[name]), name).toBeGreaterThan(0)
    const [first] = syntheticTrials({ ...plan, trainings: rates.slice(0, 1) })
    const losses = first.history!.slice(1).map((line) => line.validationLoss)
    expect(Number(row.best_validation_loss)).toBe(Math.min(...losses))
    expect(Number(row.best_validation_loss_epoch)).toBe(1 + losses.indexOf(Math.min(...losses)))
  })

  it("has no best epoch where the official test set validates", async () => {
    const official = syntheticTrials({ ...plan, trainings: [{ validation: "test" }] })
    const [row] = csv(await trialsReport(report(official)), "data/trials.csv")
    expect([row.best_validation_loss, row.best_validation_accuracy_epoch]).toEqual(["", ""])
    expect(row.validation_loss).not.toBe("")
  })
})

describe("too much for figures", () => {
  it("is drawn by kernel and activation while these are few, then the first of them, and said", () => {
    const few = drawn(syntheticTrials({ ...plan, trainings: [{}], kernels: [3, 5], activations: ["relu", "tanh"] }))
    expect([...few.facets.values()].flat().map(({ name }) => name)).toEqual([
      "digits, kernel 3, relu",
      "digits, kernel 3, tanh",
      "digits, kernel 5, relu",
      "digits, kernel 5, tanh"
    ])
    for (const { trials } of [...few.facets.values()].flat())
      expect(new Set(trials.map(({ network: n }) => `${n.kernel}${n.activation}`)).size).toBe(1)
    const many = drawn(syntheticTrials({ ...plan, kernels: [3, 5, 7], activations: ["relu", "tanh"] }))
    expect([...many.facets.values()].flat()).toHaveLength(3)
    expect(many.left).toContain("18 combinations")
  })

  it("is not drawn where trainings differ in too many ways", () => {
    const trainings = Array.from({ length: 9 }, (_, i) => ({ learningRate: 10 ** -i }))
    const { facets, left } = drawn(syntheticTrials({ ...plan, trainings }))
    expect(facets.size).toBe(0)
    expect(left).toContain("learningRate make 9 kinds of training")
  })
})
