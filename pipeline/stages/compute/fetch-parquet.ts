/** Parquet files of the project that hold image files, as one file of labelled images. */
import type { Label } from "../../../src/data/files/labels.ts"
import { openParquet } from "../../../src/data/files/parquet.ts"
import { decodeAll } from "../../../src/data/files/pictures.ts"
import { checkCount, join, type Part, writeNamedSets } from "../../../src/data/files/set.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { bytesOfFile } from "./own-file.ts"

const compute: Compute<FetchParameters> = async (context) => {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "parquet") throw new TypeError(`fetch-parquet reads Parquet files, not ${source.kind}`)
  const { image = "image", label = "label", size } = source
  const { channels, height, width, classes } = shape
  const total = shape.count + shape.test
  let decoded = 0
  const done = () => {
    if (++decoded % 100 === 0 || decoded === total) context.progress({ done: decoded, total, unit: "images" })
  }
  const read = async (names: ReadonlyArray<string>, count: number): Promise<ReadonlyArray<Part>> => {
    if (names.length === 0) return []
    const file = names.join(", ")
    const opened = names.map((name) =>
      openParquet(bytesOfFile(context, name, "a Parquet file"), name, { image, label })
    )
    const rows = opened.reduce((sum, { rows }) => sum + rows, 0)
    checkCount(rows, count, file, "images")
    const images = new Uint8Array(count * channels * height * width)
    const labels: Array<Label> = []
    for (const { groups } of opened) {
      for await (const group of groups()) {
        const some = { start: labels.length, count: group.files.length, at: (i: number) => group.files[i] }
        await decodeAll(images, some, shape, { rule: size, threads: context.threads, done })
        for (const one of group.labels) labels.push(one)
      }
    }
    return [{ images, file, labels: { file, labels } }]
  }
  const train = await read(source.train, shape.count)
  const test = await read(source.test ?? [], shape.test)
  const { sets, names } = join({ train, test }, shape, classes, source.names)
  return { dataset: writeNamedSets(sets, names) }
}

export default compute
