/** What trainings cost: measured rates, by which reports tell prices and plans weigh work. */
import { readFileSync } from "node:fs"
import { rateOf } from "../../src/network/cost.ts"
import { readRates } from "../../src/results/rates.ts"
import { RATES } from "./grid.ts"
import type { TrainParameters } from "./schemas.ts"
import { trainingOperations } from "./trial.ts"

export const rates = readRates(readFileSync(new URL(`../../${RATES}`, import.meta.url)))
const reference = rateOf(rates, { filters: 1, kernel: 3 })

/** What reports price a training at: seconds of one core of the processor of the rates. */
export const trainingPrice = (trial: TrainParameters): number => trainingOperations(trial) / rateOf(rates, trial)

/** What 10⁹ such operations take, where this machine has not shown it yet. */
export const pace = { seconds: 1e9 / reference, source: `${RATES} (${rates.processor})` }

/**
 * Work of a training in 10⁹ operations at one filter and kernel 3; those of more filters count for less, as they are
 * faster. So the pace of some networks tells that of others that never ran.
 */
export const trainingWork = (trial: TrainParameters): number => 1e-9 * reference * trainingPrice(trial)
