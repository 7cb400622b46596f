/**
 * The trials of a study, arranged: which series they belong to, what each configuration gave, what is missing.
 */

import type { Network } from "../../network/network.ts"
import { list } from "../page/format.ts"
import { ascending, distinct, groupBy } from "./groups.ts"
import { varyingAxes } from "./scope.ts"
import type { Trial, Unplaced } from "./trial.ts"
/** "sequential" (depth = layers), "parallel" (depth = 1), or between: "depth 4". */
export type Series = string

/**
 * The series that a network belongs to. With one layer the sequential and the parallel network are the same, one
 * node that counts in both.
 */
export function seriesOf({ depth, layers, residual }: Network): ReadonlyArray<Series> {
  const suffix = residual ? "" : ", no residual"
  if (layers === 1) return [`sequential${suffix}`, `parallel${suffix}`]
  return [(depth === layers ? "sequential" : depth === 1 ? "parallel" : `depth ${depth}`) + suffix]
}

/** Sequential, parallel, then the depths between by number, then the ablations. */
export function bySeries(a: Series, b: Series): number {
  const rank = (series: Series): number => {
    const base = series.startsWith("sequential")
      ? 0
      : series.startsWith("parallel")
        ? 1
        : 1 + Number.parseInt(series.slice(6), 10)
    return base + (series.endsWith("no residual") ? 1e6 : 0)
  }
  return rank(a) - rank(b)
}

/** Everything of a network but its depth: what a sequential and a parallel network have in common. */
export function configurationOf({ scope, network: n }: Pick<Trial, "scope" | "network">): string {
  return [scope.name, n.layers, n.filters, n.kernel, n.activation, n.residual].join("/")
}

/** One axis of the grid and its values, in order. */
export interface Axis {
  readonly name: string
  readonly values: ReadonlyArray<string>
}

const names = (values: Iterable<string | number | boolean>): ReadonlyArray<string> => {
  const list = distinct(values)
  const numbers = list.filter((value) => typeof value === "number")
  return (numbers.length === list.length ? numbers.sort(ascending) : list).map(String)
}

export function axes(trials: ReadonlyArray<Unplaced>): ReadonlyArray<Axis> {
  return [
    { name: "data set", values: names(trials.map((t) => t.dataset)) },
    { name: "architecture", values: [...distinct(trials.flatMap((t) => seriesOf(t.network)))].sort(bySeries) },
    { name: "layers", values: names(trials.map((t) => t.network.layers)) },
    { name: "filters", values: names(trials.map((t) => t.network.filters)) },
    { name: "kernel size", values: names(trials.map((t) => t.network.kernel)) },
    { name: "activation", values: names(trials.map((t) => t.network.activation)) },
    ...varyingAxes(trials).map((axis) => ({
      name: axis,
      values: names(trials.map((t) => t.settings[axis] ?? "none"))
    })),
    { name: "seed", values: names(trials.map((t) => t.seed)) }
  ]
}

/** What networks differ in that a mean is taken over, for its heading: ", over layers and filters". */
export function averagedOver(trials: ReadonlyArray<Trial>): string {
  const of: ReadonlyArray<readonly [string, (network: Network) => unknown]> = [
    ["layers", (n) => n.layers],
    ["filters", (n) => n.filters],
    ["kernel sizes", (n) => n.kernel],
    ["activations", (n) => n.activation]
  ]
  const inScope = [...groupBy(trials, (t) => t.scope.name).values()]
  const several = of.filter(([, value]) => inScope.some((own) => new Set(own.map((t) => value(t.network))).size > 1))
  return several.length === 0 ? "" : `, over ${list(several.map(([name]) => name))}`
}

/**
 * Trials of the full product of all networks, kinds of training and seeds that occur, so that a report on a part of it
 * can say so. The depths between 1 and N count where they divide N; a network of one layer counts once. Kinds of
 * training are those that there are: rates that belong to an optimizer make no product with the others.
 */
