/**
 * Image files of the project that need not fit into memory, as one file of labelled images: the bytes that fetch-images.ts
 * gives. What is decoded is on disk, and the next attempt goes on from there.
 */
import { join } from "node:path"
import { classesOf } from "../../../src/data/files/labels.ts"
import { decodeAll } from "../../../src/data/files/pictures.ts"
import { noteReached, openSetsFile, reached } from "../../../src/data/stored.ts"
import type { Compute, OutputFile } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { imageBytes, listedSets } from "./listed-sets.ts"

/** Images that are decoded before they are written. */
const AT_ONCE = 512

const compute: Compute<FetchParameters, unknown, OutputFile> = async (context) => {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "images") throw new TypeError(`fetch-images-large reads image files, not ${source.kind}`)
  const pixels = shape.channels * shape.height * shape.width
  const splits = listedSets(context)
  const { labels, names } = classesOf(
    splits.map(({ files, file }) => ({ file, labels: files.map(({ label }) => label) })),
    shape.classes,
    source.names
  )
  const setName = (split: number) => (splits.length === 1 ? "" : ["train", "test"][split])
  const planned = Object.fromEntries(splits.map((_, split) => [setName(split), { labels: labels[split] }]))
  const path = join(context.scratch("key"), "images.safetensors")
  const note = join(context.scratch("key"), "reached")
  const file = openSetsFile(path, shape, planned, { names: JSON.stringify(names) })
  const total = splits.reduce((sum, { files }) => sum + files.length, 0)
  const before = Math.min(total, reached(note))
  let decoded = before
  const done = () => {
    if (++decoded % 100 === 0 || decoded === total) context.progress({ done: decoded, total, unit: "images" })
  }
  const some = new Uint8Array(AT_ONCE * pixels)
  try {
    let start = 0 // of a split, among all images
    for (const [split, { files }] of splits.entries()) {
      for (let first = 0; first < files.length; first += AT_ONCE) {
        const count = Math.min(AT_ONCE, files.length - first)
        if (start + first + count <= before) continue
        const these = { start: 0, count, at: (i: number) => imageBytes(context, files[first + i].path) }
        await decodeAll(some, these, shape, { rule: source.size, threads: context.threads, done })
        file.put(setName(split), first, some.subarray(0, count * pixels))
        file.sync()
        noteReached(note, start + first + count)
      }
      start += files.length
    }
  } finally {
    file.close()
  }
  return { dataset: { path } }
}

export default compute
