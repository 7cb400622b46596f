/** Parquet files of the project that hold image files, as one file of labelled images. */
import { openParquet } from "../../../src/data/files/parquet.ts"
import { checkCount } from "../../../src/data/files/set.ts"
import type { Compute, OutputFile } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { decoded, type Pictures } from "./fetched.ts"
import { openFile } from "./own-file.ts"

const compute: Compute<FetchParameters, unknown, OutputFile> = async (context) => {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "parquet") throw new TypeError(`fetch-parquet reads Parquet files, not ${source.kind}`)
  const { image = "image", label = "label", size } = source
  const open = async (files: ReadonlyArray<string>, count: number): Promise<Pictures> => {
    const opened = await Promise.all(
      files.map(async (file) => ({
        file,
        ...(await openParquet(openFile(context, file, "a Parquet file"), file, { image, label }))
      }))
    )
    const rows = opened.reduce((sum, { rows }) => sum + rows, 0)
    checkCount(rows, count, files.join(", "), "images")
    return {
      count,
      labels: opened.map(({ file, labels }) => ({ file, labels: labels() })),
      *files() {
        for (const { pictures } of opened) yield* pictures()
      }
    }
  }
  return decoded(context, size, {
    train: await open(source.train, shape.count),
    ...(source.test !== undefined && { test: await open(source.test, shape.test) })
  })
}

export default compute
