/** How often something is tried again, and when a stage is stopped because its nodes keep failing alike. */
import type { Node } from "../../graph/graph.ts"

export interface Attempts {
  /** Counts one more attempt; false when there were as many as there may be. */
  again(what: string): boolean
  /** Whether it was ever tried again. */
  were(what: string): boolean
}

export function makeAttempts(atMost: number): Attempts {
  const counts = new Map<string, number>()
  return {
    again(what) {
      const count = (counts.get(what) ?? 0) + 1
      counts.set(what, count)
      return count <= atMost
    },
    were: (what) => counts.has(what)
  }
}

export interface Stops {
  /** The node that stopped a stage; undefined while it goes on. */
  by(stage: string): string | undefined
  /** Takes note of a failure; gives how many there were of its kind when that stops the stage. */
  note(node: Node, message: string): number | undefined
}

/** Stages that are stopped, since what is wrong with them is not wrong with one node. */
export function makeStops(most = Number.POSITIVE_INFINITY): Stops {
  const counts = new Map<string, number>()
  const stops = new Map<string, string>()
  return {
    by: (stage) => stops.get(stage),
    note({ name, stage }, message) {
      // Names and numbers are the node's own; what is left says what is wrong.
      const label = name.slice(stage.name.length + 1)
      const kind = `${stage.name} ${message.replaceAll(label, "").replace(/\d+/g, "0")}`
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      if (count < most || stops.has(stage.name)) return undefined
      stops.set(stage.name, name)
      return count
    }
  }
}
