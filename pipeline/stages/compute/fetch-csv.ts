/** Tables with an image a row, in files of the project, as one file of labelled images. */
import { product } from "../../../src/data/files/array.ts"
import { openPixelTable, type PixelTable } from "../../../src/data/files/csv.ts"
import { unpackedFile } from "../../../src/data/files/file.ts"
import type { Compute, OutputFile } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { fetched } from "./fetched.ts"
import { openFile, unpacking } from "./own-file.ts"
import { mostBytes } from "./shape.ts"

/** Digits, point, exponent and comma of a number as programs write it. */
const CELL_BYTES = 26

const compute: Compute<FetchParameters, unknown, OutputFile> = (context) => {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "csv") throw new TypeError(`fetch-csv reads tables of pixels, not ${source.kind}`)
  const { label, range, layout, train, test } = source
  const columns = product([shape.channels, shape.height, shape.width]) + 1
  return unpacking(context, async (limits) => {
    const open = async (file: string, count: number): Promise<PixelTable> => {
      const atMost = mostBytes((count + 1) * columns * CELL_BYTES)
      const bytes = await unpackedFile(openFile(context, file, "a table", atMost), file, limits(atMost))
      const rules = { count, label, ...(range && { range }), ...(layout && { layout }) }
      return openPixelTable(bytes, file, shape, rules)
    }
    const tables = {
      train: await open(train, shape.count),
      ...(test !== undefined && { test: await open(test, shape.test) })
    }
    const labels = { train: [tables.train.labels()], test: tables.test === undefined ? [] : [tables.test.labels()] }
    return fetched(context, labels, (sets) => {
      for (const { first, pixels } of tables.train.images()) sets.put("train", first, pixels)
      for (const { first, pixels } of tables.test?.images() ?? []) sets.put("test", first, pixels)
    })
  })
}

export default compute
