/**
 * A remote: a shared cache that stands behind this one. What is not here is asked for there; what is made here is pushed
 * there (push.ts). Traces come at once and are kept here like our own, with the note whence they came. Bytes come only
 * when somebody reads them: until then the remote promises them.
 *
 * Nothing that a remote does, or does not do, makes a run fail or changes a result: what it does not give is computed.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import type { Artifact } from "../../graph/trace.ts"
import { Artifacts } from "../artifacts.ts"
import { copyBlob } from "../blob-store.ts"
import type { CacheWriteError } from "../errors.ts"
import { CacheFolder } from "../folder.ts"
import { encodeOutputs } from "../index-store.ts"
import { localBlobs } from "../local-blobs.ts"
import type { JournalRecord } from "../record.ts"
import { Sources } from "../sources.ts"
import type { DiskFull } from "../space.ts"
import { Storage } from "../storage.ts"
import { Traces } from "../traces.ts"
import { writing } from "../writing.ts"
import type { Entry } from "./entry.ts"
import { makePusher, type Unpushed } from "./push.ts"
import type { Signer } from "./signing.ts"
import { steady } from "./steady.ts"
import { remoteBlobs, remoteTraces } from "./stores.ts"
import type { Place, Transport } from "./transport.ts"

export interface RemoteOptions {
  readonly transport: Transport
  /** Results that are made are pushed; otherwise it is only read. */
  readonly writes: boolean
  /** Signs what is pushed. */
  readonly signer?: Signer
  /** Public keys; if there are any, only what one of them has signed counts. */
  readonly trusted?: ReadonlyArray<string>
  /** Told of the first trouble with it, in words that begin with its name. */
  readonly tell: (message: string) => void
  /** So long a plan is put off while it is asked. */
  readonly patienceMs?: number
  /** Pauses before a write is tried again. */
  readonly pausesMs?: ReadonlyArray<number>
}

type Kept<A> = Effect.Effect<A, DiskFull | CacheWriteError>

/** The remote behind the cache; `Remote.none` where there is no remote. */
export class Remote extends Context.Service<
  Remote,
  {
    readonly name: string
    /** So long a plan is put off while it is asked. */
    readonly patienceMs: number
    /** Whether a key was not asked for, or so long ago that somebody may have made it since. */
    readonly isDue: (key: string) => boolean
    /** Has results asked for again, however short the last time is ago: all, where none are named. */
    readonly forget: (keys?: ReadonlyArray<string>) => void
    /** Asks for results; those that are there are known here when this has ended. */
    readonly ask: (keys: ReadonlyArray<string>) => Kept<void>
    /** Looks which of the artifacts it has that are not here. */
    readonly look: (artifacts: ReadonlyArray<Artifact>) => Effect.Effect<void>
    /** Whether bytes that are not here are there, as far as is known. */
    readonly promises: (digest: string) => boolean
    /** Copies artifacts that it promises, by digest, as far as it keeps its promises. */
    readonly bring: (digests: Iterable<string>) => Kept<void>
    /** How many results have come from it. */
    readonly taken: () => number
    /** Has results of this cache pushed; those that are made are anyway. */
    readonly push: (keys: ReadonlyArray<string>) => void
    /** Waits until a result that was made here is there; false where it could not be pushed. */
    readonly arrival: (key: string) => Effect.Effect<boolean>
    /** Waits until what was made is pushed, `ms` at most. */
    readonly end: (ms: number) => Effect.Effect<Unpushed>
    /** From now on messages go there. */
    readonly tellTo: (tell: (message: string) => void) => void
  }
