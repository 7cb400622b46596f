/** What the cache is kept in; for its own services and for the upkeep (verify.ts, gc.ts, archive.ts, backup.ts) alone. */
import * as Context from "effect/Context"
import type { IndexStore } from "./index-store.ts"
import type { Journal } from "./journal.ts"

export class Storage extends Context.Service<
  Storage,
  {
    readonly folder: string
    /** The project that uses it (project.ts). */
    readonly project: string
    readonly store: IndexStore
    readonly journal: Journal
    /**
     * Changes the index in a transaction, under the one lock that all writers take; nothing where it is read-only. Throws
     * `DiskFull` and system errors (writing.ts makes them typed).
     */
    readonly write: (change: () => void) => void
  }
>()("pipeline/cache/Storage") {}
