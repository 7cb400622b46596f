/** Published files, from a local mirror or the network, as one file of labelled images: `train` and `test`. */
import { join } from "node:path"
import { readCifar } from "../../../src/data/cifar.ts"
import { type ImageSet, writeImageSets } from "../../../src/data/examples.ts"
import { readIdxImages } from "../../../src/data/idx.ts"
import { readMedMnist } from "../../../src/data/npz.ts"
import { acquire } from "../../../src/data/published.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../schemas.ts"
import { checkShape, mostBytes } from "./shape.ts"

const compute: Compute<FetchParameters> = async ({ parameters: { dataset, places, dataDir }, scratch, progress }) => {
  const { name, source, shape } = dataset
  if (source.kind !== "published") throw new TypeError(`fetch-published reads published files, not ${source.kind}`)
  const { count, test, channels, height, width } = shape
  const atMost = mostBytes((count + test) * (channels * height * width + 1))
  const files = await acquire(name, source, places, {
    atMost,
    mirror: dataDir,
    part: (archive) => join(scratch(), archive),
    progress: (archive, done, total) =>
      progress({ done: megabytes(done), total: megabytes(total ?? done), unit: "MB", message: archive })
  })
  const read = (images: number, members: ReadonlyArray<string>, medmnist: Parameters<typeof readMedMnist>[1]) => {
    const parts = members.map((member) => ({ name: member, bytes: files[member], atMost }))
    const { classes } = shape
    if (source.format === "medmnist") return readMedMnist(parts[0].bytes, medmnist, { classes, atMost }, members[0])
    return source.format === "idx"
      ? readIdxImages(parts[0], parts[1], { classes, count: images })
      : readCifar(parts, source.format === "cifar100" ? 2 : 1, classes)
  }
  const check = (images: number, members: ReadonlyArray<string>, set: ImageSet) =>
    checkShape({ name, shape: { ...shape, count: images } }, set, members.join(", "))
  return {
    dataset: writeImageSets({
      train: check(count, source.train, read(count, source.train, ["train", "val"])),
      test: check(test, source.test, read(test, source.test, ["test"]))
    })
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6)

export default compute
