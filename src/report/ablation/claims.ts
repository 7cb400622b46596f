/** What the ablations say, each question by its test over the levels of a part. */
import { exp } from "../../network/math.ts"
import { type Family, familyClaim, type Member } from "../evidence/families.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import { isFinished } from "../evidence/trial.ts"
import type { Claim } from "../page/claims.ts"
import { signed, significant } from "../page/format.ts"
import {
  type Ablated,
  atEnd,
  atEqualLoss,
  type Cell,
  deepPairs,
  depthsIn,
  equalRatios,
  FACTOR,
  gap,
  lnTraining,
  lnValidation,
  PARTS,
  type Pair,
  type Part,
  pairsAt,
  predictedIn,
  predictions,
  ratioIn,
  ruleOf,
  WHATEVER
} from "./rows.ts"

const RATIO = {
  margin: FACTOR,
  marginText: "a factor of 1.1",
  show: (value: number) => `×${exp(value).toFixed(3)}`
} as const

const eachOf = (pairs: ReadonlyArray<Pair>, of: (pair: Pair) => number | undefined): ReadonlyArray<number> =>
  pairs.flatMap((pair) => of(pair) ?? [])

const seedsOf = (cells: ReadonlyArray<Cell>): number =>
  Math.max(0, ...cells.map(({ networks }) => distinct(networks.map(({ trial }) => trial.seed)).length))

/** Is the difference about equal at every level of a part? */
function levels(cells: ReadonlyArray<Cell>, part: Part, seeds: number): Family {
  const own = cells.filter((cell) => cell.part === part)
  return {
    question: `At equal training loss, is the validation loss of sequential and parallel networks about equal, within a factor of 1.1, ${WHATEVER[part]}?`,
    measure: `validation loss at equal training loss, sequential / parallel: ${PARTS[part]}`,
    yes: "within",
    ...RATIO,
    members: own.map((cell) => ({ name: cell.level, differences: eachOf(deepPairs(cell), atEqualLoss) })),
    seeds,
    figure: "differences"
  }
}

/** Every depth against the parallel network. */
function depths(cells: ReadonlyArray<Cell>, seeds: number): Family {
  const own = cells.filter(({ part }) => part === "depth")
  return {
    question:
      "At equal training loss, do networks of every depth validate about as the parallel one, within a factor of 1.1?",
    measure: "validation loss at equal training loss, depth d / parallel",
    yes: "within",
    ...RATIO,
    members: own.flatMap((cell) =>
      depthsIn(cell).map((depth) => ({
        name: `depth ${depth}`,
        differences: eachOf(pairsAt(cell, depth), atEqualLoss)
      }))
    ),
    seeds,
    figure: "differences"
  }
}

/** Q by images and by filters: what both ways give at the same Q, and what depth makes of it. */
function ratios(cells: ReadonlyArray<Cell>, seeds: number): ReadonlyArray<Family> {
  const pairs = equalRatios(cells)
  const members = (of: (subset: Cell, width: Cell) => ReadonlyArray<number>): ReadonlyArray<Member> =>
    pairs.map(([subset, width]) => ({ name: `Q ${significant(ratioIn(subset))}`, differences: of(subset, width) }))
  const gapsAt = (cell: Cell, isDeep: boolean) =>
    cell.networks.flatMap(({ trial }) =>
      isFinished(trial) && (trial.network.depth === 1) !== isDeep ? [{ seed: trial.seed, value: gap(trial) }] : []
    )
  const bySeed = (a: ReadonlyArray<{ seed: number; value: number }>, b: typeof a) =>
    a.flatMap(({ seed, value }) => {
      const other = b.find((one) => one.seed === seed)
      return other === undefined ? [] : [value - other.value]
    })
  const differences = (cell: Cell) =>
    deepPairs(cell).flatMap((pair) => {
      const value = atEnd(gap)(pair)
      return value === undefined ? [] : [{ seed: pair[0].trial.seed, value }]
    })
  const nats = { margin: 0.02, marginText: "0.02 nats", show: signed } as const
  return [
    ...[true, false].map(
      (isDeep): Family => ({
        question: `At equal Q, do ${isDeep ? "sequential" : "parallel"} networks have the same gap (validation − training loss) by fewer images and by more filters, within 0.02 nats?`,
        measure: `gap at equal Q, by images − by filters, ${isDeep ? "sequential" : "parallel"}`,
        yes: "within",
        ...nats,
        members: members((subset, width) => bySeed(gapsAt(subset, isDeep), gapsAt(width, isDeep))),
        seeds,
        figure: "differences"
      })
    ),
    {
      question:
        "At equal Q, is the difference of the gap between sequential and parallel networks the same by fewer images and by more filters, within 0.02 nats?",
      measure: "difference of the gap at equal Q, by images − by filters",
      yes: "within",
      ...nats,
      members: members((subset, width) => bySeed(differences(subset), differences(width))),
      seeds,
      figure: "differences"
    }
  ]
}

