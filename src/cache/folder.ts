/**
 * The cache's folder: whether it is one, and whether this process may write it.
 *
 * A cache carries a marker. A folder that is neither empty nor marked is somebody else's: it is refused before anything
 * in it is made, moved or removed, since `--cache` may name a home by mistake. Caches from before the marker are known
 * by their journal, whose lines have checksums, and get one.
 */
import { accessSync, closeSync, constants, openSync, readdirSync, readSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Context from "effect/Context"
import { NEEDED } from "./aside.ts"
import { putInPlace } from "./blobs.ts"
import { CacheUnusable, ForeignFolder, NetworkFolder, problemOf } from "./errors.ts"
import { makeFolders, whatIsAt, whyUnwritable } from "./files.ts"
import { jsonIn } from "./line.ts"
import { FILES, FOLDERS, isOwn, MARKER } from "./names.ts"
import { networkFileSystem } from "./network-folder.ts"
import { ownName } from "./process.ts"
import { DiskFull, needRoom, SMALL } from "./space.ts"

const MARK = "pipeline-cache 1\n"
const TEXT = `${MARK}
This folder is a cache of \`pipeline\`: results by what they were made of. The program writes it, and removes from it
what \`pipeline cache gc\` lists. Without this file it would not touch the folder.
`

/** Why a cache can only be read; undefined where it can be written. */
export type Obstacle = CacheUnusable | DiskFull | undefined

/** Where the cache is, and in which state. */
export class CacheFolder extends Context.Service<
  CacheFolder,
  {
    readonly folder: string // absolute path
    /** Folder of this project's logs. */
    readonly logs: string
    /** The project, by the name that what belongs to it is kept under (project.ts). */
    readonly project: string
    /** Why it can only be read. */
    readonly obstacle: Obstacle
    /** What had to be mended when it was opened, in words for the user. */
    readonly notices: ReadonlyArray<string>
    /** Notes artifacts that this process is going to read, so that they are not collected meanwhile. */
    readonly hold: (digests: Iterable<string>) => void
  }
>()("pipeline/cache/CacheFolder") {}

const READ_ONLY = "it is read-only"

/** What to say where something has to be written all the same: a full disk says it all. */
export const refusal = (obstacle: CacheUnusable | DiskFull, what: string): CacheUnusable | DiskFull =>
  obstacle instanceof DiskFull
    ? obstacle
    : new CacheUnusable({ path: obstacle.path, problem: `${obstacle.problem}, ${what}` })

/** What the user should know even where only read: a cache that is shut on purpose, as a whole, is no news. */
export const obstacleNotice = (obstacle: Obstacle): string | undefined => {
  if (obstacle instanceof DiskFull) return `the cache is only read: ${obstacle.message}`
  if (obstacle === undefined || obstacle.problem === READ_ONLY) return undefined
  return `the cache folder ${obstacle.path}: ${obstacle.problem}`
}

/**
 * Makes sure that the folder is a cache, a new one if there is nothing. Throws `ForeignFolder`, `NetworkFolder`, `CacheUnusable`, and
 * `DiskFull` where there is no room for a new one. A cache that can only be read still serves `plan`, `status`, `get`
 * and a run with nothing to do.
 */
export function enterFolder(folder: string): Obstacle {
  refuseNetwork(folder)
  const names = namesIn(folder)
  const isNew = names === undefined || names.every((name) => name === "lost+found" || name.startsWith(`${MARKER}.`))
  const marked = !isNew && isMarked(folder)
  if (!isNew && !marked && !isOlderCache(folder, names)) throw new ForeignFolder({ path: folder })
  const obstacle = isNew ? undefined : (whatIsClosed(folder) ?? whatIsFull(folder))
  if (isNew) makeFolder(folder)
  if (!marked && obstacle === undefined) mark(folder)
  return obstacle
}

/** Throws `NetworkFolder`, unless the user says that the cache may lie on a network file system. */
function refuseNetwork(folder: string): void {
  const fileSystem = process.env.PIPELINE_NETWORK_CACHE === "allow" ? undefined : networkFileSystem(folder)
  if (fileSystem !== undefined) throw new NetworkFolder({ path: folder, fileSystem })
}

/** Names of all that is in the folder; undefined if there is no folder. */
function namesIn(folder: string): ReadonlyArray<string> | undefined {
  try {
    return readdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT" && whatIsAt(folder) === "nothing") return undefined
    const instead = code === "ENOTDIR" || code === "ENOENT" ? `it is ${whatIsAt(folder)}` : problemOf(error)
    throw new CacheUnusable({ path: folder, problem: instead })
  }
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder)
  } catch (error) {
    throw new CacheUnusable({ path: folder, problem: whyNotMade(folder, error) })
  }
  needRoom(folder, SMALL)
}

