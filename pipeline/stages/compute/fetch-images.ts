/** Image files of the project, as one file of labelled images. */
import { DataError } from "../../../src/data/errors.ts"
import { decode } from "../../../src/data/files/decode.ts"
import { inFolders, inTable, type Listed } from "../../../src/data/files/listing.ts"
import { planarInto } from "../../../src/data/files/pixels.ts"
import { crop, type Picture, resize } from "../../../src/data/files/resize.ts"
import { checkCount, join, type Part, writeNamedSets } from "../../../src/data/files/set.ts"
import type { Compute, ComputeContext } from "../../../src/graph/compute.ts"
import type { FetchParameters, ImagePart } from "../schemas.ts"
import { bytesOfFile } from "./own-file.ts"

type Context = ComputeContext<FetchParameters>
type Source = Extract<FetchParameters["dataset"]["source"], { readonly kind: "images" }>

/** No image file, and no table of them, is larger. */
const FILE_BYTES = 256 << 20
/** What is decoded at once for each thread. */
const AT_ONCE = 4

function listed(context: Context, part: ImagePart, paths: ReadonlySet<string>): ReadonlyArray<Listed> {
  if (typeof part === "string") return inFolders(part, paths)
  const { table, folder, ...rules } = part
  return inTable(bytesOfFile(context, table, "a table", FILE_BYTES), table, folder, paths, rules)
}

/** The picture in the declared size. Throws `DataError` where it has another and nothing says what to do. */
function sized(
  picture: Picture,
  file: string,
  { height, width }: { readonly height: number; readonly width: number },
  size: Source["size"]
) {
  if (picture.width === width && picture.height === height) return picture
  if (size === "crop") return resize(crop(picture, width, height), width, height)
  if (size === "stretch") return resize(picture, width, height)
  const found = `${picture.width}×${picture.height}`
  const advice = 'declare that size, or `size: "crop"` (its middle) or `size: "stretch"`'
  throw new DataError({ file, expected: `a picture of ${width}×${height} (width × height)`, found, advice })
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
  let done = 0
  const read = async (files: ReadonlyArray<Listed>, file: string): Promise<ReadonlyArray<Part>> => {
    if (files.length === 0) return []
    const images = new Uint8Array(files.length * pixels)
    let next = 0
    let fault: { readonly i: number; readonly error: unknown } | undefined
    const put = async (i: number) => {
      const { path } = files[i]
      const bytes = bytesOfFile(context, path, "an image", FILE_BYTES)
      const picture = sized(await decode(bytes, path, channels === 1 ? 1 : 3), path, shape, source.size)
      planarInto(images, i * pixels, picture.data, shape)
      if (++done % 100 === 0 || done === total) context.progress({ done, total, unit: "images" })
    }
    const work = async () => {
      while (fault === undefined && next < files.length) {
        const i = next++
        await put(i).catch((error) => {
          // Of several the first in order is told of, whichever was decoded first.
          if (fault === undefined || i < fault.i) fault = { i, error }
        })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE * context.threads }, work))
    if (fault !== undefined) throw fault.error
    return [{ images, file, labels: { file, labels: files.map(({ label }) => label) } }]
  }
  const train = await read(splits[0], source.train.map(nameOf).join(", "))
  const test = await read(splits[1], (source.test ?? []).map(nameOf).join(", "))
  const { sets, names } = join({ train, test }, shape, classes, source.names)
  return { dataset: writeNamedSets(sets, names) }
}

const nameOf = (part: ImagePart): string => (typeof part === "string" ? part : part.table)

export default compute
