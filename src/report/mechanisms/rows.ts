/** What the study of mechanisms compares: networks of one kind and seed, moment by moment of their training. */
import { exp, log } from "../../network/math.ts"
import type { Mechanisms } from "../../results/mechanisms.ts"
import { mean } from "../../statistics/statistics.ts"
import { slope, spearman } from "../../statistics/trend.ts"
import { LEARNED, ln } from "../evidence/equal-loss.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import type { Priced } from "../evidence/prices.ts"
import { inScopes, namesBeside } from "../evidence/scope.ts"
import type { Unplaced } from "../evidence/trial.ts"
import { count } from "../page/format.ts"

export interface Look {
  readonly epoch: number
  /** Undefined where its node failed or has not run. */
  readonly found: Mechanisms | undefined
}

/** A network with what was measured at each moment of its training, in order. */
export interface Looked<T = Priced> {
  readonly trial: T
  readonly looks: ReadonlyArray<Look>
}

/** A network before training; `rule` says how its branches are scaled with the number of layers. */
export interface Start {
  readonly rule: string
  readonly network: Priced["network"]
  readonly seed: number
  readonly found: Mechanisms | undefined
}

export type Architecture = "sequential" | "parallel"

/** Networks that differ in architecture, residual connections and seed alone. */
export interface Kind {
  readonly name: string
  readonly networks: ReadonlyArray<Looked>
}

export function kindsOf(networks: ReadonlyArray<Looked<Unplaced<Priced>>>) {
  const trials = inScopes(networks.map(({ trial }) => trial))
  const beside = namesBeside(trials.map(({ scope }) => scope))
  const nameOf = ({ trial: { scope, network } }: Looked) =>
    [beside(scope), `${count(network.layers, "layer")}, ${count(network.filters, "filter")}, ${network.activation}`]
      .filter((part) => part !== undefined)
      .join(", ")
  const placed = networks.map((one, i): Looked => ({ ...one, trial: trials[i] }))
  const kinds = [...groupBy(placed, nameOf)].map(([name, own]): Kind => ({ name, networks: own }))
  return { trials, kinds }
}

/** Networks of a kind by architecture, with residual connections or without, by seed. */
export function networksOf({ networks }: Kind, architecture: Architecture, residual: boolean): ReadonlyArray<Looked> {
  return networks.filter(
    ({ trial: { network } }) =>
      network.residual === residual && network.depth === (architecture === "sequential" ? network.layers : 1)
  )
}

/** "sequential", "parallel, no residual" */
export const seriesName = (architecture: Architecture, residual: boolean): string =>
  `${architecture}${residual ? "" : ", no residual"}`

/** Pairs of networks of one seed. */
export const pairs = (
  one: ReadonlyArray<Looked>,
  other: ReadonlyArray<Looked>
): ReadonlyArray<readonly [Looked, Looked]> =>
  one.flatMap((a) => {
    const b = other.find(({ trial }) => trial.seed === a.trial.seed)
    return b === undefined ? [] : [[a, b] as const]
  })

const finite = (looks: ReadonlyArray<Look>) =>
  looks.flatMap(({ found }) => (found !== undefined && Number.isFinite(found.loss) ? [found] : []))

/** The training loss that both networks come down to; undefined where one of them has not learned. */
export function commonLoss(one: Looked, other: Looked): number | undefined {
  const [a, b] = [finite(one.looks), finite(other.looks)]
  if (a.length < 2 || b.length < 2) return undefined
  const least = (looks: ReadonlyArray<Mechanisms>) => Math.min(...looks.map(({ loss }) => loss))
  const level = Math.max(least(a), least(b))
  return level < LEARNED * Math.min(a[0].loss, b[0].loss) ? level : undefined
}

