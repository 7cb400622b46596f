/** What lesions say, each question by its test over the kinds of network. */
import { exp, log } from "../../network/math.ts"
import { type Family, familyClaim } from "../evidence/families.ts"
import { distinct } from "../evidence/groups.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { count, points, signed, significant } from "../page/format.ts"
import { besideIn, cost, disorder, eachSeed, type Kind, meanCost, orderMatters, sequentially, wonBack } from "./rows.ts"

const MARGIN = 0.005
const inPoints = { margin: MARGIN, marginText: "0.5 points", show: (value: number) => `${points(value)} points` }

const seedsOf = (kinds: ReadonlyArray<Kind>): number =>
  Math.max(0, ...kinds.map(({ pairs }) => distinct(pairs.map(({ sequential }) => sequential.trial.seed)).length))

/** Epochs that trainings went on for. */
const goneOn = (kinds: ReadonlyArray<Kind>): number =>
  Math.max(0, ...kinds.flatMap((kind) => eachSeed(kind, ({ goesOn }) => goesOn.halved.metrics?.epochs)))

/** The tested questions, in the order of the page. */
export function families(kinds: ReadonlyArray<Kind>): ReadonlyArray<Family> {
  const seeds = seedsOf(kinds)
  const each = (of: (kind: Kind) => ReadonlyArray<number>) =>
    kinds.map((kind) => ({ name: kind.name, differences: of(kind) }))
  const costs = (question: string, measure: string, of: (kind: Kind) => ReadonlyArray<number>, figure: string) =>
    ({ question, measure, yes: "below", ...inPoints, members: each(of), seeds, figure }) as const
  const beside = (group: (layers: number) => number) => (kind: Kind) =>
    sequentially(kind, (found) => {
      const score = besideIn(found, group(kind.layers))
      return score && cost(found, score)
    })
  return [
    costs(
      "Can a layer be left out of sequential networks at less than 0.5 points of accuracy, on the mean over their layers?",
      "one layer left out, sequential",
      (kind) => sequentially(kind, (found) => meanCost(found, found.without)),
      "without"
    ),
    {
      question: "Does a layer left out cost sequential networks more than parallel ones?",
      measure: "one layer left out, sequential − parallel",
      yes: "above",
      ...inPoints,
      members: each((kind) =>
        eachSeed(kind, ({ sequential: { lesions: deep }, parallel: { lesions: broad } }) =>
          deep === undefined || broad === undefined
            ? undefined
            : meanCost(deep, deep.without) - meanCost(broad, broad.without)
        )
      ),
      seeds,
      figure: "without"
    },
    costs(
      "Can neighbours of sequential networks be swapped at less than 0.5 points, on the mean over the pairs?",
      "two neighbours swapped",
      (kind) => sequentially(kind, (found) => meanCost(found, found.swapped)),
      "shuffled"
    ),
    costs(
      "Can all layers of sequential networks run in reverse order at less than 0.5 points?",
      "all reversed",
      (kind) => sequentially(kind, (found) => cost(found, found.reversed)),
      "shuffled"
    ),
    {
      question: "Does the error of sequential networks grow with the disorder of their layers (Kendall's τ)?",
      measure: "Spearman's correlation of error and disorder",
      yes: "above",
      margin: 0.1,
      marginText: "0.1",
      show: (value) => `ρ ${signed(value)}`,
      members: each((kind) => sequentially(kind, disorder)),
      seeds,
      figure: "shuffled"
    },
    costs(
      "Can neighbours of sequential networks run side by side, at half the depth, at less than 0.5 points?",
      "pairs side by side",
      beside(() => 2),
      "side-by-side"
    ),
    costs(
      "Can all layers of sequential networks run side by side, as one broad layer with their weights, at less than 0.5 points?",
      "all side by side",
      beside((layers) => layers),
      "side-by-side"
    ),
    {
      question: `Does training on for ${count(goneOn(kinds), "epoch")} at half the depth, from pairs side by side, come to the validation loss of as many at the whole depth, within a factor of 1.1?`,
      measure: "trained on, half / whole depth, ln validation loss",
      yes: "below",
      margin: log(1.1),
      marginText: "a factor of 1.1",
      show: (value) => `×${exp(value).toFixed(3)}`,
      members: each((kind) => eachSeed(kind, wonBack)),
      seeds,
      figure: "side-by-side"
    }
  ]
}

/** Rounding alone may tell the orders of a sum apart: in float64, in float32. */
const ROUNDING = { f64: 1e-9, f32: 1e-3 } as const
export type Precision = keyof typeof ROUNDING

/** Parallel layers all see the same: a check of the lesions themselves. */
export function orderClaim(kinds: ReadonlyArray<Kind>, precision: Precision): Claim {
  const question = "Do parallel networks give the same in whatever order their layers are summed?"
  const found = kinds.flatMap((kind) => eachSeed(kind, orderMatters))
  if (found.length === 0) return openClaim(question, "there is nothing yet that could be compared", "")
  const most = Math.max(...found)
  const sentence = `The largest change of the loss in ${count(found.length, "network")} is ${significant(most, 2)} of it; rounding alone makes less than ${significant(ROUNDING[precision], 1)}.`
  return { question, holds: most < ROUNDING[precision], sentence }
}

export const claimsOf = (kinds: ReadonlyArray<Kind>, precision: Precision): ReadonlyArray<Claim> => [
  ...families(kinds).map(familyClaim),
  orderClaim(kinds, precision)
]
