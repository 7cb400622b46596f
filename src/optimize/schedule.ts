/**
 * Learning rates that change during a training. A schedule has a length of its own, in epochs, and knows nothing of
 * the training's: one of 100 epochs goes on from one of 50.
 */
import { cosPi, power } from "../network/math.ts"

export type Schedule = {
  /** Epochs in which the rate rises linearly, to all of it with their last step; 0: none. */
  readonly warmup: number
} & (
  | { readonly kind: "constant" }
  /** Half a cosine from the rate to `last` times the rate after `epochs`, warm-up included; that from then on. */
  | { readonly kind: "cosine"; readonly epochs: number; readonly last: number }
  /** `factor` times as large after every so many epochs. */
  | { readonly kind: "step"; readonly every: number; readonly factor: number }
)

/** The learning rate of each of the `steps` of epoch 1, 2, …; all epochs have equally many. */
export function ratesOf(schedule: Schedule, learningRate: number, epoch: number, steps: number): ReadonlyArray<number> {
  return Array.from({ length: steps }, (_, i) => learningRate * share(schedule, (epoch - 1) * steps + i, steps))
}

/** The share of the rate that a step takes after `done` others. */
function share(schedule: Schedule, done: number, steps: number): number {
  const { warmup } = schedule
  const rise = warmup > 0 ? Math.min(1, (done + 1) / (warmup * steps)) : 1
  switch (schedule.kind) {
    case "constant":
      return rise
    case "cosine": {
      const way = (done - warmup * steps) / ((schedule.epochs - warmup) * steps)
      const fallen = (1 - cosPi(Math.min(1, Math.max(0, way)))) / 2
      return rise * (1 - (1 - schedule.last) * fallen)
    }
    case "step":
      return rise * power(schedule.factor, Math.floor(done / (schedule.every * steps)))
  }
}
