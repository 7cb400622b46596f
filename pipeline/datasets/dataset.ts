/** A data set of labelled images, as the files beside this one declare it. */
import type { DataSet } from "../../src/graph/pipeline.ts"
import { preprocess } from "../stages/preprocess.ts"
import type { DataSetParameters } from "../stages/schemas.ts"

export interface ImageDataSet extends DataSet {
  readonly parameters: DataSetParameters
}

export const dataSet = ({ title, ...parameters }: DataSetParameters & { readonly title: string }): ImageDataSet => ({
  name: parameters.name,
  title,
  parameters,
  nodes: () => [preprocess.node({ dataset: parameters })]
})
