/** Trials of grids, of which the price is known. */
import type { Trial } from "../evidence/trial.ts"

/** What a trial's training costs, seconds of one core. */
export interface Priced extends Trial {
  readonly seconds: number
}

/** A trial of a grid. */
export interface GridTrial extends Priced {
  /** It trains on a part of the training set. */
  readonly subset: boolean
}
