/** Pushing results to a remote: the bytes first, then the trace that names them. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type { Artifact } from "../../graph/trace.ts"
import { Artifacts } from "../artifacts.ts"
import type { BlobStore } from "../blob-store.ts"
import type { BlobDamaged } from "../blobs.ts"
import type { CacheWriteError, StoreFailed } from "../errors.ts"
import { CacheFolder } from "../folder.ts"
import { localBlobs } from "../local-blobs.ts"
import type { DiskFull } from "../space.ts"
import type { TraceStore } from "../trace-store.ts"
import { Traces } from "../traces.ts"
import { travellingTrace } from "./entry.ts"
import type { Steady } from "./steady.ts"

/** Results that are on their way at once. */
const PUSHES = 4

/** Where results are pushed to. */
export interface Target {
  readonly transport: Steady
  readonly traces: TraceStore
  readonly blobs: BlobStore
  /** Keys and digests under which it has something that is worth nothing: it is replaced. */
  readonly broken: Set<string>
}

/** How much had to be sent. */
export interface Pushed {
  readonly blobs: number
  readonly bytes: number
}

/** Pushes one result that stands in the cache. Gives nothing where there is none. */
export const makePush = Effect.fnUntraced(function* ({ transport, traces: there, blobs: target, broken }: Target) {
  const { folder } = yield* CacheFolder
  const artifacts = yield* Artifacts
  const traces = yield* Traces
  const here = localBlobs(folder)

  const isThere = ({ digest, size }: Artifact) =>
    broken.has(digest)
      ? Effect.succeed(false)
      : Effect.promise(() => transport.size({ kind: "cas", name: digest }).catch(() => undefined)).pipe(
          // What was cut short is put there again.
          Effect.map((found) => found === "unknown" || found === size)
        )

  return Effect.fnUntraced(function* (key: string) {
    const record = traces.record(key)
    if (record === undefined) return undefined
    const { trace, values } = record
    const goesAlong = (digest: string) => values[digest] !== undefined || artifacts.has(digest)
    let blobs = 0
    let bytes = 0
    let isRepair = broken.has(key)
    for (const artifact of Object.values(trace.outputs)) {
      const { digest, size } = artifact
      if (values[digest] !== undefined || !artifacts.has(digest)) continue
      if (yield* isThere(artifact)) continue
      isRepair ||= broken.has(digest)
      yield* target.put({ digest, size }, here.get(artifact))
      broken.delete(digest)
      blobs++
      bytes += size
    }
    yield* there.put([{ trace: travellingTrace(trace, goesAlong), values, ...(isRepair && { replaces: true }) }])
    broken.delete(key)
    return { blobs, bytes } satisfies Pushed
  })
})

export interface Pusher {
  /** Has results pushed in the background. */
  readonly push: (keys: ReadonlyArray<string>) => void
  /** Waits until a result that is to be pushed is there; false where it could not be. */
  readonly arrival: (key: string) => Effect.Effect<boolean>
  /** Waits until all are pushed, `ms` at most. Says what is not, and why. */
  readonly end: (ms: number) => Effect.Effect<Unpushed>
}

export interface Unpushed {
  readonly pushed: number
  readonly left: number
  readonly problem: string | undefined
}

/** Pushes in the background as long as the scope is open; never fails. */
export const makePusher = Effect.fnUntraced(function* (target: Target) {
  const push = yield* makePush(target)
  const queue = yield* Queue.unbounded<string>()
  /** Keys that are on their way, or could not be pushed. */
  const open = new Map<string, Deferred.Deferred<boolean>>()
  let pushed = 0
  let problem: string | undefined
  const settle = (key: string, isThere: boolean) => {
    const arrived = open.get(key)
    if (isThere) {
      open.delete(key)
      pushed++
    }
    if (arrived !== undefined) Deferred.doneUnsafe(arrived, Effect.succeed(isThere))
  }
  const note = (error: BlobDamaged | StoreFailed | DiskFull | CacheWriteError) => {
    problem ??= error._tag === "StoreFailed" ? error.problem : error.message
  }
  const worker = Effect.gen(function* () {
    for (;;) {
      const key = yield* Queue.take(queue)
      yield* push(key).pipe(
        Effect.match({
          onSuccess: () => settle(key, true),
          onFailure: (error) => {
            note(error)
            settle(key, false)
          }
        })
      )
    }
  })
  for (let i = 0; i < PUSHES; i++) yield* Effect.forkScoped(worker)
  const arrivals = Effect.suspend(() =>
    Effect.forEach([...open.values()], Deferred.await, { concurrency: "unbounded", discard: true })
  )
  return {
    push(keys) {
      for (const key of keys) {
        open.set(key, Deferred.makeUnsafe())
        Queue.offerUnsafe(queue, key)
      }
    },
    arrival: (key) =>
      Effect.suspend(() => {
        const arrived = open.get(key)
        return arrived === undefined ? Effect.succeed(true) : Deferred.await(arrived)
      }),
    end: Effect.fnUntraced(function* (ms) {
      const inTime = yield* Effect.timeoutOption(arrivals, ms)
      const why = problem ?? (Option.isNone(inTime) ? "there was no time left" : undefined)
      return { pushed, left: open.size, problem: why }
    })
  } satisfies Pusher as Pusher
})
