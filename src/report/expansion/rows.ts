/** The analysed networks of a study, and their means over the seeds. */

import type { Network } from "../../network/network.ts"
import type { Expansion } from "../../results/expansion.ts"
import type { HistoryLine } from "../../results/history.ts"
import type { Metrics } from "../../results/metrics.ts"
import type { Readout } from "../../results/readout.ts"
import type { Order } from "../../results/terms.ts"
import { mean } from "../../statistics/statistics.ts"
import { ascending, distinct, groupBy } from "../evidence/grid.ts"
import { list } from "../page/format.ts"

/** Trainings that go on: as they were, or in the other architecture with the same weights. */
export const continuations = ["sequential", "sequential → parallel", "parallel", "parallel → sequential"] as const
export type Continuation = (typeof continuations)[number]

/** A sequential network with all that was found out about it; what a failed node would have given is undefined. */
export interface Expanded {
  readonly dataset: string
  readonly network: Network
  readonly seed: number
  /** By epoch, 0 first; the last is the end of the training. */
  readonly moments: ReadonlyArray<{ readonly epoch: number; readonly analysis: Expansion | undefined }>
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
  readonly dataset: string
  readonly network: Network
  readonly seeds: ReadonlyArray<Expanded> // those whose analysis is there, at every moment, and finite
}

/** A diverged network has no numbers. */
export const usable = ({ moments }: Expanded) =>
  moments.every(({ analysis }) => analysis !== undefined && Number.isFinite(analysis.loss))

export function configurationsOf(networks: ReadonlyArray<Expanded>): ReadonlyArray<Configuration> {
  const groups = groupBy(networks, ({ dataset, network }) => JSON.stringify([dataset, network]))
  return [...groups.values()]
    .map((group) => ({ dataset: group[0].dataset, network: group[0].network, seeds: group.filter(usable) }))
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

export const analysisAt = (network: Expanded, moment: number): Expansion => network.moments.at(moment)!.analysis!
/** At the end of the training. */
export const last = (network: Expanded): Expansion => analysisAt(network, -1)

/** Mean over the seeds of one number of an order of the exact terms at the end; null beyond the computed orders. */
export const exactAt = (configuration: Configuration, order: number, of: (order: Order) => number | null) =>
  average(configuration, (network) => {
    const found = last(network).exact[order]
    return found === undefined ? null : of(found)
  })

/** Scores of a truncation (null: the whole network) through a dense layer, on validation images. */
export const readoutAt = (
  configuration: Configuration,
  order: number | null,
  layer: "trained" | "retrained",
  of: "loss" | "accuracy" = "accuracy"
) => average(configuration, ({ readout }) => readout?.find((r) => r.order === order)?.[layer].validation[of])

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
  `${layers} layers, ${filters} ${filters === 1 ? "filter" : "filters"}, ${activation}`

/** The configurations along an axis: all layers at the fewest filters, of one activation. */
export function layerSeries(
  configurations: ReadonlyArray<Configuration>,
  dataset: string,
  activation: string
): ReadonlyArray<Configuration> {
  const own = configurations.filter((c) => c.dataset === dataset && c.network.activation === activation)
  const fewest = Math.min(...own.map(({ network }) => network.filters))
  return own.filter(({ network }) => network.filters === fewest)
}

/**
 * The configurations with the number of layers and the activation that has most numbers of filters; more layers where
 * several have as many.
 */
export function filterSeries(
  configurations: ReadonlyArray<Configuration>,
  dataset: string
): ReadonlyArray<Configuration> {
  const own = configurations.filter((c) => c.dataset === dataset)
  const groups = groupBy(own, ({ network: { layers, activation } }) => `${layers}/${activation}`)
  return [...groups.values()].reduce((best, group) => {
    const more = group.length - best.length || group[0].network.layers - best[0].network.layers
    return more > 0 ? group : best
  })
}
