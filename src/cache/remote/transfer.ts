/** Many results at once, to a remote: what `pipeline cache push` does. */
import * as Effect from "effect/Effect"
import { Sources } from "../sources.ts"
import { makePush } from "./push.ts"
import type { Signer } from "./signing.ts"
import { steady } from "./steady.ts"
import { remoteBlobs, remoteTraces } from "./stores.ts"
import type { Transport } from "./transport.ts"

export interface PushSum {
  /** Results whose trace and bytes are there now, as far as these are here. */
  readonly results: number
  /** Blobs that had to be sent, and their bytes. */
  readonly blobs: number
  readonly bytes: number
  readonly failed: number
  /** Why the first of these failed. */
  readonly problem: string | undefined
}

/** Results that are on their way at once. */
const PUSHES = 4

export interface PushOptions {
  readonly transport: Transport
  readonly signer: Signer | undefined
  readonly step: () => void
}

/** Pushes the results under the keys; never fails for what the remote does. */
export const pushAll = Effect.fnUntraced(function* (
  keys: ReadonlyArray<string>,
  { transport: plain, signer, step }: PushOptions
) {
  const { codeParts } = yield* Sources
  const transport = steady(plain, { tell: () => {} })
  const push = yield* makePush({
    transport,
    traces: remoteTraces(transport, {
      signer,
      trusted: [],
      codes: { of: codeParts, note: () => {} },
      wrong: () => {}
    }),
    blobs: remoteBlobs(transport),
    broken: new Set()
  })
  let [results, blobs, bytes, failed] = [0, 0, 0, 0]
  let problem: string | undefined
  const fail = (count: number, why: string) => {
    failed += count
    problem ??= why
  }
  yield* Effect.forEach(
    keys,
    (key) =>
      push(key).pipe(
        Effect.map((pushed) => {
          if (pushed !== undefined) results++
          blobs += pushed?.blobs ?? 0
          bytes += pushed?.bytes ?? 0
          step()
        }),
        Effect.catch((error) =>
          Effect.sync(() => fail(1, error._tag === "StoreFailed" ? error.problem : error.message))
        )
      ),
    { concurrency: PUSHES, discard: true }
  )
  const refused = (error: unknown) => (error instanceof Error ? error.message : String(error))
  yield* Effect.tryPromise({ try: transport.flush, catch: refused }).pipe(
    Effect.catch((why) =>
      Effect.sync(() => {
        fail(results, why)
        results = 0
      })
    ),
    Effect.ensuring(Effect.sync(transport.close))
  )
  return { results, blobs, bytes, failed, problem } satisfies PushSum as PushSum
})
