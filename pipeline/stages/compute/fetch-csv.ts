/** Tables with an image a row, in files of the project, as one file of labelled images. */
import { product } from "../../../src/data/files/array.ts"
import { readPixelTable } from "../../../src/data/files/csv.ts"
import { unpackedFile } from "../../../src/data/files/file.ts"
import { join, writeNamedSets } from "../../../src/data/files/set.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { bytesOfFile } from "./own-file.ts"
import { mostBytes } from "./shape.ts"

/** Digits, point, exponent and comma of a number as programs write it. */
const CELL_BYTES = 26

const compute: Compute<FetchParameters> = (context) => {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "csv") throw new TypeError(`fetch-csv reads tables of pixels, not ${source.kind}`)
  const { label, range, layout } = source
  const columns = product([shape.channels, shape.height, shape.width]) + 1
  const parts = (file: string | undefined, count: number) => {
    if (file === undefined) return []
    const atMost = mostBytes((count + 1) * columns * CELL_BYTES)
    const bytes = unpackedFile(bytesOfFile(context, file, "a table", atMost), file, atMost)
    const rules = { count, label, ...(range && { range }), ...(layout && { layout }) }
    return [{ ...readPixelTable(bytes, file, shape, rules), file }]
  }
  const splits = { train: parts(source.train, shape.count), test: parts(source.test, shape.test) }
  const { sets, names } = join(splits, shape, shape.classes, source.names)
  return { dataset: writeNamedSets(sets, names) }
}

export default compute
