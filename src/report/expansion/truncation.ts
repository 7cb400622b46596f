/** What the first two terms hold of a trained network, and what that is worth: claims that any study with terms has. */
import { mean } from "../../statistics/statistics.ts"
import type { Claim } from "../page/claims.ts"
import { count, percent, significant } from "../page/format.ts"
import {
  accuracyOf,
  type Configuration,
  configurationName,
  exactAt,
  sampledText,
  together,
  unequalSeeds
} from "./rows.ts"

/** R_1 below which the first two terms are said to hold a network. */
export const enough = 0.1
/** Accuracy that a truncation may cost: the margin within which the studies call accuracies equal. */
export const cost = 0.005

export const range = (values: ReadonlyArray<number>, show: (value: number) => string): string => {
  const [low, high] = [show(Math.min(...values)), show(Math.max(...values))]
  return low === high ? low : `${low} to ${high}`
}
export const points = (value: number) =>
  `${percent(Math.abs(value))} ${percent(Math.abs(value)) === "1.0" ? "point" : "points"}`

/** Whether something holds in most: undefined where it does in exactly half. */
export const most = (part: number, whole: number): boolean | undefined =>
  part * 2 === whole ? undefined : part * 2 > whole

/** " (means of 1 to 8 seeds, each configuration once)", where configurations have different numbers of seeds. */
export const each = (configurations: ReadonlyArray<Configuration>): string => {
  const unequal = unequalSeeds(configurations)
  return unequal === "" ? "" : ` (${unequal}, each configuration once)`
}

export function truncationClaim(configurations: ReadonlyArray<Configuration>): Claim {
  const left = configurations.flatMap((c) => exactAt(c, 1, (o) => o.remainder) ?? [])
  const few = left.filter((value) => value < enough).length
  const beyond = left.filter((value) => value > 1).length
  const away = beyond === 0 ? "" : `; in ${beyond} of them T₀ + T₁ is further from H than x alone`
  return {
    question: "Do the first two terms hold the trained sequential networks?",
    holds: left.length === 0 ? undefined : most(few, left.length),
    sentence:
      left.length === 0
        ? "In no configuration do the layers change anything: H = x."
        : `T₀ + T₁ leaves less than ${100 * enough} % of ‖H − x‖ over in ${few} of ${count(left.length, "configuration")} (R₁ ${range(left, significant)}${away}).`
  }
}

const whole = (layer: "trained" | "retrained") => (n: Configuration["seeds"][number]) => accuracyOf(n, null, layer)
const cut = (layer: "trained" | "retrained") => (n: Configuration["seeds"][number]) => accuracyOf(n, 1, layer)

export function classifyClaim(configurations: ReadonlyArray<Configuration>): Claim | undefined {
  const compared = configurations.flatMap((configuration) => {
    const found = together(configuration, { whole: whole("trained"), cut: cut("trained") })
    return found === undefined ? [] : [{ configuration, ...found, lost: found.whole - found.cut }]
  })
  if (compared.length === 0) return undefined
  const cheap = compared.filter(({ lost }) => lost <= cost).length
  const dearest = compared.reduce((a, b) => (b.lost > a.lost ? b : a))
  const dear =
    dearest.lost <= cost
      ? ""
      : `; the dearest is ${points(dearest.lost)} (${configurationName(dearest.configuration)}), down to ${percent(dearest.cut)} %`
  return {
    question: "Does the truncated network classify as well?",
    holds: most(cheap, compared.length),
    sentence: `Through the trained dense layer T₀ + T₁ costs at most ${points(cost)} of validation accuracy${sampledText(configurations)} in ${cheap} of ${count(compared.length, "configuration")}${dear}.`
  }
}

/**
 * Retraining the dense layer changes the whole network's accuracy too, so there are two to compare with: the network as
 * it was trained, and the network whose dense layer was trained again the same way.
 */
export function retrainedClaim(configurations: ReadonlyArray<Configuration>): Claim | undefined {
  const compared = configurations.flatMap((configuration) => {
    const found = together(configuration, {
      whole: whole("trained"),
      cut: cut("trained"),
      wholeAgain: whole("retrained"),
      cutAgain: cut("retrained")
    })
    return found === undefined ? [] : [{ configuration, ...found }]
  })
  if (compared.length === 0) return undefined
  const average = (key: "whole" | "cut" | "wholeAgain" | "cutAgain") => mean(compared.map((c) => c[key]))
  const within = (baseline: "whole" | "wholeAgain") => compared.filter((c) => c[baseline] - c.cutAgain <= cost).length
  const [first, second] = [most(within("whole"), compared.length), most(within("wholeAgain"), compared.length)]
  const change = average("wholeAgain") - average("whole")
  return {
    question: "Does it after the dense layer alone is trained again?",
    holds: first === second ? first : undefined,
    sentence:
      `With that layer trained again T₀ + T₁ has ${percent(average("cutAgain"))} % validation accuracy, on average${each(compared.map((c) => c.configuration))}; the whole network has ${percent(average("whole"))} % as it was trained, and ${percent(average("wholeAgain"))} % after the same retraining${percent(Math.abs(change)) === "0.0" ? "" : `, which ${change < 0 ? "costs" : "gives"} it ${points(change)}`}. ` +
      `It costs at most ${points(cost)} in ${within("whole")} of ${compared.length} against the first, in ${within("wholeAgain")} against the second. ${regained(average("whole") - average("cut"), average("whole") - average("cutAgain"), average("wholeAgain") - average("cutAgain"))}`
  }
}

/** What retraining wins back of a loss of accuracy, by what is left of it against either baseline. */
function regained(lost: number, left: number, leftAgain: number): string {
  if (lost <= cost) return "There was little to win back."
  const [part, partAgain] = [left, leftAgain].map((rest) => Math.max(0, Math.min(1, 1 - rest / lost)))
  const where =
    Math.min(part, partAgain) > 0.5
      ? "most of the loss is that this layer was trained on something else"
      : Math.max(part, partAgain) < 0.5
        ? "most of the loss is in the features themselves"
        : "whether most of the loss is in the features depends on which it is compared with"
  return `Of what the truncation costs the retraining wins back ${percent(part)} % by the first, ${percent(partAgain)} % by the second: ${where}.`
}
