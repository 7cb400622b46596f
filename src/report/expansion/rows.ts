/** The analysed networks of a study, and their means over the seeds. */

import type { Network } from "../../network/network.ts"
import type { BlockMeasures, Expansion, Order } from "../../results/expansion.ts"
import type { HistoryLine } from "../../results/history.ts"
import type { Metrics } from "../../results/metrics.ts"
import type { Readout } from "../../results/readout.ts"
import { mean } from "../../statistics/statistics.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import type { Scope } from "../evidence/scope.ts"
import type { Moment, Trial } from "../evidence/trial.ts"
import { count, list } from "../page/format.ts"
/** Trainings that go on: as they were, or in the other architecture with the same weights. */
export const continuations = ["sequential", "sequential → parallel", "parallel", "parallel → sequential"] as const
export type Continuation = (typeof continuations)[number]

/** A network of several blocks with all that was found out about it; what a failed node would have given is undefined. */
export interface Expanded {
  /** Its data set, with what else of its training tells it from others of the study. */
  readonly scope: Scope
  readonly network: Network
  readonly seed: number
  /** By epoch, 0 first; the last is the end of the training. */
  readonly moments: ReadonlyArray<Moment>
  readonly metrics: Metrics | undefined
  /** Scores of the parallel network that was trained by itself, from the same initial values. */
  readonly parallel: Metrics | undefined
  readonly readout: ReadonlyArray<Readout> | undefined
  readonly continued: ReadonlyArray<{
    readonly kind: Continuation
    readonly history: ReadonlyArray<HistoryLine> | undefined
    readonly metrics: Metrics | undefined
  }>
  /** Names of the nodes that made it. */
  readonly nodes: Readonly<Record<string, string>>
}

/** One configuration: everything of a network but its seed. */
export interface Configuration {
  readonly scope: Scope
  /** What figures and claims call its scope; with the kernel, where the study has several: nothing is drawn over these. */
  readonly dataset: string
  readonly network: Network
  readonly seeds: ReadonlyArray<Expanded> // those whose analysis is there, at every moment, and finite
}

/** A diverged network has no numbers. */
export const usable = ({ moments }: Expanded) =>
  moments.length > 0 && moments.every(({ analysis }) => analysis !== undefined && Number.isFinite(analysis.loss))

/** What a study's trials tell of their expansions: those of several blocks that were taken apart. */
export function expandedTrials(trials: ReadonlyArray<Trial>): ReadonlyArray<Expanded> {
  const id = ({ scope, network, seed }: Trial, depth: number) =>
    JSON.stringify([scope.name, { ...network, depth }, seed])
  const byNetwork = new Map(trials.map((trial) => [id(trial, trial.network.depth), trial]))
  return trials
    .filter(({ network, moments }) => network.depth > 1 && moments.length > 0)
    .map((trial) => ({
      scope: trial.scope,
      network: trial.network,
      seed: trial.seed,
      moments: trial.moments,
      metrics: trial.metrics,
      parallel: byNetwork.get(id(trial, 1))?.metrics,
      readout: undefined,
      continued: [],
      nodes: trial.nodes
    }))
}

export function configurationsOf(networks: ReadonlyArray<Expanded>): ReadonlyArray<Configuration> {
  const kernels = distinct(networks.map(({ network }) => network.kernel))
  const named = ({ scope, network }: Expanded) =>
    kernels.length > 1 ? `${scope.name}, kernel ${network.kernel}` : scope.name
  const groups = groupBy(networks, ({ scope, network }) => JSON.stringify([scope.name, network]))
  return [...groups.values()]
    .map((group): Configuration => {
      const [{ scope, network }] = group
      return { scope, dataset: named(group[0]), network, seeds: group.filter(usable) }
    })
    .filter(({ seeds }) => seeds.length > 0)
    .sort(
      ({ network: a }, { network: b }) =>
        (a.activation < b.activation ? -1 : a.activation > b.activation ? 1 : 0) ||
        a.filters - b.filters ||
        a.layers - b.layers
    )
}

