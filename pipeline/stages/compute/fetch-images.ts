/** Image files of the project, as one file of labelled images. */
import { decodeAll } from "../../../src/data/files/pictures.ts"
import { join, type Part, writeNamedSets } from "../../../src/data/files/set.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { imageBytes, type ListedSet, listedSets } from "./listed-sets.ts"

const compute: Compute<FetchParameters> = async (context) => {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "images") throw new TypeError(`fetch-images reads image files, not ${source.kind}`)
  const { channels, height, width, classes } = shape
  const pixels = channels * height * width
  const listed = listedSets(context)
  const total = listed.reduce((sum, { files }) => sum + files.length, 0)
  let decoded = 0
  const done = () => {
    if (++decoded % 100 === 0 || decoded === total) context.progress({ done: decoded, total, unit: "images" })
  }
  const read = async (set: ListedSet | undefined): Promise<ReadonlyArray<Part>> => {
    if (set === undefined) return []
    const { files, file } = set
    const images = new Uint8Array(files.length * pixels)
    const whole = { start: 0, count: files.length, at: (i: number) => imageBytes(context, files[i].path) }
    await decodeAll(images, whole, shape, { rule: source.size, threads: context.threads, done })
    return [{ images, file, labels: { file, labels: files.map(({ label }) => label) } }]
  }
  const train = await read(listed[0])
  const test = await read(listed[1])
  const { sets, names } = join({ train, test }, shape, classes, source.names)
  return { dataset: writeNamedSets(sets, names) }
}

export default compute
