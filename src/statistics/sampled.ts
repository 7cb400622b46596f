/**
 * A grid of which a part is drawn: which configurations, and what they say of all. A configuration is drawn with all its
 * seeds, by a probability that is declared before anything is seen and follows its cost.
 *
 * The estimate of the grid's mean is Horvitz & Thompson's (1952) total over their estimate of the number of configurations
 * (Hájek's mean, which does not depend on how many happen to be drawn). Its variance has two parts: between configurations,
 * by linearization for independent draws (Särndal, Swensson & Wretman, Model Assisted Survey Sampling, §5.5 and §5.7); and
 * between seeds, which all configurations have in common, of the estimates that each seed gives alone. What varies within
 * a configuration is in both, so the sum is a little too large, never too small for it.
 */
import { random } from "../network/philox.ts"
import { type Estimate, mean, variance } from "./statistics.ts"

/** No configuration is drawn with less than this share of the largest probability: weights stay bounded. */
const LEAST = 1 / 50

/**
 * Probabilities, inversely as the costs, such that `expected` configurations are drawn on average; all 1 where as many are
 * asked for as there are.
 */
export function inclusion(costs: ReadonlyArray<number>, expected: number): ReadonlyArray<number> {
  const cheapest = Math.min(...costs)
  const weights = costs.map((cost) => Math.max(LEAST, cheapest / cost))
  // A common factor, such that what is capped at 1 leaves its share to the others.
  let [low, high] = [0, 1 / Math.min(...weights)]
  const sum = (factor: number) => weights.reduce((all, weight) => all + Math.min(1, factor * weight), 0)
  if (sum(high) <= expected) return costs.map(() => 1)
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (sum(middle) < expected) low = middle
    else high = middle
  }
  return weights.map((weight) => Math.min(1, high * weight))
}

/** Whether a configuration of this name is drawn: by its name and the draw's seed alone, whichever others there are. */
export const isDrawn = (name: string, probability: number, seed: number): boolean =>
  random(seed, `sample/${name}`).uniform() < probability

/** One value of a drawn configuration. */
export interface Drawn {
  readonly configuration: string
  readonly probability: number
  readonly seed: number
  readonly value: number
}

export interface SampledMean {
  readonly estimate: Estimate
  readonly betweenConfigurations: number // variance
  readonly betweenSeeds: number // variance
}

/** The mean over a grid from its drawn configurations, each with all seeds; undefined below two of either. */
export function sampledMean(values: ReadonlyArray<Drawn>): SampledMean | undefined {
  const configurations = [...Map.groupBy(values, ({ configuration }) => configuration).values()].map((own) => ({
    weight: 1 / own[0].probability,
    mean: mean(own.map(({ value }) => value))
  }))
  const seeds = [...Map.groupBy(values, ({ seed }) => seed).values()]
  if (configurations.length < 2 || seeds.length < 2) return undefined
  const size = configurations.reduce((sum, { weight }) => sum + weight, 0)
  const centre = configurations.reduce((sum, { weight, mean }) => sum + weight * mean, 0) / size
  const n = configurations.length
  const betweenConfigurations =
    (n / (n - 1)) *
    configurations.reduce((sum, { weight, mean }) => {
      const part = (weight * (mean - centre)) / size
      return sum + (1 - 1 / weight) * part * part
    }, 0)
  const bySeed = seeds.map((own) => {
    const all = own.reduce((sum, { probability }) => sum + 1 / probability, 0)
    return own.reduce((sum, { value, probability }) => sum + value / probability, 0) / all
  })
  const betweenSeeds = variance(bySeed) / seeds.length
  const total = betweenConfigurations + betweenSeeds
  const spread = betweenConfigurations ** 2 / (n - 1) + betweenSeeds ** 2 / (seeds.length - 1)
  const freedom = spread === 0 ? seeds.length - 1 : Math.max(1, (total * total) / spread)
  return { estimate: { centre, error: Math.sqrt(total), freedom }, betweenConfigurations, betweenSeeds }
}