/** A measure where the training loss has come down to a level, between the moments by the logarithm of the loss. */
export function atLoss({ looks }: Looked, level: number, of: (found: Mechanisms) => number | undefined) {
  const found = finite(looks)
  const k = found.findIndex(({ loss }) => loss <= level)
  if (k < 0) return undefined
  const here = of(found[k])
  if (k === 0) return here
  const before = of(found[k - 1])
  if (here === undefined || before === undefined) return undefined
  const fall = ln(found[k - 1].loss) - ln(found[k].loss)
  const part = fall === 0 ? 1 : (ln(found[k - 1].loss) - ln(level)) / fall
  return before + part * (here - before)
}

/** The first network's measure less the second's, where both have come down to the same training loss. */
export function differenceAtLoss(
  [one, other]: readonly [Looked, Looked],
  of: (found: Mechanisms) => number | undefined
): number | undefined {
  const level = commonLoss(one, other)
  if (level === undefined) return undefined
  const [a, b] = [atLoss(one, level, of), atLoss(other, level, of)]
  return a === undefined || b === undefined || !Number.isFinite(a - b) ? undefined : a - b
}

export const startOf = ({ looks }: Looked): Mechanisms | undefined => looks[0]?.found
export const endOf = ({ looks }: Looked): Mechanisms | undefined => looks.at(-1)?.found

const layersIn = ({ tensors }: Mechanisms) => tensors.filter(({ name }) => name.startsWith("layers."))

/** ln of the gradient's norm by the last layer over that by the first. */
export function fallOfGradient(found: Mechanisms): number | undefined {
  const layers = layersIn(found)
  const [first, last] = [layers[0], layers[layers.length - 1]]
  // Gradients may underflow to nothing.
  return layers.length < 2 ? undefined : log(Math.max(last.gradient, 1e-300)) - log(Math.max(first.gradient, 1e-300))
}

export const gradientsBy = (found: Mechanisms) => layersIn(found).map(({ gradient }) => gradient)
export const distancesBy = (found: Mechanisms) => layersIn(found).map(({ moved, initial }) => moved / initial)
export const cosinesBy = (found: Mechanisms) => found.layers.map(({ cosine }) => cosine)

/** Whether layers later in the network go further from their initial values: Spearman's correlation. */
export const fartherLater = (found: Mechanisms): number | undefined => {
  const distances = distancesBy(found)
  return spearman(
    distances.map((_, i) => i),
    distances
  )?.rho
}

/** Mean cosine over the last quarter of the layers, and over the first. */
export function quarterCosines(found: Mechanisms): { readonly first: number; readonly last: number } | undefined {
  const cosines = cosinesBy(found)
  const size = Math.max(1, Math.floor(cosines.length / 4))
  const of = (some: ReadonlyArray<number | null>) => some.filter((cosine): cosine is number => cosine !== null)
  const [first, last] = [of(cosines.slice(0, size)), of(cosines.slice(-size))]
  return first.length === 0 || last.length === 0 ? undefined : { first: mean(first), last: mean(last) }
}

/** ‖h_d‖ / ‖h_0‖ */
export const growth = ({ states }: Mechanisms): number => states[states.length - 1] / states[0]

/** By rule and activation, the slope of ln ‖h_d‖ / ‖h_0‖ over ln N, one a seed. */
export function growthSlopes(starts: ReadonlyArray<Start>) {
  const groups = groupBy(starts, ({ rule, network }) => `${rule}, ${network.activation}`)
  return [...groups].map(([name, own]) => {
    const slopes = distinct(own.map(({ seed }) => seed)).flatMap((seed) => {
      const points = own
        .filter((one) => one.seed === seed && one.found !== undefined && Number.isFinite(growth(one.found)))
        .toSorted((a, b) => ascending(a.network.layers, b.network.layers))
      if (points.length < 2) return []
      return [
        slope(
          points.map(({ network }) => log(network.layers)),
          points.map(({ found }) => log(Math.max(growth(found!), 1e-300)))
        )
      ]
    })
    return { rule: own[0].rule, name, slopes }
  })
}

export const times = (value: number): string =>
  `×${exp(value) >= 1000 ? exp(value).toExponential(1) : exp(value).toFixed(2)}`
