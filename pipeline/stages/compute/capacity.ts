/** Finds how many examples one network fits to 100 %, by trainings on the engine that it is given. */
import { imageSetOf, type StoredSet, select } from "../../../src/data/examples.ts"
import type { DeviceEngine, DeviceSession, Engine, GivenExamples, Session, Vector } from "../../../src/engine/engine.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { random } from "../../../src/network/philox.ts"
import { bracketOf, nextTry, type Search, type Try } from "../../../src/optimize/capacity.ts"
import { epochRates } from "../../../src/optimize/training.ts"
import { type Capacity, readCapacity, writeCapacity } from "../../../src/results/capacity.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { CapacityTrial } from "../capacity.ts"
import { networkOf } from "../trial.ts"

const compute: Compute<CapacityTrial, Engine | DeviceEngine> = async (context) => {
  const { parameters, engine, inputs, checkpoints, threads, progress, device } = context
  const { trial, labels, factors, fewest, precision, tries: most } = parameters
  const network = networkOf(trial)
  const initial = readWeights(network, inputs.initial)
  const train = imageSetOf(inputs.train)
  const examples = exampleOrder(train, trial.seed, labels)
  const learningRates = factors.map((factor) => factor * trial.optimizer.learningRate)
  const search: Search = { fewest, most: train.count, learningRates, precision, tries: most }
  const reached = checkpoints.latest()
  const tries: Array<Try> = reached === undefined ? [] : [...readState(reached.bytes).tries]
  const found = (): Capacity => ({ ...bracketOf(tries, search), images: train.count, tries })
  const { batch, deviceMemory: memory } = trial
  const session = await engine.open(network, { precision: "f32", threads, memory, batch })
  if ("facts" in engine) device(engine.facts?.() ?? {})
  try {
    for (let next = nextTry(tries, search); next !== undefined; next = nextTry(tries, search)) {
      tries.push({ ...next, ...(await attempt(session, examples(next.examples), initial, trial, next.learningRate)) })
      const { fitted, missed } = bracketOf(tries, search)
      progress({
        ...{ done: tries.length, total: tries.length + left(tries, search), unit: "training" },
        message: `fitted ${fitted}, missed ${missed ?? "none"}`
      })
      checkpoints.offer(tries.length, () => writeCapacity(found()))
    }
  } finally {
    session.close()
  }
  return { capacity: writeCapacity(found()) }
}

/** Its state is what it gives, so far. */
const readState = (bytes: Uint8Array): Capacity =>
  readCapacity({ node: "checkpoint", output: "capacity", bytes: () => bytes })

/**
 * The first examples of one order, the same whatever their number: a training on more sees those of one on fewer. Labels
 * drawn at random belong to their examples, each class as likely.
 */
function exampleOrder(set: StoredSet, seed: number, labels: CapacityTrial["labels"]): (count: number) => GivenExamples {
  const order = random(seed, "capacity/examples").permutation(set.count)
  const { below } = random(seed, "capacity/labels")
  const drawn = set.labels.slice()
  if (labels === "random") for (const example of order) drawn[example] = below(set.classes)
  const labelled = { ...set, labels: drawn }
  return (count) => select(labelled, order.subarray(0, count))
}

/** Trains until all examples are right at the end of an epoch, for the trial's epochs at most. */
async function attempt(
  session: Session | DeviceSession,
  examples: GivenExamples,
  initial: Vector,
  trial: CapacityTrial["trial"],
  learningRate: number
): Promise<Pick<Try, "epochs" | "correct">> {
  const optimizer = { ...trial.optimizer, learningRate }
  session.load({ parameters: initial })
  let correct = 0
  for (let epoch = 1; epoch <= trial.epochs; epoch++) {
    const order = random(trial.seed, `order/epoch=${epoch}`).permutation(examples.count)
    const rates = epochRates({ ...trial, optimizer }, epoch, examples.count)
    const { loss } = await session.epoch(examples, order, trial.batch, optimizer, rates)
    if (!Number.isFinite(loss)) return { epochs: epoch, correct: null }
    correct = (await session.evaluate(examples)).correct
    if (correct === examples.count) return { epochs: epoch, correct }
  }
  return { epochs: trial.epochs, correct }
}

/** Trainings still to come, about: one for each halving. */
function left(tries: ReadonlyArray<Try>, search: Search): number {
  if (nextTry(tries, search) === undefined) return 0
  const { fitted, missed } = bracketOf(tries, search)
  const ratio = missed === null || fitted === 0 ? 2 : missed / fitted
  let halvings = 0
  for (let gap = ratio; gap > search.precision; gap = Math.sqrt(gap)) halvings++
  return Math.max(1, Math.min(search.tries - tries.length, halvings))
}

export default compute
