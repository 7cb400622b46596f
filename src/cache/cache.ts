/**
 * The cache as a service: traces and artifacts by key and digest, what is known of sources, and leases.
 *
 * Opening it never fails for what was left behind by a crash; what had to be mended is in `notices`.
 */
import { join, relative } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Node } from "../graph/graph.ts"
import { identityOf, sha256 } from "../graph/key.ts"
import type { Artifact, Trace } from "../graph/trace.ts"
import { mendKinds, refuseKinds } from "./aside.ts"
import { BlobDamaged, listBlobs, quarantine, readBlob } from "./blobs.ts"
import { type CodeReader, makeCodeReader } from "./code.ts"
import { CacheUnusable, ForeignFolder, problemOf } from "./errors.ts"
import { whyUnwritable } from "./files.ts"
import { enterFolder, type Obstacle } from "./folder.ts"
import {
  catchUp,
  decodeOutputs,
  distrust,
  type Failure,
  type IndexStore,
  noteChange,
  noteClean,
  openIndex,
  type Pace,
  paceHere,
  putRecord,
  traceAt,
  traceIdentity
} from "./index-store.ts"
import { type Journal, openJournal } from "./journal.ts"
import { type Leases, openLeases } from "./leases.ts"
import { hold, markOpen, openElsewhere, ProcessIdTaken } from "./process.ts"
import { projectId } from "./project.ts"
import type { JournalRecord } from "./record.ts"
import { share } from "./sharing.ts"
import { asDiskFull, DiskFull, needRoom, SMALL } from "./space.ts"
import { makeStatCache, type StatCache } from "./stat-cache.ts"
import { inTurn } from "./turns.ts"

export interface CacheOptions {
  readonly project: string // absolute path of the project's root
  readonly folder: string // absolute path of the cache
  /** Hash every file again, whatever its times say. */
  readonly rehash: boolean
  /** "distrusted": it is read whole before it is used, though it was closed in order. */
  readonly index?: "distrusted"
}

/** What of a node tells its traces and failures. */
export type AnyNode = Pick<Node, "name" | "encoded"> & { readonly stage: { readonly name: string } }

/** Traces: which artifacts a key gave. Reads take microseconds and see what other processes have committed. */
export interface Traces {
  /** Outputs under a key. */
  outputs(key: string): Readonly<Record<string, Artifact>> | undefined
  get(key: string): Trace | undefined
  /** All traces of a node's stage with its parameters, latest first; then those that its name gave with others. */
  ofNode(node: AnyNode): ReadonlyArray<Trace>
  /**
   * Keeps finished nodes; they are on disk when this returns. The first trace under a key wins; outputs of a later one
   * that differ are kept as an observation.
   */
  commit(records: ReadonlyArray<JournalRecord>): void
  observations(key: string): ReadonlyArray<Readonly<Record<string, Artifact>>>
  failure(node: AnyNode): Failure | undefined
  fail(node: AnyNode, failure: Failure): void
  /** Of a stage, or of one of its pace classes (`train filters=1`), on this machine. */
  pace(name: string): Pace | undefined
  /** Sees what other processes have committed since. */
  refresh(): void
}

export interface Artifacts {
  /** Small artifacts by digest. */
  small(digest: string): Uint8Array | undefined
  /** The bytes, verified. Throws `BlobDamaged`; what is damaged is moved aside. */
  read(digest: string): Uint8Array
  /** True if the artifact is there (by name; its bytes are verified when they are read). */
  has(digest: string): boolean
  /** Notes artifacts that have just been kept. */
  add(digests: Iterable<string>): void
  /** Looks again which blobs are there. */
  refresh(): void
}

export interface Published {
  /** Folders of the project into which something was written. */
  folders(): ReadonlyArray<string>
  files(folder: string): Readonly<Record<string, string>>
  note(folder: string, files: Readonly<Record<string, string>>): void
}

