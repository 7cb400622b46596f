/** What the mechanisms say, each question by its test over the kinds of network. */
import { log } from "../../network/math.ts"
import type { Mechanisms } from "../../results/mechanisms.ts"
import { mean } from "../../statistics/statistics.ts"
import { ln, validationAtLoss } from "../evidence/equal-loss.ts"
import { type Family, familyClaim, type Member } from "../evidence/families.ts"
import { distinct } from "../evidence/groups.ts"
import { isFinished } from "../evidence/trial.ts"
import type { Claim } from "../page/claims.ts"
import { signed } from "../page/format.ts"
import {
  type Architecture,
  differenceAtLoss,
  distancesBy,
  endOf,
  fallOfGradient,
  fartherLater,
  growthSlopes,
  type Kind,
  type Looked,
  networksOf,
  pairs,
  quarterCosines,
  type Start,
  startOf,
  times
} from "./rows.ts"

const RATIO = { margin: log(1.1), marginText: "a factor of 1.1", show: times } as const

type Measured = (found: Mechanisms) => number | undefined
const eachOf = <T>(all: ReadonlyArray<T>, of: (one: T) => number | undefined): ReadonlyArray<number> =>
  all.flatMap((one) => {
    const value = of(one)
    return value === undefined || !Number.isFinite(value) ? [] : [value]
  })

const seedsOf = (seeds: ReadonlyArray<number>): number => distinct(seeds).length

/** Do gradients get smaller towards the first layers? */
function vanishing(kinds: ReadonlyArray<Kind>, seeds: number): ReadonlyArray<Family> {
  const moments = [
    ["at initialization", startOf],
    ["after training", endOf]
  ] as const
  return [false, true].flatMap((residual) =>
    moments.map(
      ([when, at]): Family => ({
        question: `${residual ? "With" : "Without"} residual connections, is the gradient by the first layer of sequential networks smaller than by the last, ${when}?`,
        measure: `gradient, last / first layer, ${residual ? "with" : "without"} residual connections, ${when}`,
        yes: "above",
        margin: log(2),
        marginText: "a factor of 2",
        show: times,
        members: kinds.map((kind) => ({
          name: kind.name,
          differences: eachOf(networksOf(kind, "sequential", residual), (one) => {
            const found = at(one)
            return found && fallOfGradient(found)
          })
        })),
        seeds,
        figure: "gradients"
      })
    )
  )
}

/** With residual connections and without, of both architectures. */
function identity(kinds: ReadonlyArray<Kind>, seeds: number): ReadonlyArray<Family> {
  const members = (of: (pair: readonly [Looked, Looked]) => number | undefined): ReadonlyArray<Member> =>
    (["sequential", "parallel"] satisfies ReadonlyArray<Architecture>).flatMap((architecture) =>
      kinds.map((kind) => ({
        name: `${architecture}, ${kind.name}`,
        differences: eachOf(pairs(networksOf(kind, architecture, false), networksOf(kind, architecture, true)), of)
      }))
    )
  return [
    {
      question: "Is the training loss at the end lower with residual connections than without?",
      measure: "ln training loss, without / with residual connections",
      yes: "above",
      ...RATIO,
      members: members(([without, with_]) =>
        isFinished(without.trial) && isFinished(with_.trial)
          ? ln(without.trial.metrics.train.loss) - ln(with_.trial.metrics.train.loss)
          : undefined
      ),
      seeds
    },
    {
      question: "At equal training loss, is the validation loss lower with residual connections than without?",
      measure: "ln validation loss at equal training loss, without / with residual connections",
      yes: "above",
      ...RATIO,
      members: members(([one, other]) => validationAtLoss([one.trial, other.trial])),
      seeds
    }
  ]
}

const between = (kinds: ReadonlyArray<Kind>, of: Measured): ReadonlyArray<Member> =>
  kinds.map((kind) => ({
    name: kind.name,
    differences: eachOf(pairs(networksOf(kind, "sequential", true), networksOf(kind, "parallel", true)), (pair) =>
      differenceAtLoss(pair, of)
    )
  }))

const logarithm =
  (of: Measured): Measured =>
  (found) => {
    const value = of(found)
    return value === undefined || value <= 0 ? undefined : log(value)
  }

