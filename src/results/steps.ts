/**
 * Artifact `history` of a training by a method of second order: lines of history.ts, one for each step that is recorded,
 * that say more.
 */
import { fraction, Misfit, number, numberOrNaN, orNull, parse, type Read, record, text, whole } from "../data/json.ts"
import { type Artifact, reading } from "./artifact.ts"

export const stepLine = () =>
  record({
    /** Number of the line. */
    epoch: whole,
    /** Mean training loss at the point, without any penalty of the weights. */
    loss: number,
    accuracy: fraction,
    /** ‖gradient‖₂ of the objective, a penalty's included. */
    gradientNorm: number,
    validationLoss: numberOrNaN,
    validationAccuracy: fraction,
    /** Steps so far, and evaluations of loss and gradient and products with the curvature that they took. */
    steps: whole,
    evaluations: whole,
    products: whole,
    /** The last step, as a multiple of its direction; null at the start. */
    step: orNull(number),
    /** Steps so far that met a curvature that is not positive. */
    negative: whole,
    /** Why the training ended, in its last line; null in others. */
    ended: orNull(text)
  })
export type StepLine = Read<typeof stepLine>

export const writeSteps = (history: ReadonlyArray<StepLine>): Uint8Array =>
  new TextEncoder().encode(history.map((one) => `${JSON.stringify(one)}\n`).join(""))

/** Throws `ArtifactError`. */
export function readSteps(artifact: Artifact): ReadonlyArray<StepLine> {
  const reader = stepLine()
  return reading(artifact, (bytes) =>
    new TextDecoder()
      .decode(bytes)
      .trimEnd()
      .split("\n")
      .map((text, i) => {
        const read = parse(text, reader, `line ${i + 1}`)
        if (read.epoch !== i) throw new Misfit(`line ${i + 1}.epoch`, String(i), String(read.epoch))
        return read
      })
  )
}
