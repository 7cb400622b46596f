/** What grids of trials have in common. */
import { ParameterError } from "../../src/graph/errors.ts"
import { hint, nearest } from "../../src/graph/nearest.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"

/** The two ends of the family: sequential (depth = layers) and parallel (depth = 1), which are one network at N = 1. */
export const deepAndShallow = (layers: number): ReadonlyArray<number> => (layers === 1 ? [1] : [layers, 1])

/** The data set of a name. Throws `ParameterError`. */
export function dataSetNamed(datasets: ReadonlyArray<ImageDataSet>, name: string, study: string): ImageDataSet {
  const found = datasets.find((dataset) => dataset.name === name)
  if (found !== undefined) return found
  const names = datasets.map((dataset) => dataset.name)
  const problem = `dataset = ${JSON.stringify(name)}: there is no such data set. ${hint(nearest(name, names)) || `There are ${names.join(", ")}.`}`
  throw new ParameterError({ where: `study '${study}'`, problems: [problem] })
}