/** Mean over the seeds of a number that may not be there. */
export function average({ seeds }: Configuration, of: (network: Expanded) => number | null | undefined): number | null {
  const values = seeds
    .map(of)
    .filter((value): value is number => value !== null && value !== undefined && !Number.isNaN(value))
  return values.length === 0 ? null : mean(values)
}

/**
 * Means of several numbers over the seeds that have all of them, so that they can be set beside each other; undefined
 * where no seed has.
 */
export function together<K extends string>(
  { seeds }: Configuration,
  of: Readonly<Record<K, (network: Expanded) => number | null | undefined>>
): Readonly<Record<K, number>> | undefined {
  const names = Object.keys(of) as Array<K>
  const rows = seeds.flatMap((network) => {
    const values = names.map((name) => of[name](network))
    return values.every((value): value is number => typeof value === "number" && !Number.isNaN(value)) ? [values] : []
  })
  if (rows.length === 0) return undefined
  return Object.fromEntries(names.map((name, i) => [name, mean(rows.map((row) => row[i]))])) as Record<K, number>
}

export const analysisAt = (network: Expanded, moment: number): Expansion => network.moments.at(moment)!.analysis!
/** At the end of the training. */
export const last = (network: Expanded): Expansion => analysisAt(network, -1)

/** Mean over the seeds of one number of an order of the exact terms at the end; null beyond the computed orders. */
export const exactAt = (configuration: Configuration, order: number, of: (order: Order) => number | null) =>
  average(configuration, (network) => {
    const found = last(network).exact[order]
    return found === undefined ? null : of(found)
  })

/** The spectrum's order k at the end, where it was looked at. */
export const spectrumAt = (network: Expanded, order: number) => last(network).spectrum?.[order]
/** The gradient along paths through k blocks at the end. */
export const gradientAt = (network: Expanded, length: number) => last(network).gradient?.[length]
/** Block j, from 0, at a moment. */
export const blockAt = (network: Expanded, moment: number, j: number): BlockMeasures | undefined =>
  analysisAt(network, moment).strength?.perBlock[j]
/** Median over the examples of N·max‖J‖ at a moment. */
export const strengthAt = (network: Expanded, moment: number): number | undefined =>
  analysisAt(network, moment).strength?.whole[1]

/**
 * Validation accuracy of a truncation (null: the whole network) through a dense layer. As trained it is known at least
 * on the images of the analysis.
 */
export function accuracyOf(network: Expanded, order: number | null, layer: "trained" | "retrained") {
  const found = network.readout?.find((r) => r.order === order)
  if (found !== undefined) return found[layer].validation.accuracy
  if (network.readout !== undefined || layer === "retrained") return undefined
  return order === null ? last(network).accuracy : last(network).exact[order]?.accuracy
}

/** " on the 64 images of the analysis": where truncations are scored on a part of the validation set alone; else "". */
export function sampledText(configurations: ReadonlyArray<Configuration>): string {
  const networks = configurations.flatMap(({ seeds }) => seeds)
  return networks.every(({ readout }) => readout === undefined)
    ? ` on the ${count(last(networks[0]).examples, "image")} of the analysis`
    : ""
}

/** Whether networks were linearized too, beside the exact terms. */
export const isLinearized = (configurations: ReadonlyArray<Configuration>): boolean =>
  configurations.some(({ seeds }) => last(seeds[0]).spectrum !== null)

/** Where a network's training went on: validation scores before the first and after the last further epoch. */
export const continuedScores = (network: Expanded, kind: Continuation) => {
  const found = network.continued.find((c) => c.kind === kind)
  const history = found?.history
  if (history === undefined || history.length < 2 || found?.metrics?.status !== "finished") return undefined
  return { start: history[0], end: history[history.length - 1] }
}