/**
 * Parts of a code digest that some trace has: source file → digest, `FILE#DECLARATION` → digest, `package:NAME` →
 * version, `file:PATH` → digest.
 */
export type CodeParts = Readonly<Record<string, string>>

/** What the cache is kept in; for the upkeep (verify.ts, gc.ts, archive.ts, backup.ts) alone. */
export interface Storage {
  readonly folder: string
  /** The project that uses it (project.ts). */
  readonly project: string
  readonly store: IndexStore
  readonly journal: Journal
  readonly leases: Leases | undefined
  /** Changes the index in a transaction, under the one lock that all writers take; nothing where it is read-only. */
  write(change: () => void): void
}

export class Cache extends Context.Service<
  Cache,
  {
    readonly folder: string
    /** Folder of this project's logs. */
    readonly logs: string
    readonly readOnly: boolean
    /** Why it can only be read. */
    readonly obstacle: Obstacle
    readonly notices: ReadonlyArray<string>
    readonly traces: Traces
    readonly artifacts: Artifacts
    readonly files: StatCache
    readonly code: CodeReader
    readonly codeParts: (digest: string) => CodeParts | undefined
    /** What was last written into a folder of the project: path → digest. */
    readonly published: Published
    readonly leases: Leases | undefined // undefined if read-only
    /** Notes artifacts that this process is going to read, so that they are not collected meanwhile. */
    readonly hold: (digests: Iterable<string>) => void
    readonly storage: Storage
  }
>()("pipeline/cache/Cache") {
  static readonly layer = (options: CacheOptions) =>
    Layer.effect(
      Cache,
      Effect.acquireRelease(
        Effect.try({
          try: () => openCache(options),
          catch: (error) => whyNot(options.folder, error)
        }),
        ({ close }) => Effect.promise(close)
      ).pipe(Effect.map(({ cache }) => cache))
    )
}

/** What opening threw, as an error that names the place. */
function whyNot(folder: string, error: unknown): DiskFull | CacheUnusable | ForeignFolder | ProcessIdTaken {
  if (error instanceof ProcessIdTaken) return error
  if (error instanceof CacheUnusable || error instanceof ForeignFolder) return error
  const full = asDiskFull(error, folder, SMALL)
  if (full instanceof DiskFull) return full
  const { path } = error as NodeJS.ErrnoException
  const place = path === undefined ? "" : relative(folder, path)
  const problem = place === "" ? whyUnwritable(folder, error) : `${place}: ${problemOf(error)}`
  return new CacheUnusable({ path: folder, problem })
}

function openCache(options: CacheOptions) {
  const unshare = share(options.folder)
  try {
    const { cache, close } = openShared(options)
    return { cache, close: () => close().finally(unshare) }
  } catch (error) {
    unshare()
    throw error
  }
}

