import { describe, expect, it } from "vitest"
import { parameterCount } from "../../src/network/network.ts"
import { qCells } from "../../src/report/evidence/cells.ts"
import { comparisonsOf, signsOf } from "../../src/report/evidence/comparisons.ts"
import { intervals } from "../../src/report/evidence/intervals.ts"
import { pairsOf } from "../../src/report/evidence/pairs.ts"
import { inScopes } from "../../src/report/evidence/scope.ts"
import { asideTable } from "../../src/report/evidence/tables.ts"
import type { Trial } from "../../src/report/evidence/trial.ts"
import { asideText, commandFor, verdictText } from "../../src/report/evidence/verdicts.ts"
import type { Metrics } from "../../src/results/metrics.ts"
import { seedsNeeded } from "../../src/statistics/verdict.ts"
import { type Plan, syntheticTrials } from "./fixture.ts"

const plan: Plan = { layers: [1, 2, 4], filters: [{ layers: 4, filters: 8 }], seeds: 8 }
const trials = syntheticTrials(plan)

const withMetrics = (trial: Trial, change: (metrics: Metrics) => Metrics): Trial => ({
  ...trial,
  metrics: change(trial.metrics!)
})
const validationLoss = (trial: Trial, loss: number): Trial =>
  withMetrics(trial, (m) => ({ ...m, validation: { ...m.validation, loss } }))

/** Validation losses by a rule; 0.3 for sequential networks. */
const parallelLoss = (rule: (seed: number, layers: number) => number): ReadonlyArray<Trial> =>
  trials.map((t) =>
    validationLoss(t, t.network.depth === 1 && t.network.layers > 1 ? rule(t.seed, t.network.layers) : 0.3)
  )

const overall = (all: ReadonlyArray<Trial>, measure = "validation loss") =>
  comparisonsOf(all).find((c) => c.interval.label === "all" && c.measure.name === measure)!

describe("pairs", () => {
  it("are the same configuration and seed as both architectures, without networks of one layer", () => {
    const pairs = pairsOf(trials)
    expect(pairs).toHaveLength(3 * 8)
    for (const { sequential, parallel } of pairs)
      expect(sequential.metrics.overdetermination).toBe(parallel.metrics.overdetermination)
  })

  it("need both to have finished", () => {
    const diverged = trials.map((t, i) =>
      i === trials.findIndex((u) => u.network.layers === 4) ? withMetrics(t, (m) => ({ ...m, status: "diverged" })) : t
    )
    expect(pairsOf(diverged)).toHaveLength(3 * 8 - 1)
  })
})

