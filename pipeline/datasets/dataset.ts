/** A data set of labelled images, as the files beside this one declare it. */
import { projectPath } from "../../src/graph/paths.ts"
import type { DataSet } from "../../src/graph/pipeline.ts"
import { preprocess } from "../stages/preprocess.ts"
import type { DataSetParameters, FetchParameters } from "../stages/schemas.ts"
import { declareSource } from "../stages/sources.ts"

export interface ImageDataSet extends DataSet {
  /** With the validation set that studies take if they do not say otherwise: split off the training set. */
  readonly parameters: DataSetParameters
}

type Shape = FetchParameters["dataset"]["shape"]

export interface ImageDataSetDeclaration {
  readonly name: string
  readonly title: string
  readonly source: FetchParameters["dataset"]["source"]
  /** `test`: number of images of the official test set, where there is one. */
  readonly shape: Omit<Shape, "test"> & Partial<Shape>
  /** Number of training images that are split off for validation. */
  readonly validation: number
  readonly splitSeed: number
  /** Where published files may be. */
  readonly places?: FetchParameters["places"]
}

export function dataSet({
  title,
  name,
  source,
  places,
  validation,
  splitSeed,
  ...rest
}: ImageDataSetDeclaration): ImageDataSet {
  const shape = { test: 0, ...rest.shape }
  declareSource({
    dataset: { name, source: withPlainPaths(source), shape },
    places: places ?? { folders: [], addresses: {} }
  })
  const parameters = { name, shape, validation, examples: null, splitSeed }
  return {
    name,
    title,
    parameters,
    nodes: () => [preprocess.node({ dataset: shape.test > 0 ? officially(parameters) : parameters })]
  }
}

/** However the paths of files are spelled, they are one data set. */
const withPlainPaths = (source: ImageDataSetDeclaration["source"]) =>
  source.kind === "idx" ? { ...source, images: projectPath(source.images), labels: projectPath(source.labels) } : source

/** The whole training set, with the official test set for validation, as in the paper. */
export const officially = (dataset: DataSetParameters): DataSetParameters => ({ ...dataset, validation: "test" })
