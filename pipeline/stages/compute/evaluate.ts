/** Scores a trained network on training and validation set, on the engine that it is given. */
import { imageSetOf } from "../../../src/data/examples.ts"
import type { DeviceEngine, DeviceSession, Engine, GivenExamples, Session } from "../../../src/engine/engine.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { overdetermination, parameterCount } from "../../../src/network/network.ts"
import { readHistory } from "../../../src/results/history.ts"
import { type Metrics, type SplitMetrics, writeMetrics } from "../../../src/results/metrics.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { TrainParameters } from "../schemas.ts"
import { networkOf } from "../trial.ts"

async function score(session: Session | DeviceSession, examples: GivenExamples): Promise<SplitMetrics> {
  const { count, loss, correct } = await session.evaluate(examples)
  return { count, loss: Number.isFinite(loss) ? loss / count : Number.NaN, accuracy: correct / count }
}

const compute: Compute<TrainParameters, Engine | DeviceEngine> = async (context) => {
  const { parameters, engine, inputs, threads, device } = context
  const network = networkOf(parameters)
  const { history, divergence } = readHistory(inputs.history)
  const train = imageSetOf(inputs.train)
  const session = await engine.open(network, { precision: "f32", threads, memory: parameters.deviceMemory })
  if ("facts" in engine) device(engine.facts?.() ?? {})
  try {
    session.load({ parameters: readWeights(network, inputs.weights) })
    const metrics: Metrics = {
      status: divergence === undefined ? "finished" : "diverged",
      epochs: history.length - 1,
      parameters: parameterCount(network),
      overdetermination: overdetermination(network, train.count),
      train: await score(session, train),
      validation: await score(session, imageSetOf(inputs.validation))
    }
    return { metrics: writeMetrics(metrics) }
  } finally {
    session.close()
  }
}

export default compute
