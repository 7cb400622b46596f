/** Every image of a set corrupted, one after another: it need not fit into memory. */
import { join } from "node:path"
import { corruptPicture } from "../../../src/data/corruptions/corrupted.ts"
import { imageSetOf } from "../../../src/data/examples.ts"
import { copyImage } from "../../../src/data/images.ts"
import { writeSet } from "../../../src/data/stored.ts"
import type { Compute, OutputFile } from "../../../src/graph/compute.ts"
import type { CorruptParameters } from "../corrupt.ts"

const compute: Compute<CorruptParameters, unknown, OutputFile> = ({ parameters, inputs, scratch, progress }) => {
  const { kind, severity } = parameters
  const set = imageSetOf(inputs.images)
  const { channels, height, width, count } = set
  const bytes = new Uint8Array(channels * height * width)
  const path = join(scratch("key"), "images.safetensors")
  writeSet(path, set, { labels: set.labels }, (i, to, at) => {
    copyImage(set.images, i, bytes.length, bytes, 0)
    to.set(corruptPicture({ channels, height, width, bytes }, kind, severity), at)
    if ((i + 1) % 500 === 0) progress({ done: i + 1, total: count, unit: "images" })
  })
  return { images: { path } }
}

export default compute
