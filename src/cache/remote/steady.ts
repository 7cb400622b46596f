/**
 * A transport that never holds up a run: what may go through a second time is tried again, and a remote that keeps making
 * trouble is asked no more. The user is told once.
 */
import { setTimeout as pause } from "node:timers/promises"
import { type Pieces, pathOf, type Transport, Trouble } from "./transport.ts"

export interface SteadyOptions {
  /** Told of the first trouble. */
  readonly tell: (message: string) => void
  /** Pauses before a write is tried again. */
  readonly pausesMs?: ReadonlyArray<number>
}

export interface Steady extends Required<Transport> {
  /** Takes note of something that is wrong with what it gave. */
  wrong(problem: string): void
  /** Why it is asked no more, or nothing more is put there; undefined as long as it is. */
  whyOff(what: "read" | "write"): string | undefined
}

/** So many attempts in a row that came to nothing, and there is no next one. */
const STRIKES = 3
/** A read that failed is waited for once more, so long. */
const READ_PAUSE_MS = 100
const PAUSES_MS = [500, 1000, 2000, 4000]

export function steady(transport: Transport, { tell, pausesMs = PAUSES_MS }: SteadyOptions): Steady {
  const closed = new AbortController()
  const strikes = { read: 0, write: 0 }
  const off: { read?: string; write?: string } = {}
  let told = false
  const wrong = (problem: string) => {
    if (told) return
    told = true
    tell(`the remote ${transport.name}: ${problem}`)
  }
  const strike = (what: "read" | "write", error: unknown) => {
    if (!(error instanceof Trouble) || closed.signal.aborted) return
    wrong(error.message)
    strikes[what]++
    const isHopeless = what === "write" && error.kind === "full"
    if (isHopeless || strikes[what] >= STRIKES) off[what] ??= error.message
  }
  const refuse = (what: "read" | "write") => {
    if (off[what] !== undefined) throw new Trouble("refused", `it is asked no more (${off[what]})`)
  }

  /** Does something, again after each of the pauses if that may help. */
  const attempts = async <A>(what: "read" | "write", pauses: ReadonlyArray<number>, once: () => Promise<A>) => {
    for (let failures = 0; ; failures++) {
      refuse(what)
      try {
        return await once()
      } catch (error) {
        const mayHelp = error instanceof Trouble && (error.kind === "again" || error.kind === "slow")
        // A read that was slow has been waited for long enough.
        const isLast = failures >= pauses.length || !mayHelp || (what === "read" && error.kind === "slow")
        if (isLast || closed.signal.aborted) {
          strike(what, error)
          throw error
        }
        await pause(pauses[failures], undefined, { signal: closed.signal }).catch(() => {})
      }
    }
  }

  async function* watched(pieces: Pieces): Pieces {
    try {
      yield* pieces
      strikes.read = 0
    } catch (error) {
      strike("read", error)
      throw error
    }
  }

  return {
    name: transport.name,
    async read(place) {
      const pieces = await attempts("read", [READ_PAUSE_MS], () => transport.read(place))
      if (pieces !== undefined) return watched(pieces)
      strikes.read = 0
      return undefined
    },
    async size(place) {
      const size = await attempts("read", [READ_PAUSE_MS], () => transport.size(place))
      strikes.read = 0
      return size
    },
    async write(place, size, pieces) {
      try {
        await attempts("write", pausesMs, () => transport.write(place, size, pieces))
        strikes.write = 0
      } catch (error) {
        if (error instanceof Trouble) throw new Trouble(error.kind, `${pathOf(place)}: ${error.message}`)
        throw error
      }
    },
    async prefetch(places) {
      if (transport.prefetch === undefined || places.length === 0) return
      refuse("read")
      await transport.prefetch(places).catch((error) => {
        strike("read", error)
        throw error
      })
    },
    flush: async () => transport.flush?.(),
    close() {
      closed.abort()
      transport.close()
    },
    wrong,
    whyOff: (what) => off[what]
  }
}
