/** Which nodes a worker takes, and when it looks what has become of those that others took: by claims alone. */
import type { Graph, Node } from "../graph/graph.ts"
import { sha256 } from "../graph/key.ts"
import type { Others, Standing } from "../run/others.ts"
import type { Claims } from "./claims.ts"

/** Looks in the time of a lease, by a worker that has nothing to do; then fewer and fewer. */
const LOOKS = 60
const SLOWER = 1.5
const SLOWEST = 6
/** Claims of others that such a worker looks at each time: whether they have ended, or their holders are dead. */
const WATCHED = 8
/** So many claims may fail before the folder is listed, which costs about as much. */
const TRIES = 32
/** So often a result may be said to be in the store and not be found before its node is claimed again. */
const PATIENCE = 6

export interface OthersOptions {
  readonly graph: Pick<Graph, "nodes" | "dependents">
  /** The nodes that workers compute, in graph order. */
  readonly share: ReadonlyArray<number>
  readonly claims: Claims
  readonly leaseMs: number
  readonly holder: string
  /** Brings what was made under a key to the store, and then notes that the node is done. */
  readonly made: (place: number, key: string) => void
  /** Whether this worker takes nothing more, and ends when it has nothing to do. */
  readonly isLeaving?: () => boolean
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number
}

/** What fails here is tried again soon. */
export function quietly(action: () => void): void {
  try {
    action()
  } catch {}
}

export function makeOthers(options: OthersOptions): Others {
  const {
    graph,
    share,
    claims,
    leaseMs,
    holder,
    made,
    isLeaving = () => false,
    now = () => performance.now()
  } = options
  const { nodes, dependents } = graph
  /** By node: its place in the claims; -1 where it has none. */
  const places = new Int32Array(nodes.length).fill(-1)
  for (const [place, index] of share.entries()) places[index] = place
  const stateOf = (index: number) => claims.stateOf(places[index])
  const misses = new Map<number, number>()
  /** Claims that did not succeed, since the last listing. */
  let failures = 0
  let looked = now()
  let pollMs = leaseMs / LOOKS
  const look = () => {
    claims.look()
    failures = 0
    looked = now()
  }
  const standingOf = ({ index }: Node): Standing => {
    const before = stateOf(index)
    const claim = claims.take(places[index])
    if (before === "free" && claim === "theirs" && ++failures === TRIES) look()
    if (claim === "ours") pollMs = leaseMs / LOOKS
    if (claim === "failed") return { is: "failed", message: claims.messageOf(places[index]) }
    return { is: claim === "free" ? "theirs" : claim }
  }
  const isEnded = (index: number) => ["done", "failed"].includes(stateOf(index))
  /** Whether something waits for a node that has not ended. */
  const isAwaited = (index: number) => dependents[index].some((next) => places[next] >= 0 && !isEnded(next))

  return {
    pollMs: () => pollMs,
    claim: (wanted) => {
      const standing = isLeaving() ? () => ({ is: "theirs" }) as const : standingOf
      return new Map(wanted.map((node) => [node.index, standing(node)]))
    },
    isThere: ({ index }) => stateOf(index) === "done",
    lost({ index }) {
      // The store may be slow to show it, or have lost it.
      const count = (misses.get(index) ?? 0) + 1
      misses.set(index, count)
      if (count > PATIENCE) claims.takeAgain(places[index])
    },
    made: ({ index }, key) => made(places[index], key),
    found({ index }) {
      if (stateOf(index) === "ours") quietly(() => claims.done(places[index]))
    },
    failed: ({ index }, message) => quietly(() => claims.failed(places[index], message)),
    news(waiting) {
      if (now() - looked >= leaseMs) look()
      else pollMs = Math.min(pollMs * SLOWER, leaseMs / SLOWEST)
      const open = waiting.filter(({ index }) => stateOf(index) === "theirs")
      for (const { index } of someOf(open, WATCHED)) claims.lookAt(places[index])
      const isNews = ({ index }: Node) => {
        const state = stateOf(index)
        return state === "failed" || state === "ours" || (state === "done" && isAwaited(index))
      }
      return new Set(waiting.filter(isNews).map(({ index }) => index))
    },
    isOver() {
      if (isLeaving()) return true
      const behind = new Set<number>()
      for (const index of share) {
        const state = stateOf(index)
        if (state === "failed" || needs(nodes[index]).some((need) => behind.has(need))) behind.add(index)
        else if (state !== "done") return false
      }
      return true
    },
    rank: ({ name }, seconds) => seconds * (0.5 + chance(`${holder} ${name}`))
  }
}

const needs = ({ inputs }: Node) => inputs.flatMap(({ sources }) => sources.map(({ node }) => node))

/** Between 0 and 0.5, by a text. */
const chance = (text: string): number => Number.parseInt(sha256(text).slice(0, 8), 16) / 2 ** 33

/** Some of a list, as many as are wanted, from a place that changes. */
function someOf<A>(list: ReadonlyArray<A>, count: number): ReadonlyArray<A> {
  if (list.length <= count) return list
  const from = Math.floor(Math.random() * list.length)
  return [...list.slice(from), ...list.slice(0, from)].slice(0, count)
}
