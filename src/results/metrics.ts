/** Artifact `metrics` of the stage evaluate: scores of the trained network. */
import { fraction, number, numberOrNaN, oneOf, type Read, record, whole } from "../data/json.ts"
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
export type Metrics = Read<typeof metrics>

export const writeMetrics = (metrics: Metrics): Uint8Array => writeJson(metrics)

/** Throws `ArtifactError`. */
export const readMetrics = (artifact: Artifact): Metrics => readJson(artifact, metrics())
