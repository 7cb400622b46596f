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
  /** Power of Q for networks that were trained on to the criterion, and those of them that miss it, by training images. */
  readonly minimum?: { readonly power: number; readonly missed: (examples: number, seed: number) => boolean }
  /** Images fitted by depth, with labels drawn at random; the search ends at 400. */
  readonly capacity?: (depth: number, seed: number) => number | undefined
}

const shape = { channels: 1, height: 6, width: 6, classes: 10, filters: 2, kernel: 3 as const, layers: 8 }
const networkOf = (depth: number) => ({ ...shape, depth, activation: "relu" as const, residual: true })
const DEPTHS = [8, 2, 1]

function study(truth: Truth): OverfittingReport {
  const { gap = 0, power: declared = -1, seeds = 8, trainingLoss = 0.01, minimum, capacity } = truth
  const { uniform } = random(0, "test/overfitting")
  const noisy = (value: number, by: number) => value + by * (uniform() - 0.5)
  const all = Array.from({ length: seeds }, (_, seed) => seed)
  const cells = (["depth", ...(minimum === undefined ? [] : (["minimum"] as const))] as const).flatMap((part) =>
    [250, 1000, 4000].flatMap((examples) =>
      (part === "depth" ? [0, 0.2] : [0.2]).map((labelNoise) => ({ part, examples, labelNoise }))
    )
  )
  const trainings = cells.flatMap(({ part, examples, labelNoise }) =>
    all.flatMap((seed) =>
      DEPTHS.map((depth): OverfittingReport["trainings"][number] => {
        const network = networkOf(depth)
        const further = part === "minimum" ? minimum : undefined
        const power = further?.power ?? declared
        const reached = further === undefined ? 0.25 : further.missed(examples, seed) ? 0.2 : 0.04
        const ratio = overdetermination(network, examples)
        const validation = noisy(0.3 + (depth === 1 ? gap : 0), 0.002)
        const score = (loss: number) => ({ count: 100, loss, accuracy: 0.9 })
        const memorized = Math.min(1, 0.4 * exp(power * Math.log(ratio)) * noisy(1, 0.02))
        return {
          part,
          trial: {
            ...{ dataset: "digits", network, seed, examples, seconds: 60, guessing: undefined, moments: [] },
            settings: { dataset: "digits", layers: 8, depth, seed, examples, labelNoise, epochs: 2 },
            nodes: { train: `train/${examples}/${labelNoise}/${depth}/${seed}` },
            history: [1, 2].map((epoch) => ({
              ...{ epoch, loss: (2 * reached) / epoch, accuracy: 0.8, gradientNorm: 1 },
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
  const capacities = (capacity === undefined ? [] : all).flatMap((seed) =>
    DEPTHS.map((depth): OverfittingReport["capacities"][number] => {
      const fitted = capacity?.(depth, seed)
      const missed = fitted === undefined || fitted >= 400 ? null : fitted + 5
      return {
        ...{ network: networkOf(depth), seed, labels: "random", epochs: 50, node: `capacity/${depth}/${seed}` },
        found: fitted === undefined ? undefined : { fitted, missed, images: 400, tries: [] }
      }
    })
  )
  return {
    ...{ title: "Overfitting", question: "Which?", criterion: 0.05, trainings, capacities },
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

  test("tells the theory of the networks that came to the minimum where some were trained on to it, others beside", async () => {
    const none = () => false
    const held = await answers({ power: -0.3, minimum: { power: -1, missed: none } })
    expect(held).toMatch(
      /fall like 1\/Q\? yes\.\*\* .*20 %, depth 8: −(0\.99|1\.0).*; after equal epochs: 20 %, depth 8: −0\.3/
    )
    expect(held).toContain("0 of 72 networks did not come down to a training loss of 0.05")
    expect(await answers({ minimum: { power: -0.3, missed: none } })).toMatch(/fall like 1\/Q\? no/)
    // Those that missed it are counted, and are in no mean.
    const some = await answers({ minimum: { power: -1, missed: (examples, seed) => examples === 4000 && seed > 1 } })
    expect(some).toMatch(/1\/Q\? yes.*18 of 72 networks did not come down/)
    expect(await answers({ minimum: { power: -1, missed: (examples) => examples > 250 } })).toMatch(
      /1\/Q\? open\.\*\* The theory is of the minimum, and 48 of 72 networks did not come down/
    )
  })

  test("says whether deep and shallow networks fit as many images, and that a bound or a missing search tells less", async () => {
    const of = (capacity: NonNullable<Truth["capacity"]>) => answers({ capacity })
    expect(await of((depth, seed) => 100 + depth / 8 + (seed % 3))).toMatch(
      /fit as many images, with labels drawn at random, within a factor of 1\.1\? yes\.\*\* They do.*: parallel \/ sequential ×\S+, 95 % interval ×\S+ … ×\S+, 8 seeds; images fitted, geometric means: depth 8: 102 \(Q/
    )
    expect(await of((depth, seed) => (depth === 1 ? 50 : 100) + (seed % 3))).toMatch(
      /\? no\.\*\* They do not: sequential networks fit more/
    )
    expect(await of((depth, seed) => (depth === 1 ? 200 : 100) + (seed % 3))).toMatch(
      /\? no\.\*\* They do not: parallel networks fit more/
    )
    expect(await of(() => 400)).toMatch(
      /\? open\.\*\* In 8 of 8 pairs all images that there are were fitted.*a bound of 400/
    )
    expect(await of((depth, seed) => (depth === 8 && seed < 3 ? undefined : 100))).toMatch(
      /\? open\.\*\* A test needs 6 seeds, and 5 pairs are there: .*3 searches of 24 failed or have not run/
    )
    const whole = await page({
      capacity: (depth, seed) => (depth === 2 && seed === 0 ? undefined : 100 + depth + seed)
    })
    expect(whole).toContain("failed or has not run")
    expect(whole).toContain("figures/capacity.svg")
  })
})
