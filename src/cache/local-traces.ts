/** The trace store of this cache: its journal, which is the truth, and the index that is made of it. */
import * as Effect from "effect/Effect"
import { type CacheWriteError, problemOf, StoreFailed } from "./errors.ts"
import { forgetFailure } from "./failures.ts"
import { catchUp, putRecord, recordOf } from "./index-store.ts"
import type { JournalRecord } from "./record.ts"
import type { DiskFull } from "./space.ts"
import type { Storage } from "./storage.ts"
import type { TraceStore } from "./trace-store.ts"
import { writing } from "./writing.ts"

/** Never out of reach: what can be said against it is what the disk says. */
export interface LocalTraces extends TraceStore {
  readonly put: (records: ReadonlyArray<JournalRecord>) => Effect.Effect<void, DiskFull | CacheWriteError>
}

export function localTraces(storage: Storage["Service"]): LocalTraces {
  const { folder, store } = storage
  return {
    place: folder,
    get: (key) =>
      Effect.try({
        try: () => recordOf(store, key),
        catch: (error) => new StoreFailed({ place: folder, problem: problemOf(error) })
      }),
    put: (records) => writing(folder, () => keepRecords(storage, records))
  }
}

/** Keeps records, which are on disk when this returns. Throws `DiskFull` and system errors. */
export function keepRecords(
  { project, store, journal, write }: Storage["Service"],
  records: ReadonlyArray<JournalRecord>
): void {
  write(() => {
    // First the journal, which is the truth, then the index. Both inside LMDB's write lock, so that the journal's size
    // noted in the index covers exactly the lines that the index has. Another process may have been killed between the
    // two.
    catchUp(store, journal)
    const end = journal.append(records)
    for (const record of records) {
      putRecord(store, record)
      forgetFailure(store, project, record.trace)
    }
    store.meta.put("journal", end)
  })
}
