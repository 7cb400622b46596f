/** A data set of labelled images, as the files beside this one declare it. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { checkMembers, type Members, whereDeclared } from "../../src/graph/declared.ts"
import { DeclarationError } from "../../src/graph/errors.ts"
import { projectPath } from "../../src/graph/paths.ts"
import type { DataSet } from "../../src/graph/pipeline.ts"
import { linesOf, problemsIn } from "../../src/graph/problems.ts"
import { data } from "../stages/data.ts"
import { type ArrayPart, FetchParameters, type ImagePart, sourceProblem } from "../stages/fetch-parameters.ts"
import { preprocess } from "../stages/preprocess.ts"
import { DataSetParameters, splitProblem } from "../stages/schemas.ts"
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

const MEMBERS: Members<ImageDataSetDeclaration> = {
  name: "needed",
  title: "needed",
  source: "needed",
  shape: "needed",
  validation: "needed",
  splitSeed: "needed",
  places: "possible"
}

const decode = SchemaParser.decodeUnknownResult(
  Schema.Struct({ ...FetchParameters.fields.dataset.fields, ...DataSetParameters.fields }).check(
    splitProblem,
    sourceProblem
  )
)

/** Declares a data set. Throws `DeclarationError`, with the file and line of the declaration. */
export function dataSet(declaration: ImageDataSetDeclaration): ImageDataSet {
  checkMembers("the data set", declaration, MEMBERS, dataSet)
  const { title, name, source, places, validation, splitSeed } = declaration
  const shape = { test: 0, ...declaration.shape }
  const parameters = { name, shape, validation, examples: null, splitSeed }
  const result = decode({ ...parameters, source }, { errors: "all", onExcessProperty: "error" })
  if (Result.isFailure(result)) {
    const problem = linesOf(problemsIn(result.failure, { ...parameters, source })).join("; ")
    throw new DeclarationError({ where: whereDeclared(`the data set '${name}'`, dataSet), problem })
  }
  declareSource({
    dataset: { name, source: withPlainPaths(source), shape },
    places: places ?? { folders: [], addresses: {} }
  })
  return {
    name,
    title,
    parameters,
    nodes: () => [preprocess.node({ dataset: shape.test > 0 ? officially(parameters) : parameters })],
    page: () => data.node({ name, title }, { publish: `reports/data/${name}` })
  }
}

type Source = ImageDataSetDeclaration["source"]

/** However the paths of files are spelled, they are one data set. */
function withPlainPaths(source: Source): Source {
  switch (source.kind) {
    case "idx":
      return { ...source, images: projectPath(source.images), labels: projectPath(source.labels) }
    case "csv":
      return { ...source, train: projectPath(source.train), ...(source.test && { test: projectPath(source.test) }) }
    case "images":
      return {
        ...source,
        train: each(source.train, plainImages),
        ...(source.test && { test: each(source.test, plainImages) })
      }
    case "parquet":
      return {
        ...source,
        train: each(source.train, projectPath),
        ...(source.test && { test: each(source.test, projectPath) })
      }
    case "arrays":
      return {
        ...source,
        train: each(source.train, plainArrays),
        ...(source.test && { test: each(source.test, plainArrays) })
      }
    default:
      return source
  }
}

type Some<A> = readonly [A, ...ReadonlyArray<A>]

const each = <A>([first, ...rest]: Some<A>, change: (one: A) => A): Some<A> => [
  change(first),
  ...rest.map((one) => change(one))
]

const plainArrays = ({ images, labels }: ArrayPart): ArrayPart => ({
  images: plainPlace(images),
  labels: plainPlace(labels)
})

const plainPlace = (place: ArrayPart["images"]): ArrayPart["images"] =>
  typeof place === "string" ? projectPath(place) : { ...place, file: projectPath(place.file) }

const plainImages = (part: ImagePart): ImagePart =>
  typeof part === "string"
    ? projectPath(part)
    : { ...part, table: projectPath(part.table), folder: projectPath(part.folder) }

/** The whole training set, with the official test set for validation, as in the paper. */
export const officially = (dataset: DataSetParameters): DataSetParameters => ({ ...dataset, validation: "test" })