function openShared({ project, folder, rehash, index }: CacheOptions) {
  const obstacle = enterFolder(folder)
  const writable = obstacle === undefined
  const mended = writable ? mendKinds(folder) : []
  const opened = writable ? inTurn(folder, () => openParts(folder, index)) : openPartsToRead(folder, obstacle)
  const { journal, store, checked, leases, unmark } = opened
  const notices = [...mended, ...opened.notices]
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
  const files = makeStatCache(project, store, { rehash, write, id })
  const codes = new Map<string, CodeParts | undefined>()
  const cache = Cache.of({
    folder,
    logs: join(folder, "logs", id),
    readOnly: !writable,
    obstacle,
    notices,
    traces: makeTraces(store, journal, id, write),
    artifacts: makeArtifacts(folder, store, write),
    files,
    code: makeCodeReader(project, store, files, id, write),
    codeParts(digest) {
      let parts = codes.get(digest)
      if (parts === undefined) codes.set(digest, (parts = textsIn(store.codes.get(digest))))
      return parts
    },
    published: {
      folders() {
        const prefix = `p ${id} `
        return [...store.stats.getKeys({ start: prefix, end: `${prefix}\uffff` })].map((key) =>
          key.slice(prefix.length)
        )
      },
      files: (path) => textsIn(store.stats.get(`p ${id} ${path}`)) ?? {},
      note: (path, list) => write(() => void store.stats.put(`p ${id} ${path}`, list))
    },
    leases,
    hold: (digests) => writable && hold(folder, digests),
    storage: { folder, project: id, store, journal, leases, write }
  })
  const close = async () => {
    try {
      files.save()
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
  return { cache, close }
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

const isTexts = Schema.is(Schema.Record(Schema.String, Schema.String))

/** A record of texts as the index has it; nothing where it has something else. */
const textsIn = (value: unknown) => (isTexts(value) ? value : undefined)

/** Notes where a project lies, so that garbage collection knows when it is gone. */
function noteProject(store: IndexStore, id: string, path: string, write: (change: () => void) => void): void {
  if (store.stats.get(`project ${id}`) === path) return
  write(() => void store.stats.put(`project ${id}`, path))
}

function makeTraces(store: IndexStore, journal: Journal, project: string, write: (change: () => void) => void): Traces {
  const identities = new WeakMap<object, string>()
  const identify = (node: Parameters<typeof identityOf>[0]) => {
    let identity = identities.get(node)
    if (identity === undefined) identities.set(node, (identity = identityOf(node)))
    return identity
  }
  const failureOf = (identity: string) => `${project} ${identity}`
  const get = (key: string) => traceAt(store, key)
  return {
    outputs(key) {
      const text = store.outputs.get(key)
      return text === undefined ? undefined : decodeOutputs(text)
    },
    get,
    ofNode(node) {
      if (store.paces.get(node.stage.name) === undefined) return [] // nothing of this stage was ever recorded
      const own = new Set(store.identities.getValues(identify(node)))
      const named = new Set(store.names.getValues(node.name)).difference(own)
      return [own, named].flatMap((keys) =>
        [...keys]
          .flatMap((key) => get(key) ?? [])
          .sort((a, b) => (a.circumstances.finished < b.circumstances.finished ? 1 : -1))
      )
    },
    commit(records) {
      write(() => {
        // First the journal, which is the truth, then the index. Both inside LMDB's write lock, so that the journal's
        // size noted in the index covers exactly the lines that the index has. Another process may have been killed
        // between the two.
        catchUp(store, journal)
        const end = journal.append(records)
        for (const record of records) {
          putRecord(store, record)
          const failure = failureOf(traceIdentity(record.trace))
          if (store.failures.get(failure) !== undefined) store.failures.remove(failure)
        }
        store.meta.put("journal", end)
      })
    },
    observations: (key) => store.observations.get(key) ?? [],
    failure: (node) => store.failures.get(failureOf(identify(node))),
    fail(node, failure) {
      write(() => void store.failures.put(failureOf(identify(node)), failure))
    },
    pace: (name) => paceHere(store, name),
    refresh: () => store.root.resetReadTxn()
  }
}

function makeArtifacts(folder: string, store: IndexStore, write: (change: () => void) => void): Artifacts {
  let blobs: Set<string> | undefined
  const small = (digest: string) => {
    const bytes = store.values.get(digest)
    if (bytes === undefined || sha256(bytes) === digest) return bytes
    // A damaged one is as good as gone: its node runs again.
    write(() => void store.values.remove(digest))
    return undefined
  }
  return {
    small,
    read(digest) {
      const inline = small(digest)
      if (inline !== undefined) return inline
      try {
        return readBlob(folder, digest)
      } catch (error) {
        if (error instanceof BlobDamaged) {
          quarantine(folder, digest)
          blobs?.delete(digest)
        }
        throw error
      }
    },
    has(digest) {
      blobs ??= listBlobs(folder)
      return blobs.has(digest) || store.values.doesExist(digest)
    },
    add(digests) {
      if (blobs !== undefined) for (const digest of digests) blobs.add(digest)
    },
    refresh() {
      blobs = undefined
    }
  }
}
