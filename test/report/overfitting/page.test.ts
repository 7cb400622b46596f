/** The report on overfitting, on made-up trainings: what it claims, and that it claims the opposite where that holds. */
import { describe, expect, test } from "vitest"
import { exp } from "../../../src/network/math.ts"
import { overdetermination, parameterCount } from "../../../src/network/network.ts"
import { random } from "../../../src/network/philox.ts"
import { type OverfittingReport, overfittingReport } from "../../../src/report/overfitting/page.ts"

interface Truth {
  /** Added to the validation loss of parallel networks. */
  readonly gap?: number
  /** Power of Q by which the memorized share falls. */
  readonly power?: number
  readonly seeds?: number
  readonly trainingLoss?: number
}

function study({ gap = 0, power = -1, seeds = 8, trainingLoss = 0.01 }: Truth): OverfittingReport {
  const { uniform } = random(0, "test/overfitting")
  const noisy = (value: number, by: number) => value + by * (uniform() - 0.5)
  const trainings = [250, 1000, 4000].flatMap((examples) =>
    [0, 0.2].flatMap((labelNoise) =>
      Array.from({ length: seeds }, (_, seed) => seed).flatMap((seed) =>
        [8, 2, 1].map((depth): OverfittingReport["trainings"][number] => {
          const shape = { channels: 1, height: 6, width: 6, classes: 10, filters: 2, kernel: 3 as const, layers: 8 }
          const network = { ...shape, depth, activation: "relu" as const, residual: true }
          const ratio = overdetermination(network, examples)
          const validation = noisy(0.3 + (depth === 1 ? gap : 0), 0.002)
          const score = (loss: number) => ({ count: 100, loss, accuracy: 0.9 })
          const memorized = Math.min(1, 0.4 * exp(power * Math.log(ratio)) * noisy(1, 0.02))
          return {
            part: "depth",
            trial: {
              ...{ dataset: "digits", network, seed, examples, seconds: 60, guessing: undefined, moments: [] },
              settings: { dataset: "digits", layers: 8, depth, seed, examples, labelNoise, epochs: 2 },
              nodes: { train: `train/${examples}/${labelNoise}/${depth}/${seed}` },
              history: [1, 2].map((epoch) => ({
                ...{ epoch, loss: 0.5 / epoch, accuracy: 0.8, gradientNorm: 1 },
                ...{ validationLoss: noisy(0.3, 0.002), validationAccuracy: 0.9 }
              })),
              metrics: {
                ...{ status: "finished", epochs: 2, parameters: parameterCount(network), overdetermination: ratio },
                ...{ train: score(trainingLoss), validation: score(validation), meanCorruptionError: 0.3 },
                corrupted: { contrast: { "1": score(0.3), "5": { count: 100, loss: 2, accuracy: 0.4 } } },
                ...(labelNoise > 0 && { memorization: { wrong: 50, memorized, corrected: 0.1, learned: 0.99 } })
              }
            }
          }
        })
      )
    )
  )
  return {
    ...{ title: "Overfitting", question: "Which?", criterion: 0.05, trainings },
    assumptions: [{ name: "engine", value: "wasm", why: "numeric class wasm-f32" }]
  }
}

const page = async (truth: Truth) => new TextDecoder().decode((await overfittingReport(study(truth)))["index.md"])
const answers = async (truth: Truth) => (await page(truth)).split("## At equal P and Q")[0]

describe("the report on overfitting", () => {
  test("says that the gap is about equal in every cell where it is, and that it is not where it is not", async () => {
    expect(await answers({})).toMatch(
      /is the gap [^?]*in every cell, within 0\.02 nats\? yes\.\*\* About equal in 6, open in 0 of 6 cells/
    )
    expect(await answers({ gap: 0.1 })).toMatch(
      /is the gap [^?]*\? no\.\*\* About equal in 0, larger with parallel in 6, open in 0/
    )
    expect(await answers({ gap: -0.1 })).toMatch(
      /is the gap [^?]*\? no\.\*\* About equal in 0, larger with sequential in 6/
    )
  })

  test("says whether what is memorized falls like 1/Q, and how many networks missed the minimum", async () => {
    const kept = await answers({})
    expect(kept).toMatch(/fall like 1\/Q\? yes\.\*\* .*20 %, depth 8: −1\.0/)
    expect(kept).toContain("0 of 72 networks did not come down to a training loss of 0.05")
    expect(await answers({ power: -0.3 })).toMatch(/fall like 1\/Q\? no/)
    expect(await answers({ trainingLoss: 0.1 })).toMatch(
      /fall like 1\/Q\? open\.\*\* The theory is of the minimum, and 72 of 72 networks did not come down/
    )
  })

  test("leaves open what few seeds cannot tell, and is the same bytes again", async () => {
    const few = await page({ seeds: 1 })
    expect(few).toMatch(/is the gap .*open\.\*\* Seeds are missing/)
    expect(few).toMatch(/fall like 1\/Q\? open|test needs 6 seeds/)
    expect(few).toContain("Error on corrupted validation images")
    expect(await page({ seeds: 1 })).toBe(few)
  })
})
