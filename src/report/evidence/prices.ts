/**
 * What trainings cost, so that a report can say it: counted operations at rates that were measured once, on a named
 * processor, and are an input of the report. `pipeline plan` tells the same from the paces of the machine it runs on.
 */

import type { Rates } from "../../network/cost.ts"
import { count, significant } from "../page/format.ts"
import type { Trial } from "./trial.ts"

/** A trial with what its training costs, seconds of one core. */
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

export function pricesExplained({ processor, rates }: Rates): string {
  const all = rates.map((rate) => rate.operationsPerSecond / 1e9)
  const range = `${significant(Math.min(...all), 2)} to ${significant(Math.max(...all), 2)}`
  return `Prices are counted operations at the rates of one core of ${processor}, ${range}·10⁹ a second, by filters and kernel (pipeline/rates.json); \`npx pipeline plan\` says what they are on the machine at hand.`
}
