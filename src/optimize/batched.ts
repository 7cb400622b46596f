/**
 * Training of several trials as one computation: what `train` does, for each of them, with checkpoints, history and end
 * of its own. Trials may be at different epochs; one that has come to its end, or diverged, leaves the others.
 */
import type { BatchedSession } from "../engine/batched.ts"
import type { GivenExamples, TrainingState, Vector } from "../engine/engine.ts"
import type { Checkpoints, Progress } from "../graph/compute.ts"
import { random } from "../network/philox.ts"
import type { HistoryLine } from "../results/history.ts"
import {
  divergenceOf,
  epochRates,
  goesOn,
  hasDiverged,
  keepsThis,
  lineOf,
  progressOf,
  readCheckpoint,
  type Trained,
  type Training,
  writeCheckpoint
} from "./training.ts"

export interface BatchedTrial extends Training {
  readonly depth: number
  readonly initial: Vector // [P]
  readonly checkpoints: Checkpoints
  readonly progress: (progress: Progress) => void
  /** Takes what the trial came to, as soon as it has. */
  readonly done: (trained: Trained) => void
}

/** A trial under way. */
interface Running {
  readonly trial: BatchedTrial
  readonly history: Array<HistoryLine>
  readonly from: number | undefined // the epoch of the checkpoint that it goes on from
  state: TrainingState
  best: Vector | undefined // the weights of the best epoch, where they are kept
}

/** Trains trials of one network but for its depth on the same data. Their batch and schedule, and of their optimizers all but the rates, are equal. */
export async function trainBatched(
  session: BatchedSession,
  data: { readonly train: GivenExamples; readonly validation: GivenExamples },
  trials: ReadonlyArray<BatchedTrial>
): Promise<void> {
  const validate = async () =>
    (await session.evaluate(data.validation)).map(({ loss, correct, count }) => ({
      validationLoss: loss / count,
      validationAccuracy: correct / count
    }))
  const load = (some: ReadonlyArray<Running>) =>
    session.load(
      some.map(({ state }) => state),
      some.map(({ trial }) => trial.depth)
    )
  let running = trials.map((trial): Running => {
    const reached = trial.checkpoints.latest()
    if (reached === undefined) {
      return {
        trial,
        history: [],
        from: undefined,
        state: { parameters: trial.initial, slots: [], step: 0 },
        best: undefined
      }
    }
    const { state, history, best } = readCheckpoint(reached.bytes)
    return { trial, history: [...history], from: reached.extent, state, best }
  })

  const fresh = running.filter(({ history }) => history.length === 0)
  if (fresh.length > 0) {
    load(fresh)
    const scores = await validate()
    fresh.forEach(({ history }, t) => {
      history.push({ epoch: 0, loss: null, accuracy: null, gradientNorm: null, ...scores[t] })
    })
  }

  /** True if a trial has epochs to go; one that has none comes to its end here. */
  const isUnderWay = ({ trial, history, state, from, best }: Running): boolean => {
    if (goesOn(trial, history)) return true
    // Where a longer training starts from.
    const last = history.length - 1
    if (last > 0 && from !== last) trial.checkpoints.offer(last, () => writeCheckpoint(state, history, best), "always")
    trial.done({ parameters: best ?? state.parameters, history, divergence: undefined })
    return false
  }

  let loaded = 0
  for (running = running.filter(isUnderWay); running.length > 0; running = running.filter(isUnderWay)) {
    if (running.length !== loaded) load(running)
    loaded = running.length
    const orders = running.map(({ trial, history }) =>
      random(trial.seed, `order/epoch=${history.length}`).permutation(data.train.count)
    )
    const optimizers = running.map(({ trial }) => trial.optimizer)
    const rates = running.flatMap(({ trial, history }) => {
      const own = epochRates(trial, history.length, data.train.count)
      return own === undefined ? [] : [own]
    })
    const { batch } = running[0].trial
    const scores = await session.epoch(data.train, orders, batch, optimizers, rates.length > 0 ? rates : undefined)
    const validation = await validate()
    const states = session.save()
    running = running.filter((one, t) => {
      const { trial, history } = one
      const line = lineOf(history.length, scores[t], validation[t])
      one.state = states[t]
      if (hasDiverged(line)) {
        const { parameters } = one.state
        trial.done({ parameters, history, divergence: divergenceOf(line, parameters) })
        return false
      }
      history.push(line)
      if (keepsThis(trial, history)) one.best = one.state.parameters
      trial.progress(progressOf(line, trial.epochs))
      if (goesOn(trial, history))
        trial.checkpoints.offer(line.epoch, () => writeCheckpoint(one.state, history, one.best))
      return true
    })
  }
}
