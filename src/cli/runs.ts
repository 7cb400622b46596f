/** Runs on other machines, as they stand in a shared store. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { watchClaims } from "../cluster/coordinator.ts"
import { places, runsOf } from "../cluster/places.ts"
import { type RunPlan, readNames, readPlan, readWanted, type Wanted } from "../cluster/plan.ts"
import { readWorkers } from "../cluster/workers.ts"
import { hint, nearest } from "../graph/nearest.ts"
import type { LiveRun } from "../run/chronicle.ts"
import { logPath } from "../run/logs.ts"
import { UsageError } from "./errors.ts"
import { plural } from "./output.ts"

export interface FoundRun {
  readonly folder: string
  readonly plan: RunPlan
  readonly wanted: Wanted
}

/** All runs of a store; what is none is passed over. */
export function runsIn(store: string): ReadonlyArray<FoundRun> {
  let names: ReadonlyArray<string>
  try {
    names = readdirSync(runsOf(store)).sort()
  } catch {
    return []
  }
  return names.flatMap((name) => {
    const folder = join(runsOf(store), name)
    try {
      const [plan, wanted] = [readPlan(folder), readWanted(folder)]
      return plan === undefined || wanted === undefined ? [] : [{ folder, plan, wanted }]
    } catch {
      return []
    }
  })
}

export const isOpen = ({ wanted }: FoundRun): boolean => wanted.state === "running" || wanted.state === "paused"

/** What the open runs of a store are doing, by what their workers tell; `keyOf`: of a node, by its name. */
export const liveIn = (store: string, project: string, keyOf: (name: string) => string): ReadonlyArray<LiveRun> =>
  runsIn(store)
    .filter((run) => isOpen(run) && run.plan.project === project)
    .map(({ folder, plan, wanted }) => {
      const names = readNames(folder)
      const claims = watchClaims(folder, plan, names)
      claims.look()
      const workers = readWorkers(folder).filter(({ ended }) => ended === null)
      const now = Date.now()
      return {
        targets: [`${plan.id} (${wanted.state === "paused" ? "paused" : plural(workers.length, "worker")})`],
        since: Date.parse(plan.began),
        done: names.filter((_, place) => claims.stateOf(place) === "done").length,
        total: names.length,
        left: null,
        running: workers.flatMap(({ doing }) =>
          doing.map(({ name, seconds, progress }) => ({
            name,
            key: keyOf(name),
            since: now - 1000 * seconds,
            ...(progress && { progress: { ...progress, first: progress.done, from: now } })
          }))
        )
      }
    })

/** Logs of a node in the runs of a store, and whether it is being computed there. */
export const logsIn = (store: string, name: string) =>
  runsIn(store)
    .map(({ folder }) => ({
      path: logPath(places(folder).logs, name),
      isRunning: () =>
        readWorkers(folder).some(({ ended, doing }) => ended === null && doing.some((one) => one.name === name))
    }))
    .filter(({ path }) => existsSync(path))

/** The run that is meant: by its name or the beginning of it; the only one that is open, where none was named. Throws `UsageError`. */
export function theRun(store: string, typed: string | undefined): FoundRun {
  const runs = runsIn(store)
  const named = typed === undefined ? runs.filter(isOpen) : runs.filter(({ plan }) => plan.id.startsWith(typed))
  const exact = named.find(({ plan }) => plan.id === typed)
  if (exact !== undefined) return exact
  if (named.length === 1) return named[0]
  const names = (named.length > 0 ? named : runs).map(({ plan }) => plan.id)
  if (named.length > 1)
    throw new UsageError({
      problem: `${typed === undefined ? "several runs are open" : `'${typed}' means several runs`}; name one: ${names.join(", ")}`
    })
  if (typed === undefined) throw new UsageError({ problem: `no run is open in ${store}` })
  throw new UsageError({ problem: `there is no run '${typed}' in ${store}. ${hint(nearest(typed, names))}`.trim() })
}