describe("a comparison", () => {
  it("averages over configurations for each seed first: the sample is the seeds", () => {
    const c = overall(parallelLoss((seed, layers) => 0.3 + 0.01 * seed + (layers === 2 ? 0.09 : 0)))
    expect(c.seeds).toHaveLength(8)
    c.seeds.forEach((d, seed) => {
      expect(d.networks).toBe(3)
      expect(d.difference).toBeCloseTo(0.01 * seed + 0.09 / 3, 10)
    })
    expect(c.mean).toBeCloseTo(0.065, 10)
  })

  it("takes differences of the logarithm for the training loss", () => {
    const doubled = trials.map((t) =>
      withMetrics(t, (m) => ({ ...m, train: { ...m.train, loss: t.network.depth === 1 ? 0.2 : 0.1 } }))
    )
    expect(overall(doubled, "training loss").mean).toBeCloseTo(Math.log(2), 10)
  })

  it("is 'equal' only where TOST rejects a difference beyond the margin", () => {
    const small = (seed: number) => 0.3 + 0.001 * (seed % 3)
    const wild = (seed: number) => 0.3 + (seed % 2 === 0 ? 0.2 : -0.2)
    expect(overall(parallelLoss(small)).judgement.verdict.kind).toBe("equal")
    expect(overall(parallelLoss(wild)).judgement.verdict).toEqual({ kind: "open", why: { reason: "wide" } })
    expect(overall(parallelLoss(wild)).mean).toBeCloseTo(0, 10)
  })

  it("names the better architecture, whichever it is", () => {
    expect(overall(parallelLoss((seed) => 0.4 + 0.001 * seed)).judgement.verdict).toEqual({
      kind: "different",
      sign: 1
    })
    expect(overall(parallelLoss((seed) => 0.2 + 0.001 * seed)).judgement.verdict).toEqual({
      kind: "different",
      sign: -1
    })
    const accurate = trials.map((t) =>
      withMetrics(t, (m) => ({
        ...m,
        validation: {
          ...m.validation,
          accuracy: (t.network.depth === 1 ? 0.95 : 0.9) + 0.001 * t.seed * t.network.depth
        }
      }))
    )
    const { judgement, measure } = overall(accurate, "validation accuracy")
    expect(verdictText(judgement, measure)).toBe("parallel better")
  })

  it("is open below 6 seeds, however large the difference", () => {
    const few = parallelLoss(() => 0.9).filter((t) => t.seed < 5)
    expect(overall(few)).toMatchObject({
      judgement: { verdict: { kind: "open", why: { reason: "few seeds", needs: 6 } }, interval: undefined }
    })
  })

  it("is open where so many tests leave no p small enough, and says how many seeds could decide", () => {
    const wide = { ...plan, filters: [4, 16, 32].map((filters) => ({ layers: 4, filters })) }
    const six = syntheticTrials(wide)
      .filter((t) => t.seed < 6)
      .map((t) => validationLoss(t, t.network.depth === 1 ? 0.4 + 0.001 * t.seed + 0.002 * t.network.filters : 0.3))
    const c = overall(six)
    const { family, adjusted, verdict } = c.judgement
    expect(family).toBeGreaterThan(1)
    expect(adjusted?.smallest).toBeCloseTo((family * 2) / 2 ** 6, 12)
    expect(adjusted?.difference).toBeGreaterThan(0.05)
    expect(verdict).toMatchObject({ kind: "open", why: { reason: "family", needs: seedsNeeded(family) } })
    expect(commandFor(c.judgement, six, "own")).toBe(
      `npx pipeline run own --set seeds=${Array.from({ length: seedsNeeded(family) }, (_, i) => i).join(",")}`
    )
  })

  it("counts the same data once, when all of a grid lies in one interval of Q", () => {
    const six = parallelLoss((seed) => 0.4 + 0.001 * seed).filter((t) => t.seed < 6 && t.network.filters === 1)
    expect(overall(six).judgement).toMatchObject({ family: 1, verdict: { kind: "different", sign: 1 } })
  })
})

describe("a grid that was run in part", () => {
  /** Parallel networks are worse by 0.01 with 2 layers, by 1 with others. */
  const all = parallelLoss((seed, layers) => 0.3 + (layers === 2 ? 0.01 + 0.0001 * (seed % 3) : 1))
  const run = (keep: (trial: Trial) => boolean) =>
    all.map((t): Trial => (keep(t) ? t : { ...t, metrics: undefined, history: undefined }))

  it("says nothing of the whole while fewer than half of the pairs are there", () => {
    const c = overall(run(({ seed, network }) => network.layers === 2 || seed < 1))
    expect(c.configurations).toEqual({ there: 3, of: 3 })
    expect(c.judgement.verdict).toEqual({ kind: "open", why: { reason: "coverage", pairs: 10, of: 24 } })
  })

  it("widens the interval for the configurations that are missing, and calls nothing equal that they could change", () => {
    const small = parallelLoss((seed) => 0.3 + 0.001 * (seed % 3))
    expect(overall(small).judgement.verdict.kind).toBe("equal")
    const differing = parallelLoss((seed, layers) => 0.3 + 0.001 * (seed % 3) + (layers === 2 ? 0.03 : 0))
    const c = overall(differing.map((t) => (t.network.filters === 1 ? t : { ...t, metrics: undefined })))
    expect(c.configurations).toEqual({ there: 2, of: 3 })
    expect(c.judgement.interval?.method).toBe("t, widened")
    expect(c.judgement.verdict.kind).toBe("open")
  })

  it("a configuration that few seeds have does not tilt the others' differences", () => {
    const c = overall(run(({ seed, network }) => !(seed === 0 && network.layers === 4 && network.filters === 1)))
    expect(c.configurations).toEqual({ there: 3, of: 3 })
    expect(c.pairs).toEqual({ there: 23, of: 24 })
    expect(c.seeds.map((d) => d.networks)).toEqual([2, 3, 3, 3, 3, 3, 3, 3])
    for (const { difference } of c.seeds) expect(difference).toBeCloseTo((0.01 + 2) / 3, 3)
  })
})

