/**
 * Training by mini-batches: epochs of one first-order method, with the history that Keras would print, checkpoints
 * from which it goes on to the same bytes, and an end where it diverges.
 */
import { list, parse } from "../data/json.ts"
import { readSafetensors, type StoredTensor, writeSafetensors } from "../data/safetensors.ts"
import type {
  DeviceSession,
  EpochScore,
  FirstOrder,
  GivenExamples,
  Session,
  TrainingState,
  Vector
} from "../engine/engine.ts"
import type { Checkpoints, Progress } from "../graph/compute.ts"
import { random } from "../network/philox.ts"
import { type Divergence, type HistoryLine, historyLine } from "../results/history.ts"
import { bestEpoch, isExhausted } from "./best.ts"
import { ratesOf, type Schedule } from "./schedule.ts"

export interface Training {
  readonly epochs: number
  readonly batch: number
  readonly optimizer: FirstOrder
  /** How the learning rate changes; constant if left out. */
  readonly schedule?: Schedule | undefined
  /** Ends the training after so many epochs without a better validation loss; never if left out. */
  readonly patience?: number | undefined
  /** The weights of which epoch it gives: of the best by validation loss, or of the last if left out. */
  readonly keep?: "best" | undefined
  /** Orders the examples, epoch by epoch; the same for every architecture. */
  readonly seed: number
}

export interface Trained {
  readonly parameters: Vector // [P]
  readonly history: ReadonlyArray<HistoryLine>
  /** Set where the loss was no longer a number or infinite; what was trained until then stands in the history. */
  readonly divergence: Divergence | undefined
}

interface Progressing {
  readonly checkpoints: Checkpoints
  readonly progress: (progress: Progress) => void
}

export async function train(
  session: Session | DeviceSession,
  data: { readonly train: GivenExamples; readonly validation: GivenExamples },
  initial: Vector,
  training: Training,
  { checkpoints, progress }: Progressing
): Promise<Trained> {
  const { epochs, batch, optimizer, seed } = training
  const validate = async () => {
    const { loss, correct, count } = await session.evaluate(data.validation)
    return { validationLoss: loss / count, validationAccuracy: correct / count }
  }
  let history: Array<HistoryLine>
  let best: Vector | undefined
  const reached = checkpoints.latest()
  if (reached === undefined) {
    session.load({ parameters: initial })
    history = [{ epoch: 0, loss: null, accuracy: null, gradientNorm: null, ...(await validate()) }]
  } else {
    const checkpoint = readCheckpoint(reached.bytes)
    session.load(checkpoint.state)
    history = [...checkpoint.history]
    best = checkpoint.best
  }
  const checkpoint = () => writeCheckpoint(session.save(), history, best)
  while (goesOn(training, history)) {
    const epoch = history.length
    const order = random(seed, `order/epoch=${epoch}`).permutation(data.train.count)
    const rates = epochRates(training, epoch, data.train.count)
    const line = lineOf(epoch, await session.epoch(data.train, order, batch, optimizer, rates), await validate())
    if (hasDiverged(line)) {
      const { parameters } = session.save()
      return { parameters, history, divergence: divergenceOf(line, parameters) }
    }
    history.push(line)
    if (keepsThis(training, history)) best = session.save().parameters
    progress(progressOf(line, epochs))
    if (goesOn(training, history)) checkpoints.offer(epoch, checkpoint)
  }
  // Where a longer training starts from.
  const last = history.length - 1
  if (last > 0 && reached?.extent !== last) checkpoints.offer(last, checkpoint, "always")
  return { parameters: best ?? session.save().parameters, history, divergence: undefined }
}

/** Whether there is another epoch to come. */
export const goesOn = ({ epochs, patience }: Training, history: ReadonlyArray<HistoryLine>): boolean =>
  history.length <= epochs && !isExhausted(history, patience)

/** Whether the weights of the last epoch are those to be kept so far. */
export const keepsThis = ({ keep }: Training, history: ReadonlyArray<HistoryLine>): boolean =>
  keep === "best" && bestEpoch(history) === history.length - 1

/** The learning rate of each of an epoch's batches, where they have their own. */
export const epochRates = ({ schedule, optimizer, batch }: Training, epoch: number, examples: number) =>
  schedule && ratesOf(schedule, optimizer.learningRate, epoch, Math.ceil(examples / batch))

/** An epoch's line of the history. */
export const lineOf = (
  epoch: number,
  { loss, correct, count, gradientNorm }: EpochScore,
  validation: Pick<HistoryLine, "validationLoss" | "validationAccuracy">
) => ({ epoch, loss: loss / count, accuracy: correct / count, gradientNorm, ...validation })
type Line = ReturnType<typeof lineOf>

/** True where a number of the epoch is infinite or none. */
export const hasDiverged = ({ loss, gradientNorm, validationLoss }: Line): boolean =>
  ![loss, gradientNorm, validationLoss].every(Number.isFinite)

export const divergenceOf = ({ epoch, loss }: Line, parameters: Vector): Divergence => ({
  epoch,
  loss: String(loss),
  largestWeight: String(largest(parameters))
})

export const progressOf = ({ epoch, loss }: Line, epochs: number): Progress => ({
  done: epoch,
  total: epochs,
  unit: "epoch",
  message: `loss ${loss.toFixed(4)}`
})

/** Largest magnitude of a weight; NaN if one is. */
function largest(vector: Vector): number {
  let found = 0
  for (const weight of vector) found = Math.max(found, Math.abs(weight))
  return found
}

/**
 * A state, the history so far and the weights of the best epoch where they are kept, as safetensors: parameters,
 * slots.0 …, best; step and history stand in the metadata.
 */
export function writeCheckpoint(
  { parameters, slots, step }: TrainingState,
  history: ReadonlyArray<HistoryLine>,
  best?: Vector
): Uint8Array {
  const stored: Record<string, StoredTensor> = { parameters: { shape: [parameters.length], data: parameters } }
  for (const [i, slot] of slots.entries()) stored[`slots.${i}`] = { shape: [slot.length], data: slot }
  if (best !== undefined) stored.best = { shape: [best.length], data: best }
  return writeSafetensors(stored, { step: String(step), history: JSON.stringify(history) })
}

export function readCheckpoint(bytes: Uint8Array): {
  readonly state: TrainingState
  readonly history: ReadonlyArray<HistoryLine>
  readonly best: Vector | undefined
} {
  const { tensors, metadata } = readSafetensors(bytes, "checkpoint")
  const slots: Array<Vector> = []
  for (let i = 0; tensors[`slots.${i}`] !== undefined; i++) slots.push(tensors[`slots.${i}`].data as Vector)
  return {
    state: { parameters: tensors.parameters.data as Vector, slots, step: Number(metadata.step) },
    best: tensors.best?.data as Vector | undefined,
    history: parse(metadata.history, list(historyLine()))
  }
}
