/**
 * Grids of trials as values: the axes are the parameters, the trials follow from them. A stage that collects a grid
 * carries a few lines instead of thousands of trials, and its compute module derives the same list. Plain functions.
 */
import { canonical } from "../../src/graph/canonical.ts"
import { batching } from "./batching.ts"
import type { DataSetParameters, Grid, TrainParameters } from "./schemas.ts"

/**
 * Depths of a network of so many layers. "ends": sequential (depth = layers) and parallel (depth = 1), which are one
 * network at one layer; "divisors": all there are, the deepest first.
 */
export function depthsOf(layers: number, depths: Grid["depths"]): ReadonlyArray<number> {
  const divisors = Array.from({ length: layers }, (_, i) => layers - i).filter((depth) => layers % depth === 0)
  return depths === "divisors" ? divisors : divisors.filter((depth) => depth === layers || depth === 1)
}

/** All trials of a grid; those of one configuration and seed, which differ in depth alone, stand together. */
export function configurationsOf(grid: Grid): ReadonlyArray<ReadonlyArray<TrainParameters>> {
  const { datasets, layers, filters, kernels, activations, seeds, depths, batched, ...training } = grid
  return datasets.flatMap((dataset) =>
    activations.flatMap((activation) =>
      kernels.flatMap((kernel) =>
        filters.flatMap((width) =>
          layers.flatMap((count) =>
            seeds.map((seed) =>
              depthsOf(count, depths).map((depth) => ({
                dataset,
                layers: count,
                depth,
                filters: width,
                kernel,
                activation,
                residual: true,
                seed,
                ...training,
                ...batching(batched, width)
              }))
            )
          )
        )
      )
    )
  )
}

export const trialsOf = (grids: ReadonlyArray<Grid>): ReadonlyArray<TrainParameters> =>
  grids.flatMap((grid) => configurationsOf(grid).flat())

/** The same where grids may have trials in common: each once. */
export const distinctTrialsOf = (grids: ReadonlyArray<Grid>): ReadonlyArray<TrainParameters> => [
  ...new Map(trialsOf(grids).map((trial) => [canonical(trial), trial])).values()
]

/** The data sets of some trials, each once, in the order in which they come. */
export const dataSetsOf = (trials: ReadonlyArray<TrainParameters>): ReadonlyArray<DataSetParameters> => [
  ...new Map(trials.map(({ dataset }) => [canonical(dataset), dataset])).values()
]

/** A trial that two of the grids have in common, if any. */
export function commonTrial(grids: ReadonlyArray<Grid>): TrainParameters | undefined {
  for (const [i, one] of grids.entries()) {
    for (const other of grids.slice(i + 1)) {
      const common = intersection(one, other)
      if (common !== undefined) return configurationsOf(common)[0][0]
    }
  }
  return undefined
}

/** What two grids have in common: both ends of every number of layers, whichever depths they take. */
function intersection(one: Grid, other: Grid): Grid | undefined {
  const { datasets, layers, filters, kernels, activations, seeds, depths: _, ...training } = one
  const { datasets: d, layers: l, filters: f, kernels: k, activations: a, seeds: s, depths: __, ...rest } = other
  if (canonical(training) !== canonical(rest)) return undefined
  const [dataset] = common(datasets, d)
  const [count] = common(layers, l)
  const [width] = common(filters, f)
  const [kernel] = common(kernels, k)
  const [activation] = common(activations, a)
  const [seed] = common(seeds, s)
  if (!dataset || count === undefined || width === undefined || !kernel || !activation || seed === undefined)
    return undefined
  return {
    ...training,
    depths: "ends",
    datasets: [dataset],
    layers: [count],
    filters: [width],
    kernels: [kernel],
    activations: [activation],
    seeds: [seed]
  }
}

function common<A>(one: ReadonlyArray<A>, other: ReadonlyArray<A>): ReadonlyArray<A> {
  const there = new Set(other.map(canonical))
  return one.filter((value) => there.has(canonical(value)))
}

/**
 * Histories are collected where curves are drawn, of the networks with the fewest filters, and where the best epoch may
 * be told: not where the official test set validates.
 */
export function takesHistory(grids: ReadonlyArray<Grid>): (trial: TrainParameters) => boolean {
  const fewest = Math.min(...grids.flatMap((grid) => grid.filters))
  return ({ filters, dataset }) => filters === fewest || dataset.validation !== "test"
}

/** Measured rates of training, by which reports on grids tell prices. */
export const RATES = "pipeline/rates.json"
