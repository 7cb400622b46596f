/**
 * Effective capacity: the largest number of examples that a training fits to 100 % (arXiv 2406.11463; Zhang et al. 2017
 * for labels drawn at random). Numbers double until one is not fitted, then the gap between the largest that was and the
 * least that was not is halved (as a ratio) until it is small. Each number is tried at one learning rate after another
 * until one fits it, first at that which fitted last; a rate that has missed a number is not tried at larger ones, by the
 * same reason that halving is right: whoever fits more fits fewer. What is tried next follows from what came of it so far, and from
 * nothing else, so a search that was stopped goes on from its tries to the same end.
 */

/** One training. */
export interface Try {
  readonly examples: number
  readonly learningRate: number
  /** Epochs that it ran: until all examples were right, or all that were declared, or until it diverged. */
  readonly epochs: number
  /** Examples that were right at its end; null where it diverged. */
  readonly correct: number | null
}

export interface Search {
  /** Where it begins. */
  readonly fewest: number
  /** Examples that there are. */
  readonly most: number
  readonly learningRates: ReadonlyArray<number>
  /** It ends where the least number that was missed is no more than so many times the largest that was fitted; above 1. */
  readonly precision: number
  /** Trainings at most. */
  readonly tries: number
}

export interface Bracket {
  /** Largest number of examples that were all fitted; 0 where not even the fewest were. */
  readonly fitted: number
  /** Least number above it that were not; null where all that there are were fitted, and where none was tried. */
  readonly missed: number | null
}

export const isFitted = ({ examples, correct }: Try): boolean => correct === examples

/** The least number that a rate has missed; infinite where it has missed none. */
const missedAt = (tries: ReadonlyArray<Try>, learningRate: number): number =>
  Math.min(...tries.flatMap((one) => (one.learningRate === learningRate && !isFitted(one) ? [one.examples] : [])))

/** What the tries say so far; a number is missed once every rate has missed it, or a smaller one. */
export function bracketOf(tries: ReadonlyArray<Try>, { learningRates }: Pick<Search, "learningRates">): Bracket {
  const fitted = Math.max(0, ...tries.filter(isFitted).map(({ examples }) => examples))
  const missed = Math.max(...learningRates.map((rate) => missedAt(tries, rate)))
  return { fitted, missed: Number.isFinite(missed) ? missed : null }
}

/** What is to be tried next; undefined at the end. */
export function nextTry(tries: ReadonlyArray<Try>, search: Search): Pick<Try, "examples" | "learningRate"> | undefined {
  if (tries.length >= search.tries) return undefined
  const examples = nextNumber(tries, search)
  if (examples === undefined) return undefined
  const [learningRate] = ratesFor(examples, tries, search)
  return learningRate === undefined ? undefined : { examples, learningRate }
}

/** Rates that a number may still be tried at: that which fitted last, then the others in their order. */
function ratesFor(examples: number, tries: ReadonlyArray<Try>, { learningRates }: Search): ReadonlyArray<number> {
  const last = tries.findLast(isFitted)?.learningRate
  return learningRates
    .filter((rate) => missedAt(tries, rate) > examples)
    .sort((a, b) => Number(b === last) - Number(a === last))
}

function nextNumber(tries: ReadonlyArray<Try>, search: Search): number | undefined {
  const { fewest, most, precision } = search
  const last = tries.at(-1)
  const { fitted, missed } = bracketOf(tries, search)
  // A number has its other rates before another number has its turn.
  if (last !== undefined && !isFitted(last) && ratesFor(last.examples, tries, search).length > 0) return last.examples
  if (missed === null) {
    if (fitted === 0) return Math.min(fewest, most)
    return fitted >= most ? undefined : Math.min(2 * fitted, most)
  }
  if (fitted === 0 || missed <= fitted * precision || missed - fitted <= 1) return undefined
  // Its middle as a ratio, and never one of the two.
  return Math.min(missed - 1, Math.max(fitted + 1, Math.round(Math.sqrt(fitted * missed))))
}
