/**
 * How far a run is and how long it will still take, by work: a reader of its events. Each node counts what it is predicted
 * to take; what has finished, and how far the running ones say that they are, tells how true the predictions are.
 */
import { isCollecting } from "../graph/graph.ts"
import type { Plan } from "../graph/plan.ts"
import type { Listener } from "./events.ts"
import { criticalPaths, type PaceOf, predict } from "./predict.ts"

export interface Estimate {
  readonly listen: Listener
  /** Part of the work that is done, 0 … 1. */
  share(): number
  /** Seconds to the end; undefined where nothing is left, or nothing is known of it. */
  remaining(): number | undefined
}

export interface EstimateOptions {
  readonly plan: Plan
  readonly paceOf: PaceOf
  readonly slots: number
}

/** Predictions are believed as if so many seconds of them had come true. */
const PRIOR_SECONDS = 5
/** A node that has not said how far it is is never taken for done. */
const ALMOST = 0.95

interface Running {
  readonly since: number
  readonly expected: number
  done: number | undefined // part, where it says so
  begun: number | undefined // the part that it began with, after a checkpoint, and when it said so
  at: number
}

export function makeEstimate(
  { plan, paceOf, slots }: EstimateOptions,
  clock = () => performance.now() / 1000
): Estimate {
  const { graph } = plan
  const expected = new Map(plan.runs.map((index) => [index, predict(graph.nodes[index], paceOf) ?? 0]))
  const paths = criticalPaths(graph, plan.runs, paceOf)
  const open = new Set(plan.runs)
  const running = new Map<number, Running>()
  const total = [...expected.values()].reduce((sum, one) => sum + one, 0)
  let finished = 0 // nodes
  let [took, should] = [0, 0] // seconds of finished nodes, as they were and as predicted

  const partOf = (one: Running, factor: number): number =>
    one.done ?? Math.min(ALMOST, one.expected === 0 ? 0 : (clock() - one.since) / (factor * one.expected))

  /** What predictions are to be multiplied by. */
  const factor = (): number => {
    let [real, predicted] = [took, should]
    for (const { done, begun, at, expected: all } of running.values()) {
      if (done === undefined || begun === undefined || done <= begun) continue
      real += clock() - at
      predicted += (done - begun) * all
    }
    return (real + PRIOR_SECONDS) / (predicted + PRIOR_SECONDS)
  }

  const left = (times: number): number => {
    let sum = 0
    for (const index of open) {
      const one = running.get(index)
      sum += expected.get(index)! * (one === undefined ? 1 : 1 - partOf(one, times))
    }
    return sum
  }

  const finish = (name: string, seconds: number | undefined) => {
    const index = graph.byName.get(name)?.index
    if (index === undefined || !open.delete(index)) return
    finished++
    running.delete(index)
    if (seconds === undefined) return
    took += seconds
    should += expected.get(index)!
  }

  return {
    listen(event) {
      switch (event.type) {
        case "start": {
          const index = graph.byName.get(event.name)?.index
          if (index === undefined) return
          open.add(index)
          const [since, all] = [clock(), expected.get(index) ?? 0]
          expected.set(index, all)
          running.set(index, { since, expected: all, done: undefined, begun: undefined, at: since })
          return
        }
        case "progress": {
          const one = running.get(graph.byName.get(event.name)?.index ?? -1)
          if (one === undefined || event.total <= 0) return
          one.done = event.done / event.total
          if (one.begun === undefined) {
            // The first word tells where it stands, not how fast it came there: a checkpoint may lie behind it.
            one.begun = one.done
            one.at = clock()
          }
          return
        }
        case "done":
          // Of a training that went on from a checkpoint the seconds are those of a part.
          return finish(
            event.name,
            wentOn(running.get(graph.byName.get(event.name)?.index ?? -1)) ? undefined : event.seconds
          )
        case "reused":
        case "failed":
        case "skipped":
          return finish(event.name, undefined)
        default:
      }
    },
    share() {
      const all = finished + open.size
      if (open.size === 0 || all === 0) return 1
      return total === 0 ? finished / all : Math.max(0, 1 - left(factor()) / total)
    },
    remaining() {
      if (open.size === 0 || total === 0) return undefined
      const times = factor()
      let longest = 0
      for (const index of open) {
        const one = running.get(index)
        const past = one === undefined ? 0 : partOf(one, times) * one.expected
        // Reports come at the end and wait for all: they are on every path.
        if (!isCollecting(graph.nodes[index])) longest = Math.max(longest, paths[index] - past)
      }
      return times * Math.max(left(times) / slots, longest)
    }
  }
}

/** The same under a budget, whose nodes are not known before they are let in: by what it makes of the time. */
export function underBudget(
  { listen }: Estimate,
  budget: { remaining(): number | undefined },
  clock = () => performance.now() / 1000
): Estimate {
  const begin = clock()
  return {
    listen,
    share() {
      const remaining = budget.remaining()
      const past = clock() - begin
      return remaining === undefined || past === 0 ? 0 : past / (past + remaining)
    },
    remaining: () => budget.remaining()
  }
}

/** Whether a node's first word was that it had more than a little behind it. */
const wentOn = (one: Running | undefined): boolean => one?.begun !== undefined && one.begun > 0.5
