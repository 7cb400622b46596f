/**
 * Files of the wrong kind: a folder where a file belongs, a pipe, a device, a link that leads nowhere. They are never
 * removed, for nobody knows what they are; they are moved into the cache's folder damaged/. Plain TypeScript: workers
 * use it.
 */
import { lstatSync, mkdirSync, renameSync, statSync } from "node:fs"
import { basename, join, relative, sep } from "node:path"
import { CacheUnusable, problemOf } from "./errors.ts"
import { whatIsAt } from "./files.ts"
import { FILES, FOLDERS } from "./names.ts"
import { ownName } from "./process.ts"

const damagedOf = (cache: string) => join(cache, "damaged")

/** What a path is, followed through links: a file, a folder, nothing, or something that is neither. */
export function kindAt(path: string): "file" | "folder" | "nothing" | "other" {
  // A link that leads nowhere is something, and so is one that leads round in a circle.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return "nothing"
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    return found?.isFile() ? "file" : found?.isDirectory() ? "folder" : "other"
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOOP") return "other"
    throw error
  }
}

/** Of what a thing was called, so much is kept. */
const MOST_NAME = 100

/** Moves something of the cache into damaged/, under its name, or a better one, and the time. Another process may do so first. */
export function setAside(cache: string, path: string, name = basename(path)): void {
  const folder = makeDamaged(cache)
  const stamp = `${name.replace(/[^\w.]/g, "_").slice(-MOST_NAME)}-${Date.now()}`
  for (let serial = 0; ; serial++) {
    const target = join(folder, serial === 0 ? stamp : `${stamp}.${serial}`)
    if (kindAt(target) !== "nothing") continue
    try {
      renameSync(path, target)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return
      throw error
    }
  }
}

function makeDamaged(cache: string): string {
  const folder = damagedOf(cache)
  if (kindAt(folder) === "folder") return folder
  const apart = `${folder}.${ownName}`
  if (kindAt(folder) !== "nothing") renameSync(folder, apart)
  mkdirSync(folder, { recursive: true })
  if (kindAt(apart) !== "nothing") renameSync(apart, join(folder, `damaged-${Date.now()}`))
  return folder
}

/** Without these a cache cannot be opened, the others are missed when they are needed. */
export const NEEDED: ReadonlySet<string> = new Set(["blobs", "index", "journal", "leases", "open", "opening", "tmp"])

/** What of the cache's own folders and files is of the wrong kind, in words. */
export function wrongKinds(cache: string): ReadonlyArray<{ readonly place: string; readonly problem: string }> {
  const look = (places: ReadonlyArray<string>, wanted: "file" | "folder") =>
    places.flatMap((place) => {
      const kind = kindAt(join(cache, place))
      if (kind === wanted || kind === "nothing") return []
      return [{ place, problem: `${place} is ${whatIsAt(join(cache, place))} where a ${wanted} belongs` }]
    })
  const folders = look(FOLDERS, "folder")
  const wrong = new Set(folders.map(({ place }) => place))
  return [
    ...folders,
    ...look(
      FILES.filter((file) => !wrong.has(file.split("/")[0])),
      "file"
    )
  ]
}

/** Throws `CacheUnusable` where what is read is of the wrong kind, and cannot be mended: a pipe would be waited for. */
export function refuseKinds(cache: string): void {
  const wrong = wrongKinds(cache).find(({ place }) => /^(journal|index)/.test(place))
  if (wrong !== undefined) throw new CacheUnusable({ path: cache, problem: `in it ${wrong.problem}` })
}

/** Moves what is of the wrong kind aside. Gives what the user should know. Throws `CacheUnusable`. */
export function mendKinds(cache: string): ReadonlyArray<string> {
  return wrongKinds(cache).flatMap(({ place, problem }) => {
    try {
      if (place === "damaged") makeDamaged(cache)
      else setAside(cache, join(cache, place))
      return [`in the cache ${problem}; it was moved to damaged/`]
    } catch (error) {
      if (!NEEDED.has(place.split("/")[0])) return []
      throw new CacheUnusable({ path: cache, problem: `${problem}, and cannot be moved: ${problemOf(error)}` })
    }
  })
}

/** Makes a folder of the cache, though something else may be in its place or above it. Gives true if it is a new one. */
export function ensureFolder(cache: string, path: string): boolean {
  const make = () => mkdirSync(path, { recursive: true }) !== undefined
  try {
    return make()
  } catch {
    const obstacle = obstacleTo(cache, path)
    if (obstacle === undefined) return make() // so it is another reason, or another process has just mended it
    setAside(cache, obstacle)
    return ensureFolder(cache, path)
  }
}

/** The first on the way to a folder of the cache that is none. */
function obstacleTo(cache: string, path: string): string | undefined {
  const parts = relative(cache, path).split(sep)
  return parts
    .map((_, i) => join(cache, ...parts.slice(0, i + 1)))
    .find((place) => !["folder", "nothing"].includes(kindAt(place)))
}
