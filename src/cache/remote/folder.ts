/**
 * A shared cache in a folder that several machines mount: no server. Files are written beside their place, synced and
 * renamed.
 *
 * On NFS a name that was missing once may be remembered as missing for half a minute (acdirmin), whatever has been made
 * since; to read the folder itself mends that. So a file counts as missing only once it is missing in a listing. For many
 * names that are asked for together one listing serves, and one that took long serves for a while.
 */
import type { createReadStream } from "node:fs"
import { chmod, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { problemOf } from "../errors.ts"
import { ownName } from "../process.ts"
import {
  LIMITS,
  type Limits,
  type Pieces,
  type Place,
  paced,
  pathOf,
  type Transport,
  Trouble,
  type TroubleKind,
  within
} from "./transport.ts"

const TEMPORARY = "tmp"

const KIND_OF: Readonly<Record<string, TroubleKind>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "large",
  EACCES: "refused",
  EPERM: "refused",
  EROFS: "refused",
  ENOTDIR: "refused",
  EISDIR: "refused"
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ""
const isMissing = (error: unknown) => codeOf(error) === "ENOENT"

/** What the file system says, as trouble; what else was thrown as it is. */
const asTrouble = (error: unknown): unknown =>
  codeOf(error) === "" ? error : new Trouble(KIND_OF[codeOf(error)] ?? "again", problemOf(error))

let serial = 0

/** `root`: absolute path of the folder; it and those in it are made by the first write. */
export function folderTransport(root: string, limits: Limits = LIMITS): Transport {
  const listings = { ac: makeListing(join(root, "ac")), cas: makeListing(join(root, "cas")) }

  /** Does something with a file; undefined where it is missing, by the folder's listing too. */
  const reach = async <A>(place: Place, use: (path: string) => Promise<A>): Promise<A | undefined> => {
    const asked = performance.now()
    const path = join(root, pathOf(place))
    const attempt = () => unlessMissing(() => use(path))
    const whole = async () =>
      (await attempt()) ?? ((await listings[place.kind](asked)).has(place.name) ? attempt() : undefined)
    return within(limits, 0, whole()).catch((error) => {
      throw asTrouble(error)
    })
  }

  const put = async (place: Place, size: number, pieces: Pieces) => {
    for (const folder of [TEMPORARY, place.kind]) await makeShared(join(root, folder))
    const temporary = join(root, TEMPORARY, `${ownName}-${serial++}`)
    try {
      await writeSynced(temporary, size, pieces)
      await chmod(temporary, readable((await stat(root)).mode))
      await rename(temporary, join(root, pathOf(place)))
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {})
      throw asTrouble(error)
    }
  }

  return {
    name: root,
    read: (place) =>
      reach(place, async (path) => {
        const file = await open(path, "r")
        if ((await file.stat()).isFile()) return paced(limits, troubled(file.createReadStream()))
        await file.close()
        throw new Trouble("refused", `${pathOf(place)} is no file`)
      }),
    size: (place) => reach(place, async (path) => (await stat(path)).size),
    write: (place, size, pieces) => within(limits, size, put(place, size, pieces())),
    close() {}
  }
}

async function unlessMissing<A>(use: () => Promise<A>): Promise<A | undefined> {
  try {
    return await use()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function* troubled(pieces: ReturnType<typeof createReadStream>): Pieces {
  try {
    yield* pieces
  } catch (error) {
    throw asTrouble(error)
  } finally {
    pieces.destroy()
  }
}

/** What is cut short, on a full disk say, must get no name. */
async function writeSynced(path: string, size: number, pieces: Pieces): Promise<void> {
  const file = await open(path, "wx")
  try {
    let done = 0
    for await (const piece of pieces) {
      await file.writeFile(piece)
      done += piece.length
    }
    if (done !== size) throw new Trouble("again", `not all of it was written: ${done} of ${size} bytes`)
    await file.datasync()
  } finally {
    await file.close()
  }
}

const PERMISSIONS = 0o7777

/** Who may write the shared folder may write those in it, whatever the umask of who makes them. */
async function makeShared(folder: string): Promise<void> {
  if ((await mkdir(folder, { recursive: true })) === undefined) return
  const { mode } = await stat(dirname(folder))
  await chmod(folder, mode & PERMISSIONS)
}

/** Whoever may read the folder may read a file in it, and nobody changes it. */
const readable = (mode: number) => (mode & 0o444) | 0o400

/** A listing serves so many times as long as it took. */
const SERVES = 10

/** Names in a folder, read after a time (of `performance.now`) or, where that takes long, not long before. */
function makeListing(folder: string) {
  let last: { readonly names: Promise<ReadonlySet<string>>; readonly began: number; took: number } | undefined
  return (asked: number): Promise<ReadonlySet<string>> => {
    if (last !== undefined && asked <= last.began + SERVES * last.took) return last.names
    const began = performance.now()
    const names = unlessMissing(() => readdir(folder)).then((found) => new Set(found))
    const listing = { names, began, took: Number.POSITIVE_INFINITY }
    last = listing
    names.then(
      () => {
        listing.took = performance.now() - began
      },
      () => {
        if (last === listing) last = undefined
      }
    )
    return names
  }
}

/** Why a folder cannot be a shared cache; undefined where it can. It need not be there yet. */
export async function whyNoRemote(root: string): Promise<string | undefined> {
  try {
    const names = await unlessMissing(() => readdir(root))
    if (names === undefined) {
      // Where not even the folder above is there, a file system may not be mounted.
      const above = await unlessMissing(() => stat(dirname(root)))
      return above === undefined ? "neither it nor the folder above it is there" : undefined
    }
    const own = ["ac", "cas", TEMPORARY, "runs", "lost+found"]
    if (names.includes("pipeline-cache")) return "it is a local cache, with an index of its own; name another folder"
    if (names.length > 0 && !names.some((name) => own.includes(name)))
      return "it is not empty, and no shared cache (no folder ac/ or cas/ is in it)"
    return undefined
  } catch (error) {
    return codeOf(error) === "ENOTDIR" ? "it is no folder" : problemOf(error)
  }
}
