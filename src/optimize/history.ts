/** The history of a training: what each epoch saw, as JSON Lines. */

/** One line of a training's history (JSON Lines), one an epoch; epoch 0 holds the scores before training. */
export interface HistoryLine {
  readonly epoch: number
  readonly loss: number | null // mean training loss of the epoch's batches (running), nats; null at epoch 0
  readonly accuracy: number | null // running training accuracy, 0 … 1
  readonly gradientNorm: number | null
  readonly validationLoss: number
  readonly validationAccuracy: number
}

/** The last line of a history whose training diverged: where the loss was no longer finite. Numbers as text, for NaN. */
export interface Divergence {
  readonly epoch: number
  readonly loss: string
  readonly largestWeight: string
}

/** A history as it is kept: JSON Lines, the last one `{"diverged": …}` where the training diverged. */
export function writeHistory(history: ReadonlyArray<HistoryLine>, divergence: Divergence | undefined): Uint8Array {
  const lines = [...history, ...(divergence === undefined ? [] : [{ diverged: divergence }])]
  return new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
}

export function readHistory(bytes: Uint8Array) {
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n")
  const parsed = lines.map((line) => JSON.parse(line) as HistoryLine | { readonly diverged: Divergence })
  return {
    history: parsed.filter((line): line is HistoryLine => !("diverged" in line)),
    divergence: parsed.flatMap((line) => ("diverged" in line ? [line.diverged] : []))[0] as Divergence | undefined
  }
}
