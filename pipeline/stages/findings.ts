import * as Schema from "effect/Schema"
import { eachOnce } from "../../src/graph/axis.ts"
import { defineStage } from "../../src/graph/stage.ts"

const Question = Schema.Struct({
  id: Schema.NonEmptyString,
  title: Schema.NonEmptyString,
  claimed: Schema.NonEmptyString,
  studies: Schema.NonEmptyArray(Schema.String),
  neighbours: Schema.NonEmptyArray(Schema.Struct({ source: Schema.String, predicts: Schema.String }))
})

export const FindingsParameters = Schema.Struct({
  title: Schema.String,
  lead: Schema.String,
  questions: Schema.Array(Question).check(eachOnce(({ id }) => id))
})
export type FindingsParameters = typeof FindingsParameters.Type

/** The claims of a study's report, as it is in the project. */
export const claimsFileOf = (study: string): string => `reports/${study}/claims.json`

/** The page over all studies' claims, from the reports that are there. */
export const findings = defineStage({
  name: "findings",
  description: "writes the page that sets what the studies' reports claim under the paper's questions",
  parameters: FindingsParameters,
  label: () => "all",
  files: ({ questions }) => [...new Set(questions.flatMap(({ studies }) => studies.map(claimsFileOf)))].sort(),
  outputs: "files",
  compute: () => new URL("./compute/findings.ts", import.meta.url)
})
