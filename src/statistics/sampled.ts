/**
 * A grid of which a part is drawn: which configurations, and what they say of all. A configuration is drawn with all its
 * seeds, by a probability that is declared before anything is seen and follows its cost.
 *
 * The estimate of the grid's mean is Horvitz & Thompson's (1952) total over their estimate of the number of configurations
 * (Hájek's mean, which does not depend on how many happen to be drawn). Its variance has two parts: between configurations,
 * by linearization for independent draws (Särndal, Swensson & Wretman, Model Assisted Survey Sampling, §5.5 and §5.7), with
 * residuals taken as the jackknife takes them, since few configurations with large weights fit their own mean too well; and
 * between seeds, which all configurations have in common, of the estimates that each seed gives alone. What varies within
 * a configuration is in both, so the sum is a little too large, never too small for it.
 */
import { random } from "../network/philox.ts"
import { type Estimate, mean, variance } from "./statistics.ts"

/** No configuration is drawn with less than this share of the largest probability: weights stay bounded. */
export const LEAST_SHARE = 1 / 50

/**
 * Probabilities, inversely as the costs, such that `expected` configurations are drawn on average; all 1 where as many are
 * asked for as there are. With more expected no probability falls.
 */
export function inclusion(costs: ReadonlyArray<number>, expected: number): ReadonlyArray<number> {
  const cheapest = Math.min(...costs)
  const weights = costs.map((cost) => Math.max(LEAST_SHARE, cheapest / cost))
  // A common factor, such that what is capped at 1 leaves its share to the others.
  let [low, high] = [0, 1 / LEAST_SHARE]
  const sum = (factor: number) => weights.reduce((all, weight) => all + Math.min(1, factor * weight), 0)
  if (expected >= costs.length) return costs.map(() => 1)
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (sum(middle) < expected) low = middle
    else high = middle
  }
  return weights.map((weight) => Math.min(1, high * weight))
}

/**
 * Whether a configuration of this name is drawn: by its name and the draw's seed alone, whichever others there are. So
 * what is drawn by a smaller probability is drawn by a larger one too.
 */
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
  readonly centre: number
  /** What each seed alone gives of it. */
  readonly bySeed: ReadonlyMap<number, number>
  /** Undefined below two configurations (unless each is there for certain) or two seeds. */
  readonly estimate: Estimate | undefined
  readonly betweenConfigurations: number // variance
  readonly betweenSeeds: number // variance
}

const square = (value: number): number => value * value

/** Each with its weight: the mean by the weights. */
const weighted = (values: ReadonlyArray<{ readonly weight: number; readonly value: number }>): number =>
  values.reduce((sum, { weight, value }) => sum + weight * value, 0) /
  values.reduce((sum, { weight }) => sum + weight, 0)

/** The mean over a grid from its drawn configurations, each with the seeds that it has; NaN of none. */
export function sampledMean(values: ReadonlyArray<Drawn>): SampledMean {
  const configurations = [...Map.groupBy(values, ({ configuration }) => configuration).values()].map((own) => ({
    probability: own[0].probability,
    weight: 1 / own[0].probability,
    value: mean(own.map(({ value }) => value))
  }))
  const centre = weighted(configurations)
  const seeds = [...new Set(values.map(({ seed }) => seed))].sort((a, b) => a - b)
  const bySeed = new Map(
    seeds.map((seed) => {
      const own = values.filter((one) => one.seed === seed)
      return [seed, weighted(own.map(({ probability, value }) => ({ weight: 1 / probability, value })))] as const
    })
  )
  const betweenSeeds = seeds.length < 2 ? Number.NaN : variance([...bySeed.values()]) / seeds.length
  const size = configurations.reduce((sum, { weight }) => sum + weight, 0)
  // Of each the part that its being drawn by chance adds: none of one that is there for certain.
  const parts = configurations.map(({ probability, weight, value }) => {
    const share = weight / size
    const residual = probability === 1 ? 0 : (value - centre) / (1 - share)
    return { value: (1 - probability) * square(share * residual), scale: (1 - probability) * square(share) }
  })
  const betweenConfigurations = parts.reduce((sum, { value }) => sum + value, 0)
  const certain = configurations.every(({ probability }) => probability === 1)
  const lacking = seeds.length < 2 || (!certain && configurations.length < 2)
  const told = { centre, bySeed, betweenConfigurations, betweenSeeds }
  if (lacking) return { ...told, estimate: undefined }
  // As many degrees of freedom as equal weights would have that spread as little.
  const scales = parts.reduce((sum, { scale }) => sum + scale, 0)
  const effective = certain ? 0 : square(scales) / parts.reduce((sum, { scale }) => sum + square(scale), 0)
  const total = betweenConfigurations + betweenSeeds
  const spread = square(betweenConfigurations) / Math.max(1, effective - 1) + square(betweenSeeds) / (seeds.length - 1)
  const freedom = spread === 0 ? seeds.length - 1 : Math.max(1, square(total) / spread)
  return { ...told, estimate: { centre, error: Math.sqrt(total), freedom } }
}
