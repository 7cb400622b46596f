/**
 * Why a node runs. The reason is found where the decision is taken and kept with it, so that `plan`, `why` and `run`
 * say the same.
 */
import { digestsIn } from "./collection.ts"
import type { InputDigest } from "./key.ts"
import type { Trace } from "./trace.ts"

export type Cause = "new" | "code" | "parameter" | "input" | "forced" | "lost" | "retry"

export interface Explanation {
  readonly cause: Cause
  /** One sentence for people. */
  readonly reason: string
  /** Every difference from the nearest earlier trace, one line each. */
  readonly differences: ReadonlyArray<string>
}

/** What is known of a node now. `undefined` inputs: some of them will be made anew, so they cannot be compared yet. */
export interface Present {
  readonly code: string
  readonly parameters: string // canonical JSON
  readonly numericClass: string | undefined
  readonly files: Readonly<Record<string, string>>
  readonly inputs: Readonly<Record<string, InputDigest>> | undefined
  /** Where each single input comes from: `node:output`. */
  readonly sources: Readonly<Record<string, string>>
}

/** Parts of a code digest: source file → digest, `FILE#DECLARATION` → digest, `package:NAME` → version. */
export type CodeParts = (digest: string) => Readonly<Record<string, string>> | undefined

interface Difference {
  readonly cause: Cause
  readonly text: string
}

const show = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value))

function changedNames(before: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>) {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .sort()
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]))
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Parameters by name, from their canonical text. */
function membersOf(parameters: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(parameters)
  return isRecord(value) ? value : {}
}

/** What differs between two values, down to the innermost member: `optimizer.learningRate`, 0.001, 0.01. */
function* changedValues(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  path = ""
): Generator<readonly [path: string, before: unknown, now: unknown]> {
  for (const name of changedNames(before, now)) {
    const [old, fresh] = [before[name], now[name]]
    if (isRecord(old) && isRecord(fresh)) yield* changedValues(old, fresh, `${path}${name}.`)
    else yield [path + name, old, fresh]
  }
}

function codeDifferences(before: string, now: string, parts: CodeParts): ReadonlyArray<Difference> {
  if (before === now) return []
  const old = parts(before)
  const fresh = parts(now)
  if (old === undefined || fresh === undefined) return [{ cause: "code", text: "its code changed" }]
  const files = (parts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(parts).filter(([part]) => !part.includes("#")))
  const name = (part: string) => part.replace(/^file:/, "").replace(/^package:/, "package ")
  /** The functions and other declarations of a file that differ. */
  const declarationsOf = (file: string) => {
    const names = changedNames(old, fresh).flatMap((part) => (part.startsWith(`${file}#`) ? [part] : []))
    const list = names.map((part) => {
      const declaration = part.slice(file.length + 1) || "a statement outside of functions"
      return `${declaration}${old[part] === undefined ? " is new" : fresh[part] === undefined ? " is gone" : ""}`
    })
    return list.length === 0 ? "" : `: ${list.join(", ")}`
  }
  const lines = changedNames(files(old), files(fresh)).map((part) => {
    if (old[part] === undefined) return `it now reaches ${name(part)}`
    if (fresh[part] === undefined) return `it no longer reaches ${name(part)}`
    return part.startsWith("package:")
      ? `${name(part)} ${old[part]} → ${fresh[part]}`
      : `${name(part)} changed${declarationsOf(part)}`
  })
  if (lines.length === 0) lines.push("the order of its code changed")
  return lines.map((text) => ({ cause: "code", text }))
}

function inputDifferences(before: Trace["inputs"], present: Present): ReadonlyArray<Difference> {
  const { inputs, sources } = present
  if (inputs === undefined) return []
  return changedNames(before, inputs).map((name): Difference => {
    const old = before[name]
    const now = inputs[name]
    if (typeof old === "object" && typeof now === "object") {
      const [before, present] = [digestsIn(old), digestsIn(now)]
      const known = new Set(before)
      const fresh = present.filter((digest) => !known.has(digest)).length
      const text =
        before.length !== present.length
          ? `'${name}' collects ${present.length} results instead of ${before.length}`
          : fresh === 0
            ? `the results in '${name}' stand in other places`
            : `${fresh} of the ${present.length} results in '${name}' differ`
      return { cause: "input", text }
    }
    const from = sources[name] === undefined ? "" : ` (${sources[name]})`
    return { cause: "input", text: `the input '${name}'${from} has other content` }
  })
}

/** Every way in which a node differs from what an earlier trace was made of. */
function differences(trace: Trace, present: Present, parts: CodeParts): ReadonlyArray<Difference> {
  const list = [...codeDifferences(trace.code, present.code, parts)]
  if (trace.parameters !== present.parameters) {
    for (const [path, old, fresh] of changedValues(membersOf(trace.parameters), membersOf(present.parameters))) {
      list.push({ cause: "parameter", text: `${path} ${brief(old)} → ${brief(fresh)}` })
    }
  }
  if ((trace.numericClass ?? undefined) !== present.numericClass) {
    list.push({ cause: "parameter", text: `numeric class ${show(trace.numericClass)} → ${show(present.numericClass)}` })
  }
  for (const path of changedNames(trace.files, present.files)) {
    const [old, now] = [trace.files[path], present.files[path]]
    const what = old === undefined ? "is new" : now === undefined ? "is gone" : "changed"
    list.push({ cause: "input", text: `the file ${path} ${what}` })
  }
  return [...list, ...inputDifferences(trace.inputs, present)]
}

const brief = (value: unknown) => {
  const text = show(value)
  return text.length <= 60 ? text : `${text.slice(0, 40)}… (${text.length} characters)`
}

/** Compares with the nearest earlier trace: the one with the fewest differences, the latest of several. */
export function explain(earlier: ReadonlyArray<Trace>, present: Present, parts: CodeParts): Explanation {
  let nearest: ReadonlyArray<Difference> | undefined
  for (const trace of earlier) {
    const found = differences(trace, present, parts)
    if (nearest === undefined || found.length < nearest.length) nearest = found
    if (found.length <= 1) break
  }
  if (nearest === undefined) return { cause: "new", reason: "it never ran", differences: [] }
  const lines = nearest.map((difference) => difference.text)
  const rank = ["code", "parameter", "input"] as const
  const cause = rank.find((c) => nearest.some((difference) => difference.cause === c)) ?? "input"
  const first = nearest.find((difference) => difference.cause === cause)?.text ?? "an input is made anew"
  const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : ""
  return { cause, reason: first + more, differences: lines }
}
