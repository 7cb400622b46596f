/**
 * A place that several machines share, as write-once files: `ac/KEY`, a trace each, and `cas/DIGEST`, the bytes of
 * artifacts. It is a folder that all of them mount (folder.ts) or a server that speaks HTTP (http.ts). A transport moves
 * bytes, in a limited time, and judges nothing: what came is worth something once it has the digest that was asked for.
 */

/** `ac`: a trace under its key. `cas`: bytes under their SHA-256. */
export interface Place {
  readonly kind: "ac" | "cas"
  readonly name: string // 64 hexadecimal digits
}

/** In the order in which they are written: bytes before the traces that name them. */
export const KINDS = ["cas", "ac"] as const

export const pathOf = ({ kind, name }: Place): string => `${kind}/${name}`

/** Bytes, piece by piece. */
export type Pieces = AsyncIterable<Uint8Array>

/** Every method rejects with `Trouble` where the remote does not do its part, and so do the pieces that it gives. */
export interface Transport {
  /** Where it is, for messages: never with credentials. */
  readonly name: string
  /** The bytes at a place; undefined where nothing is. */
  read(place: Place): Promise<Pieces | undefined>
  /** How many bytes are at a place, which not every server tells; undefined where nothing is. */
  size(place: Place): Promise<number | "unknown" | undefined>
  /**
   * Puts so many bytes at a place, in one step: whoever reads there finds what was before, or all of them. Whatever the
   * pieces throw is thrown, and nothing is put. They are asked for once an attempt.
   */
  write(place: Place, size: number, pieces: () => Pieces): Promise<void>
  /** Said before many are read together, where that saves ways. */
  prefetch?(places: ReadonlyArray<Place>): Promise<void>
  /** Said after many were written, where they are not under way before. */
  flush?(): Promise<void>
  /** Ends what is under way. */
  close(): void
}

/**
 * What kind of trouble a remote makes.
 * - `again`: the connection, or a server that is busy or broken: the next attempt may go through
 * - `slow`: nothing came for too long
 * - `refused`: it does not let us: credentials, permissions, not the kind of server that this needs
 * - `full`: it has no room
 * - `large`: it does not take so many bytes at once
 */
export type TroubleKind = "again" | "slow" | "refused" | "full" | "large"

export class Trouble extends Error {
  readonly kind: TroubleKind
  constructor(kind: TroubleKind, message: string) {
    super(message)
    this.kind = kind
  }
}

export interface Limits {
  /** An answer has to begin within so long. */
  readonly answerMs: number
  /** Bytes that come, or go, more slowly than this are given up. */
  readonly bytesPerSecond: number
}

export const LIMITS: Limits = { answerMs: 10_000, bytesPerSecond: 100_000 }

/** How long so many bytes may take. */
const timeFor = (bytes: number, { answerMs, bytesPerSecond }: Limits): number =>
  answerMs + (bytes / bytesPerSecond) * 1000

/** Waits for something as long as so many bytes may take; then it is left behind: a file system may hang for ever. */
export async function within<A>(limits: Limits, bytes: number, work: Promise<A>): Promise<A> {
  return waitUntil(performance.now() + timeFor(bytes, limits), work)
}

async function waitUntil<A>(deadline: number, work: Promise<A>): Promise<A> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const ms = Math.max(0, deadline - performance.now())
    timer = setTimeout(() => reject(new Trouble("slow", "it is too slow, or does not answer")), ms)
  })
  work.catch(() => {}) // whoever waited has been told
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Pieces that have to come as fast as the limits say; `end` is called when no more of them is wanted. */
export async function* paced(limits: Limits, pieces: Pieces, end: () => void = () => {}): Pieces {
  const began = performance.now()
  const iterator = pieces[Symbol.asyncIterator]()
  let done = 0
  try {
    for (;;) {
      const next = await waitUntil(began + timeFor(done, limits), iterator.next())
      if (next.done) return
      done += next.value.length
      yield next.value
    }
  } finally {
    end()
    // One that hangs is not waited for.
    void iterator.return?.().catch(() => {})
  }
}
