/** Image files in a published archive, in folders of their classes, as one file of labelled images. */
import { DataError } from "../../../src/data/errors.ts"
import { picturesIn } from "../../../src/data/files/archive.ts"
import { checkCount } from "../../../src/data/files/set.ts"
import type { Compute, OutputFile } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { acquired } from "./acquired.ts"
import { decoded, type Pictures } from "./fetched.ts"
import { mostBytes } from "./shape.ts"

const compute: Compute<FetchParameters, unknown, OutputFile> = async (context) => {
  const { source, shape, name } = context.parameters.dataset
  if (source.kind !== "published") throw new TypeError(`fetch-published-images reads archives, not ${source.kind}`)
  const { count, test, channels, height, width } = shape
  const archives = await acquired(context, mostBytes((count + test) * (channels * height * width + 1)))
  /** The archive is gone through twice, since all labels are wanted before the first picture. */
  const open = async ([archive, folder]: ReadonlyArray<string>, count: number): Promise<Pictures> => {
    const file = `${archive}:${folder}`
    const labels: Array<string> = []
    for await (const { label } of picturesIn(archives[archive], archive, folder)) {
      if (labels.length === count) {
        const advice = `correct the shape in the declaration of the data set '${name}'`
        throw new DataError({ file, expected: `${count} images`, found: "more of them", advice })
      }
      labels.push(label)
    }
    checkCount(labels.length, count, file, "images")
    return {
      count,
      labels: [{ file, labels }],
      async *files() {
        for await (const { name, bytes } of picturesIn(archives[archive], archive, folder))
          yield { file: name, bytes: () => bytes, kept: bytes.length }
      }
    }
  }
  return decoded(context, source.size, {
    train: await open(source.train, count),
    test: await open(source.test, test)
  })
}

export default compute
