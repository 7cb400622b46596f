/** Which trials are trained together, in one computation. Plain functions. */
import { canonical } from "../../src/graph/canonical.ts"
import type { Batch } from "../../src/graph/stage.ts"
import type { TrainParameters } from "./schemas.ts"
import { unscored } from "./trial.ts"

/** With more filters than so many, a trial keeps a device busy by itself, and a batch takes more work than its trials. */
const MOST_FILTERS = 4

/** Filters, of all trials together, in one computation. */
const FILTERS_TOGETHER = 32

/** The parameter of a trial, of those that are asked to be batched on an engine that can, that says that it is. */
export const batching = (asked: boolean | undefined, filters: number): { batched?: true } =>
  asked === true && filters <= MOST_FILTERS ? { batched: true } : {}

/** Trials that differ in nothing but depth, seed, learning rate and what they start from can be one computation. */
export function batchOf(trial: TrainParameters): Batch | undefined {
  const { depth: _, seed: __, from: ___, optimizer, ...rest } = unscored(trial)
  if (trial.batched !== true || !("learningRate" in optimizer)) return undefined
  const { learningRate: ____, ...method } = optimizer
  return { class: canonical({ ...rest, method }), limit: Math.floor(FILTERS_TOGETHER / trial.filters) }
}
