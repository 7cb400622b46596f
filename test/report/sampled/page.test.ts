/** The report on a drawn part of a grid, on made-up trials: its sentences are those of the estimate for the whole. */
import { describe, expect, test } from "vitest"
import { overdetermination, parameterCount } from "../../../src/network/network.ts"
import { inScopes } from "../../../src/report/evidence/scope.ts"
import { type SampledReport, sampledReport } from "../../../src/report/sampled/page.ts"
import { isJudged, sampledComparisons } from "../../../src/report/sampled/rows.ts"
import { inclusion, isDrawn } from "../../../src/statistics/sampled.ts"
import { mulberry } from "../../support/random.ts"

interface Truth {
  /** Validation loss, parallel − sequential, by the filters of a network. */
  readonly difference: (filters: number) => number
  readonly draw?: number
  readonly expected?: number
  readonly seeds?: number
  readonly datasets?: ReadonlyArray<string>
  readonly lose?: (filters: number, layers: number, seed: number) => "missing" | "diverged" | "unlearned" | undefined
}

const LAYERS = [2, 4, 8, 16, 32]
const FILTERS = [1, 2, 4, 8, 16, 32]
const EXAMPLES = 1000

function study(truth: Truth): SampledReport {
  const { difference, draw = 0, expected = 18, seeds = 8, datasets = ["mnist"], lose } = truth
  const uniform = mulberry(1 + draw)
  const cells = datasets.flatMap((dataset) =>
    LAYERS.flatMap((layers) => FILTERS.map((filters) => ({ dataset, layers, filters })))
  )
  const probabilities = inclusion(
    cells.map(({ layers, filters }) => layers * filters * filters),
    expected
  )
  const shape = { channels: 1, height: 6, width: 6, classes: 10, kernel: 3 as const, activation: "relu" as const }
  const placed = cells.map((cell, i) => {
    const network = { ...shape, layers: cell.layers, filters: cell.filters, depth: 1, residual: true }
    const name = `${cell.dataset}/layers=${cell.layers},filters=${cell.filters}`
    const ratio = overdetermination(network, EXAMPLES)
    const probability = probabilities[i]
    return {
      ...cell,
      network,
      unit: { name, dataset: cell.dataset, ratio, probability, drawn: isDrawn(name, probability, draw) }
    }
  })
  const trials = placed.flatMap(({ dataset, layers, filters, network: shallow, unit }) =>
    (unit.drawn ? Array.from({ length: seeds }, (_, seed) => seed) : []).flatMap((seed) =>
      [layers, 1].map((depth): SampledReport["trials"][number] => {
        const network = { ...shallow, depth }
        const what = lose?.(filters, layers, seed)
        const loss = 0.3 + (depth === 1 ? difference(filters) : 0) + 0.004 * (uniform() - 0.5)
        const score = {
          count: 100,
          loss: what === "unlearned" ? 2.4 : loss,
          accuracy: what === "unlearned" ? 0.1 : 0.9
        }
        return {
          ...{ dataset, network, seed, unit, examples: EXAMPLES, seconds: 60, guessing: undefined, moments: [] },
          settings: { dataset, layers, depth, filters, seed, examples: EXAMPLES },
          ...{ nodes: { train: `train/${unit.name}/${depth}/${seed}` }, history: undefined },
          metrics:
            what === "missing"
              ? undefined
              : {
                  ...{ status: what === "diverged" ? "diverged" : "finished", epochs: 2 },
                  ...{ parameters: parameterCount(network), overdetermination: unit.ratio },
                  ...{ train: score, validation: score }
                }
        }
      })
    )
  )
  return {
    ...{ title: "Sampled", question: "Are they?", sample: { expected, seed: draw }, trials },
    assumptions: [{ name: "engine", value: "wasm", why: "numeric class wasm-f32" }],
    units: placed.map(({ unit }) => unit),
    rates: { processor: "a made-up processor", rates: [{ filters: 1, kernel: 3, operationsPerSecond: 1e9 }] }
  }
}

