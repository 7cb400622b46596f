/** What is wrong with a value that a schema refuses, in few words: each fault once, however often it occurs. */
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { hint, nearest } from "./nearest.ts"

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
  return standardIssue(issue).issues.map(({ message: said, path = [] }) => {
    const message = plainly(said)
    const names = path.map((part) => String(typeof part === "object" ? part.key : part))
    const found = names.reduce<unknown>((v, name) => (isRecord(v) ? v[name] : undefined), value)
    // A list that has to have a first element lacks it.
    if (message === "Missing key" && names.at(-1) === "0")
      return { path: names.slice(0, -1), found: "[]", message: "expected at least one value" }
    return { path: names, found: JSON.stringify(found) ?? "nothing", message }
  })
}

/** Longer texts of what was found are left out: whole trials, of which the message says which member is wrong. */
const LONGEST = 120

const MISSING = "Missing key"
const EXCESS = "expected no excess property"

const KINDS: Readonly<Record<string, string>> = {
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "an object"
}

/** What a schema expects, without the types that it says it in: `"a" | "b"` is one of a, b. */
function plainly(message: string): string {
  const [, expected] = /^Expected (.*)$/s.exec(message) ?? []
  if (expected === undefined) return message
  const several = expected.split(" | ")
  const isType = several.every((one) => Object.hasOwn(KINDS, one) || /^("[^"]*"|null|-?[\d.]+|\{ .*\})$/s.test(one))
  if (!isType) return `expected ${expected}`
  const parts = several.map((one) =>
    // Of an object its members stand there with fixed values: {"kind":"constant", …}.
    one.startsWith("{")
      ? one.replace(/^\{ /, "{").replace(/ \}$/, "}").replaceAll("readonly ", "").replaceAll("...", "…")
      : (KINDS[one] ?? one.replaceAll('"', ""))
  )
  return `expected ${parts.length > 2 ? "one of " : ""}${parts.join(parts.length > 2 ? ", " : " or ")}`
}

/** One line for each fault: where, what was found there, and what was expected. */
export function linesOf(problems: ReadonlyArray<Problem>): ReadonlyArray<string> {
  // The same value under the same name, wrong for the same reason, is one fault in many places.
  const alike = Map.groupBy(misspelt(problems), ({ path, found, message }) =>
    JSON.stringify([path.at(-1), isLong(found) ? "" : found, message])
  )
  return [...alike.values()].map(([{ path, found, message }, ...others]) => {
    const what = path.join(".")
    const place = what === "" ? "" : isLong(found) ? `${what}: ` : `${what} = ${found}: `
    const line = message === MISSING ? `${what} is missing` : `${place}${message}`
    return `${line}${others.length === 0 ? "" : ` (and so in ${others.length} more places)`}`
  })
}

const isLong = (found: string): boolean => found.length > LONGEST

/** A member that is too much where one of nearly its name is missing is one fault: it is misspelt. */
function misspelt(problems: ReadonlyArray<Problem>): ReadonlyArray<Problem> {
  const folder = ({ path }: Problem) => path.slice(0, -1).join(".")
  const nameOf = ({ path }: Problem) => path.at(-1) ?? ""
  const missing = new Set(problems.filter(({ message }) => message === MISSING))
  const kept = problems.map((problem) => {
    if (problem.message !== EXCESS) return problem
    const meant = [...missing].find(
      (one) => folder(one) === folder(problem) && nearest(nameOf(problem), [nameOf(one)]).length > 0
    )
    if (meant === undefined) return { ...problem, message: "there is no member of that name" }
    missing.delete(meant)
    return { ...problem, message: `there is no member of that name. ${hint([nameOf(meant)])}` }
  })
  return kept.filter((problem) => problem.message !== MISSING || missing.has(problem))
}
