/** Trains several networks as one computation, on the engine that they are given. */
import { imageSetOf } from "../../../src/data/examples.ts"
import type { BatchedEngine } from "../../../src/engine/batched.ts"
import type { ComputeBatch } from "../../../src/graph/compute.ts"
import { trainBatched } from "../../../src/optimize/batched.ts"
import { writeHistory } from "../../../src/results/history.ts"
import { readWeights, writeWeights } from "../../../src/results/weights.ts"
import type { FirstOrderTrial } from "../schemas.ts"
import { networkOf } from "../trial.ts"

/** Trials of one class (batching.ts): of one network but for its depth, on the same data. */
export const batch: ComputeBatch<FirstOrderTrial, BatchedEngine> = async (all) => {
  const members = all.toSorted((a, b) => a.parameters.depth - b.parameters.depth)
  const [{ parameters, engine, inputs }] = members
  const network = networkOf(parameters)
  const data = {
    train: imageSetOf(inputs.train),
    validation: imageSetOf(inputs.validation)
  }
  const session = await engine.open(network, { memory: parameters.deviceMemory })
  for (const { device } of members) device(engine.facts())
  try {
    await trainBatched(
      session,
      data,
      members.map(({ parameters, inputs: { initial }, checkpoints, progress, done }) => ({
        ...parameters,
        initial: readWeights(network, initial),
        checkpoints,
        progress,
        done: (trained) =>
          done({
            weights: writeWeights(network, trained.parameters),
            history: writeHistory(trained.history, trained.divergence)
          })
      }))
    )
  } finally {
    session.close()
  }
}
