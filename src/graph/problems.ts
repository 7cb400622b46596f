/** What is wrong with a value that a schema refuses, in few words: each fault once, however often it occurs. */
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

/** One place in a value that its schema refuses. */
export const Problem = Schema.Struct({
  /** Names of the members down to the place: `trials`, `0`, `trial`, `epochs`. */
  path: Schema.Array(Schema.String),
  /** What was found there, as JSON. */
  found: Schema.String,
  /** What was expected. */
  message: Schema.String
})
export type Problem = typeof Problem.Type

const standardIssue = SchemaIssue.makeFormatterStandardSchemaV1()

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

export function problemsIn(issue: SchemaIssue.Issue, value: unknown): ReadonlyArray<Problem> {
  return standardIssue(issue).issues.map(({ message, path = [] }) => {
    const names = path.map((part) => String(typeof part === "object" ? part.key : part))
    const found = names.reduce<unknown>((v, name) => (isRecord(v) ? v[name] : undefined), value)
    // A list that has to have a first element lacks it.
    if (message === "Missing key" && names.at(-1) === "0")
      return { path: names.slice(0, -1), found: "[]", message: "Expected at least one value" }
    return { path: names, found: JSON.stringify(found) ?? "nothing", message }
  })
}

/** One line for each fault: where, what was found there, and what was expected. */
export function linesOf(problems: ReadonlyArray<Problem>): ReadonlyArray<string> {
  // The same value under the same name, wrong for the same reason, is one fault in many places.
  const alike = Map.groupBy(problems, ({ path, found, message }) => JSON.stringify([path.at(-1), found, message]))
  return [...alike.values()].map(([{ path, found, message }, ...others]) => {
    const what = path.length === 0 ? "" : `${path.join(".")} = ${found}: `
    return `${what}${message}${others.length === 0 ? "" : ` (and so in ${others.length} more places)`}`
  })
}