describe("what stands aside", () => {
  it("pairs with a diverged partner are counted and named, and in no mean", () => {
    const lost = trials.findIndex((t) => t.network.layers === 4 && t.network.depth === 1)
    const c = overall(trials.map((t, i) => (i === lost ? withMetrics(t, (m) => ({ ...m, status: "diverged" })) : t)))
    expect(c.pairs).toEqual({ there: 23, of: 24 })
    expect(asideText(c)).toBe(
      "1 pair with a diverged partner left out (parallel, 4 layers, 1 filter, kernel 3, relu, seed 0)"
    )
  })

  it("networks that finished without having learned are counted and named", () => {
    const stuck = trials.findIndex((t) => t.network.layers === 2 && t.network.depth === 2)
    const c = overall(
      trials.map((t, i) => (i === stuck ? withMetrics(t, (m) => ({ ...m, train: { ...m.train, loss: 96.7 } })) : t))
    )
    expect(c.pairs.there).toBe(24)
    expect(asideText(c)).toContain(
      "1 network that finished without having learned counted with the others (sequential, 2"
    )
    expect(asideTable([c])?.rows).toHaveLength(1)
  })
})

describe("the table by interval of Q", () => {
  it("puts each network where K·M / P lies and averages over seeds of means over configurations", () => {
    const cells = qCells(trials)
    for (const cell of cells) {
      const inside = trials.filter(({ network, metrics }) => {
        const q = (metrics!.train.count * 10) / parameterCount(network)
        const own = network.layers === 1 || (network.depth === 1) === (cell.architecture === "parallel")
        return own && q >= cell.interval.low && q < cell.interval.high
      })
      expect(cell.finished).toBe(inside.length)
      if (inside.length === 0) continue
      const plain = inside.reduce((sum, t) => sum + t.metrics!.train.loss, 0) / inside.length
      expect(cell.losses?.train).toBeCloseTo(plain, 10) // every seed has the same configurations here
    }
    expect(cells.reduce((sum, c) => sum + c.finished, 0)).toBe(trials.length + 8) // one layer counts twice
  })

  it("counts what diverged or is missing in its cell, even where nothing else is known of it", () => {
    const lost = trials.map((t, i): Trial => (i === 0 ? { ...t, metrics: undefined } : t))
    const missing = qCells(lost).filter((c) => c.missing > 0)
    expect(missing.map((c) => c.architecture)).toEqual(["sequential", "parallel"])
    expect(missing.every((c) => c.interval.label === "[10, ∞)")).toBe(true)
  })
})

describe("the paper's signs", () => {
  const filters = [1, 8, 16, 32].flatMap((f) => [2, 32].map((layers) => ({ layers, filters: f })))
  const signs = signsOf(
    syntheticTrials({ datasets: ["mnist", "cifar10"], layers: [2], filters, kernels: [3, 7], seeds: 1, epochs: 1 })
  )

  it("are those that a close reading of its Table 2 finds", () => {
    const below = (quantity: string) => signs.filter((s) => s.quantity === quantity && s.paper! < 0).length
    expect(signs).toHaveLength(2 * intervals.length * 3)
    expect(below("validation loss")).toBe(5)
    expect(signs.filter((s) => s.quantity === "training loss" && s.paper! > 0)).toHaveLength(7)
    expect(below("gap")).toBe(7)
  })

  it("are not given for data sets that the paper does not have", () => {
    const other = inScopes(trials.map((t) => ({ ...t, dataset: "fashion-mnist" })))
    expect(signsOf(other).every((s) => s.paper === undefined)).toBe(true)
  })
})
