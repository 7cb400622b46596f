/** The image files that a data set names. */
import { inFolders, inTable, type Listed } from "../../../src/data/files/listing.ts"
import type { ImageFile } from "../../../src/data/files/pictures.ts"
import { checkCount } from "../../../src/data/files/set.ts"
import type { ComputeContext } from "../../../src/graph/compute.ts"
import type { FetchParameters, ImagePart } from "../fetch-parameters.ts"
import { bytesOfFile } from "./own-file.ts"

type Context = ComputeContext<FetchParameters>

/** No image file, and no table of them, is larger. */
const FILE_BYTES = 256 << 20

export interface ListedSet {
  /** As errors name it. */
  readonly file: string
  readonly files: ReadonlyArray<Listed>
}

/** The training set and, where there is one, the test set; as many files as are declared. Throws `DataError`. */
export function listedSets(context: Context): ReadonlyArray<ListedSet> {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "images") throw new TypeError(`image files are listed, not ${source.kind}`)
  const paths = new Set(Object.keys(context.files).sort())
  const splits = [
    { parts: source.train, count: shape.count },
    { parts: source.test ?? [], count: shape.test }
  ]
  return splits.flatMap(({ parts, count }) => {
    const file = parts.map(nameOf).join(", ")
    const files = parts.flatMap((part) => listed(context, part, paths))
    checkCount(files.length, count, file, "images")
    return parts.length === 0 ? [] : [{ file, files }]
  })
}

function listed(context: Context, part: ImagePart, paths: ReadonlySet<string>): ReadonlyArray<Listed> {
  if (typeof part === "string") return inFolders(part, paths)
  const { table, folder, ...rules } = part
  return inTable(bytesOfFile(context, table, "a table", FILE_BYTES), table, folder, paths, rules)
}

const nameOf = (part: ImagePart): string => (typeof part === "string" ? part : part.table)

export const imageFile = (context: Context, path: string): ImageFile => ({
  file: path,
  bytes: () => bytesOfFile(context, path, "an image", FILE_BYTES)
})
