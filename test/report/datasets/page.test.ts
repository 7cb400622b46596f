/** The report on data sets, on made-up trials: what it claims, that it claims the opposite where that holds, and of a part. */
import { describe, expect, test } from "vitest"
import { exp } from "../../../src/network/math.ts"
import { overdetermination, parameterCount } from "../../../src/network/network.ts"
import { random } from "../../../src/network/philox.ts"
import { type DatasetsReport, datasetsReport } from "../../../src/report/datasets/page.ts"
import { findingsOf, placed, trendsOf } from "../../../src/report/datasets/rows.ts"
import type { Priced } from "../../../src/report/evidence/prices.ts"
import type { Unplaced } from "../../../src/report/evidence/trial.ts"
import type { Metrics } from "../../../src/results/metrics.ts"

const LOOKS = [8, 12]
const SHARES = [0, 0.2, 0.4]

interface Truth {
  /** ln validation loss, parallel − sequential, on each data set. */
  readonly easy: number
  readonly hard: number
  /** What 40 % of wrong labels add to it. */
  readonly change?: number
  readonly noise?: number
  /** Seeds that have run, all from 0 on. */
  readonly seeds?: number
  readonly lose?: (trial: {
    readonly dataset: string
    readonly layers: number
    readonly depth: number
    readonly seed: number
  }) => Metrics["status"] | "missing" | "unlearned" | undefined
}

function study({ easy, hard, change = 0, noise = 0.01, seeds = 12, lose }: Truth): DatasetsReport {
  const { uniform } = random(0, "test/datasets")
  const trials: Array<Unplaced<Priced>> = []
  const places = new Map<string, Array<number>>()
  const add = (
    dataset: "easy" | "hard",
    layers: number,
    depth: number,
    seed: number,
    share: number,
    activation: "relu" | "identity"
  ) => {
    const network = {
      ...{ channels: 1, height: 8, width: 8, classes: 10, layers, depth, filters: 1, kernel: 3 as const },
      ...{ activation, residual: true }
    }
    const difference = (dataset === "easy" ? easy : hard) + (change * share) / 0.4
    const loss = (dataset === "easy" ? 0.1 : 1) * exp((depth < layers ? difference : 0) + noise * (uniform() - 0.5))
    const what = seed < seeds ? lose?.({ dataset, layers, depth, seed }) : "missing"
    const score = { count: 100, loss: what === "unlearned" ? 2.4 : loss, accuracy: what === "unlearned" ? 0.1 : 0.9 }
    const metrics: Metrics | undefined =
      what === "missing"
        ? undefined
        : {
            ...{ status: what === "diverged" ? "diverged" : "finished", epochs: 30 },
            ...{ parameters: parameterCount(network), overdetermination: overdetermination(network, 1000) },
            ...{ train: score, validation: score }
          }
    const name = activation === "identity" ? "linear" : `${share}`
    places.set(name, [...(places.get(name) ?? []), trials.length])
    trials.push({
      ...{ dataset, network, seed, examples: 1000, seconds: 60, history: undefined, moments: [], metrics },
      settings: { dataset, layers, depth, seed, examples: 1000, labelNoise: share, epochs: 30 },
      guessing: { train: 0.12, validation: 0.12, entropy: 2.3 },
      nodes: metrics === undefined ? {} : { evaluate: `evaluate/${dataset}/${layers},${depth},${seed},${share}` }
    })
  }
  for (const dataset of ["easy", "hard"] as const) {
    for (let seed = 0; seed < 12; seed++) {
      for (const share of SHARES)
        for (const layers of [2, 4]) for (const depth of [layers, 1]) add(dataset, layers, depth, seed, share, "relu")
      if (seed < 2) add(dataset, 1, 1, seed, 0, "identity")
    }
  }
  return {
    ...{ title: "Data sets", question: "Which?", looks: LOOKS, trials },
    assumptions: [{ name: "engine", value: "wasm", why: "numeric class wasm-f32" }],
    series: [{ name: "layers", title: "1 filter, 2, 4 layers", places: places.get("0")! }],
    noise: SHARES.map((share) => ({ share, places: places.get(`${share}`)! })),
    linear: places.get("linear")!,
    rates: { processor: "a processor", rates: [{ filters: 1, kernel: 3, operationsPerSecond: 4e10 }] }
  }
}