/** Measures by which sequential and parallel networks are set side by side at equal training loss. */
const SMOOTHNESS: ReadonlyArray<readonly [title: string, of: Measured]> = [
  ["norm of the gradient by the image", ({ inputGradient }) => inputGradient],
  ["mean squared Jacobian of the logits by the image", ({ inputJacobian }) => inputJacobian],
  ["change of the gradient along lines between images", ({ lines }) => lines?.change ?? undefined],
  ["loss added by small noise in the image", ({ loss, noise: [least] }) => least && least.loss - loss],
  ["distance of the layers from their initial values", (found) => mean(distancesBy(found))]
]

const smoothness = (kinds: ReadonlyArray<Kind>, seeds: number): ReadonlyArray<Family> =>
  SMOOTHNESS.map(
    ([title, of]): Family => ({
      question: `At equal training loss, is the ${title} about equal in sequential and parallel networks, within a factor of 1.1?`,
      measure: `${title}, sequential / parallel at equal training loss`,
      yes: "within",
      ...RATIO,
      members: between(kinds, logarithm(of)),
      seeds
    })
  )

/** What layers do: beside the gradient, by depth, how nonlinear. */
function layers(kinds: ReadonlyArray<Kind>, seeds: number): ReadonlyArray<Family> {
  const atEnd = (of: Measured): ReadonlyArray<Member> =>
    kinds.map((kind) => ({
      name: kind.name,
      differences: eachOf(networksOf(kind, "sequential", true), (one) => {
        const found = endOf(one)
        return found && of(found)
      })
    }))
  const cosine = { yes: "above", margin: 0.01, marginText: "0.01", show: signed, seeds, figure: "cosines" } as const
  return [
    {
      question: "In trained sequential networks, does the last quarter of the layers point along −∂L/∂h?",
      measure: "cos(f_i(h), −∂L/∂h), last quarter of the layers",
      ...cosine,
      members: atEnd((found) => quarterCosines(found)?.last)
    },
    {
      question:
        "In trained sequential networks, does the last quarter of the layers point along −∂L/∂h more than the first quarter?",
      measure: "cos(f_i(h), −∂L/∂h), last less first quarter",
      ...cosine,
      members: atEnd((found) => {
        const quarters = quarterCosines(found)
        return quarters && quarters.last - quarters.first
      })
    },
    {
      question: "Do later layers of sequential networks go further from their initial values?",
      measure: "Spearman's correlation of distance and place",
      yes: "above",
      ...{
        margin: 0.1,
        marginText: "0.1",
        show: (value) => `ρ ${signed(value)}`,
        members: atEnd(fartherLater),
        seeds,
        figure: "distances"
      }
    },
    {
      question:
        "At equal training loss, do ways through sequential networks meet more active nonlinearities than ways through parallel ones?",
      measure: "active nonlinearities on a way, sequential − parallel at equal training loss",
      yes: "above",
      ...{ margin: 0.5, marginText: "0.5", show: signed, seeds },
      members: between(kinds, ({ pathActive }) => pathActive)
    }
  ]
}

/** Does ‖h_d‖ / ‖h_0‖ grow with N at initialization, by the scale of the branch? */
function growth(starts: ReadonlyArray<Start>): ReadonlyArray<Family> {
  const slopes = growthSlopes(starts)
  const seeds = seedsOf(starts.map(({ seed }) => seed))
  return distinct(slopes.map(({ rule }) => rule)).map(
    (rule): Family => ({
      question: `At initialization, is the size of the last state ‖h_d‖ / ‖h_0‖ the same for all numbers of layers, ${rule}?`,
      measure: `slope of ln ‖h_d‖ / ‖h_0‖ over ln N, ${rule}`,
      yes: "within",
      ...{ margin: 0.1, marginText: "0.1", show: (value) => `slope ${signed(value)}`, seeds, figure: "growth" },
      members: slopes.filter((one) => one.rule === rule).map(({ name, slopes }) => ({ name, differences: slopes }))
    })
  )
}

/** The tested questions, in the order of the page. */
export function families(kinds: ReadonlyArray<Kind>, starts: ReadonlyArray<Start>): ReadonlyArray<Family> {
  const seeds = Math.max(0, ...kinds.map(({ networks }) => seedsOf(networks.map(({ trial }) => trial.seed))))
  return [
    ...vanishing(kinds, seeds),
    ...identity(kinds, seeds),
    ...layers(kinds, seeds),
    ...smoothness(kinds, seeds),
    ...growth(starts)
  ]
}

export const claimsOf = (kinds: ReadonlyArray<Kind>, starts: ReadonlyArray<Start>): ReadonlyArray<Claim> =>
  families(kinds, starts).map(familyClaim)
