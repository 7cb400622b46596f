/**
 * Garbage collection. What the current pipeline reaches stays; of the rest goes what the limits say: all of it, what is
 * older than some age, or the oldest until the cache has shrunk to a size.
 *
 * It is safe beside running processes. What they hold or are computing stays, and so does whatever is newer than the
 * first of them. Traces go first (journal and index under the lock that all writers take), then the blobs that no trace
 * names any more; a blob that was written again meanwhile is newer and stays.
 */
import { existsSync, lstatSync, readdirSync, rmdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Artifact, Trace } from "../graph/trace.ts"
import { blobPath, listBlobs } from "./blobs.ts"
import { catchUp, decodeOutputs, type IndexStore, originName, traceIdentity } from "./index-store.ts"
import { isOwn } from "./names.ts"
import { heldElsewhere } from "./process.ts"
import { readTrace } from "./record.ts"
import type { Storage } from "./storage.ts"

/** What the current pipeline reaches. */
export interface Roots {
  /** Keys of its nodes, as far as they are known. */
  readonly keys: ReadonlySet<string>
  /** Names of its nodes. */
  readonly names: ReadonlySet<string>
  /** Folders of its nodes' checkpoints. */
  readonly checkpoints: ReadonlySet<string>
  /** Folder of the checkpoints that serve a trace's node, if it makes any. */
  readonly checkpointsOf: (trace: Trace) => string | undefined
  readonly logOf: (name: string) => string
  /** Keys that are being computed. */
  readonly leased: () => ReadonlySet<string>
  /** Files with events of runs that nobody needs any more. */
  readonly events: ReadonlyArray<string>
}

export interface Limits {
  /** Only what is older goes: milliseconds since 1970. */
  readonly before: number
  /** The oldest go until the cache has at most so many bytes; no limit: all go. */
  readonly keepBytes: number | undefined
}

export interface GarbageTrace {
  readonly key: string
  readonly name: string
  readonly identity: string // of its stage and parameters
  readonly stage: string
  readonly finished: string
}

export interface GarbageFile {
  readonly kind: "blob" | "checkpoints" | "log" | "scratch" | "damaged" | "events"
  readonly path: string
  readonly bytes: number
}

export interface Garbage {
  readonly traces: ReadonlyArray<GarbageTrace>
  readonly files: ReadonlyArray<GarbageFile>
  /** Small artifacts that only these traces have, by digest. */
  readonly values: ReadonlyArray<string>
  /** Failures of nodes that are no more, by what they are (`identityOf`). */
  readonly failures: ReadonlyArray<string>
  /** Bytes that go, and bytes that stay. */
  readonly bytes: number
  readonly left: number
  /** Nothing that was written since goes: the age asked for, or the start of a process that has the cache open. */
  readonly before: number
}