export function fullGrid(trials: ReadonlyArray<Trial>): number {
  const depths = (layers: number): number =>
    distinct(trials.map(({ network }) => (network.depth === network.layers ? layers : network.depth))).filter(
      (depth) => layers % depth === 0
    ).length
  const size = (value: (trial: Trial) => unknown) => new Set(trials.map(value)).size
  const networks = distinct(trials.map((t) => t.network.layers)).reduce((sum, layers) => sum + depths(layers), 0)
  return (
    networks *
    size((t) => t.scope.name) *
    size((t) => t.network.filters) *
    size((t) => t.network.kernel) *
    size((t) => t.network.activation) *
    size((t) => t.network.residual) *
    size((t) => t.seed)
  )
}

/**
 * The trials along one axis with the other one fixed: for "layers" the series with the fewest filters (the paper's
 * single-filter series), for "filters" those of the number of layers that has the most values (16, as in the paper,
 * where it is among these, otherwise the largest).
 */
export function slice<T extends Trial>(
  trials: ReadonlyArray<T>,
  axis: "layers" | "filters"
): { readonly fixed: number; readonly trials: ReadonlyArray<T> } | undefined {
  const other = axis === "layers" ? "filters" : "layers"
  const series = [...groupBy(trials, (t) => String(t.network[other])).values()]
    .map((group) => ({
      fixed: group[0].network[other],
      trials: group,
      values: new Set(group.map((t) => t.network[axis])).size
    }))
    .filter(({ values }) => values > 1)
    .sort((a, b) => a.fixed - b.fixed)
  if (axis === "layers") return series[0]
  const most = Math.max(...series.map(({ values }) => values))
  const widest = series.filter(({ values }) => values === most)
  return widest.find(({ fixed }) => fixed === 16) ?? widest[widest.length - 1]
}

export interface SeedPoint {
  readonly series: Series
  readonly x: number
  readonly seed: number
  readonly value: number
  /** Networks averaged: those that differ in what is neither `x` nor fixed (kernel sizes, activations). */
  readonly networks: number
}

/** One point a series, x and seed: the mean over whatever else varies, of the trials that have a value. */
export function seedPoints<T extends Trial>(
  trials: ReadonlyArray<T>,
  x: (trial: T) => number,
  value: (trial: T) => number | undefined
): ReadonlyArray<SeedPoint> {
  const cells = new Map<string, { series: Series; x: number; seed: number; sum: number; networks: number }>()
  for (const trial of trials) {
    const v = value(trial)
    if (v === undefined) continue
    for (const series of seriesOf(trial.network)) {
      const key = `${series}/${x(trial)}/${trial.seed}`
      const cell = cells.get(key) ?? { series, x: x(trial), seed: trial.seed, sum: 0, networks: 0 }
      cells.set(key, { ...cell, sum: cell.sum + v, networks: cell.networks + 1 })
    }
  }
  return [...cells.values()]
    .map(({ sum, ...cell }) => ({ ...cell, value: sum / cell.networks }))
    .sort((a, b) => bySeries(a.series, b.series) || a.x - b.x || a.seed - b.seed)
}

export interface MeanPoint {
  readonly series: Series
  readonly x: number
  readonly mean: number
  readonly low: number
  readonly high: number
  readonly seeds: number
}

/** Mean, least and greatest over the seeds. */
export function overSeeds(points: ReadonlyArray<SeedPoint>): ReadonlyArray<MeanPoint> {
  return [...groupBy(points, (p) => `${p.series}/${p.x}`).values()].map((group) => ({
    series: group[0].series,
    x: group[0].x,
    mean: group.reduce((sum, p) => sum + p.value, 0) / group.length,
    low: Math.min(...group.map((p) => p.value)),
    high: Math.max(...group.map((p) => p.value)),
    seeds: group.length
  }))
}

export const seriesIn = (trials: ReadonlyArray<Trial>): ReadonlyArray<Series> =>
  [...distinct(trials.flatMap((trial) => seriesOf(trial.network)))].sort(bySeries)
