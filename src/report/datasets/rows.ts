/** What the study of data sets compares: series of networks on each data set, looked at as declared beforehand. */
import { log } from "../../network/math.ts"
import type { Metrics } from "../../results/metrics.ts"
import { judgeInLooks, type Looked } from "../../statistics/sequential.ts"
import { mean } from "../../statistics/statistics.ts"
import { pageTrend, slope } from "../../statistics/trend.ts"
import { configurationOf } from "../evidence/grid.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import { type Couple, couplesOf, isPair, type Pair } from "../evidence/pairs.ts"
import type { Priced } from "../evidence/prices.ts"
import { inScopes } from "../evidence/scope.ts"
import { type Finished, hasLearned, isFinished, type Trial, type Unplaced } from "../evidence/trial.ts"

/** Networks of one series, on all its data sets. */
export interface Series<T extends Trial = Trial> {
  readonly name: string
  /** "one filter, 1 … 32 layers" */
  readonly title: string
  readonly trials: ReadonlyArray<T>
}

/** What the study declares, with the trials that there are. */
export interface DatasetsTrials {
  readonly trials: ReadonlyArray<Unplaced<Priced>>
  /** Each the trials of its series, by their places in `trials`. */
  readonly series: ReadonlyArray<Omit<Series, "trials"> & { readonly places: ReadonlyArray<number> }>
  /** Networks whose training labels are wrong in part, from few to many. */
  readonly noise: ReadonlyArray<{ readonly share: number; readonly places: ReadonlyArray<number> }>
  /** The linear models, by their places in `trials`. */
  readonly linear: ReadonlyArray<number>
}

/** The trials of each part in their scopes. */
export function placed({ series, noise, linear, trials }: DatasetsTrials) {
  const all = inScopes(trials)
  return {
    all,
    series: series.map(({ places, ...one }): Series<Priced> => ({ ...one, trials: places.map((i) => all[i]) })),
    noise: noise.map(({ share, places }) => ({ share, trials: places.map((i) => all[i]) })),
    linear: linear.map((i) => all[i])
  }
}

/** A score by which parallel and sequential networks are compared: differences of `of` within ±margin count as none. */
export interface Measure {
  readonly name: "validation" | "training" | "accuracy"
  readonly title: string
  readonly better: "lower" | "higher"
  readonly of: (metrics: Metrics) => number
  readonly margin: number
  readonly marginText: string
}

/** A loss below this is taken as this in logarithms: some networks reach 0. */
const LEAST = 1e-8
const ln = (loss: number): number => log(Math.max(loss, LEAST))

/** Losses of different data sets are of different sizes, so their differences are those of logarithms: ratios. */
export const VALIDATION: Measure = {
  name: "validation",
  title: "ln validation loss",
  better: "lower",
  of: (m) => ln(m.validation.loss),
  margin: log(1.1),
  marginText: "a factor of 1.1"
}
export const MEASURES: ReadonlyArray<Measure> = [
  VALIDATION,
  {
    name: "training",
    title: "ln training loss",
    better: "lower",
    of: (m) => ln(m.train.loss),
    margin: log(1.1),
    marginText: "a factor of 1.1"
  },
  {
    name: "accuracy",
    title: "validation accuracy",
    better: "higher",
    of: (m) => m.validation.accuracy,
    margin: 0.005,
    marginText: "0.5 points"
  }
]

/** What is claimed of one series on one data set, and what its pairs say. */
export interface Finding<T extends Trial = Trial> {
  readonly series: Omit<Series, "trials">
  readonly dataset: string
  readonly trials: ReadonlyArray<T>
  readonly configurations: number
  /** Seeds of which every pair has run, up to the first of which one has not. */
  readonly seeds: number
  readonly looked: Readonly<Record<Measure["name"], Looked>>
  /** Pairs of these seeds, and those of them that are in no mean since a partner diverged. */
  readonly pairs: number
  readonly diverged: number
  readonly networks: number
  readonly unlearned: number
}

/** The pairs of each seed, in the order of the seeds, as long as all of a seed's networks have run. */
function complete(couples: ReadonlyArray<Couple>): ReadonlyArray<ReadonlyArray<Couple>> {
  const seeds = distinct(couples.map(({ seed }) => seed)).toSorted(ascending)
  const bySeed = seeds.map((seed) => couples.filter((couple) => couple.seed === seed))
  const ran = ({ sequential, parallel }: Couple) => sequential.metrics !== undefined && parallel.metrics !== undefined
  const first = bySeed.findIndex((own) => !own.every(ran))
  return first < 0 ? bySeed : bySeed.slice(0, first)
}

/** Parallel − sequential, one a seed: the mean over the configurations, those with a diverged partner left out. */
const differencesOf = (seeds: ReadonlyArray<ReadonlyArray<Couple>>, { of }: Measure): ReadonlyArray<number> =>
  seeds.flatMap((couples) => {
    const pairs = couples.filter(isPair)
    return pairs.length === 0 ? [] : [mean(pairs.map(difference(of)))]
  })

const difference =
  (of: Measure["of"]) =>
  ({ sequential, parallel }: Pair): number =>
    of(parallel.metrics) - of(sequential.metrics)

