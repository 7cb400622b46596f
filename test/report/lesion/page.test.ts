/** The report on lesions, on made-up networks: what it claims, and the opposite where that holds. */
import { describe, expect, test } from "vitest"
import { lesionsOf } from "../../../src/analysis/lesions.ts"
import { exp } from "../../../src/network/math.ts"
import { overdetermination, parameterCount } from "../../../src/network/network.ts"
import { random } from "../../../src/network/philox.ts"
import { claimsOf } from "../../../src/report/lesion/claims.ts"
import { type LesionReport, lesionReport } from "../../../src/report/lesion/page.ts"
import { kindsOf } from "../../../src/report/lesion/rows.ts"
import type { Lesions } from "../../../src/results/lesions.ts"
import { claimsText } from "../claims-text.ts"

interface Truth {
  /** Accuracy that each layer is worth, that disorder costs, that pairs side by side cost. */
  readonly layer?: number
  readonly order?: number
  readonly beside?: number
  /** ln of how much more loss halved networks keep. */
  readonly kept?: number
  /** Change of parallel networks' loss by the order of their layers. */
  readonly parallelOrder?: number
  readonly seeds?: number
}

function study({ layer = 0, order = 0, beside = 0, kept = 0, parallelOrder = 0, seeds = 8 }: Truth): LesionReport {
  const { uniform } = random(0, "test/lesion")
  const noisy = (value: number, by: number) => value + by * (uniform() - 0.5)
  const pairs = [4, 8].flatMap((layers) =>
    Array.from({ length: seeds }, (_, seed): LesionReport["pairs"][number] => {
      const lesioned = (depth: number) => {
        const network = {
          ...{ channels: 1, height: 6, width: 6, classes: 10, filters: 2, kernel: 3, layers },
          ...{ depth, activation: "relu" as const, residual: true }
        }
        const score = (cost: number, change = 0) => ({ loss: 0.2 * (1 + change), accuracy: noisy(0.9 - cost, 0.002) })
        const plan = lesionsOf(network, 4)
        const by = depth === 1 ? 0 : order
        const changed = depth === 1 ? parallelOrder : 0.5
        const lesions: Lesions = {
          examples: 100,
          whole: score(0),
          without: plan.without.map(() => score(depth === 1 ? 0 : layer)),
          several: plan.several.map(({ left, wirings }) => ({
            left,
            scores: wirings.map(() => score((left * layer) / 4))
          })),
          swapped: plan.swapped.map(() => score(by, changed)),
          reversed: score(4 * by, changed),
          shuffled: plan.shuffled.map(({ swaps, tau }) => ({ swaps, tau, score: score(by * (1 - tau), changed) })),
          sideBySide: plan.sideBySide.map(({ group }) => ({ group, score: score(beside * Math.log2(group)) }))
        }
        const metrics = {
          ...{ status: "finished" as const, epochs: 3, parameters: parameterCount(network) },
          overdetermination: overdetermination(network, 1000),
          ...{ train: { count: 100, loss: 0.1, accuracy: 0.95 }, validation: { count: 100, ...score(0) } }
        }
        return {
          trial: {
            ...{ dataset: "digits", network, seed, examples: 1000, seconds: 60, guessing: undefined, moments: [] },
            settings: { dataset: "digits", layers, depth, seed, epochs: 3 },
            nodes: { train: `train/${layers}/${depth}/${seed}`, lesion: `lesion/${layers}/${depth}/${seed}` },
            ...{ history: undefined, metrics }
          },
          lesions
        }
      }
      const on = (more: number) => ({
        node: "evaluate/on",
        history: [
          {
            ...{ epoch: 0, loss: null, accuracy: null, gradientNorm: null, validationLoss: 1 },
            validationAccuracy: 0.5
          }
        ],
        metrics: {
          ...{ status: "finished" as const, epochs: 2, parameters: 10, overdetermination: 1 },
          train: { count: 100, loss: 0.1, accuracy: 0.95 },
          validation: { count: 100, loss: noisy(0.2, 0.004) * exp(more), accuracy: 0.9 }
        }
      })
      return {
        sequential: lesioned(layers),
        parallel: lesioned(1),
        goesOn: { same: on(0), halved: on(kept) }
      }
    })
  )
  return {
    ...{ title: "Lesions", question: "Which?", precision: "f64", pairs },
    assumptions: [{ name: "engine", value: "wasm", why: "numeric class wasm-f64" }]
  }
}

const page = async (truth: Truth) => new TextDecoder().decode((await lesionReport(study(truth)))["index.md"])
/** Its claims alone, without pictures. */
const answers = (truth: Truth) => {
  const { precision, pairs } = study(truth)
  return claimsText(claimsOf(kindsOf(pairs).kinds, precision))
}

describe("the report on lesions", () => {
  test("says yes where layers cost nothing, each for itself and in any order", () => {
    const said = answers({})
    for (const question of [
      /a layer be left out of sequential .*\? yes/,
      /neighbours of sequential networks be swapped .*\? yes/,
      /run in reverse order .*\? yes/,
      /side by side, at half the depth, .*\? yes/,
      /as one broad layer with their weights, .*\? yes/,
      /training on for 2 epochs at half the depth, .*\? yes/,
      /Do parallel networks give the same .*\? yes/,
      /cost sequential networks more than parallel ones\? no/
    ])
      expect(said).toMatch(question)
  })

  test("says no where they cost much, and whom", () => {
    const said = answers({ layer: 0.05, order: 0.05, beside: 0.1, kept: 1, parallelOrder: 1e-3 })
    for (const question of [
      /a layer be left out of sequential .*\? no/,
      /cost sequential networks more than parallel ones\? yes/,
      /neighbours of sequential networks be swapped .*\? no/,
      /grow with the disorder .*\? yes/,
      /side by side, at half the depth, .*\? no/,
      /training on for 2 epochs at half the depth, .*\? no.*×2\.7/,
      /Do parallel networks give the same .*\? no/
    ])
      expect(said).toMatch(question)
    expect(said).toContain("No in 2 of 2 kinds of network")
    expect(said).toContain("+5.")
  })

  test("leaves open what few seeds cannot tell", async () => {
    const few = await page({ seeds: 1 })
    expect(few).toMatch(/a layer be left out .*open\.\*\* Too few seeds are there/)
    expect(few).toMatch(/\| 4 layers, 2 filters, relu \| sequential \| 2 neighbours side by side \|/)
  })
})
