/** Artifact `metrics` of the stage evaluate: scores of the trained network. */
import {
  fraction,
  named,
  number,
  numberOrNaN,
  oneOf,
  optional,
  orNull,
  type Read,
  type Reader,
  record,
  whole
} from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"

export const splitMetrics = () =>
  record({
    count: whole,
    /** Mean cross-entropy, nats; NaN (null in JSON) where it is not finite. */
    loss: numberOrNaN,
    accuracy: fraction
  })
export type SplitMetrics = Read<typeof splitMetrics>

const metrics = () =>
  record({
    status: oneOf("finished", "diverged"),
    /** Epochs that were run. */
    epochs: whole,
    /** P */
    parameters: whole,
    /** Q */
    overdetermination: number,
    train: splitMetrics(),
    validation: splitMetrics()
  })

const memorization = () =>
  record({
    /** Training examples whose label is wrong. */
    wrong: whole,
    /** Share of them to which the network gives their wrong label; null where there are none. */
    memorized: orNull(fraction),
    /** Share of them to which it gives the true one. */
    corrected: orNull(fraction),
    /** Share of the other training examples to which it gives their label; null where there are none. */
    learned: orNull(fraction)
  })
/** What a network makes of training examples where some of their labels are wrong on purpose. */
export type Memorization = Read<typeof memorization>

/** Kind → severity → score. */
const corrupted = () => named(named(splitMetrics()))
export type Corrupted = Read<typeof corrupted>

/** What metrics have where the trial gives rise to it. */
const further = () =>
  record({
    memorization: optional(memorization()),
    /** On the official test set. */
    test: optional(splitMetrics()),
    corrupted: optional(corrupted()),
    /** Share of wrong answers, as a mean over kinds and severities. */
    meanCorruptionError: optional(fraction)
  })
type Further = { readonly [M in keyof Read<typeof further>]?: Read<typeof further>[M] }

export type Metrics = Read<typeof metrics> & Further

export const writeMetrics = (metrics: Metrics): Uint8Array => writeJson(metrics)

/** Throws `ArtifactError`. */
export function readMetrics(artifact: Artifact): Metrics {
  const [usual, more] = [metrics(), further()]
  const reader: Reader<Metrics> = (value, at) => ({ ...usual(value, at), ...more(value, at) })
  return readJson(artifact, reader)
}
