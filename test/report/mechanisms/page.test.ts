/** The report on mechanisms, on made-up networks: what it claims, and the opposite where that holds. */
import { describe, expect, test } from "vitest"
import { exp } from "../../../src/network/math.ts"
import { type Network, overdetermination, parameterCount } from "../../../src/network/network.ts"
import { random } from "../../../src/network/philox.ts"
import { claimsOf } from "../../../src/report/mechanisms/claims.ts"
import { type MechanismsReport, mechanismsReport } from "../../../src/report/mechanisms/page.ts"
import { kindsOf } from "../../../src/report/mechanisms/rows.ts"
import type { Mechanisms } from "../../../src/results/mechanisms.ts"
import { claimsText } from "../claims-text.ts"

interface Truth {
  /** ln by which the gradient falls from layer to layer, with residual connections and without. */
  readonly falls?: readonly [with_: number, without: number]
  /** ln of what networks without residual connections have more of validation loss. */
  readonly worse?: number
  /** Cosines of the first and of later layers. */
  readonly cosines?: readonly [first: number, last: number]
  /** ln of what sequential networks have more of each measure of smoothness at any loss; nonlinearities on a way. */
  readonly rougher?: number
  readonly active?: number
  /** Power of N by which the state grows without a scale. */
  readonly power?: number
  readonly seeds?: number
}

function study(truth: Truth): MechanismsReport {
  const { falls = [0, 0], worse = 0, cosines = [0, 0], rougher = 0, active = 0, power = 0, seeds = 8 } = truth
  const { uniform } = random(0, "test/mechanisms")
  const noisy = (value: number, by = 0.02) => value * (1 + by * (uniform() - 0.5))
  const networkOf = (layers: number, depth: number, residual: boolean): Network => ({
    ...{ channels: 1, height: 6, width: 6, classes: 10, filters: 2, kernel: 3, layers },
    ...{ depth, activation: "tanh", residual }
  })
  const look = ({ layers, depth, residual }: Network, loss: number, grown = 1): Mechanisms => {
    const fall = depth === 1 ? 0 : falls[residual ? 0 : 1]
    const rough = depth === 1 ? 1 : exp(rougher)
    return {
      ...{ examples: 10, loss, accuracy: 0.5 },
      states: Array.from({ length: depth + 1 }, (_, j) => (j === depth ? noisy(grown) : 1)),
      gradients: Array.from({ length: depth + 1 }, () => 1),
      tensors: [
        { name: "stem", gradient: 1, moved: 1, initial: 1 },
        ...Array.from({ length: layers }, (_, i) => ({
          name: `layers.${i}`,
          gradient: noisy(exp(fall * i)),
          moved: noisy(rough),
          initial: 2
        }))
      ],
      layers: Array.from({ length: layers }, (_, i) => ({
        cosine: noisy(cosines[i < layers / 2 ? 0 : 1]),
        ...{ size: 0.1, active: 0.5 }
      })),
      ...{ stemActive: 0.5, pathActive: noisy(3 + (depth === 1 ? 0 : active)), pathLength: residual ? 2 : null },
      // Falls with the loss, so that only equal losses are equal.
      inputGradient: noisy(rough * loss),
      inputJacobian: noisy(rough * loss),
      lines: { change: noisy(rough * loss), cosine: 0.9 },
      noise: [{ deviation: 0.1, loss: loss + 0.1 * noisy(rough * loss), accuracy: 0.4 }]
    }
  }
  const networks = [true, false].flatMap((residual) =>
    [8, 1].flatMap((depth) =>
      Array.from({ length: seeds }, (_, seed): MechanismsReport["networks"][number] => {
        const network = networkOf(8, depth, residual)
        // Parallel networks come further down in as many epochs.
        const losses = depth === 1 ? [2.4, 0.6, 0.1] : [2.4, 0.8, 0.2]
        const validation = noisy(0.3 * (residual ? 1 : exp(worse)))
        const score = (loss: number) => ({ count: 100, loss, accuracy: 0.9 })
        return {
          trial: {
            ...{ dataset: "digits", network, seed, examples: 1000, seconds: 60, guessing: undefined, moments: [] },
            settings: { dataset: "digits", layers: 8, depth, residual, seed, epochs: 2 },
            nodes: { train: `train/${depth}/${residual}/${seed}` },
            history: losses.map((loss, epoch) => ({
              ...{ epoch, loss: epoch === 0 ? null : loss, accuracy: 0.8, gradientNorm: 1 },
              ...{ validationLoss: validation, validationAccuracy: 0.9 }
            })),
            metrics: {
              ...{ status: "finished", epochs: 2, parameters: parameterCount(network) },
              overdetermination: overdetermination(network, 1000),
              ...{ train: score(losses[2] * (residual ? 1 : exp(worse))), validation: score(validation) }
            }
          },
          looks: losses.map((loss, epoch) => ({ epoch, found: look(network, loss) }))
        }
      })
    )
  )
  const starts = ["λ = 1", "λ = 1/N"].flatMap((rule) =>
    [2, 4, 8].flatMap((layers) =>
      Array.from({ length: seeds }, (_, seed) => {
        const network = networkOf(layers, layers, true)
        const grown = rule === "λ = 1" ? exp(power * Math.log(layers)) : 1
        return { rule, network, seed, found: look(network, 2.4, grown) }
      })
    )
  )
  return {
    ...{ title: "Mechanisms", question: "Why?", networks, starts },
    assumptions: [{ name: "engine", value: "wasm", why: "numeric class wasm-f64" }]
  }
}

