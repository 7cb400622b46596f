/** Trials of grids. */
import type { Priced } from "../evidence/prices.ts"

/** A trial of a grid. */
export interface GridTrial extends Priced {
  /** It trains on a part of the training set. */
  readonly subset: boolean
}
