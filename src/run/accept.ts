/**
 * Acceptance of a refactoring: results of a stage that differ from what the present code would give a key in nothing
 * but the code. A sample of them is run again; if all bytes come out equal, the others are adopted under the new keys.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Artifacts } from "../cache/artifacts.ts"
import type { BlobDamaged } from "../cache/blobs.ts"
import type { Traces } from "../cache/traces.ts"
import type { Graph } from "../graph/graph.ts"
import { sha256 } from "../graph/key.ts"
import type { Plan, Run } from "../graph/plan.ts"
import type { Trace } from "../graph/trace.ts"
import { type PaceOf, paceClassOf, predict, workOf } from "./predict.ts"
import { timestamp } from "./timestamp.ts"

/** A node that would run for its code alone, with the trace that it had under the old code. */
export interface Candidate {
  readonly index: number
  readonly name: string
  readonly key: string // the new one
  readonly code: string // the new one
  readonly trace: Trace
}

/** What of the cache it is read from. */
interface Results {
  readonly traces: Traces["Service"]
  readonly artifacts: Artifacts["Service"]
}

const equal = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** Nodes of a stage with earlier results that differ from what would run in nothing but the code. */
export function candidatesOf(plan: Plan, stage: string, traces: Traces["Service"]): ReadonlyArray<Candidate> {
  return plan.runs.flatMap((index) => {
    const node = plan.graph.nodes[index]
    const { key, parts, cause } = plan.decisions[index] as Run
    // What is lost or failed under the present code is not to be taken from an older one.
    if (node.stage.name !== stage || key === undefined || parts === undefined) return []
    if (cause === "lost" || cause === "retry") return []
    const trace = traces
      .ofNode(node)
      .find(
        (one) =>
          one.parameters === node.encoded &&
          one.numericClass === (node.numericClass ?? null) &&
          equal(one.inputs, parts.inputs) &&
          equal(one.files, parts.files)
      )
    return trace === undefined ? [] : [{ index, name: node.name, key, code: parts.code, trace }]
  })
}

/** So many of the candidates, drawn by their names and the new code: the same ones whenever it is asked again. */
export function sampleOf(candidates: ReadonlyArray<Candidate>, count: number): ReadonlyArray<Candidate> {
  const rank = ({ code, name }: Candidate) => sha256(`${code} ${name}`)
  return candidates
    .map((candidate) => ({ candidate, rank: rank(candidate) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** Predicted seconds of a sample that is chosen for its price. */
const SAMPLE_SECONDS = 90

/**
 * A cheap sample of so many candidates: the cheapest of each pace class, which are those that run through other code,
 * then the cheapest of all, as far as the time reaches. The first one always.
 */
export function cheapestOf(
  candidates: ReadonlyArray<Candidate>,
  { nodes }: Graph,
  paceOf: PaceOf,
  count: number
): ReadonlyArray<Candidate> {
  const byWork = candidates
    .map((candidate) => ({ candidate, node: nodes[candidate.index] }))
    .map((one) => ({ ...one, work: workOf(one.node), seconds: predict(one.node, paceOf) ?? 0 }))
    .sort((a, b) => a.work - b.work || (a.candidate.name < b.candidate.name ? -1 : 1))
  const classes = new Set<string | undefined>()
  const firsts = byWork.filter(({ node }) => {
    const paceClass = paceClassOf(node)
    return !classes.has(paceClass) && classes.add(paceClass)
  })
  const sample: Array<Candidate> = []
  let left = SAMPLE_SECONDS
  for (const { candidate, seconds } of new Set([...firsts, ...byWork])) {
    if (sample.length >= count) break
    if (sample.length > 0 && seconds > left) continue
    sample.push(candidate)
    left -= seconds
  }
  return sample
}

/** Says where the outputs under the new key differ from those of the old one; nothing if all bytes are equal. */
export function differenceOf(
  { name, key, trace }: Candidate,
  { traces, artifacts }: Results
): Result.Result<string | undefined, BlobDamaged> {
  const now = traces.outputs(key) ?? {}
  for (const output of new Set([...Object.keys(trace.outputs), ...Object.keys(now)])) {
    const [old, fresh] = [trace.outputs[output], now[output]]
    if (old?.digest === fresh?.digest) continue
    if (old === undefined) return Result.succeed(`${name} gives a new output '${output}'`)
    if (fresh === undefined) return Result.succeed(`${name} no longer gives the output '${output}'`)
    const said = (what: string) => `${name}: the output '${output}' ${what}`
    if (!artifacts.has(old.digest)) {
      const alone = `has other bytes: ${fresh.digest} instead of ${old.digest}, which is here by digest alone`
      return Result.succeed(said(alone))
    }
    return Result.all([artifacts.read(old.digest), artifacts.read(fresh.digest)]).pipe(
      Result.map(([before, now]) => said(firstDifference(before, now)))
    )
  }
  return Result.succeed(undefined)
}

const LINE_SHOWN = 80

/** Where two different texts or byte sequences part: line, column and both lines, or the byte. */
function firstDifference(old: Uint8Array, fresh: Uint8Array): string {
  let at = 0
  while (at < old.length && at < fresh.length && old[at] === fresh[at]) at++
  const sizes = old.length === fresh.length ? "" : ` (${old.length} bytes before, ${fresh.length} now)`
  const before = lineAt(old, at)
  const now = lineAt(fresh, at)
  if (before === undefined || now === undefined) return `differs from byte ${at} on${sizes}`
  return `differs in line ${before.line}${sizes}:\n  before: ${before.text}\n  now:    ${now.text}`
}

/** The line around a byte; undefined if it is no text. */
function lineAt(bytes: Uint8Array, at: number): { readonly line: number; readonly text: string } | undefined {
  let line = 1
  let start = 0
  for (let i = 0; i < at; i++) {
    if (bytes[i] !== 10) continue
    line++
    start = i + 1
  }
  const newline = bytes.indexOf(10, at)
  const end = newline < 0 ? bytes.length : newline
  // Of a long line the part where they differ.
  const from = end - start <= LINE_SHOWN ? start : Math.max(start, at - LINE_SHOWN / 2)
  const shown = bytes.subarray(from, Math.min(end, from + LINE_SHOWN))
  if (shown.some((byte) => byte < 32 && byte !== 9 && byte !== 13)) return undefined
  const text = Buffer.from(shown).toString("utf8").trimEnd()
  return { line, text: `${from > start ? "…" : ""}${text}${end > from + LINE_SHOWN ? "…" : ""}` }
}

/** Takes the candidates' old results over under their new keys. */
export const adopt = Effect.fnUntraced(function* (
  candidates: ReadonlyArray<Candidate>,
  sample: ReadonlyArray<string>,
  traces: Traces["Service"]
) {
  const accepted = yield* timestamp
  const records = candidates.flatMap(({ name, key, code, trace }) => {
    const record = traces.record(trace.key)
    if (record === undefined) return []
    const adopted = { key: trace.key, code: trace.code, sample, accepted }
    return [{ trace: { ...record.trace, name, key, code, adopted }, values: record.values }]
  })
  if (records.length > 0) yield* traces.commit(records)
})
