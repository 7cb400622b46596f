/** What grids of trials have in common. */
import { ParameterError } from "../../src/graph/errors.ts"
import { hint, nearest } from "../../src/graph/nearest.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { refused } from "../datasets/refused.ts"
import type { TrainParameters } from "../stages/schemas.ts"
import { trainingOperations } from "../stages/trial.ts"

/** The two ends of the family: sequential (depth = layers) and parallel (depth = 1), which are one network at N = 1. */
export const deepAndShallow = (layers: number): ReadonlyArray<number> => (layers === 1 ? [1] : [layers, 1])

/** The data set of a name. Throws `ParameterError`. */
export function dataSetNamed(datasets: ReadonlyArray<ImageDataSet>, name: string, study: string): ImageDataSet {
  const found = datasets.find((dataset) => dataset.name === name)
  if (found !== undefined) return found
  const names = datasets.map((dataset) => dataset.name)
  const why = Object.hasOwn(refused, name) ? `${refused[name]}.` : undefined
  const problem =
    why ??
    `dataset = ${JSON.stringify(name)}: there is no such data set. ${hint(nearest(name, names)) || `There are ${names.join(", ")}.`}`
  throw new ParameterError({ where: `study '${study}'`, problems: [problem] })
}

export const nonEmpty = <T>(list: ReadonlyArray<T>): readonly [T, ...Array<T>] => {
  const [first, ...rest] = list
  if (list.length === 0) throw new RangeError("expected at least one")
  return [first, ...rest]
}

/** Groups of trials in the order of a budget: by rank, then seeds in order, then cheap before dear. */
export function cheapFirst(
  groups: ReadonlyArray<ReadonlyArray<TrainParameters>>,
  rank: (trial: TrainParameters) => number = () => 0
): ReadonlyArray<ReadonlyArray<TrainParameters>> {
  return groups
    .map((group) => {
      const price = group.reduce((sum, trial) => sum + trainingOperations(trial), 0)
      return { group, rank: rank(group[0]), seed: group[0].seed, price }
    })
    .sort((a, b) => a.rank - b.rank || a.seed - b.seed || a.price - b.price)
    .map(({ group }) => group)
}
