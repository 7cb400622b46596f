/** Settings of what trained networks are scored on besides training and validation set, whichever study trains them. */
import type * as Schema from "effect/Schema"
import { KINDS } from "../../src/data/corruptions/kinds.ts"
import { scoringSettings } from "../stages/scoring.ts"

export { scoringSettings }
export type ScoringSettings = Schema.Schema.Type<Schema.Struct<typeof scoringSettings>>

export const usualScores: ScoringSettings = { test: false, corruptions: [], severities: [1, 2, 3, 4, 5] }

/** What of it a trial must say: what is as usual is left out. */
export function scoringOf({ test, corruptions, severities }: ScoringSettings) {
  const [first, ...rest] = corruptions
  return {
    ...(test && { test: true as const }),
    ...(first !== undefined && { corrupt: { kinds: [first, ...rest] as const, severities } })
  }
}

/** The report's lines on it. */
export function scoringAssumptions({ test, corruptions, severities }: ScoringSettings) {
  const isOfMnist = (kind: keyof typeof KINDS) => "published" in KINDS[kind]
  const sources = [
    ...(corruptions.some((kind) => !isOfMnist(kind)) ? ["CIFAR-10-C (Hendrycks & Dietterich 2019)"] : []),
    ...(corruptions.some(isOfMnist) ? ["MNIST-C (Mu & Gilmer 2019)"] : [])
  ]
  const why = `constants of ${sources.join(" and ")}; chance is the same for all networks and severities`
  return [
    ...(test
      ? [{ name: "test set", value: "the official one", why: "scored once, at the end; nothing is selected on it" }]
      : []),
    ...(corruptions.length === 0
      ? []
      : [
          {
            name: "corrupted images",
            value: `the ${test ? "test" : "validation"} set by ${corruptions.join(", ")}; severities ${severities.join(", ")}`,
            why
          }
        ])
  ]
}