/** In a folder of the system's own (/proc) nothing can be made, which it calls not there. */
function whyNotMade(folder: string, error: unknown): string {
  const why = whyUnwritable(folder, error)
  return why === problemOf({ code: "ENOENT" }) ? "no folder can be made there" : why
}

/** Marks the folder. Several processes may do so at once. */
export function mark(folder: string): void {
  const temporary = join(folder, `${MARKER}.${ownName}`)
  writeFileSync(temporary, TEXT)
  putInPlace(folder, temporary, join(folder, MARKER))
}

const isMarked = (folder: string) => headOf(join(folder, MARKER), MARK.length)?.toString("latin1") === MARK

/** The first bytes of a file; undefined if it is none, or cannot be read. */
function headOf(path: string, length: number): Buffer | undefined {
  // A pipe would be waited for.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined
  try {
    const file = openSync(path, "r")
    try {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(file, bytes, 0, length, 0))
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}

/** So much of a journal is looked at for a whole line. */
const JOURNAL_HEAD = 1 << 20
/** LMDB's mark on its data files, and where it stands (mdb.c, MDB_meta behind a page's header). */
const LMDB_MAGIC = 0xbeefc0de
const LMDB_MAGIC_AT = 24

/** True for a cache without a marker: one from before it, or one whose marker was spoilt. */
function isOlderCache(folder: string, names: ReadonlyArray<string>): boolean {
  const journal = headOf(join(folder, "journal"), JOURNAL_HEAD)?.toString("utf8") ?? ""
  if (journal.split("\n").some((line) => jsonIn(line) !== undefined)) return true
  // One that never had a result has an empty journal: it must have an index, and nothing that is not ours.
  const own = new Set<string>([...FOLDERS, ...FILES, MARKER])
  const index = headOf(join(folder, "index", "data.mdb"), LMDB_MAGIC_AT + 4)
  const isIndex = index?.length === LMDB_MAGIC_AT + 4 && index.readUInt32LE(LMDB_MAGIC_AT) === LMDB_MAGIC
  return isIndex && names.every((name) => own.has(name))
}

/**
 * What is in the cache that this process may not write: another user's, made under a umask that keeps others out, or
 * all of it on a read-only file system. It is looked for once, here, so that nothing fails half-way.
 */
function whatIsClosed(folder: string): CacheUnusable | undefined {
  const shards = (namesOf(join(folder, "blobs")) ?? []).filter(isOwn.shard).map((name) => `blobs/${name}`)
  const needed = [...FOLDERS, ...FILES].filter((place) => NEEDED.has(place.split("/")[0]))
  for (const place of ["", ...needed, ...shards]) {
    try {
      accessSync(join(folder, place), constants.W_OK)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS") continue // gone, or of the wrong kind
      const problem = `${READ_ONLY}${place === "" ? "" : closed(folder, place)}`
      return new CacheUnusable({ path: folder, problem })
    }
  }
  return undefined
}

const namesOf = (folder: string) => {
  try {
    return readdirSync(folder)
  } catch {
    return undefined
  }
}

function closed(folder: string, place: string): string {
  const uid = statSync(join(folder, place), { throwIfNoEntry: false })?.uid
  const whose = uid === undefined || uid === process.getuid?.() ? "" : ` (it belongs to the user with the id ${uid})`
  return ` for this user: there is no permission to write ${place}${whose}`
}

function whatIsFull(folder: string): DiskFull | undefined {
  try {
    needRoom(folder, SMALL)
    return undefined
  } catch (error) {
    if (error instanceof DiskFull) return error
    throw error
  }
}
