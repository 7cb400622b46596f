/**
 * Leases: who is computing what. A node is leased while it runs, so that two runs on one cache share the work. A lease
 * whose process is dead (process.ts) is free to take.
 *
 * Leases mean nothing once nobody has the cache open, so they live in an LMDB environment of their own that is never
 * synced to disk (a commit takes microseconds) and is made anew by the first to open the cache. That is all that a
 * command which only reads ever removes, beside its own notes and an index that is made again from the journal: these
 * have names of our own, in a folder with our marker, and nobody can need them.
 */
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { open } from "lmdb"
import type { CacheWriteError } from "./errors.ts"
import { PERMISSIONS } from "./index-store.ts"
import { describe, isNameAlive, ownName } from "./process.ts"
import { type DiskFull, needRoom, SMALL } from "./space.ts"
import { writing } from "./writing.ts"

interface Lease {
  readonly holder: string // name of its process
}

export class Leases extends Context.Service<
  Leases,
  {
    /** Takes those of the keys that no other living process has; gives these back. */
    readonly take: (keys: ReadonlyArray<string>) => Effect.Effect<ReadonlySet<string>, DiskFull | CacheWriteError>
    readonly release: (keys: ReadonlyArray<string>) => Effect.Effect<void, DiskFull | CacheWriteError>
    /** Keys that living processes are computing now. */
    readonly taken: () => ReadonlySet<string>
    /** Who else is computing something, in words; undefined if nobody. */
    readonly holderOf: (key: string) => string | undefined
  }
>()("pipeline/cache/Leases") {
  /** Where the cache can only be read there are none: whoever takes them gets them. */
  static readonly over = (cache: string, open: OpenLeases | undefined) =>
    Leases.of({
      take: (keys) => (open === undefined ? Effect.succeed(new Set(keys)) : writing(cache, () => open.take(keys))),
      release: (keys) => (open === undefined ? Effect.void : writing(cache, () => open.release(keys))),
      taken: () => open?.held() ?? new Set(),
      holderOf: (key) => open?.holderOf(key)
    })
}

/** The leases as they lie on the disk. Changes throw `DiskFull` and errors of LMDB. */
export interface OpenLeases {
  take(keys: ReadonlyArray<string>): ReadonlySet<string>
  release(keys: ReadonlyArray<string>): void
  held(): ReadonlySet<string>
  holderOf(key: string): string | undefined
  /** Releases all that are ours. */
  close(): void
}

/** Opens the leases; `anew` if no other process has the cache open. */
export function openLeases(cache: string, anew: boolean): OpenLeases {
  const held = new Set<string>()
  const folder = join(cache, "leases")
  if (anew) for (const name of ["data.mdb", "lock.mdb"]) rmSync(join(folder, name), { force: true })
  mkdirSync(folder, { recursive: true })
  const leases = open<Lease, string>({ path: folder, noSync: true, encoding: "json", ...PERMISSIONS })
  const change = <A>(action: () => A): A => {
    needRoom(cache, SMALL)
    return leases.transactionSync(action)
  }
  const isFree = (lease: Lease | undefined) =>
    lease === undefined || lease.holder === ownName || !isNameAlive(cache, lease.holder)

  return {
    take(keys) {
      const taken = change(() => {
        const free = keys.filter((key) => isFree(leases.get(key)))
        for (const key of free) leases.put(key, { holder: ownName })
        return free
      })
      for (const key of taken) held.add(key)
      return new Set(taken)
    },
    release(keys) {
      const ours = keys.filter((key) => held.delete(key))
      // It may have been taken over meanwhile, had this process been stopped for long.
      const give = (key: string) => {
        if (leases.get(key)?.holder === ownName) leases.remove(key)
      }
      if (ours.length > 0) change(() => ours.forEach(give))
    },
    held: () =>
      new Set([...leases.getRange()].flatMap(({ key, value }) => (isNameAlive(cache, value.holder) ? [key] : []))),
    holderOf(key) {
      const lease = leases.get(key)
      return lease === undefined || isFree(lease) ? undefined : describe(cache, lease.holder)
    },
    close() {
      // A lease that cannot be given back is free as soon as this process has ended.
      try {
        this.release([...held])
      } catch {}
      void leases.close()
    }
  }
}
