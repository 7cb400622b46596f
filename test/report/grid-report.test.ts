/** The report in the paper's form: cells, claims that the data decide, the choice of a depth. */

import { describe, expect, it, test } from "vitest"
import { type Rates, rateOf } from "../../src/network/cost.ts"
import { choiceClaims, choicesOf } from "../../src/report/depth/choice.ts"
import { inside } from "../../src/report/evidence/cells.ts"
import { intervals, paperLosses } from "../../src/report/evidence/intervals.ts"
import { paperClaims } from "../../src/report/paper/claims.ts"
import { gridReport } from "../../src/report/paper/page.ts"
import { table2 } from "../../src/report/paper/tables.ts"
import type { GridTrial } from "../../src/report/paper/trial.ts"
import { type Plan, paperPlan, syntheticTrials } from "./fixture.ts"

const gridTrials = (plan: Plan): ReadonlyArray<GridTrial> =>
  syntheticTrials(plan).map((t) => ({ ...t, seconds: 50, subset: false }))

const rates: Rates = {
  processor: "a made-up processor",
  rates: [
    { filters: 1, kernel: 3, operationsPerSecond: 10e9 },
    { filters: 16, kernel: 3, operationsPerSecond: 40e9 }
  ]
}

const small: Plan = {
  datasets: ["mnist"],
  layers: [1, 2, 4, 16],
  filters: [2, 8, 32].flatMap((filters) => [2, 16].map((layers) => ({ layers, filters }))),
  seeds: 8
}
const series = { kernel: 3, activation: "relu", layers: 16 }
/** Only the trials that `keep` says have run. */
const only = (trials: ReadonlyArray<GridTrial>, keep: (trial: GridTrial) => boolean) =>
  trials.map((t) => (keep(t) ? t : { ...t, metrics: undefined, history: undefined }))
const claim = (trials: ReadonlyArray<GridTrial>, question: string) => {
  const found = paperClaims(trials, series).filter((c) => c.question.includes(question))
  expect(found, question).toHaveLength(1)
  return found[0]
}
test("a loss that is no cross-entropy is called what it is on the whole page", async () => {
  const trials = gridTrials({ ...small, between: [2, 4] }).map(
    (t): GridTrial => ({ ...t, network: { ...t.network, loss: "squared-error" } })
  )
  const files = await gridReport({ title: "", question: "", assumptions: [], trials, rates })
  const page = Object.values(files).reduce((all, bytes) => all + new TextDecoder().decode(bytes), "")
  const texts = ["Mean square over the classes of logits less what they aim at", " nats", "(nats)", "ross-entropy"]
  expect(texts.filter((text) => page.includes(text))).toEqual(texts.slice(0, 1))
})

const text = (files: Readonly<Record<string, Uint8Array>>, name: string) => new TextDecoder().decode(files[name])

describe("Table 2", () => {
  it("holds the paper's numbers beside ours, each cell with its coverage", () => {
    const trials = only(gridTrials(small), (t) => t.seed < 2)
    const { columns, rows } = table2(trials)
    const at = (row: number, name: string) => rows[row][columns.findIndex((column) => column.name === name)]
    expect(rows).toHaveLength(8)
    for (const [i, interval] of intervals.entries()) {
      expect(at(2 * i, "paper_training_loss")).toBe(paperLosses.MNIST.sequential.train[i])
      expect(at(2 * i + 1, "paper_validation_loss")).toBe(paperLosses.MNIST.parallel.validation[i])
      const cell = inside(trials, interval).filter(({ network: n }) => n.depth === n.layers)
      expect(at(2 * i, "trials")).toBe(cell.length)
      expect(at(2 * i, "finished")).toBe(cell.filter((t) => t.metrics !== undefined).length)
      const losses = cell.filter((t) => t.seed < 2).map((t) => t.metrics!.train.loss)
      if (losses.length > 0)
        expect(at(2 * i, "training_loss")).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / losses.length, 12)
      else expect(at(2 * i, "training_loss")).toBeNull()
    }
  })
})

