/**
 * A trace store: records (a trace with its small artifacts, record.ts) by their key. The cache's own journal and index are
 * one (local-traces.ts); a place that several machines share is another, and stands behind it.
 *
 * A trace names blobs, so these come first: whoever puts a record has put the blobs that it names. Whoever gets one from a
 * store that loses blobs looks for them before believing it.
 */
import type * as Effect from "effect/Effect"
import type { CacheWriteError, StoreFailed } from "./errors.ts"
import type { JournalRecord } from "./record.ts"
import type { DiskFull } from "./space.ts"

export interface TraceStore {
  /** What it is called in messages: a folder, an address. */
  readonly place: string
  /**
   * The record under a key; undefined where there is none, or one that is none (record.ts judges: form, key and bytes).
   * Small artifacts that got lost are not in it.
   */
  readonly get: (key: string) => Effect.Effect<JournalRecord | undefined, StoreFailed>
  /**
   * Keeps records, all that have come together in one step where the store can; they last when this has ended. The first
   * under a key counts, unless one says that it `replaces` it.
   */
  readonly put: (records: ReadonlyArray<JournalRecord>) => Effect.Effect<void, DiskFull | CacheWriteError | StoreFailed>
}
