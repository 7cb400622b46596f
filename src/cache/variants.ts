/**
 * Variants that a project has run: studies with settings that no file declares. Their results stay as those of the
 * declared studies do, until the variant is dropped by its name. A file each, since the index may be thrown away.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { sha256 } from "../graph/key.ts"
import { readVariant, shortName } from "../graph/variant.ts"
import { ensureFolder } from "./aside.ts"
import { writeDurably } from "./blobs.ts"
import { isOwn } from "./names.ts"

const Kept = Schema.Struct({
  name: Schema.String, // in full: `quick@epochs=8`
  ran: Schema.String // UTC, when it was last run
})

export interface Variant {
  /** What it is called in folders and lists. */
  readonly name: string
  /** The name in full, which says its settings. */
  readonly target: string
  readonly ran: string
  /** Path of the file that says so. */
  readonly file: string
}

const read = SchemaParser.decodeUnknownResult(Schema.fromJsonString(Kept))
const folderOf = (cache: string, project: string) => join(cache, "variants", project)
const fileOf = (target: string) => `${sha256(target).slice(0, 32)}.json`

/** All that this project has run and not dropped, by name. */
export function variantsOf(cache: string, project: string): ReadonlyArray<Variant> {
  const folder = folderOf(cache, project)
  let files: ReadonlyArray<string>
  try {
    files = readdirSync(folder).filter(isOwn.variant)
  } catch {
    return []
  }
  return files
    .flatMap((file): ReadonlyArray<Variant> => {
      const kept = read(readText(join(folder, file)))
      return Result.isFailure(kept)
        ? []
        : [
            {
              name: shortName(kept.success.name),
              target: kept.success.name,
              ran: kept.success.ran,
              file: join(folder, file)
            }
          ]
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** The one of a name, in short or in full; or the only one that begins so, where that is no whole name: `quick@opt`. */
export function variantCalled(typed: string, all: ReadonlyArray<Variant>): Variant | undefined {
  const exact = all.find(({ name, target }) => name === typed || target === typed)
  if (exact !== undefined || !typed.includes("@") || readVariant(typed) !== undefined) return exact
  const begin = all.filter(({ target }) => target.startsWith(typed))
  return begin.length === 1 ? begin[0] : undefined
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/** Notes that a variant runs, and when. Throws system errors. */
export function noteVariant(cache: string, project: string, target: string, ran: string): void {
  ensureFolder(cache, folderOf(cache, project))
  const kept: typeof Kept.Type = { name: target, ran }
  writeDurably(cache, join(folderOf(cache, project), fileOf(target)), Buffer.from(`${JSON.stringify(kept)}\n`))
}

export const forgetVariant = ({ file }: Variant): void => rmSync(file, { force: true })
