/**
 * Leases: who is computing what. A node is leased while it runs, so that two runs on one cache share the work. A
 * lease whose process is dead on this host, or that was not renewed for LEASE_MS elsewhere, is free to take.
 *
 * Leases mean nothing once nobody has the cache open, so they live in an LMDB environment of their own that is never
 * synced to disk (a commit takes microseconds) and is made anew by the first to open the cache.
 */
import { mkdirSync, rmSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { open } from "lmdb"
import { isAlive, startOf } from "./process.ts"
import { needSpace, SMALL_BYTES } from "./space.ts"

export const LEASE_MS = 15_000
export const RENEW_MS = 3_000

interface Lease {
  readonly pid: number
  readonly start: string
  readonly host: string
  readonly renewed: number // milliseconds since 1970
}

export interface Leases {
  /** Takes those of the keys that no other living process has; gives these back. */
  take(keys: ReadonlyArray<string>): ReadonlySet<string>
  release(keys: ReadonlyArray<string>): void
  /** Keys that living processes are computing now. */
  held(): ReadonlySet<string>
  /** Renews all that are ours. */
  renew(): void
  /** Releases all that are ours. */
  close(): void
}

/** Opens the leases; `anew` if no other process has the cache open. */
export function openLeases(cache: string, anew: boolean): Leases {
  const own = { pid: process.pid, start: startOf(process.pid) ?? "", host: hostname() }
  const held = new Set<string>()
  const folder = join(cache, "leases")
  if (anew) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const leases = open<Lease, string>({ path: folder, noSync: true, encoding: "json" })
  const change = <A>(action: () => A): A => {
    needSpace(cache, SMALL_BYTES)
    return leases.transactionSync(action)
  }

  const isOurs = (lease: Lease) => lease.pid === own.pid && lease.start === own.start && lease.host === own.host
  const isDead = (lease: Lease) =>
    lease.host === own.host ? !isAlive(lease.pid, lease.start) : Date.now() - lease.renewed > LEASE_MS
  const isFree = (lease: Lease | undefined) => lease === undefined || isOurs(lease) || isDead(lease)

  return {
    take(keys) {
      const taken = change(() => {
        const free = keys.filter((key) => isFree(leases.get(key)))
        for (const key of free) leases.put(key, { ...own, renewed: Date.now() })
        return free
      })
      for (const key of taken) held.add(key)
      return new Set(taken)
    },
    release(keys) {
      const ours = keys.filter((key) => held.delete(key))
      if (ours.length > 0) change(() => ours.forEach((key) => void leases.remove(key)))
    },
    held: () => new Set([...leases.getRange()].flatMap(({ key, value }) => (isDead(value) ? [] : [key]))),
    renew() {
      if (held.size === 0) return
      change(() => {
        for (const key of held) leases.put(key, { ...own, renewed: Date.now() })
      })
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