const page = async (truth: Truth) => new TextDecoder().decode((await mechanismsReport(study(truth)))["index.md"])
/** Its claims alone, without pictures. */
const answers = (truth: Truth) => {
  const { networks, starts } = study(truth)
  return claimsText(claimsOf(kindsOf(networks).kinds, starts))
}

describe("the report on mechanisms", () => {
  test("says where gradients vanish, and that they do not where they do not", () => {
    const said = answers({ falls: [0, 0.5], worse: 1 })
    expect(said).toMatch(/Without residual .* smaller than by the last, at initialization\? yes\.\*\* .*×3[23]\./)
    expect(said).toMatch(/With residual .* smaller than by the last, after training\? no/)
    expect(said).toMatch(/training loss at the end lower with residual .*\? yes/)
    expect(said).toMatch(/At equal training loss, is the validation loss lower with residual .*\? yes/)
    const other = answers({})
    expect(other).toMatch(/Without residual .* smaller than by the last, at initialization\? no/)
    expect(other).toMatch(/validation loss lower with residual .*\? no/)
  })

  test("compares at equal training loss, not at the end", () => {
    const said = answers({})
    for (const what of [
      "norm of the gradient",
      "mean squared Jacobian",
      "change of the gradient",
      "loss added",
      "distance"
    ])
      expect(said).toMatch(new RegExp(`At equal training loss, is the ${what}[^?]* within a factor of 1.1\\? yes`))
    const rougher = answers({ rougher: 0.5, active: 2 })
    expect(rougher).toMatch(/is the norm of the gradient[^?]*\? no\.\*\* .*×1\.6/)
    expect(rougher).toMatch(/meet more active nonlinearities .*\? yes/)
    expect(said).toMatch(/meet more active nonlinearities .*\? no/)
  })

  test("says which layers point along the gradient, and how states grow", () => {
    const said = answers({ cosines: [0.02, 0.3], power: 0.5 })
    expect(said).toMatch(/last quarter of the layers point along .*\? yes\.\*\* .*\+0\.3/)
    expect(said).toMatch(/more than the first quarter\? yes/)
    expect(said).toMatch(/same for all numbers of layers, λ = 1\? no/)
    expect(said).toMatch(/same for all numbers of layers, λ = 1\/N\? yes/)
    expect(answers({ cosines: [0.3, -0.3] })).toMatch(/last quarter of the layers point along .*\? no/)
  })

  test("leaves open what few seeds cannot tell", async () => {
    const few = await page({ seeds: 1 })
    expect(few).toMatch(/Without residual .*open\.\*\* Too few seeds are there/)
  })
})
