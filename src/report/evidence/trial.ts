/** A trial as reports see it. */
import { log } from "../../network/math.ts"
import { type Network, overdetermination } from "../../network/network.ts"
import type { Expansion } from "../../results/expansion.ts"
import type { HistoryLine } from "../../results/history.ts"
import type { Metrics } from "../../results/metrics.ts"
import { count, percent } from "../page/format.ts"
import type { Scope, Settings } from "./scope.ts"

/** One network configuration with what is known of it; `undefined` where a node failed or has not run. */
export interface Trial {
  readonly dataset: string
  readonly network: Network
  readonly seed: number
  /** Every parameter that it has, by axis. */
  readonly settings: Settings
  /** What it may be averaged and compared with. */
  readonly scope: Scope
  readonly examples: number // K, that it trains on
  readonly guessing: Guessing | undefined
  /** Names of the nodes that made it, for provenance. */
  readonly nodes: Readonly<Record<string, string>>
  readonly history: ReadonlyArray<HistoryLine> | undefined
  readonly metrics: Metrics | undefined
  /** When it was taken apart, in order, the last one after training; empty where it was not to be. */
  readonly moments: ReadonlyArray<Moment>
}

/** A network's expansion after so many epochs; undefined where its node failed or has not run. */
export interface Moment {
  readonly epoch: number
  readonly analysis: Expansion | undefined
}

/** A trial that has not found its place among the others of its study. */
export type Unplaced<T extends Trial = Trial> = Omit<T, "scope">

/** What guessing without looking gives: the class that is most frequent in training, for every image. */
export interface Guessing {
  /** Accuracy on training and validation set. */
  readonly train: number
  readonly validation: number
  /** Entropy of the training labels, nats: the cross-entropy of guessing by the classes' shares. */
  readonly entropy: number
}

/** What guessing gives, from the number of labels of each class. */
export function guessingOf(train: ReadonlyArray<number>, validation: ReadonlyArray<number>): Guessing {
  const sum = (counts: ReadonlyArray<number>) => counts.reduce((a, b) => a + b, 0)
  const most = train.indexOf(Math.max(...train))
  const shares = train.map((n) => n / sum(train)).filter((share) => share > 0)
  return {
    train: train[most] / sum(train),
    validation: validation[most] / sum(validation),
    entropy: -shares.reduce((all, share) => all + share * log(share), 0)
  }
}

export type Status = "finished" | "diverged" | "missing"

export const statusOf = ({ metrics }: Pick<Trial, "metrics">): Status => metrics?.status ?? "missing"

/** A trial whose training came to its end, with its scores. */
export type Finished<T extends Trial = Trial> = T & { readonly metrics: Metrics }

export const isFinished = <T extends Trial>(trial: T): trial is Finished<T> => trial.metrics?.status === "finished"

export const missingOf = <T extends Trial>(trials: ReadonlyArray<T>): ReadonlyArray<T> =>
  trials.filter((t) => t.metrics === undefined)

/**
 * Whether a network that finished has learned anything of its training images: it scores more of them than guessing
 * does, and with a cross-entropy below that of guessing (of ln M where the classes' shares are not known).
 */
export function hasLearned({ metrics: { train }, guessing, network: { classes, loss } }: Finished): boolean {
  const entropy = guessing?.entropy ?? log(classes)
  if (loss !== undefined && loss !== "cross-entropy") return train.accuracy > (guessing?.train ?? 0)
  return train.loss < entropy && train.accuracy > (guessing?.train ?? 0)
}

/** Q of a trial, whether it ran or not. */
export const ratioOf = ({ network, examples }: Pick<Trial, "network" | "examples">): number =>
  overdetermination(network, examples)

/** "132 of 3,168 trials finished (4.2 %), 1 diverged" */
export function coverageText(trials: ReadonlyArray<Trial>): string {
  const finished = trials.filter((t) => statusOf(t) === "finished").length
  const diverged = trials.filter((t) => statusOf(t) === "diverged").length
  const share = trials.length === 0 ? "" : ` (${percent(finished / trials.length)} %)`
  return `${finished} of ${count(trials.length, "trial")} finished${share}${diverged > 0 ? `, ${diverged} diverged` : ""}`
}