/** Does R_1 predict how far deep and shallow are apart, at a fixed scale of the branch? */
function prediction(cells: ReadonlyArray<Cell>, seeds: number): Family {
  const groups = groupBy(predictedIn(cells), ({ rule }) => rule)
  return {
    question:
      "At a fixed scale of the branch, does R_1 predict how far the validation losses of sequential and parallel networks are apart at equal training loss, over depths and data sets?",
    measure: "Spearman's correlation of R_1 and |ln loss ratio|, one a seed",
    yes: "above",
    ...{ margin: 0.1, marginText: "0.1", show: (value: number) => `ρ ${signed(value)}` },
    members: [...groups].map(([rule, points]) => ({ name: rule, differences: predictions(points) })),
    seeds,
    figure: "predicted"
  }
}

/** For ReLU a scaled branch is a change of parameters: what is left of it after training? */
function reparametrized(cells: ReadonlyArray<Cell>, seeds: number): Family {
  const gains = cells.filter(({ part }) => part === "gain")
  const groups = groupBy(gains, (cell) => ruleOf(cell).replace(/^\S+ /, ""))
  const members = [...groups].flatMap(([rule, own]) => {
    const [scaled, initial] = ["λ", "initial"].map(
      (what) => own.find(({ level }) => level.startsWith(what))?.networks ?? []
    )
    return ["sequential", "parallel"].map((architecture) => {
      const of = (all: ReadonlyArray<Ablated>) =>
        all.filter(({ trial: { network } }) => (network.depth === 1) === (architecture === "parallel"))
      const differences = of(scaled).flatMap((one): ReadonlyArray<number> => {
        const other = of(initial).find(({ trial }) => trial.seed === one.trial.seed)
        const value = other && atEnd(lnValidation)([one, other])
        return value === undefined ? [] : [value]
      })
      return { name: `${architecture}, ${rule}`, differences }
    })
  })
  return {
    question:
      "For ReLU, do a scaled branch and initial values scaled alike come to about the same validation loss, within a factor of 1.1?",
    measure: "validation loss, scaled branch / scaled initial values, relu",
    yes: "within",
    ...RATIO,
    members,
    seeds,
    figure: "differences"
  }
}

/** The tested questions, in the order of the page. */
export function families(cells: ReadonlyArray<Cell>): ReadonlyArray<Family> {
  const seeds = seedsOf(cells)
  const trained: Family = {
    ...levels(cells, "residual", seeds),
    question:
      "Without residual connections, do sequential and parallel networks come to about the same training loss, within a factor of 1.1?",
    measure: "training loss at the end, sequential / parallel",
    members: cells
      .filter(({ part }) => part === "residual")
      .map((cell) => ({ name: cell.level, differences: eachOf(deepPairs(cell), atEnd(lnTraining)) }))
  }
  const parts = ["residual", "activation", "rate", "batch", "subset", "width", "scale"] as const
  const all = [
    prediction(cells, seeds),
    trained,
    ...parts.map((part) => levels(cells, part, seeds)),
    depths(cells, seeds),
    ...ratios(cells, seeds),
    reparametrized(cells, seeds)
  ]
  return all.filter(({ members }) => members.length > 0)
}

export const claimsOf = (cells: ReadonlyArray<Cell>): ReadonlyArray<Claim> => families(cells).map(familyClaim)