const pageOf = async (truth: Truth) => new TextDecoder().decode((await datasetsReport(study(truth)))["index.md"])
const answers = async (truth: Truth) => {
  const page = await pageOf(truth)
  return page.slice(page.indexOf("In short"), page.indexOf("Deep against shallow"))
}
const findings = (truth: Truth) => findingsOf(placed(study(truth)).series, LOOKS)

describe("the report on data sets", () => {
  test("says that both are about equal where they are, on all of them", async () => {
    const text = await answers({ easy: 0, hard: 0.003 })
    expect(text).toMatch(/on every data set\? yes\.\*\* It is, on all 2\. easy: about equal \(×(1\.00|0\.99)/)
    expect(text).toMatch(
      /become wrong, from none to 40\.0 %\? no\.\*\* It does on 0, and by less than a factor of 1\.1 on 2/
    )
  })

  test("says on which they are not", async () => {
    const text = await answers({ easy: 0, hard: 0.3 })
    expect(text).toMatch(/on every data set\? no\.\*\* It is not: on 1 data set of 2 the difference is larger \(hard\)/)
    expect(text).toContain("hard: sequential better (×1.3")
    expect(await answers({ easy: 0, hard: -0.3 })).toContain("hard: parallel better (×0.7")
  })

  test("says that the difference changes with wrong labels where it does, and for whom", async () => {
    expect(await answers({ easy: 0, hard: 0, change: 0.5 })).toMatch(/40\.0 %\? yes.*easy: in favour of sequential/)
    expect(await answers({ easy: 0, hard: 0, change: -0.5 })).toMatch(/40\.0 %\? yes.*easy: in favour of parallel/)
    const { noise } = placed(study({ easy: 0, hard: 0, change: 0.5 }))
    const [trend] = trendsOf(noise, LOOKS)
    expect(trend.looked.estimate!.centre).toBeCloseTo(0.5, 1)
    expect(trend.rises).toBeLessThan(0.001)
  })

  test("is open, with the price of the next look, where seeds are missing or disagree", async () => {
    expect(await answers({ easy: 0, hard: 0, seeds: 0 })).toMatch(
      /open\.\*\* No data set has had its first look: 1 filter, 2, 4 layers: yet to be looked at: easy and hard; what the next looks need: 64 trials, about 1\.1 core-hours\./
    )
    const wide = await answers({ easy: 0.05, hard: 0.05, noise: 0.8, seeds: 8 })
    expect(wide).toMatch(/open\.\*\* It is on 0 of 2; the others are open\. .*next look at 12 seeds/)
    expect(wide).toContain("what the next looks need: 32 trials")
    expect(await answers({ easy: 0.05, hard: 0.05, noise: 0.8 })).toContain("open after all looks")
  })

  test("looks when all pairs of so many seeds are there, and not before", () => {
    const lose = ({ layers, seed }: { readonly layers: number; readonly seed: number }) =>
      layers === 4 && seed === 7 ? "missing" : undefined
    for (const one of findings({ easy: 0, hard: 0, lose })) {
      expect(one.seeds).toBe(7)
      expect(one.looked.validation).toMatchObject({ seeds: undefined, next: 8 })
    }
  })

  test("leaves out pairs with a diverged partner, and decides nothing by networks that have not learned", async () => {
    const diverged: Truth = {
      easy: 0,
      hard: 0,
      lose: ({ layers, depth, seed }) => (layers === 4 && depth === 4 && seed === 3 ? "diverged" : undefined)
    }
    expect(findings(diverged).map((one) => [one.seeds, one.diverged, one.looked.validation.verdict.kind])).toEqual([
      [12, 1, "equal"],
      [12, 1, "equal"]
    ])
    const unlearned: Truth = { easy: 0, hard: 0, lose: ({ dataset }) => (dataset === "hard" ? "unlearned" : undefined) }
    expect(findings(unlearned)[1].looked.validation).toMatchObject({
      verdict: { why: { reason: "not learned" } },
      next: undefined
    })
    expect(await pageOf(unlearned)).toContain("open: not learned")
  })

  test("stands what linear models and the best network reach beside, and is the same bytes again", async () => {
    const page = await pageOf({ easy: 0, hard: 0 })
    expect(page).toMatch(/\| easy \| 8×8×1 \| 10 \| 1,000 \| 12\.0 \| 90\.0 \| 0\.0996 \| 2 \| 90\.0/)
    expect(await pageOf({ easy: 0, hard: 0 })).toBe(page)
  })
})
