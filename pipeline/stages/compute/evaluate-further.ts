/**
 * What evaluate.ts gives of a trained network, and besides, where the trial has it: what training labels that are wrong on
 * purpose tell, the scores on the official test set, and on corrupted images.
 */
import { imageSetOf } from "../../../src/data/examples.ts"
import { trueLabelsOf } from "../../../src/data/label-noise.ts"
import type { DeviceEngine, DeviceSession, Engine, GivenExamples, Session } from "../../../src/engine/engine.ts"
import type { Compute, Input } from "../../../src/graph/compute.ts"
import {
  type Corrupted,
  type Memorization,
  readMetrics,
  type SplitMetrics,
  writeMetrics
} from "../../../src/results/metrics.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { TrainParameters } from "../schemas.ts"
import { corruptedInput, networkOf } from "../trial.ts"
import evaluate from "./evaluate.ts"

type AnySession = Session | DeviceSession
type Inputs = Readonly<Record<string, Input>>

/** Share of some examples that get their label; null of none. */
async function share(session: AnySession, examples: GivenExamples, indices: Uint32Array): Promise<number | null> {
  if (indices.length === 0) return null
  const { count, correct } = await session.evaluate(examples, indices)
  return correct / count
}

async function memorizationOf(session: AnySession, inputs: Inputs): Promise<Memorization> {
  const train = imageSetOf(inputs.train)
  const labels = trueLabelsOf(inputs.labels)
  const all = Uint32Array.from({ length: train.count }, (_, i) => i)
  const wrong = all.filter((i) => train.labels[i] !== labels[i])
  const right = all.filter((i) => train.labels[i] === labels[i])
  return {
    wrong: wrong.length,
    memorized: await share(session, train, wrong),
    corrected: await share(session, { ...train, labels }, wrong),
    learned: await share(session, train, right)
  }
}

async function score(session: AnySession, images: Input): Promise<SplitMetrics> {
  const { count, loss, correct } = await session.evaluate(imageSetOf(images))
  return { count, loss: Number.isFinite(loss) ? loss / count : Number.NaN, accuracy: correct / count }
}

async function corruptedScores(session: AnySession, inputs: Inputs, asked: NonNullable<TrainParameters["corrupt"]>) {
  const corrupted: Record<string, Record<string, SplitMetrics>> = {}
  for (const kind of asked.kinds) {
    corrupted[kind] = {}
    for (const severity of asked.severities)
      corrupted[kind][severity] = await score(session, inputs[corruptedInput(kind, severity)])
  }
  return { corrupted, meanCorruptionError: meanError(corrupted) }
}

/** Over all kinds and severities alike, as CIFAR-10-C has it. */
function meanError(corrupted: Corrupted): number {
  const errors = Object.values(corrupted).flatMap((scores) => Object.values(scores).map(({ accuracy }) => 1 - accuracy))
  return errors.reduce((sum, error) => sum + error, 0) / errors.length
}

const compute: Compute<TrainParameters, Engine | DeviceEngine> = async (context) => {
  const { parameters, engine, inputs, threads } = context
  const { metrics } = await evaluate(context)
  const usual = readMetrics({ node: "this node", output: "metrics", bytes: () => metrics })
  const network = networkOf(parameters)
  const session = await engine.open(network, { precision: "f32", threads, memory: parameters.deviceMemory })
  try {
    session.load({ parameters: readWeights(network, inputs.weights) })
    return {
      metrics: writeMetrics({
        ...usual,
        ...(inputs.labels && { memorization: await memorizationOf(session, inputs) }),
        ...(inputs.test && { test: await score(session, inputs.test) }),
        ...(parameters.corrupt && (await corruptedScores(session, inputs, parameters.corrupt)))
      })
    }
  } finally {
    session.close()
  }
}

export default compute