/** Finds what would go; changes nothing. */
export function findGarbage({ folder, project, store }: Storage["Service"], roots: Roots, limits: Limits): Garbage {
  const elsewhere = heldElsewhere(folder)
  const leased = roots.leased()
  const before = Math.min(limits.before, elsewhere.since)
  const blobs = listBlobs(folder)
  const size = (digest: string) => (blobs.has(digest) ? bytesOf(blobPath(folder, digest)) : 0)

  /** How many traces name an artifact. What another process holds has one more. */
  const uses = new Map<string, number>()
  const use = (digest: string, change: number) => {
    const count = (uses.get(digest) ?? 0) + change
    uses.set(digest, count)
    return count
  }
  for (const digest of elsewhere.digests) use(digest, 1)
  const artifacts = function* (key: string): Generator<Artifact> {
    yield* Object.values(decodeOutputs(store.outputs.get(key) ?? ""))
    for (const outputs of store.observations.get(key) ?? []) yield* Object.values(outputs)
  }

  const names = new Set(roots.names)
  const checkpoints = new Set(roots.checkpoints)
  const candidates: Array<Trace> = []
  const keep = (trace: Trace) => {
    names.add(trace.name)
    const family = roots.checkpointsOf(trace)
    if (family !== undefined) checkpoints.add(family)
  }
  for (const { key, value } of store.traces.getRange()) {
    for (const { digest } of artifacts(key)) use(digest, 1)
    const trace = readTrace(value)
    if (typeof trace === "string") continue // `verify` mends it
    const { finished } = trace.circumstances
    if (roots.keys.has(key) || leased.has(key) || Date.parse(finished) >= before) keep(trace)
    else candidates.push(trace)
  }

  const isOld = (path: string) => (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < before
  const orphans: Array<GarbageFile> = []
  for (const digest of blobs) {
    const path = blobPath(folder, digest)
    if (!uses.has(digest) && isOld(path)) orphans.push({ kind: "blob", path, bytes: bytesOf(path) })
  }
  const fileOf = (kind: GarbageFile["kind"], path: string): GarbageFile => ({ kind, path, bytes: bytesIn(path) })
  const remains = (["scratch", "damaged"] as const).flatMap((kind) =>
    entries(join(folder, kind), isOwn[kind])
      .filter(isOld)
      .map((path) => fileOf(kind, path))
  )

  const events = roots.events.filter(isOld).map((path) => fileOf("events", path))

  let left = sizeOf(folder) - sum([...orphans, ...remains, ...events])
  const traces: Array<GarbageTrace> = []
  const freed: Array<GarbageFile> = []
  const values: Array<string> = []
  candidates.sort((a, b) => (a.circumstances.finished < b.circumstances.finished ? -1 : 1))
  for (const candidate of candidates) {
    if (limits.keepBytes !== undefined && left <= limits.keepBytes) {
      keep(candidate)
      continue
    }
    const { key, name, stage, circumstances } = candidate
    traces.push({ key, name, identity: traceIdentity(candidate), stage, finished: circumstances.finished })
    for (const { digest } of artifacts(key)) {
      if (use(digest, -1) > 0) continue
      if (!blobs.has(digest)) values.push(digest)
      else freed.push({ kind: "blob", path: blobPath(folder, digest), bytes: size(digest) })
      left -= size(digest)
    }
  }

  // What is another project's own stays as long as that project is there.
  const others = new Set([...projectsThere(store)].filter((id) => id !== project))
  const failures = new Set<string>()
  const logged = new Set([...names].map(roots.logOf))
  for (const { key, value } of store.failures.getRange()) {
    const owner = key.slice(0, key.indexOf(" "))
    const goes = !others.has(owner) && !(owner === project && names.has(value.name))
    if (goes && Date.parse(value.finished) < before) failures.add(key)
    else if (owner === project) logged.add(roots.logOf(value.name))
  }
  const logs = entries(join(folder, "logs"), (name) => !others.has(name))
    .flatMap((path) => [path, ...filesUnder(path)])
    .filter((path) => isOwn.log(path) && isFile(path) && !logged.has(path) && isOld(path))
    .map((path) => fileOf("log", path))
  const states = entries(join(folder, "checkpoints"), isOwn.checkpoints)
    .filter((path) => !checkpoints.has(path) && isOld(path))
    .map((path) => fileOf("checkpoints", path))
  left -= sum([...logs, ...states])
  const files = [...freed, ...orphans, ...states, ...logs, ...remains, ...events]
  return { traces, files, values, failures: [...failures], bytes: sum(files), left, before }
}

/** Finds what goes and removes it, traces first. Throws system errors; what was removed by then was garbage. */
export function collectGarbage(storage: Storage["Service"], roots: Roots, limits: Limits): Garbage {
  const { store, journal } = storage
  let garbage!: Garbage
  storage.write(() => {
    catchUp(store, journal)
    garbage = findGarbage(storage, roots, limits)
    const gone = new Set(garbage.traces.map(({ key }) => key))
    for (const { key, name, identity } of garbage.traces) {
      store.traces.remove(key)
      store.outputs.remove(key)
      store.observations.remove(key)
      store.meta.remove(originName(key))
      store.names.remove(name, key)
      store.identities.remove(identity, key)
    }
    for (const digest of garbage.values) store.values.remove(digest)
    for (const identity of garbage.failures) store.failures.remove(identity)
    if (gone.size > 0)
      store.meta.put(
        "journal",
        journal.compact(({ trace }) => !gone.has(trace.key))
      )
  })
  removeFiles(garbage)
  return garbage
}

/**
 * On a full disk nothing can be written, the index neither, so the files go alone. Nobody reaches the traces whose
 * artifacts are gone by then; they go with the next collection.
 */
export function freeRoom(storage: Storage["Service"], roots: Roots, limits: Limits): Garbage {
  const garbage = findGarbage(storage, roots, limits)
  removeFiles(garbage)
  return garbage
}

function removeFiles({ files, before }: Garbage): void {
  for (const { kind, path } of files) {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined || stat.mtimeMs >= before) continue
    if (kind === "checkpoints") removeCheckpoints(path)
    else rmSync(path, { recursive: !["blob", "log", "events"].includes(kind), force: true })
  }
}

const sum = (files: ReadonlyArray<GarbageFile>) => files.reduce((total, { bytes }) => total + bytes, 0)

/** A family's states, and its folder if nothing else is in it. */
function removeCheckpoints(family: string): void {
  for (const path of entries(family, isOwn.checkpoint)) if (isFile(path)) rmSync(path, { force: true })
  try {
    rmdirSync(family)
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
  }
}

/** Projects that have used the cache and are where they were. */
function* projectsThere(store: IndexStore): Generator<string> {
  const prefix = "project "
  for (const { key, value } of store.stats.getRange({ start: prefix, end: `${prefix}~` }))
    if (typeof value === "string" && existsSync(value)) yield key.slice(prefix.length)
}

const bytesOf = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.size ?? 0

// Links are not followed: they may lead out of the cache.
const isFile = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true
const isFolder = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true

function entries(folder: string, isWanted: (name: string) => boolean = () => true): ReadonlyArray<string> {
  try {
    return readdirSync(folder)
      .filter(isWanted)
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** Paths of all files in a folder and its folders. */
const filesUnder = (folder: string): ReadonlyArray<string> =>
  isFolder(folder) ? entries(folder).flatMap((path) => (isFolder(path) ? filesUnder(path) : [path])) : []

/** Bytes of a file, or of all files in a folder. */
export const bytesIn = (path: string): number =>
  isFolder(path) ? filesUnder(path).reduce((total, file) => total + bytesOf(file), 0) : bytesOf(path)

/** Bytes of everything in the cache but the index and the leases, which LMDB keeps at their size. */
export const sizeOf = (folder: string): number =>
  ["blobs", "journal", "checkpoints", "logs", "runs", "damaged"].reduce(
    (total, name) => total + bytesIn(join(folder, name)),
    0
  )
