/**
 * A part of a grid, drawn by chance, that stands for the whole: declared before anything is seen, by a study that is out of
 * reach otherwise.
 */
import type { NodeReference } from "./stage.ts"

export interface Draw {
  /** Configurations of the whole grid. */
  readonly of: number
  /** So many are drawn on average. */
  readonly expected: number
  /** Of the draw: another one draws others. */
  readonly seed: number
  readonly drawn: ReadonlyArray<DrawnConfiguration>
}

export interface DrawnConfiguration {
  readonly name: string
  /** With which it was drawn, beforehand. */
  readonly probability: number
  /** All that is run of it. */
  readonly nodes: ReadonlyArray<NodeReference>
}