describe("claims of the paper", () => {
  it("about equal: holds, does not hold, and names which one is better", () => {
    const of = (parallelPenalty: number) => claim(gridTrials({ ...small, parallelPenalty }), "over the whole grid?")
    expect(of(0.001)).toMatchObject({ holds: true, figure: "by-q-mnist" })
    expect(of(0.3)).toMatchObject({
      holds: false,
      sentence: expect.stringContaining("sequential networks validate better")
    })
    expect(of(-0.3)).toMatchObject({
      holds: false,
      sentence: expect.stringContaining("parallel networks validate better")
    })
  })

  it("in part: a claim about the whole stays open, with what would decide it and its price; the series is decided", () => {
    const trials = only(gridTrials({ ...small, parallelPenalty: 0.001 }), ({ network }) => network.filters === 1)
    const whole = claim(trials, "over the whole grid?")
    // 3 of 9 shapes with more than one layer have one filter; 6 shapes × 2 depths × 8 seeds are missing.
    expect(whole).toMatchObject({ holds: undefined })
    expect(whole.sentence).toContain("24 of 72 pairs are there")
    expect(whole.sentence).toContain("96 trials, about 1.3 core-hours (`--where 'dataset=mnist && examples=60000'`)")
    expect(claim(trials, "with 1 filter, over all numbers of layers?").holds).toBe(true)
  })

  it("prices are operations at the rate of the nearest filters and kernel that were measured", () => {
    const [{ network }] = gridTrials(small)
    expect(rateOf(rates, { ...network, filters: 2 })).toBe(10e9)
    expect(rateOf(rates, { ...network, filters: 32, kernel: 7 })).toBe(40e9)
  })

  it("a grid of too few seeds says that what is missing would not decide it", () => {
    const trials = only(gridTrials({ ...small, seeds: 3 }), ({ network }) => network.filters === 1)
    expect(claim(trials, "over the whole grid?").sentence).toContain("a test needs 6 seeds, and this grid has 3")
  })

  it("below six seeds nothing is decided", () => {
    const trials = only(gridTrials({ ...small, parallelPenalty: 0.3 }), ({ seed }) => seed < 5)
    for (const { holds, question } of paperClaims(trials, series)) {
      if (!question.includes("gap shrink")) expect(holds, question).toBeUndefined()
    }
  })

  it("signs by cell: turning the architectures round turns them round", () => {
    const question = "Is the validation loss lower for parallel networks"
    expect(claim(gridTrials({ ...small, parallelPenalty: -0.3 }), question).holds).toBe(true)
    expect(claim(gridTrials({ ...small, parallelPenalty: 0.3 }), question).holds).toBe(false)
  })
})

describe("between deep and shallow", () => {
  const plan: Plan = { datasets: ["digits"], layers: [16], filters: [], between: [2, 4, 8], seeds: 8 }
  it("the shallowest that is no worse than the best is chosen", () => {
    const cheap = choicesOf(gridTrials({ ...plan, parallelPenalty: 0 }))
    const dear = choicesOf(gridTrials({ ...plan, parallelPenalty: 0.5 }))
    expect(cheap[0].chosen?.depth).toBe(1)
    expect(dear[0].chosen?.depth).toBe(2)
    expect(choiceClaims(cheap)[0].holds).toBe(true)
    expect(choiceClaims(dear)[0].holds).toBe(false)
    expect(choiceClaims(choicesOf(gridTrials({ ...plan, seeds: 3, parallelPenalty: 0.5 })))[0].holds).toBeUndefined()
  })

  it("only what finished at every depth is compared", () => {
    const trials = only(gridTrials(plan), ({ network, seed }) => network.depth !== 4 || seed < 6)
    expect(choicesOf(trials)[0].rows.map((row) => row.seeds)).toEqual([6, 6, 6, 6, 6])
  })
})

describe("the page", () => {
  const report = (trials: ReadonlyArray<GridTrial>) =>
    gridReport({ title: "Made up", question: "Is it?", assumptions: [], trials, rates })

  it("stands with nothing, a part and all of a grid, the same bytes every time", async () => {
    for (const keep of [() => false, (t: GridTrial) => t.seed === 0 && t.network.layers === 2, () => true]) {
      const trials = only(gridTrials(small), keep)
      const files = await report(trials)
      expect(files).toEqual(await report(trials))
      const page = text(files, "index.html")
      expect(page).not.toMatch(/NaN|undefined|Infinity/)
      for (const [, anchor] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${anchor}"`)
    }
  })

  it("carries the paper's whole grid in seconds and a few megabytes", { timeout: 60_000 }, async () => {
    const files = await report(gridTrials({ ...paperPlan, epochs: 10 }))
    expect(files["index.html"].length).toBeLessThan(12e6)
    expect(text(files, "data/by-q-cifar10.csv").split("\n").length).toBeGreaterThan(3000)
  })
})