const page = async (truth: Truth) => new TextDecoder().decode((await sampledReport(study(truth)))["index.md"])
const answers = async (truth: Truth) => (await page(truth)).split("## Estimates")[0]

describe("the report on a drawn part of a grid", () => {
  test("says of the whole what the weights say, not what the cheap ones that were drawn say", async () => {
    expect(await answers({ difference: () => 0.001 })).toMatch(
      /Over the whole grid, is the parallel networks' validation loss about equal\? yes\.\*\* It is, within ±0\.02 nats[^:]*: parallel − sequential \+0\.00\d+, 95 % interval .*, estimated from \d+ drawn of 30 configurations, 8 seeds/
    )
    expect(await answers({ difference: () => 0.1 })).toMatch(
      /validation loss about equal\? no\.\*\* It is not: that of sequential/
    )
    expect(await answers({ difference: () => -0.1 })).toMatch(
      /validation loss about equal\? no\.\*\* It is not: that of parallel/
    )
    // Most of what is drawn has few filters and no difference; the half of the grid that has one is seldom drawn.
    const late = { difference: (filters: number) => (filters > 4 ? 0.2 : 0), expected: 20, draw: 3 }
    expect(await answers(late)).not.toMatch(/validation loss about equal\? yes/)
    const [whole] = sampledComparisons(inScopes(study(late).trials), study(late).units)
    expect(whole.sampled.centre).toBeGreaterThan(0.05)
  })

  test("is open while drawn pairs have not run, where too few were drawn, and of networks that have not learned", async () => {
    const of = (lose: NonNullable<Truth["lose"]>) => answers({ difference: () => 0.001, lose })
    expect(
      await of((filters, layers, seed) => (filters === 1 && layers === 2 && seed === 0 ? "missing" : undefined))
    ).toMatch(/validation loss about equal\?.* open\.\*\* 1 drawn pair has not run/)
    expect(await of(() => "unlearned")).toMatch(/open\.\*\* \d+ of \d+ networks finished without having learned/)
    expect(await answers({ difference: () => 0.001, expected: 5 })).toMatch(
      /open\.\*\* \d drawn configurations? cannot tell, 10 can/
    )
    expect(await answers({ difference: () => 0.001, seeds: 1 })).toMatch(/open\.\*\* A test needs 6 seeds/)
    expect(
      await of((filters, layers, seed) => (filters === 1 && layers === 2 && seed === 0 ? "diverged" : undefined))
    ).toMatch(/about equal\? yes.*; 1 pair with a diverged partner left out/)
  })

  test("says how it was drawn, of how many, and with what probability each; the same bytes again", async () => {
    const text = await page({ difference: () => 0.001, datasets: ["mnist", "cifar10"] })
    expect(text).toMatch(/\d+ of 60 configurations were drawn, 18 on average \(draw 0\)/)
    expect(text).toContain("stands for 10")
    expect(text).toContain("all data sets: Over the whole grid")
    expect(text).toContain("mnist/layers=32,filters=32")
    expect(await page({ difference: () => 0.001, datasets: ["mnist", "cifar10"] })).toBe(text)
    const none = await page({ difference: () => 0.001, lose: () => "missing" })
    expect(none).toContain("No pair has finished: nothing to estimate.")
  })

  test("in 40 draws of a grid whose difference is the margin, “about equal” is said in few", () => {
    let said = 0
    for (let draw = 0; draw < 40; draw++) {
      // Its mean over the grid is 0.02, that of the cheaper half 0.
      const { trials, units } = study({ difference: (filters) => (filters > 4 ? 0.04 : 0), draw })
      const [whole] = sampledComparisons(inScopes(trials), units)
      const { outcome } = whole
      if (isJudged(outcome) && ["equal", "different, within the margin"].includes(outcome.verdict.kind)) said++
    }
    expect(said).toBeLessThanOrEqual(5)
  })
})
