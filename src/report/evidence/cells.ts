/** Means of trials, and the cells of the paper's Table 2 that they fill. */

import { mean } from "../../statistics/statistics.ts"
import type { Architecture } from "./comparisons.ts"
import { configurationOf, seriesOf } from "./grid.ts"
import { groupBy } from "./groups.ts"
import { contains, intervals, type QInterval } from "./intervals.ts"
import type { Scope } from "./scope.ts"
import { isFinished, ratioOf, statusOf, type Trial } from "./trial.ts"
/** Trials whose Q lies in an interval, whether they have run or not. */
export const inside = <T extends Trial>(trials: ReadonlyArray<T>, interval: QInterval): ReadonlyArray<T> =>
  trials.filter((trial) => contains(interval, ratioOf(trial)))

/** Mean over the configurations of their means over the seeds that they have; undefined where nothing finished. */
export function meanLosses(trials: ReadonlyArray<Trial>) {
  const finished = trials.filter(isFinished)
  if (finished.length === 0) return undefined
  const configurations = [...groupBy(finished, (t) => `${configurationOf(t)}/${t.network.depth}`).values()]
  const average = (split: "train" | "validation") =>
    mean(configurations.map((group) => mean(group.map((t) => t.metrics[split].loss))))
  const [train, validation] = [average("train"), average("validation")]
  return { train, validation, gap: validation - train, seeds: new Set(finished.map((t) => t.seed)).size }
}

/** One cell of the table by interval of Q. */
export interface QCell {
  readonly scope: Scope
  readonly architecture: Architecture
  readonly interval: QInterval
  readonly trials: ReadonlyArray<Trial>
  readonly finished: number
  readonly diverged: number
  readonly missing: number
  readonly losses: ReturnType<typeof meanLosses>
}

export function qCells(trials: ReadonlyArray<Trial>): ReadonlyArray<QCell> {
  return [...groupBy(trials, (t) => t.scope.name).values()].flatMap((own) =>
    (["sequential", "parallel"] as const).flatMap((architecture) =>
      intervals.map((interval) => {
        const cell = inside(own, interval).filter((t) => seriesOf(t.network).includes(architecture))
        const of = (status: string) => cell.filter((t) => statusOf(t) === status).length
        return {
          scope: own[0].scope,
          architecture,
          interval,
          trials: cell,
          finished: of("finished"),
          diverged: of("diverged"),
          missing: of("missing"),
          losses: meanLosses(cell)
        }
      })
    )
  )
}
