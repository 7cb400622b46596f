/** What evaluate.ts gives of a trained network, and what training labels that are wrong on purpose tell besides. */
import { readImageSet } from "../../../src/data/examples.ts"
import { readTrueLabels } from "../../../src/data/label-noise.ts"
import type { DeviceEngine, DeviceSession, Engine, Examples, Session } from "../../../src/engine/engine.ts"
import type { Compute, Input } from "../../../src/graph/compute.ts"
import { type Memorization, readMetrics, writeMetrics } from "../../../src/results/metrics.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { TrainParameters } from "../schemas.ts"
import { networkOf } from "../trial.ts"
import evaluate from "./evaluate.ts"

type AnySession = Session | DeviceSession

/** Share of some examples that get their label; null of none. */
async function share(session: AnySession, examples: Examples, indices: Uint32Array): Promise<number | null> {
  if (indices.length === 0) return null
  const { count, correct } = await session.evaluate(examples, indices)
  return correct / count
}

async function memorizationOf(session: AnySession, train: Examples, labels: Input): Promise<Memorization> {
  const trueLabels = readTrueLabels(labels.bytes(), labels.node)
  const all = Uint32Array.from({ length: train.count }, (_, i) => i)
  const wrong = all.filter((i) => train.labels[i] !== trueLabels[i])
  return {
    wrong: wrong.length,
    memorized: await share(session, train, wrong),
    corrected: await share(session, { ...train, labels: trueLabels }, wrong),
    learned: await share(
      session,
      train,
      all.filter((i) => train.labels[i] === trueLabels[i])
    )
  }
}

const compute: Compute<TrainParameters, Engine | DeviceEngine> = async (context) => {
  const { parameters, engine, inputs, threads } = context
  const { metrics } = await evaluate(context)
  const usual = readMetrics({ node: "this node", output: "metrics", bytes: () => metrics })
  const network = networkOf(parameters)
  const session = await engine.open(network, { precision: "f32", threads, memory: parameters.deviceMemory })
  try {
    session.load({ parameters: readWeights(network, inputs.weights) })
    const train = readImageSet(inputs.train.bytes(), inputs.train.node)
    return { metrics: writeMetrics({ ...usual, memorization: await memorizationOf(session, train, inputs.labels) }) }
  } finally {
    session.close()
  }
}

export default compute
