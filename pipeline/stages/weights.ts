/** Which node's output a trial's weights are, before and after its training. */
import type { OutputReference } from "../../src/graph/stage.ts"
import { build } from "./build.ts"
import type { TrainParameters } from "./schemas.ts"
import { train } from "./train.ts"
import { buildParameters } from "./trial.ts"

/** What the training starts from: initial values, or what another training has reached. */
export function weightsBefore({ from, ...trial }: TrainParameters): OutputReference {
  return from === undefined ? build.node(buildParameters(trial)).output("weights") : weightsAfter({ ...trial, ...from })
}

/** What the training has reached after its epochs. */
export function weightsAfter(trial: TrainParameters): OutputReference {
  return trial.epochs === 0 ? weightsBefore(trial) : train.node(trial).output("weights")
}
