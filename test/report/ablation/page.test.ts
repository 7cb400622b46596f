/** The report on ablations, on made-up networks: what it claims, and the opposite where that holds. */
import { describe, expect, test } from "vitest"
import { exp } from "../../../src/network/math.ts"
import { overdetermination, parameterCount } from "../../../src/network/network.ts"
import { random } from "../../../src/network/philox.ts"
import { claimsOf } from "../../../src/report/ablation/claims.ts"
import { type AblationReport, ablationReport } from "../../../src/report/ablation/page.ts"
import { cellsOf, type Part } from "../../../src/report/ablation/rows.ts"
import { inScopes } from "../../../src/report/evidence/scope.ts"
import { claimsText } from "../claims-text.ts"

interface Truth {
  /** ln by which sequential networks validate worse, in a part. */
  readonly worse?: Partial<Record<Part, number>>
  /** Gap that networks of fewer images have more than those of more filters. */
  readonly images?: number
  /** How the difference goes with R_1. */
  readonly predicts?: number
  /** ln by which scaled initial values are worse. */
  readonly initial?: number
  readonly seeds?: number
}

function study({ worse = {}, images = 0, predicts = 0, initial = 0, seeds = 8 }: Truth): AblationReport {
  const { uniform } = random(0, "test/ablation")
  const noisy = (value: number, by = 0.01) => value * (1 + by * (uniform() - 0.5))
  interface Wanted {
    readonly layers?: number
    readonly filters?: number
    readonly examples?: number
    readonly depths?: ReadonlyArray<number>
    readonly more?: (depth: number) => number
    readonly remainder?: number
    readonly dataset?: string
  }
  const networks = (part: Part, level: string, wanted: Wanted = {}): AblationReport["networks"] => {
    const { layers = 8, filters = 2, examples = 1000, dataset = "digits", remainder = 1 } = wanted
    const { depths = [layers, 1], more = () => 0 } = wanted
    return depths.flatMap((depth) =>
      Array.from({ length: seeds }, (_, seed): AblationReport["networks"][number] => {
        const network = {
          ...{ channels: 1, height: 6, width: 6, classes: 10, filters, kernel: 3, layers },
          ...{ depth, activation: "tanh" as const, residual: true }
        }
        const validation = noisy(0.3 * exp(depth === 1 ? 0 : (worse[part] ?? 0)) * exp(more(depth)))
        const score = (loss: number) => ({ count: 100, loss, accuracy: 0.9 })
        return {
          ...{ part, level },
          trial: {
            ...{ dataset, network, seed, examples, seconds: 60, guessing: undefined, moments: [] },
            settings: { dataset, layers, filters, depth, seed, examples, level, part },
            nodes: { train: `train/${part}/${level}/${depth}/${seed}` },
            history: [1, 2].map((epoch) => ({
              ...{ epoch, loss: 0.4 / epoch, accuracy: 0.8, gradientNorm: 1 },
              ...{ validationLoss: validation, validationAccuracy: 0.9 }
            })),
            metrics: {
              ...{ status: "finished", epochs: 2, parameters: parameterCount(network) },
              overdetermination: overdetermination(network, examples),
              train: score(noisy(0.1)),
              validation: score(validation + (part === "subset" ? images : 0))
            }
          },
          expansions:
            part === "scale" && depth > 1
              ? [1, 2].map((epoch) => ({
                  epoch,
                  found: {
                    ...{ examples: 10, blocks: depth, loss: 0.1, accuracy: 0.9, unchanged: 0, change: 1 },
                    exact: [0, 1].map((order) => ({
                      ...{ order, norm: 1, share: 1, remainder: order === 0 ? 1 : noisy(remainder), quartiles: null },
                      ...{ loss: 0.1, accuracy: 0.9 }
                    })),
                    ...{ spectrum: null, gradient: null, strength: null }
                  }
                }))
              : []
        }
      })
    )
  }
  const base = { ...{ channels: 1, height: 6, width: 6, classes: 10, kernel: 3, layers: 8 }, depth: 1 } as const
  const P = (filters: number) => parameterCount({ ...base, filters, activation: "tanh", residual: true })
  const scaled = ["digits", "letters"].flatMap((dataset, d) =>
    [2, 4, 8].flatMap((layers, i) => {
      const remainder = 0.1 * (1 + i + 3 * d)
      const more = (depth: number) => (depth === 1 ? 0 : predicts * remainder)
      return networks("scale", `λ = 1, ${layers} layers, ${dataset}`, { layers, dataset, remainder, more })
    })
  )
  return {
    ...{ title: "Ablations", question: "What?" },
    assumptions: [{ name: "engine", value: "wasm", why: "numeric class wasm-f64" }],
    networks: [
      ...networks("residual", "without residual connections"),
      ...networks("depth", "all depths", { depths: [8, 4, 2, 1] }),
      ...networks("activation", "tanh"),
      ...networks("rate", "learning rate 0.003"),
      ...networks("subset", "few", { examples: Math.round((1000 * P(2)) / P(4)) }),
      ...networks("width", "broad", { filters: 4 }),
      ...scaled,
      ...networks("gain", "λ 0.1"),
      ...networks("gain", "initial 0.1", { more: () => initial })
    ]
  }
}

const page = async (truth: Truth) => new TextDecoder().decode((await ablationReport(study(truth)))["index.md"])
/** Its claims alone, without pictures. */
const answers = (truth: Truth) => {
  const { networks } = study(truth)
  const trials = inScopes(networks.map(({ trial }) => trial))
  return claimsText(claimsOf(cellsOf(networks.map((one, i) => ({ ...one, trial: trials[i] })))))
}

describe("the report on ablations", () => {
  test("says of each part whether deep and shallow are about equal in it", () => {
    const said = answers({ worse: { activation: 0.3 } })
    expect(said).toMatch(/whatever the learning rate\? yes/)
    expect(said).toMatch(/whatever the activation\? no\.\*\* Tanh: ×1\.3/)
    expect(said).toMatch(/networks of every depth validate about as the parallel one.*\? yes/)
    expect(answers({ worse: { depth: 0.3 } })).toMatch(/networks of every depth .*\? no/)
  })

  test("says whether Q is what matters: whether images and filters agree where it is equal", () => {
    expect(answers({})).toMatch(/do sequential networks have the same gap .*\? yes\.\*\* Q /)
    const other = answers({ images: 0.1 })
    expect(other).toMatch(/do sequential networks have the same gap .*\? no.*\+0\.1/)
    expect(other).toMatch(/is the difference of the gap .* the same .*\? yes/)
  })

  test("says whether R₁ predicts the difference, and what scaled initial values are", () => {
    const said = answers({ predicts: 1, initial: 0.5 })
    expect(said).toMatch(/does R_1 predict .*\? yes\.\*\* λ = 1: ρ \+(0\.[89]|1)/)
    expect(said).toMatch(/For ReLU, do a scaled branch .*\? no/)
    const other = answers({})
    expect(other).not.toMatch(/does R_1 predict .*\? yes/)
    expect(other).toMatch(/For ReLU, do a scaled branch .*\? yes/)
  })

  test("leaves open what few seeds cannot tell", async () => {
    const few = await page({ seeds: 1 })
    expect(few).toMatch(/whatever the learning rate\? .*open|Too few seeds are there/)
  })
})
