/** What trials' loss is called on pages, and in which unit it stands. */
import { type Loss, lossOf } from "../../network/network.ts"
import { distinct } from "./groups.ts"
import type { Trial } from "./trial.ts"

export interface LossWords {
  /** How a table's note begins. */
  readonly note: string
  /** In brackets behind "loss" where values stand. */
  readonly scale: string
  /** What follows a number: " nats", or nothing. */
  readonly unit: string
}

const WORDS: Readonly<Record<Loss, LossWords>> = {
  "cross-entropy": { note: "Cross-entropy in nats", scale: "nats", unit: " nats" },
  "kl-divergence": { note: "KL divergence to a teacher's probabilities, in nats", scale: "KL, nats", unit: " nats" },
  "squared-error": {
    note: "Mean square over the classes of logits less what they aim at",
    scale: "mean square",
    unit: ""
  }
}

const SEVERAL: LossWords = {
  note: "Losses of several kinds, each in its own unit",
  scale: "of several kinds",
  unit: ""
}

export function lossWords(trials: ReadonlyArray<Pick<Trial, "network">>): LossWords {
  const [first, ...others] = distinct(trials.map(({ network }) => lossOf(network)))
  return others.length > 0 ? SEVERAL : WORDS[first ?? "cross-entropy"]
}
