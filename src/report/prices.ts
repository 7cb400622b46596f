/**
 * What trainings cost, so that a report can say it: counted operations at rates that were measured once, on a named
 * processor, and are an input of the report. `pipeline plan` tells the same from the paces of the machine it runs on.
 */
import type { Network } from "../network/network.ts"
import { count, significant } from "./format.ts"
import { statusOf } from "./grid.ts"
import type { Trial } from "./trial.ts"

/** The file `pipeline/rates.json`, as test/bench/rates.ts writes it. */
export interface Rates {
  readonly processor: string
  readonly rates: ReadonlyArray<{
    readonly filters: number
    readonly kernel: number
    /** Of training on one core, convolutions counted as direct ones. */
    readonly operationsPerSecond: number
  }>
}

/** The rate of the network's filters and kernel, or of the nearest that were measured. */
export function rateOf({ rates }: Rates, { filters, kernel }: Pick<Network, "filters" | "kernel">): number {
  const distance = (rate: Rates["rates"][number]) =>
    Math.abs(rate.filters / filters - 1) + Math.abs(rate.kernel / kernel - 1)
  return rates.reduce((a, b) => (distance(b) < distance(a) ? b : a)).operationsPerSecond
}

/** What a trial's training costs, seconds of one core. */
export interface Priced extends Trial {
  readonly seconds: number
}

/** "5,872 trials, about 310 core-hours" */
export function price(trials: ReadonlyArray<Priced>): string {
  const seconds = trials.reduce((sum, t) => sum + t.seconds, 0)
  const time =
    seconds < 3600
      ? `${significant(seconds / 60, 2)} minutes of one core`
      : `${significant(seconds / 3600, 2)} core-hours`
  return `${count(trials.length, "trial")}, about ${time}`
}

export const missingOf = <T extends Trial>(trials: ReadonlyArray<T>): ReadonlyArray<T> =>
  trials.filter((t) => statusOf(t) === "missing")

export function pricesExplained({ processor, rates }: Rates): string {
  const all = rates.map((rate) => rate.operationsPerSecond / 1e9)
  const range = `${significant(Math.min(...all), 2)} to ${significant(Math.max(...all), 2)}`
  return `Prices are counted operations at the rates of one core of ${processor}, ${range}·10⁹ a second, by filters and kernel (pipeline/rates.json); \`npx pipeline plan\` says what they are on the machine at hand.`
}
