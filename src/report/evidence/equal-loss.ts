/** Two networks of one seed where both have come down to the same training loss, by the histories of their trainings. */
import { log } from "../../network/math.ts"
import type { Trial } from "./trial.ts"

const LEAST = 1e-8 // some networks reach a loss of 0

/** Of a loss. */
export const ln = (loss: number): number => log(Math.max(loss, LEAST))

/** Where less than this part of the first loss is gone, nothing was learned that could be compared. */
export const LEARNED = 0.9

/** A network's running training and validation loss by epoch, of the epochs that have both. */
const linesOf = ({ history = [] }: Pick<Trial, "history">) =>
  history.flatMap(({ epoch, loss, validationLoss }) =>
    epoch > 0 && loss !== null && Number.isFinite(validationLoss) ? [{ epoch, loss, validationLoss }] : []
  )

/** The larger of their least losses; undefined where one has not learned: as good as ln M, guessing's. */
export function commonLevel(one: Trial, other: Trial): number | undefined {
  const [a, b] = [linesOf(one), linesOf(other)]
  if (a.length === 0 || b.length === 0) return undefined
  const least = (lines: typeof a) => Math.min(...lines.map(({ loss }) => loss))
  const level = Math.max(least(a), least(b))
  return level < LEARNED * log(one.network.classes) ? level : undefined
}

/** The first epoch whose running training loss is down at the level. */
export const epochAt = (trial: Trial, level: number) => linesOf(trial).find(({ loss }) => loss <= level)

/** ln validation loss of the first network less that of the second, each at its first epoch with a loss as low as both reach. */
export function validationAtLoss([one, other]: readonly [Trial, Trial]): number | undefined {
  const level = commonLevel(one, other)
  if (level === undefined) return undefined
  const [a, b] = [epochAt(one, level), epochAt(other, level)]
  return a === undefined || b === undefined ? undefined : ln(a.validationLoss) - ln(b.validationLoss)
}
