/**
 * Training by mini-batches up to a criterion: as `train` (training.ts), batch by batch, but that it ends after the first
 * epoch that meets the criterion. It stands by itself, so that the code of trainings without one stays as it is.
 */
import type { DeviceSession, GivenExamples, Session, Vector } from "../engine/engine.ts"
import type { Checkpoints, Progress } from "../graph/compute.ts"
import { random } from "../network/philox.ts"
import type { HistoryLine } from "../results/history.ts"
import {
  divergenceOf,
  epochRates,
  hasDiverged,
  lineOf,
  progressOf,
  readCheckpoint,
  type Trained,
  type Training,
  writeCheckpoint
} from "./training.ts"

/** Met where one of them is: a running training loss, a root mean square of the batches' gradient norms, at most. */
export interface Criterion {
  readonly loss?: number | undefined
  readonly gradientNorm?: number | undefined
}

/** Whether an epoch meets it; the one before training meets none. */
export const isMet = (criterion: Criterion, line: HistoryLine | undefined): boolean =>
  (["loss", "gradientNorm"] as const).some((name) => {
    const [reached, asked] = [line?.[name] ?? undefined, criterion[name]]
    return reached !== undefined && asked !== undefined && reached <= asked
  })

export async function trainUntil(
  session: Session | DeviceSession,
  data: { readonly train: GivenExamples; readonly validation: GivenExamples },
  initial: Vector,
  training: Omit<Training, "patience" | "keep"> & { readonly until: Criterion },
  { checkpoints, progress }: { readonly checkpoints: Checkpoints; readonly progress: (progress: Progress) => void }
): Promise<Trained> {
  const { epochs, batch, optimizer, seed, until } = training
  const validate = async () => {
    const { loss, correct, count } = await session.evaluate(data.validation)
    return { validationLoss: loss / count, validationAccuracy: correct / count }
  }
  const reached = checkpoints.latest()
  const before = reached && readCheckpoint(reached.bytes)
  session.load(before?.state ?? { parameters: initial })
  const history: Array<HistoryLine> = before
    ? [...before.history]
    : [{ epoch: 0, loss: null, accuracy: null, gradientNorm: null, ...(await validate()) }]
  const checkpoint = () => writeCheckpoint(session.save(), history)
  const goesOn = () => history.length <= epochs && !isMet(until, history.at(-1))
  while (goesOn()) {
    const epoch = history.length
    const order = random(seed, `order/epoch=${epoch}`).permutation(data.train.count)
    const rates = epochRates(training, epoch, data.train.count)
    const line = lineOf(epoch, await session.epoch(data.train, order, batch, optimizer, rates), await validate())
    if (hasDiverged(line)) {
      const { parameters } = session.save()
      return { parameters, history, divergence: divergenceOf(line, parameters) }
    }
    history.push(line)
    progress(progressOf(line, epochs))
    if (goesOn()) checkpoints.offer(epoch, checkpoint)
  }
  const last = history.length - 1
  if (last > 0 && reached?.extent !== last) checkpoints.offer(last, checkpoint, "always")
  return { parameters: session.save().parameters, history, divergence: undefined }
}
