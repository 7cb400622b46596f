/**
 * Leases: who is computing what. A node is leased while it runs, so that two runs on one cache share the work. A
 * lease whose process is dead on this host, or that was not renewed for LEASE_MS elsewhere, is free to take.
 *
 * Leases mean nothing after a restart of the machine, so they live in an LMDB environment of their own that is never
 * synced to disk (a commit takes microseconds) and is named by the boot.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { open } from "lmdb"
import { isAlive, startOf } from "./process.ts"

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

export function openLeases(cache: string): Leases {
  const own = { pid: process.pid, start: startOf(process.pid) ?? "", host: hostname() }
  const held = new Set<string>()
  const folder = join(cache, "leases")
  const boot = bootId()
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) if (name !== boot) rmSync(join(folder, name), { recursive: true })
  const leases = open<Lease, string>({ path: join(folder, boot), noSync: true, encoding: "json" })

  const isOurs = (lease: Lease) => lease.pid === own.pid && lease.start === own.start && lease.host === own.host
  const isDead = (lease: Lease) =>
    lease.host === own.host ? !isAlive(lease.pid, lease.start) : Date.now() - lease.renewed > LEASE_MS
  const isFree = (lease: Lease | undefined) => lease === undefined || isOurs(lease) || isDead(lease)

  return {
    take(keys) {
      const taken = leases.transactionSync(() => {
        const free = keys.filter((key) => isFree(leases.get(key)))
        for (const key of free) leases.put(key, { ...own, renewed: Date.now() })
        return free
      })
      for (const key of taken) held.add(key)
      return new Set(taken)
    },
    release(keys) {
      const ours = keys.filter((key) => held.delete(key))
      if (ours.length > 0) leases.transactionSync(() => ours.forEach((key) => void leases.remove(key)))
    },
    held: () => new Set([...leases.getRange()].flatMap(({ key, value }) => (isDead(value) ? [] : [key]))),
    renew() {
      if (held.size === 0) return
      leases.transactionSync(() => {
        for (const key of held) leases.put(key, { ...own, renewed: Date.now() })
      })
    },
    close() {
      this.release([...held])
      void leases.close()
    }
  }
}

/** Differs after every restart of the machine; where the system has none, leases outlive restarts, which is safe. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
  } catch {
    return "any"
  }
}