>()("pipeline/cache/Remote") {
  static readonly none = Remote.of({
    name: "none",
    patienceMs: 0,
    isDue: () => false,
    forget: () => {},
    ask: () => Effect.void,
    look: () => Effect.void,
    promises: () => false,
    bring: () => Effect.void,
    taken: () => 0,
    push: () => {},
    arrival: () => Effect.succeed(false),
    end: () => Effect.succeed({ pushed: 0, left: 0, problem: undefined }),
    tellTo: () => {}
  })

  /** The one that is provided, or none. */
  static readonly here = Effect.map(
    Effect.serviceOption(Remote),
    Option.getOrElse(() => Remote.none)
  )

  /**
   * Puts a remote behind the cache: `Artifacts` has what the remote promises too, and what is committed to `Traces` is
   * pushed.
   */
  static readonly layer = (options: RemoteOptions) => Layer.effectContext(openRemote(options))
}

/** What trouble with a remote means for a run, which is told of the first alone. */
export const withConsequence = (message: string) =>
  `${message}. What it does not give is computed here; of further trouble with it nothing is said`

/** What was not asked for by then is asked for when it is its turn. */
const PATIENCE_MS = 60_000
/** So long an answer holds: other machines go on computing. */
const HOLDS_MS = 60_000
/** Questions that are under way at once. */
const QUESTIONS = 32
/** Copies that are under way at once. */
const COPIES = 4
/** Results that are taken over together. */
const PORTION = 500

