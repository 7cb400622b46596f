/** Settings of how trials are trained, whichever study trains them; at the values given here, as the paper does. */
import * as Schema from "effect/Schema"
import { count } from "../../src/report/page/format.ts"
import { Positive } from "../stages/numbers.ts"
import { Decay, Schedule, TrainParameters, Until } from "../stages/schemas.ts"

export const trainingSettings = {
  /** λ, the scale of the branch. */
  scale: Positive,
  /** What is minimized; a divergence from a teacher's outputs is for studies that name a teacher. */
  loss: Schema.Literals(["cross-entropy", "squared-error"]),
  /** Decay of all weights and biases, as `{"kind": "l2", "rate": 1e-4}`; null: none. */
  decay: Schema.NullOr(Decay),
  /** How the learning rate changes, as `{"kind": "cosine", "warmup": 1, "epochs": 10, "last": 0}`. */
  schedule: Schedule,
  /** Epochs without a better validation loss after which a training ends; null: it never does. */
  patience: Schema.NullOr(TrainParameters.fields.epochs.check(Schema.isGreaterThanOrEqualTo(1))),
  /** A criterion at which a training ends, as `{"loss": 0.01}` or `{"gradientNorm": 1e-3}`; null: after its epochs. */
  until: Schema.NullOr(Until),
  /** The weights of which epoch are a training's result. */
  keep: Schema.Literals(["last", "best"])
}
export type TrainingSettings = Schema.Schema.Type<Schema.Struct<typeof trainingSettings>>

export const asInThePaper: TrainingSettings = {
  scale: 1,
  loss: "cross-entropy",
  decay: null,
  schedule: { kind: "constant", warmup: 0 },
  patience: null,
  until: null,
  keep: "last"
}

/** What of it a trial must say: what is as in the paper is left out. */
export function trainingOf({ scale, loss, schedule, patience, until, keep }: TrainingSettings) {
  const constant = schedule.kind === "constant" && schedule.warmup === 0
  return {
    ...(scale !== 1 && { scale }),
    ...(loss !== "cross-entropy" && { loss }),
    ...(!constant && { schedule }),
    ...(patience !== null && { patience }),
    ...(until !== null && { until }),
    ...(keep === "best" && { keep })
  }
}

/** The part of an optimizer that the settings say. */
export const decayOf = ({ decay }: TrainingSettings) => (decay === null ? {} : { decay })

/** The report's lines on it, of what is not as in the paper. */
export function trainingAssumptions(settings: TrainingSettings) {
  const { scale, loss, decay, patience, until, keep } = settings
  const line = (name: string, value: string) => ({ name, value, why: "not as in the paper: asked for by a setting" })
  return [
    ...(scale === 1 ? [] : [line("scale of the branch", `λ = ${scale}`)]),
    ...(loss === "cross-entropy" ? [] : [line("loss", "mean square of logits less 1 at the label, 0 elsewhere")]),
    ...(decay === null
      ? []
      : [line("decay", `${decay.rate}, ${decay.kind === "l2" ? "in the gradient" : "decoupled"}`)]),
    ...(trainingOf(settings).schedule === undefined ? [] : [line("learning rate's schedule", scheduleText(settings))]),
    ...(patience === null
      ? []
      : [line("end of a training", `after ${count(patience, "epoch")} without a better validation loss`)]),
    ...(until === null ? [] : [line("end of a training", `at ${criterionText(until)}, or after all its epochs`)]),
    ...(keep === "last" ? [] : [line("weights", "those of the epoch with the least validation loss")])
  ]
}

/** "a training loss of at most 0.05 or a gradient norm of at most 0.001" */
export const criterionText = ({ loss, gradientNorm }: typeof Until.Type): string =>
  Object.entries({ "training loss": loss, "gradient norm": gradientNorm })
    .flatMap(([name, value]) => (value === undefined ? [] : [`a ${name} of at most ${value}`]))
    .join(" or ")

function scheduleText({ schedule }: TrainingSettings): string {
  const { warmup } = schedule
  const rise = warmup > 0 ? `, after a linear rise over ${count(warmup, "epoch")}` : ""
  switch (schedule.kind) {
    case "constant":
      return `constant${rise}`
    case "cosine":
      return `a cosine over ${count(schedule.epochs, "epoch")} to ${schedule.last} of the rate${rise}`
    case "step":
      return `times ${schedule.factor} every ${schedule.every === 1 ? "epoch" : count(schedule.every, "epoch")}${rise}`
  }
}
