/** Published files, from a local mirror or the network, as one file of labelled images: `train` and `test`. */
import { readCifar } from "../../../src/data/cifar.ts"
import { type ImageSet, imageSet, writeImageSets } from "../../../src/data/examples.ts"
import { classesOf } from "../../../src/data/files/labels.ts"
import { readMatSet } from "../../../src/data/files/mat.ts"
import { writeNamedSets } from "../../../src/data/files/set.ts"
import { readIdxImages } from "../../../src/data/idx.ts"
import { readMedMnist } from "../../../src/data/npz.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { acquired } from "./acquired.ts"
import { checkShape, mostBytes } from "./shape.ts"

/** Labels that are bytes, before they are classes. */
const ANY_LABEL = 256

const compute: Compute<FetchParameters> = async (context) => {
  const { name, source, shape } = context.parameters.dataset
  if (source.kind !== "published") throw new TypeError(`fetch-published reads published files, not ${source.kind}`)
  const { format, names } = source
  const { count, test, channels, height, width } = shape
  const atMost = mostBytes((count + test) * (channels * height * width + 1))
  const files = await acquired(context, atMost)
  const classes = names === undefined ? shape.classes : ANY_LABEL
  const read = (images: number, members: ReadonlyArray<string>, medmnist: Parameters<typeof readMedMnist>[1]) => {
    const parts = members.map((member) => ({ name: member, bytes: files[member], atMost }))
    if (format === "medmnist") return readMedMnist(parts[0].bytes, medmnist, { classes, atMost }, members[0])
    if (format === "svhn") return readSvhn(parts[0].bytes, members[0])
    return format === "idx"
      ? readIdxImages(parts[0], parts[1], { classes, count: images })
      : readCifar(parts, format === "cifar100" ? 2 : 1, classes)
  }
  const readSvhn = (bytes: Uint8Array, file: string): ImageSet => {
    const { images, labels } = readMatSet(bytes, file, shape, { classes, atMost })
    return imageSet({ ...shape, classes }, images, Uint8Array.from(labels.labels, Number), file)
  }
  /** Labels by their names as classes. */
  const numbered = (set: ImageSet, members: ReadonlyArray<string>): ImageSet => {
    if (names === undefined) return set
    const file = members[members.length - 1]
    const { labels } = classesOf([{ file, labels: Array.from(set.labels) }], shape.classes, names)
    return { ...set, labels: labels[0], classes: shape.classes }
  }
  const check = (images: number, members: ReadonlyArray<string>, set: ImageSet) =>
    checkShape({ name, shape: { ...shape, count: images } }, numbered(set, members), members.join(", "))
  const sets = {
    train: check(count, source.train, read(count, source.train, ["train", "val"])),
    test: check(test, source.test, read(test, source.test, ["test"]))
  }
  return { dataset: names === undefined ? writeImageSets(sets) : writeNamedSets(sets, names) }
}

export default compute