/** A remote for as long as the scope is open. */
const openRemote = Effect.fnUntraced(function* (options: RemoteOptions) {
  const { folder } = yield* CacheFolder
  const artifacts = yield* Artifacts
  const traces = yield* Traces
  const sources = yield* Sources
  const storage = yield* Storage
  const { pausesMs } = options
  let tell = options.tell
  const transport = steady(options.transport, { tell: (message) => tell(message), ...(pausesMs && { pausesMs }) })
  yield* Effect.addFinalizer(() => Effect.sync(transport.close))
  const here = localBlobs(folder)
  const blobs = remoteBlobs(transport)
  const codes = new Map<string, Entry["code"]>()
  const there = remoteTraces(transport, {
    signer: options.signer,
    trusted: options.trusted ?? [],
    codes: { of: sources.codeParts, note: ({ record, code }) => void codes.set(record.trace.code, code) },
    wrong: transport.wrong
  })

  const asked = new Map<string, number>()
  /** Artifacts that it has, by digest, with the key of a trace that says so. */
  const promised = new Map<string, Artifact & { readonly key?: string }>()
  /** Keys and digests under which it had something else than what it promised. */
  const broken = new Set<string>()
  let taken = 0
  const isOff = () => transport.whyOff("read") !== undefined
  const promise = ({ digest, size }: Artifact, key?: string) => {
    if (artifacts.has(digest) || broken.has(digest)) return
    promised.set(digest, { digest, size, ...(key !== undefined && { key }) })
  }
  const isDue = (key: string) =>
    !isOff() && !(performance.now() < (asked.get(key) ?? Number.NEGATIVE_INFINITY) + HOLDS_MS)

  const prefetch = (kind: Place["kind"], names: ReadonlyArray<string>) =>
    Effect.promise(() => transport.prefetch(names.map((name) => ({ kind, name }))).catch(() => {}))

  /** Adds what a record has and this cache has not. */
  const takeOver = (records: ReadonlyArray<JournalRecord>): Kept<void> =>
    Effect.gen(function* () {
      const isNew = ({ trace, values }: JournalRecord) =>
        traces.outputs(trace.key) === undefined || !Object.keys(values).every(artifacts.has)
      const fresh = records.filter(isNew)
      yield* writing(folder, () =>
        storage.write(() => {
          for (const [digest, parts] of codes)
            if (!storage.store.codes.doesExist(digest)) storage.store.codes.put(digest, parts)
        })
      )
      codes.clear()
      if (fresh.length > 0) yield* traces.commit(fresh.map((record) => ({ ...record, origin: transport.name })))
      taken += fresh.length
      for (const { trace, values } of records) {
        const standing = traces.outputs(trace.key)
        if (standing === undefined || encodeOutputs(standing) !== encodeOutputs(trace.outputs)) continue
        for (const artifact of Object.values(trace.outputs))
          if (artifact.byDigest !== true && values[artifact.digest] === undefined) promise(artifact, trace.key)
      }
    })

  const ask = Effect.fnUntraced(function* (keys: ReadonlyArray<string>) {
    const due = keys.filter(isDue)
    for (let from = 0; from < due.length && !isOff(); from += PORTION) {
      const portion = due.slice(from, from + PORTION)
      yield* prefetch("ac", portion)
      const found = yield* Effect.forEach(portion, (key) => orNothing(again(there.get(key))), {
        concurrency: QUESTIONS
      })
      const now = performance.now()
      for (const key of portion) asked.set(key, now)
      const records = found.flatMap((record) => record ?? [])
      if (records.length > 0) yield* takeOver(records)
    }
  })

  const look = Effect.fnUntraced(function* (list: ReadonlyArray<Artifact>) {
    const unknown = list.filter(({ digest }) => !artifacts.has(digest) && !promised.has(digest) && !broken.has(digest))
    const lookAt = (artifact: Artifact) =>
      isOff()
        ? Effect.void
        : orNothing(blobs.has(artifact.digest)).pipe(Effect.map((isThere) => isThere === true && promise(artifact)))
    yield* prefetch(
      "cas",
      unknown.map(({ digest }) => digest)
    )
    yield* Effect.forEach(unknown, lookAt, { concurrency: QUESTIONS, discard: true })
  })

  const giveUp = ({ digest }: Artifact, problem: string) => {
    const key = promised.get(digest)?.key
    promised.delete(digest)
    broken.add(digest)
    if (key !== undefined) broken.add(key)
    transport.wrong(problem)
  }
  const copy = (artifact: Artifact): Kept<void> =>
    again(copyBlob(blobs, here, artifact)).pipe(
      Effect.tap(() =>
        Effect.sync(() => {
          artifacts.add([artifact.digest])
          promised.delete(artifact.digest)
        })
      ),
      Effect.catchTags({
        BlobDamaged: (error) => Effect.sync(() => giveUp(artifact, error.message)),
        StoreFailed: (error) => Effect.sync(() => giveUp(artifact, error.problem))
      })
    )
  // One after another, so that nothing is copied twice at once.
  const turn = yield* Semaphore.make(1)
  const bring = (digests: Iterable<string>) =>
    turn.withPermits(1)(
      Effect.gen(function* () {
        const wanted = [...new Set(digests)].flatMap((digest) =>
          artifacts.has(digest) ? [] : (promised.get(digest) ?? [])
        )
        yield* prefetch(
          "cas",
          wanted.map(({ digest }) => digest)
        )
        yield* Effect.forEach(wanted, copy, { concurrency: COPIES, discard: true })
      })
    )

  const pusher = yield* makePusher({ transport, traces: there, blobs, broken })
  const remote = Remote.of({
    name: transport.name,
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    isDue,
    forget(keys) {
      if (keys === undefined) asked.clear()
      else for (const key of keys) asked.delete(key)
    },
    ask,
    look,
    promises: (digest) => promised.has(digest) && !isOff() && !artifacts.has(digest),
    bring,
    taken: () => taken,
    push: pusher.push,
    arrival: pusher.arrival,
    end: pusher.end,
    tellTo(next) {
      tell = next
    }
  })
  const commit: (typeof traces)["commit"] = (records) =>
    Effect.tap(traces.commit(records), () =>
      Effect.sync(() => options.writes && pusher.push(records.map(({ trace }) => trace.key)))
    )
  return Context.make(Remote, remote).pipe(
    Context.add(Artifacts, { ...artifacts, has: (digest) => artifacts.has(digest) || remote.promises(digest) }),
    Context.add(Traces, { ...traces, commit })
  )
})

/** A connection that broke in the middle is made once more. */
const again = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.retry(effect, { times: 1, while: ({ _tag }) => _tag === "StoreFailed" })

const orNothing = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A | undefined> =>
  Effect.catch(effect, () => Effect.succeed(undefined))
