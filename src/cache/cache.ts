/**
 * The cache: opening it gives the services that its users need, each by itself.
 *
 *     CacheFolder  where it is, and whether it can be written
 *     Traces       which artifacts a key gave            (trace-store.ts: what a place that keeps traces can do)
 *     Artifacts    the bytes of artifacts                (blob-store.ts: what a place that keeps blobs can do)
 *     Failures     how nodes failed                      Paces      what nodes took
 *     Sources      digests of files and code             Published  what stands in folders of the project
 *     Leases       who is computing what
 *     Storage      what all these are kept in, for the upkeep
 *
 * Opening it never fails for what was left behind by a crash; what had to be mended is in `notices`.
 */
import { join, relative } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Artifacts } from "./artifacts.ts"
import { mendKinds, refuseKinds } from "./aside.ts"
import { CacheUnusable, ForeignFolder, NetworkFolder, problemOf } from "./errors.ts"
import { Failures } from "./failures.ts"
import { whyUnwritable } from "./files.ts"
import { CacheFolder, enterFolder, type Obstacle } from "./folder.ts"
import { distrust, type IndexStore, noteChange, noteClean, openIndex } from "./index-store.ts"
import { openJournal } from "./journal.ts"
import { Leases, openLeases } from "./leases.ts"
import { localTraces } from "./local-traces.ts"
import { Paces } from "./paces.ts"
import { hold, markOpen, openElsewhere, ProcessIdTaken } from "./process.ts"
import { projectId } from "./project.ts"
import { Published } from "./published.ts"
import { share } from "./sharing.ts"
import { Sources } from "./sources.ts"
import { asDiskFull, DiskFull, needRoom, SMALL } from "./space.ts"
import { Storage } from "./storage.ts"
import { Traces } from "./traces.ts"
import { inTurn } from "./turns.ts"

export interface CacheOptions {
  readonly project: string // absolute path of the project's root
  readonly folder: string // absolute path of the cache
  /** Hash every file again, whatever its times say. */
  readonly rehash: boolean
  /** "distrusted": it is read whole before it is used, though it was closed in order. */
  readonly index?: "distrusted"
}

/** All services of a cache. */
export type Cache = CacheFolder | Traces | Artifacts | Failures | Paces | Sources | Published | Leases | Storage

/** Opens a cache for as long as its scope is open. */
export const openCache = (options: CacheOptions) =>
  Layer.effectContext(
    Effect.acquireRelease(
      Effect.try({
        try: () => openToShare(options),
        catch: (error) => whyNot(options.folder, error)
      }),
      ({ close }) => Effect.promise(close)
    ).pipe(Effect.map(({ services }) => services))
  )

/** What opening threw, as an error that names the place. */
function whyNot(
  folder: string,
  error: unknown
): DiskFull | CacheUnusable | ForeignFolder | NetworkFolder | ProcessIdTaken {
  if (error instanceof ProcessIdTaken) return error
  if (error instanceof CacheUnusable || error instanceof ForeignFolder || error instanceof NetworkFolder) return error
  const full = asDiskFull(error, folder, SMALL)
  if (full instanceof DiskFull) return full
  const { path } = error as NodeJS.ErrnoException
  const place = path === undefined ? "" : relative(folder, path)
  const problem = place === "" ? whyUnwritable(folder, error) : `${place}: ${problemOf(error)}`
  return new CacheUnusable({ path: folder, problem })
}

function openToShare(options: CacheOptions) {
  const unshare = share(options.folder)
  try {
    const { services, close } = open(options)
    return { services, close: () => close().finally(unshare) }
  } catch (error) {
    unshare()
    throw error
  }
}

function open({ project, folder, rehash, index }: CacheOptions) {
  const obstacle = enterFolder(folder)
  const writable = obstacle === undefined
  const mended = writable ? mendKinds(folder) : []
  const opened = writable ? inTurn(folder, () => openParts(folder, index)) : openPartsToRead(folder, obstacle)
  const { journal, store, checked, leases, unmark } = opened
  let wrote = checked
  let changed = false
  const write = (change: () => void) => {
    if (!writable) return
    needRoom(folder, SMALL)
    try {
      if (!changed) noteChange(folder)
      changed = true
      store.root.transactionSync(change)
    } catch (error) {
      throw asDiskFull(error, folder, SMALL)
    }
    wrote = true
  }
  const id = projectId(project)
  noteProject(store, id, project, write)
  const storage = Storage.of({ folder, project: id, store, journal, write })
  const { sources, save } = Sources.over(storage, project, rehash)
  const services = Context.make(Storage, storage).pipe(
    Context.add(
      CacheFolder,
      CacheFolder.of({
        folder,
        logs: join(folder, "logs", id),
        project: id,
        obstacle,
        notices: [...mended, ...opened.notices],
        hold: (digests) => writable && hold(folder, digests)
      })
    ),
    Context.add(Traces, Traces.over(storage, localTraces(storage))),
    Context.add(Artifacts, Artifacts.over(storage)),
    Context.add(Failures, Failures.over(storage)),
    Context.add(Paces, Paces.over(storage)),
    Context.add(Sources, sources),
    Context.add(Published, Published.over(storage)),
    Context.add(Leases, Leases.over(folder, leases))
  )
  const close = async () => {
    try {
      save()
    } catch (error) {
      if (!(error instanceof DiskFull)) throw error // what was learned of files can be learned again
    }
    leases?.close()
    if (wrote) await store.root.flushed
    await store.root.close()
    journal.close()
    if (wrote && writable && !openElsewhere(folder)) noteClean(folder)
    unmark()
  }
  return { services, close }
}

function openParts(folder: string, index: CacheOptions["index"]) {
  const unmark = markOpen(folder)
  try {
    const inUse = openElsewhere(folder)
    const journal = openJournal(join(folder, "journal"), "a+")
    const leases = openLeases(folder, !inUse)
    if (index === "distrusted") distrust(folder)
    return { journal, leases, unmark, ...openIndex(folder, journal, false, inUse) }
  } catch (error) {
    unmark()
    throw error
  }
}

function openPartsToRead(folder: string, obstacle: Obstacle) {
  try {
    refuseKinds(folder)
    const journal = openJournal(join(folder, "journal"), "r")
    return { journal, leases: undefined, unmark: () => {}, ...openIndex(folder, journal, true, openElsewhere(folder)) }
  } catch (error) {
    // What cannot even be read has to be mended first, for which there is no room.
    throw obstacle instanceof DiskFull ? obstacle : error
  }
}

/** Notes where a project lies, so that garbage collection knows when it is gone. */
function noteProject(store: IndexStore, id: string, path: string, write: (change: () => void) => void): void {
  if (store.stats.get(`project ${id}`) === path) return
  write(() => void store.stats.put(`project ${id}`, path))
}
