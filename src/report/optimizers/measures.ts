/** What deep and shallow networks of one seed are compared by. */
import { exp, log } from "../../network/math.ts"
import { points, signed, significant } from "../page/format.ts"
import { type Finished, finalLoss, lastLoss, lnLoss, reaching } from "./outcome.ts"

export interface Measure {
  readonly name: string
  /** In tables and sentences. */
  readonly title: string
  /** Deep less shallow; undefined where it cannot be told. */
  readonly difference: (deep: Finished, shallow: Finished) => number | undefined
  /** Differences below it count as none. */
  readonly margin: number
  readonly marginText: string
  readonly better: "lower" | "higher"
  /** What `say` says a difference in: ", points". */
  readonly unit?: string
  readonly say: (difference: number) => string
}

/** e to the difference. */
const times = (difference: number): string => significant(exp(difference), 2)

const ratio = { margin: log(1.1), marginText: "a tenth of it", better: "lower", say: times } as const

/** Of two that start from the same values and see the same images. */
export const trainingLoss: Measure = {
  name: "training",
  title: "ln training loss",
  difference: (deep, shallow) => lnLoss(finalLoss(deep)) - lnLoss(finalLoss(shallow)),
  ...ratio
}

const nats = { margin: 0.02, marginText: "0.02", better: "lower", say: (x: number) => signed(x) } as const

export const validationLoss: Measure = {
  name: "validation",
  title: "validation loss",
  difference: (deep, shallow) => deep.metrics.validation.loss - shallow.metrics.validation.loss,
  ...nats
}

/** For losses that have no unit of their own. */
export const lnValidationLoss: Measure = {
  name: "validation",
  title: "ln validation loss",
  difference: (deep, shallow) => lnLoss(deep.metrics.validation.loss) - lnLoss(shallow.metrics.validation.loss),
  ...ratio
}

/** Where both have reached the training loss that the worse of them ends with. */
function atEqualLoss(deep: Finished, shallow: Finished) {
  const level = Math.max(lastLoss(deep), lastLoss(shallow))
  const moments = [deep, shallow].map((one) => reaching(one, level))
  const [one, other] = moments
  return one === undefined || other === undefined ? undefined : { deep: one, shallow: other }
}

export const validationAtEqualLoss: Measure = {
  name: "equal",
  title: "validation loss at equal training loss",
  difference(deep, shallow) {
    const moments = atEqualLoss(deep, shallow)
    return moments && moments.deep.validationLoss - moments.shallow.validationLoss
  },
  ...nats
}

export const lnValidationAtEqualLoss: Measure = {
  name: "equal",
  title: "ln validation loss at equal training loss",
  difference(deep, shallow) {
    const moments = atEqualLoss(deep, shallow)
    return moments && lnLoss(moments.deep.validationLoss) - lnLoss(moments.shallow.validationLoss)
  },
  ...ratio
}

export const validationAccuracy: Measure = {
  name: "accuracy",
  title: "validation accuracy",
  difference: (deep, shallow) => deep.metrics.validation.accuracy - shallow.metrics.validation.accuracy,
  margin: 0.005,
  marginText: "0.5 points",
  better: "higher",
  unit: ", points",
  say: points
}