/** "10 more epochs": for how long the trainings went on. */
export function moreEpochs(configurations: ReadonlyArray<Configuration>): string {
  const epochs = configurations.flatMap(({ seeds }) =>
    seeds.flatMap((network) => continuations.flatMap((kind) => continuedScores(network, kind)?.end.epoch ?? []))
  )
  const all = distinct(epochs).toSorted(ascending)
  return `${list(all.map(String), "or")} more ${all.length === 1 && all[0] === 1 ? "epoch" : "epochs"}`
}

/** "8 layers, 1 filter, relu" */
export const configurationName = ({ network: { layers, filters, activation } }: Configuration): string =>
  `${count(layers, "layer")}, ${count(filters, "filter")}, ${activation}`

const seedsOf = ({ seeds }: Configuration): ReadonlyArray<number> => seeds.map(({ seed }) => seed)

/** "means of 1 to 8 seeds": what must be said beside numbers that are made of different numbers of seeds; else "". */
export function unequalSeeds(configurations: ReadonlyArray<Configuration>): string {
  const counts = configurations.map(({ seeds }) => seeds.length)
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)]
  return fewest === most ? "" : `means of ${fewest} to ${most} seeds`
}

/** Networks that differ in one axis, each the mean over the same seeds. */
export interface Series {
  readonly networks: ReadonlyArray<Configuration>
  /** Which seeds these are, where some networks have more: "seed 0 alone, which all have"; else "". */
  readonly over: string
}

/** A mean of eight seeds beside a single one compares seeds too: only those count that all networks have. */
function seriesOf(networks: ReadonlyArray<Configuration>): Series {
  if (networks.length === 0) return { networks, over: "" }
  const common = networks.map(seedsOf).reduce((a, b) => a.filter((seed) => b.includes(seed)), seedsOf(networks[0]))
  const cut = networks.some(({ seeds }) => seeds.length > common.length)
  if (!cut) return { networks, over: "" }
  const those = `${common.length === 1 ? "seed" : "seeds"} ${list(common.map(String))}`
  return {
    networks:
      common.length === 0
        ? []
        : networks.map((c) => ({ ...c, seeds: c.seeds.filter(({ seed }) => common.includes(seed)) })),
    over: `${those}${common.length === 1 ? " alone" : ""}, which all have`
  }
}

const isSequential = ({ network: { layers, depth } }: Configuration) => depth === layers

/** The sequential networks along the layers, of one activation: those with the fewest filters. */
export function layerSeries(configurations: ReadonlyArray<Configuration>, dataset: string, activation: string): Series {
  const own = configurations.filter(
    (c) => isSequential(c) && c.dataset === dataset && c.network.activation === activation
  )
  return seriesOf(
    longest(
      own,
      ({ layers: _, depth: __, ...rest }) => rest,
      (a, b) => b.filters - a.filters
    )
  )
}

/** Those along the filters: of the number of layers and the activation that has most; more layers where several have. */
export function filterSeries(configurations: ReadonlyArray<Configuration>, dataset: string): Series {
  const own = configurations.filter((c) => isSequential(c) && c.dataset === dataset)
  return seriesOf(longest(own, ({ filters: _, ...rest }) => rest))
}

/** The largest group of networks that are equal in `rest`, the first of several as large; `first` ranks before size. */
function longest(
  configurations: ReadonlyArray<Configuration>,
  rest: (network: Network) => object,
  first: (a: Network, b: Network) => number = () => 0
): ReadonlyArray<Configuration> {
  const groups = [...groupBy(configurations, ({ network }) => JSON.stringify(rest(network))).values()]
  if (groups.length === 0) return []
  return groups.reduce((best, group) => {
    const [a, b] = [group[0].network, best[0].network]
    const more = first(a, b) || group.length - best.length || a.layers - b.layers
    return more > 0 ? group : best
  })
}
