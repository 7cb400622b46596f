/** Image files in a published archive, in folders of their classes, as one file of labelled images. */
import { DataError } from "../../../src/data/errors.ts"
import { picturesIn } from "../../../src/data/files/archive.ts"
import { decodeAll, type ImageFile } from "../../../src/data/files/pictures.ts"
import { checkCount, join, type Part, writeNamedSets } from "../../../src/data/files/set.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { acquired } from "./acquired.ts"
import { mostBytes } from "./shape.ts"

/** Pictures that are decoded together. */
const AT_ONCE = 256

const compute: Compute<FetchParameters> = async (context) => {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "published") throw new TypeError(`fetch-published-images reads archives, not ${source.kind}`)
  const { count, test, channels, height, width, classes } = shape
  const pixels = channels * height * width
  const total = count + test
  const archives = await acquired(context, mostBytes(total * (pixels + 1)))
  let decoded = 0
  const done = () => {
    if (++decoded % 100 === 0 || decoded === total) context.progress({ done: decoded, total, unit: "images" })
  }
  const read = async ([archive, folder]: ReadonlyArray<string>, count: number): Promise<ReadonlyArray<Part>> => {
    const file = `${archive}:${folder}`
    const images = new Uint8Array(count * pixels)
    const labels: Array<string> = []
    let waiting: Array<ImageFile> = []
    const flush = async () => {
      const some = { start: labels.length - waiting.length, count: waiting.length, at: (i: number) => waiting[i] }
      await decodeAll(images, some, shape, { rule: source.size, threads: context.threads, done })
      waiting = []
    }
    for await (const { bytes, label, name } of picturesIn(archives[archive], archive, folder)) {
      if (labels.length === count) {
        const advice = `correct the shape in the declaration of the data set '${context.parameters.dataset.name}'`
        throw new DataError({ file, expected: `${count} images`, found: "more of them", advice })
      }
      labels.push(label)
      waiting.push({ bytes, file: name })
      if (waiting.length === AT_ONCE) await flush()
    }
    await flush()
    checkCount(labels.length, count, file, "images")
    return [{ images, file, labels: { file, labels } }]
  }
  const splits = { train: await read(source.train, count), test: await read(source.test, test) }
  const { sets, names } = join(splits, shape, classes, source.names)
  return { dataset: writeNamedSets(sets, names) }
}

export default compute
