/** Trials of grids: of each, also of one that has not run, Q and price are known. */
import { overdetermination } from "../../network/network.ts"
import { mean } from "../../statistics/statistics.ts"
import { groupBy } from "./grid.ts"
import type { QInterval } from "./intervals.ts"
import { isFinished, type Trial } from "./trial.ts"
/** What a trial's training costs, seconds of one core. */
export interface Priced extends Trial {
  readonly seconds: number
}

/** A trial of a grid: also where it has not run, its Q and its price are known. */
export interface GridTrial extends Priced {
  readonly examples: number // K, that it trains on
  /** It trains on a part of the training set. */
  readonly subset: boolean
}

export const ratio = ({ network, examples }: GridTrial): number => overdetermination(network, examples)

export const inside = (trials: ReadonlyArray<GridTrial>, { low, high }: QInterval): ReadonlyArray<GridTrial> =>
  trials.filter((trial) => low <= ratio(trial) && ratio(trial) < high)

/** Mean over seeds of the mean over configurations; undefined where nothing finished. */
export function meanLosses(trials: ReadonlyArray<Trial>) {
  const seeds = [...groupBy(trials.filter(isFinished), (t) => String(t.seed)).values()]
  if (seeds.length === 0) return undefined
  const average = (split: "train" | "validation") =>
    mean(seeds.map((group) => mean(group.map((t) => t.metrics[split].loss))))
  const [train, validation] = [average("train"), average("validation")]
  return { train, validation, gap: validation - train, seeds: seeds.length }
}
