/** Artifact `history` of the stage train: what each epoch saw, as JSON Lines. */
import { fraction, Misfit, number, numberOrNaN, orNull, parse, type Read, record, text, whole } from "../data/json.ts"
import { type Artifact, reading } from "./artifact.ts"

export const historyLine = () =>
  record({
    epoch: whole,
    /** Mean training loss of the epoch's batches (running), nats; null at epoch 0. */
    loss: orNull(number),
    /** Running training accuracy, 0 … 1; null at epoch 0. */
    accuracy: orNull(fraction),
    gradientNorm: orNull(number),
    /** Nats; NaN where a training starts from weights that have none. */
    validationLoss: numberOrNaN,
    validationAccuracy: fraction
  })
/** One line of a training's history, one an epoch; epoch 0 holds the scores before training. */
export type HistoryLine = Read<typeof historyLine>

const divergence = () => record({ epoch: whole, loss: text, largestWeight: text })
/** The last line of a history whose training diverged: where the loss was no longer finite. Numbers as text, for NaN. */
export type Divergence = Read<typeof divergence>

export interface History {
  /** Epochs 0, 1, 2 …, all that were finite. */
  readonly history: ReadonlyArray<HistoryLine>
  readonly divergence: Divergence | undefined
}

/** A history as it is kept: JSON Lines, the last one `{"diverged": …}` where the training diverged. */
export function writeHistory(history: ReadonlyArray<HistoryLine>, divergence: Divergence | undefined): Uint8Array {
  const lines = [...history, ...(divergence === undefined ? [] : [{ diverged: divergence }])]
  return new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
}

/** Throws `ArtifactError`. */
export function readHistory(artifact: Artifact): History {
  const [lineReader, divergedReader] = [historyLine(), record({ diverged: divergence() })]
  return reading(artifact, (bytes) => {
    const texts = new TextDecoder().decode(bytes).trimEnd().split("\n")
    const history: Array<HistoryLine> = []
    for (const [i, text] of texts.entries()) {
      const at = `line ${i + 1}`
      const last = i > 0 && i + 1 === texts.length && text.startsWith('{"diverged"')
      if (last) return { history, divergence: parse(text, divergedReader, at).diverged }
      const read = parse(text, lineReader, at)
      if (read.epoch !== i) throw new Misfit(`${at}.epoch`, String(i), String(read.epoch))
      history.push(read)
    }
    return { history, divergence: undefined }
  })
}
