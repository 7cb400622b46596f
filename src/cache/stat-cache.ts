/**
 * Digests of files. Size, times and inode only decide whether to hash again; what counts is the content.
 */
import { statSync } from "node:fs"
import { join } from "node:path"
import { digestOfFile } from "./files.ts"
import type { IndexStore } from "./index-store.ts"

/** What tells that a file has not been written since. The change time catches a modification time that was set back. */
export type Stat = readonly [size: number, modified: string, changed: string, inode: string]

interface Entry {
  readonly stat: Stat
  readonly digest: string
}

/** A file written this shortly before it was hashed may be written again within the clock's grain. */
const GRAIN_NS = 50_000_000n

/** True if a file's state was old enough at a time (milliseconds since 1970) to tell every later change from it. */
export const isSettled = ([, , changed]: Stat, time: number) => BigInt(time) * 1_000_000n - BigInt(changed) > GRAIN_NS

export interface StatCache {
  /** What is known is not believed; every file is read again. */
  readonly rehash: boolean
  /** SHA-256 of a file of the project, or undefined if there is none. Throws `FileUnreadable`. */
  digest(path: string): string | undefined
  stat(path: string): Stat | undefined
  /** Writes what was learned into the index. */
  save(): void
}

export interface StatCacheOptions {
  /** Of the project (project.ts). */
  readonly id: string
  readonly rehash: boolean
  /** Runs a change of the index in a transaction (not at all where it cannot be written). */
  readonly write: (change: () => void) => void
}

export function makeStatCache(project: string, store: IndexStore, options: StatCacheOptions): StatCache {
  const seen = new Map<string, string | undefined>()
  const learned = new Map<string, Entry>()

  const read = (path: string) => {
    try {
      return statSync(join(project, path), { bigint: true })
    } catch {
      return undefined
    }
  }
  const brief = (s: { size: bigint; mtimeNs: bigint; ctimeNs: bigint; ino: bigint }): Stat => [
    Number(s.size),
    String(s.mtimeNs),
    String(s.ctimeNs),
    String(s.ino)
  ]

  return {
    rehash: options.rehash,
    stat(path) {
      const found = read(path)
      return found === undefined ? undefined : brief(found)
    },
    digest(path) {
      if (seen.has(path)) return seen.get(path)
      const time = Date.now()
      const found = read(path)
      if (found === undefined || !found.isFile()) {
        seen.set(path, undefined)
        return undefined
      }
      const stat = brief(found)
      const entry = store.stats.get(`f ${options.id} ${path}`) as Entry | undefined
      let digest: string
      if (!options.rehash && entry !== undefined && equal(entry.stat, stat)) digest = entry.digest
      else {
        digest = digestOfFile(join(project, path), path)
        const known = entry?.digest === digest && equal(entry.stat, stat)
        if (!known && isSettled(stat, time)) learned.set(`f ${options.id} ${path}`, { stat, digest })
      }
      seen.set(path, digest)
      return digest
    },
    save() {
      if (learned.size === 0) return
      options.write(() => {
        for (const [path, entry] of learned) store.stats.put(path, entry)
      })
      learned.clear()
    }
  }
}

export const equal = (a: Stat, b: Stat) => a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3]