/** Of each series all data sets that it declares are one family, by each measure. */
export function findingsOf<T extends Trial>(
  series: ReadonlyArray<Series<T>>,
  looks: ReadonlyArray<number>
): ReadonlyArray<Finding<T>> {
  return series.flatMap(({ name, title, trials }) => {
    const family = [...groupBy(trials, (t) => t.dataset)].map(([dataset, own]) => {
      const couples = couplesOf(own)
      return {
        dataset,
        own,
        configurations: distinct(couples.map((c) => c.configuration)).length,
        seeds: complete(couples)
      }
    })
    const judged = MEASURES.map((measure) =>
      judgeInLooks(
        family.map(({ seeds }) => differencesOf(seeds, measure)),
        measure.margin,
        looks
      )
    )
    return family.map(({ dataset, own, configurations, seeds }, i): Finding<T> => {
      const pairs = seeds.flat()
      const networks = distinct(
        pairs.filter(isPair).flatMap((pair): ReadonlyArray<Finished> => [pair.sequential, pair.parallel])
      )
      const counts = {
        pairs: pairs.length,
        diverged: pairs.filter((pair) => !isPair(pair)).length,
        networks: networks.length,
        unlearned: networks.filter((one) => !hasLearned(one)).length
      }
      const [validation, training, accuracy] = judged.map((all) => ofLearned(all[i], counts))
      const looked = { validation, training, accuracy }
      return { series: { name, title }, dataset, trials: own, configurations, seeds: seeds.length, looked, ...counts }
    })
  })
}

/** Nothing is decided by networks of which half have learned nothing, and more seeds do not help. */
function ofLearned(looked: Looked, { networks, unlearned }: Pick<Finding, "networks" | "unlearned">): Looked {
  if (looked.seeds === undefined || unlearned * 2 < networks) return looked
  const why = { reason: "not learned", networks: unlearned, of: networks } as const
  return { ...looked, verdict: { kind: "open", why }, next: undefined }
}

/** The same networks with a share of the training labels wrong, on all data sets that are made harder so. */
export interface NoiseLevel<T extends Trial = Trial> {
  readonly share: number
  readonly trials: ReadonlyArray<T>
}

/** How the difference in ln validation loss changes with the share of wrong labels, on one data set. */
export interface Trend {
  readonly dataset: string
  readonly shares: ReadonlyArray<number>
  /** Seeds of which all pairs have run at every share, up to the first of which one has not. */
  readonly seeds: number
  /** Mean difference at each share, over those seeds; NaN of none. */
  readonly means: ReadonlyArray<number>
  /** Of the change from the least to the greatest share, along the line through a seed's differences. */
  readonly looked: Looked
  /** Page's test, one-sided, that the differences rise with the share, of the seeds of that look. */
  readonly rises: number | undefined
}

/** Trends on all data sets are one family. */
export function trendsOf(levels: ReadonlyArray<NoiseLevel>, looks: ReadonlyArray<number>): ReadonlyArray<Trend> {
  const shares = levels.map(({ share }) => share)
  if (shares.length < 2) return []
  const family = distinct(levels.flatMap(({ trials }) => trials.map((t) => t.dataset))).map((dataset) => {
    const byLevel = levels.map(({ trials }) => complete(couplesOf(trials.filter((t) => t.dataset === dataset))))
    const seeds = Math.min(...byLevel.map((own) => own.length))
    const blocks = Array.from({ length: seeds }, (_, seed) =>
      byLevel.flatMap((own) => differencesOf([own[seed]], VALIDATION))
    ).filter((block) => block.length === shares.length)
    return { dataset, blocks }
  })
  const range = Math.max(...shares) - Math.min(...shares)
  const judged = judgeInLooks(
    family.map(({ blocks }) => blocks.map((block) => range * slope(shares, block))),
    VALIDATION.margin,
    looks
  )
  return family.map(({ dataset, blocks }, i): Trend => {
    const looked = judged[i]
    const rises = looked.seeds === undefined ? undefined : pageTrend(blocks.slice(0, looked.seeds)).p
    const means = shares.map((_, k) => mean(blocks.map((block) => block[k])))
    return { dataset, shares, seeds: blocks.length, means, looked, rises }
  })
}

/** Means of one network over its seeds. */
export interface Average {
  readonly trial: Trial
  readonly seeds: number
  readonly loss: number
  readonly accuracy: number
}

/** The network with the highest mean accuracy on the validation images; undefined where none has finished. */
export function bestOf(trials: ReadonlyArray<Trial>): Average | undefined {
  const groups = groupBy(trials.filter(isFinished), (t) => `${configurationOf(t)}/${t.network.depth}`)
  const averages = [...groups.values()].map((own): Average => {
    const of = (score: (metrics: Metrics) => number) => mean(own.map(({ metrics }) => score(metrics)))
    return {
      trial: own[0],
      seeds: own.length,
      loss: of((m) => m.validation.loss),
      accuracy: of((m) => m.validation.accuracy)
    }
  })
  return averages.toSorted((a, b) => b.accuracy - a.accuracy)[0]
}

/** Parallel − sequential in ln validation loss, by the number of layers or filters, mean over the pairs that there are. */
export function byNetwork(trials: ReadonlyArray<Trial>, axis: "layers" | "filters") {
  const pairs = couplesOf(trials).filter(isPair)
  return [...groupBy(pairs, (pair) => String(pair.sequential.network[axis])).values()]
    .map((own) => ({
      x: own[0].sequential.network[axis],
      value: mean(own.map(difference(VALIDATION.of))),
      pairs: own.length
    }))
    .toSorted((a, b) => a.x - b.x)
}
