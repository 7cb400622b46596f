/**
 * Training of several trials as one computation: what `train` does, for each of them, with checkpoints, history and end
 * of its own. Trials may be at different epochs; one that has come to its end, or diverged, leaves the others.
 */
import type { BatchedSession } from "../engine/batched.ts"
import type { Examples, TrainingState, Vector } from "../engine/engine.ts"
import type { Checkpoints, Progress } from "../graph/compute.ts"
import { random } from "../network/philox.ts"
import type { HistoryLine } from "../results/history.ts"
import {
  divergenceOf,
  hasDiverged,
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
}

/** Trains trials of one network but for its depth on the same data. Their batch, and of their optimizers all but the rates, are equal. */
export async function trainBatched(
  session: BatchedSession,
  data: { readonly train: Examples; readonly validation: Examples },
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
      return { trial, history: [], from: undefined, state: { parameters: trial.initial, slots: [], step: 0 } }
    }
    const { state, history } = readCheckpoint(reached.bytes)
    return { trial, history: [...history], from: reached.extent, state }
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
  const goesOn = ({ trial, history, state, from }: Running): boolean => {
    if (history.length <= trial.epochs) return true
    // Where a longer training starts from.
    if (trial.epochs > 0 && from !== trial.epochs)
      trial.checkpoints.offer(trial.epochs, () => writeCheckpoint(state, history), "always")
    trial.done({ parameters: state.parameters, history, divergence: undefined })
    return false
  }

  let loaded = 0
  for (running = running.filter(goesOn); running.length > 0; running = running.filter(goesOn)) {
    if (running.length !== loaded) load(running)
    loaded = running.length
    const orders = running.map(({ trial, history }) =>
      random(trial.seed, `order/epoch=${history.length}`).permutation(data.train.count)
    )
    const optimizers = running.map(({ trial }) => trial.optimizer)
    const scores = await session.epoch(data.train, orders, running[0].trial.batch, optimizers)
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
      trial.progress(progressOf(line, trial.epochs))
      if (line.epoch < trial.epochs) trial.checkpoints.offer(line.epoch, () => writeCheckpoint(one.state, history))
      return true
    })
  }
}
