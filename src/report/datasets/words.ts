/** What looks may say of a difference, in words. */
import { exp } from "../../network/math.ts"
import type { Looked } from "../../statistics/sequential.ts"
import { verdictWords } from "../evidence/verdicts.ts"
import { count, points } from "../page/format.ts"
import type { Measure } from "./rows.ts"

/** A difference as readers take it: of logarithms as a ratio, of accuracies in points. */
export const shown = ({ name }: Pick<Measure, "name">, difference: number): string =>
  name === "accuracy" ? `${points(difference)} points` : `×${exp(difference).toFixed(3)}`

/** What the looks so far say, in a table's cell. */
export const lookedText = ({ verdict, next }: Looked, measure: Measure): string =>
  verdictWords(verdict, measure, ({ why }) => (why.reason === "not learned" ? "open: not learned" : nextLook(next)))

const nextLook = (next: number | undefined): string =>
  next === undefined ? "open after all looks" : `open, next look at ${next} seeds`

/** "×1.012, 95 % interval ×0.998 … ×1.027, 8 seeds" */
export function numbersOf({ estimate, interval, seeds }: Looked, measure: Measure): string {
  if (estimate === undefined || interval === undefined || seeds === undefined) return "no look yet"
  const range = `${shown(measure, interval.low)} … ${shown(measure, interval.high)}`
  return `${shown(measure, estimate.centre)}, 95 % interval ${range}, ${count(seeds, "seed")}`
}

/** What becomes of a difference, in a table's cell. */
export function changeWords({ verdict, next }: Looked): string {
  switch (verdict.kind) {
    case "equal":
      return "it stays"
    case "open":
      return nextLook(next)
    default: {
      const who = verdict.sign > 0 ? "in favour of sequential" : "in favour of parallel"
      return `${who}${verdict.kind === "different, within the margin" ? ", within the margin" : ""}`
    }
  }
}
