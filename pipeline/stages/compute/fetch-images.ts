/** Image files of the project, as one file of labelled images. */
import { inFolders, inTable, type Listed } from "../../../src/data/files/listing.ts"
import { decodeAll } from "../../../src/data/files/pictures.ts"
import { checkCount, join, type Part, writeNamedSets } from "../../../src/data/files/set.ts"
import type { Compute, ComputeContext } from "../../../src/graph/compute.ts"
import type { FetchParameters, ImagePart } from "../schemas.ts"
import { bytesOfFile } from "./own-file.ts"

type Context = ComputeContext<FetchParameters>

/** No image file, and no table of them, is larger. */
const FILE_BYTES = 256 << 20
function listed(context: Context, part: ImagePart, paths: ReadonlySet<string>): ReadonlyArray<Listed> {
  if (typeof part === "string") return inFolders(part, paths)
  const { table, folder, ...rules } = part
  return inTable(bytesOfFile(context, table, "a table", FILE_BYTES), table, folder, paths, rules)
}

const compute: Compute<FetchParameters> = async (context) => {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "images") throw new TypeError(`fetch-images reads image files, not ${source.kind}`)
  const { channels, height, width, classes } = shape
  const pixels = channels * height * width
  const paths = new Set(Object.keys(context.files).sort())
  const splits = [
    { parts: source.train, count: shape.count },
    { parts: source.test ?? [], count: shape.test }
  ].map(({ parts, count }) => {
    const files = parts.flatMap((part) => listed(context, part, paths))
    checkCount(files.length, count, parts.map(nameOf).join(", "), "images")
    return files
  })
  const total = splits[0].length + splits[1].length
  let decoded = 0
  const done = () => {
    if (++decoded % 100 === 0 || decoded === total) context.progress({ done: decoded, total, unit: "images" })
  }
  const read = async (files: ReadonlyArray<Listed>, file: string): Promise<ReadonlyArray<Part>> => {
    if (files.length === 0) return []
    const images = new Uint8Array(files.length * pixels)
    const at = (i: number) => {
      const file = files[i].path
      return { file, bytes: bytesOfFile(context, file, "an image", FILE_BYTES) }
    }
    const whole = { start: 0, count: files.length, at }
    await decodeAll(images, whole, shape, { rule: source.size, threads: context.threads, done })
    return [{ images, file, labels: { file, labels: files.map(({ label }) => label) } }]
  }
  const train = await read(splits[0], source.train.map(nameOf).join(", "))
  const test = await read(splits[1], (source.test ?? []).map(nameOf).join(", "))
  const { sets, names } = join({ train, test }, shape, classes, source.names)
  return { dataset: writeNamedSets(sets, names) }
}

const nameOf = (part: ImagePart): string => (typeof part === "string" ? part : part.table)

export default compute
