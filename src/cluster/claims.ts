/**
 * Who computes which node, told by files in a folder that all machines see. Nothing is ever renamed or removed there
 * while the run goes on, since on a network file system only the making of a new file is decided by the server alone:
 *
 *     NODE.0       the first claim on a node, with its holder's name; making the file is the claim
 *     NODE.1       the next one, made when the holder of the first was found dead (workers.ts)
 *     NODE.done    its result is in the shared store
 *     NODE.failed  why it has failed, for good
 *
 * NODE is a digest of the node's name; large runs spread them over folders. A claim is kept until its node has ended or its
 * holder is dead. Two machines may compute one node only where one of them was taken for dead and is not: the bytes are
 * the same, so it costs time and nothing else.
 *
 * What is there is learned from a listing (`look`), and from claims that do not succeed; between these a view may be
 * old, which costs an attempt and no more.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { sha256 } from "../graph/key.ts"
import { makeNew, textOf } from "./places.ts"
import type { Watch } from "./workers.ts"

/** How a node stands: `free` as far as is known, ours, somebody else's, ended. */
export type Claim = "free" | "ours" | "theirs" | "done" | "failed"
const CLAIMS: ReadonlyArray<Claim> = ["free", "ours", "theirs", "done", "failed"]

/** Nodes are told by their places among the nodes of the run, which all machines know in one order. */
export interface Claims {
  /** How a node stands, as far as is known here; asks nobody. */
  stateOf(place: number): Claim
  /** Claims a node, unless it is known to be somebody else's or to have ended. */
  take(place: number): Claim
  /** Looks at a node that is somebody else's: it may have ended; if its holder is dead, it is claimed. */
  lookAt(place: number): Claim
  /** Claims a node whose result is said to be in the store, and is not. */
  takeAgain(place: number): Claim
  /** Notes that a node's result is in the shared store. */
  done(place: number): void
  /** Notes that a node has failed for good. */
  failed(place: number, message: string): void
  /** Why a node has failed. */
  messageOf(place: number): string
  /** Sees what others have claimed and ended: lists the folder. */
  look(): void
  /** How often the file system was asked, for politeness' sake. */
  readonly requests: { made: number; read: number; listed: number }
}

/** The nodes of a run as claims name them; all machines have the same. */
export interface Book {
  readonly size: number
  /** Place of a node by the digest of its name; undefined for what is none of them. */
  placeOf(digest: string): number | undefined
  digestAt(place: number): string
  /** Folders within the folder of claims: the beginnings of digests. */
  readonly shards: ReadonlyArray<string>
}

const NAME_DIGITS = 32
const FILE = new RegExp(`^([0-9a-f]{${NAME_DIGITS}})\\.(\\d{1,4}|done|failed)$`)

/** Folders for so many nodes: none has more than some thousand files. */
const shardDigits = (nodes: number): number => (nodes <= 2000 ? 0 : nodes <= 30_000 ? 1 : 2)

export function makeBook(names: ReadonlyArray<string>): Book {
  const digests = names.map((name) => sha256(name).slice(0, NAME_DIGITS))
  const byDigest = new Map(digests.map((digest, place) => [digest, place]))
  const digits = shardDigits(names.length)
  return {
    size: names.length,
    placeOf: (digest) => byDigest.get(digest),
    digestAt: (place) => digests[place],
    shards: digits === 0 ? [""] : Array.from({ length: 16 ** digits }, (_, i) => i.toString(16).padStart(digits, "0"))
  }
}

/** `holder`: our own name in claims. */
export function openClaims(folder: string, holder: string, watch: Watch, book: Book): Claims {
  /** By place: the claim as a number, and the number of the latest file of claims; -1 where there is none. */
  const states = new Uint8Array(book.size)
  const latest = new Int16Array(book.size).fill(-1)
  const made = new Set<string>()
  const requests = { made: 0, read: 0, listed: 0 }
  const digits = book.shards[0].length

  const pathOf = (place: number, what: string): string => {
    const digest = book.digestAt(place)
    const shard = join(folder, digest.slice(0, digits))
    if (!made.has(shard)) mkdirSync(shard, { recursive: true })
    made.add(shard)
    return join(shard, `${digest}.${what}`)
  }
  const make = (place: number, what: string, text: string): boolean => {
    requests.made++
    return makeNew(pathOf(place, what), text)
  }
  const read = (place: number, what: string): string | undefined => {
    requests.read++
    return textOf(pathOf(place, what))
  }
  const stateAt = (place: number): Claim => CLAIMS[states[place]]
  const set = (place: number, claim: Claim): Claim => {
    states[place] = CLAIMS.indexOf(claim)
    return claim
  }
  /** How a node has ended, by its files. */
  const endOf = (place: number): "done" | "failed" | undefined => {
    requests.read++
    if (existsSync(pathOf(place, "done"))) return "done"
    requests.read++
    return existsSync(pathOf(place, "failed")) ? "failed" : undefined
  }
  /** Makes the claim after the latest that is known. */
  const claim = (place: number): boolean => {
    const isOurs = make(place, String(++latest[place]), `${holder}\n`)
    set(place, isOurs ? "ours" : "theirs")
    return isOurs
  }
  const list = (shard: string) => {
    requests.listed++
    let files: ReadonlyArray<string>
    try {
      files = readdirSync(join(folder, shard))
    } catch {
      return // nobody has claimed anything there
    }
    for (const file of files) {
      const [, digest, what] = FILE.exec(file) ?? []
      const place = digest === undefined ? undefined : book.placeOf(digest)
      if (place === undefined) continue
      if (what === "done" || what === "failed") set(place, what)
      else if (Number(what) > latest[place]) {
        latest[place] = Number(what)
        if (stateAt(place) === "free" || stateAt(place) === "ours") set(place, "theirs")
      }
    }
  }

  return {
    requests,
    stateOf: stateAt,
    take(place) {
      if (stateAt(place) === "free") claim(place)
      return stateAt(place)
    },
    lookAt(place) {
      if (stateAt(place) !== "theirs") return stateAt(place)
      const end = endOf(place)
      if (end !== undefined) return set(place, end)
      // Where nothing is written yet, whoever is writing counts as holder, and is dead when that stays so.
      const by = read(place, String(latest[place]))?.trim() || `${book.digestAt(place)} ${latest[place]}`
      if (by === holder) return set(place, "ours")
      // It may have ended since it was looked at, just before its holder did.
      if (watch.isDead(by) && claim(place)) set(place, endOf(place) ?? "ours")
      return stateAt(place)
    },
    takeAgain(place) {
      if (stateAt(place) === "done") claim(place)
      return stateAt(place)
    },
    done(place) {
      make(place, "done", "")
      set(place, "done")
    },
    failed(place, message) {
      make(place, "failed", `${message}\n`)
      set(place, "failed")
    },
    messageOf: (place) => read(place, "failed")?.trim() || "it has failed on another machine",
    look: () => book.shards.forEach(list)
  }
}
