/**
 * What machines of a run must agree on, looked at when a worker starts: with another Node, other packages or other code
 * it would compute other nodes under other keys, or the same ones in another way.
 */
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { digestOfFile } from "../cache/files.ts"
import { type Computing, computingName } from "../graph/compute.ts"
import type { Graph } from "../graph/graph.ts"
import type { Knowledge } from "../graph/plan.ts"
import type { Agreement } from "./plan.ts"

const LOCK = "package-lock.json"

/** How this machine stands to a graph. `knowledge` has the fingerprints of what computes. */
export function agreementHere(
  project: string,
  { nodes }: Pick<Graph, "nodes">,
  selection: ReadonlyArray<number>,
  { code }: Pick<Knowledge, "code">
): Agreement {
  const codes = new Map<string, string>()
  const classes = new Map<string, Set<string>>()
  for (const index of selection) {
    const node = nodes[index]
    const name = nameOf(project, node)
    codes.set(name, code(node))
    if (node.numericClass !== undefined) classes.set(name, (classes.get(name) ?? new Set()).add(node.numericClass))
  }
  const told = (name: string) => `${codes.get(name)} ${[...(classes.get(name) ?? [])].sort().join(",")}`.trim()
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    lock: lockOf(project),
    code: Object.fromEntries([...codes.keys()].sort().map((name) => [name, told(name)]))
  }
}

/** Modules by their places in the project. */
const nameOf = (project: string, computing: Computing): string =>
  computingName(computing).replace(/file:\/\/[^\s]+/g, (url) => relative(project, fileURLToPath(url)))

function lockOf(project: string): string {
  try {
    return digestOfFile(`${project}/${LOCK}`, LOCK)
  } catch {
    return "none"
  }
}

/** What keeps a machine from working for a run, in a sentence; undefined if nothing does. */
export function disagreement(run: Agreement, here: Agreement): string | undefined {
  if (run.node !== here.node) return `it has Node ${here.node}, and the run was begun with ${run.node}`
  if (run.platform !== here.platform) return `it is ${here.platform}, and the run was begun on ${run.platform}`
  if (run.lock !== here.lock)
    return `its ${LOCK} (${brief(here.lock)}) is not the one that the run was begun with (${brief(run.lock)}): run \`npm install\` there, or begin the run again`
  const names = [...new Set([...Object.keys(run.code), ...Object.keys(here.code)])].sort()
  const other = names.filter((name) => run.code[name] !== here.code[name])
  if (other.length === 0) return undefined
  const [first] = other
  const [codeThere, classThere] = (run.code[first] ?? "").split(" ")
  const [codeHere, classHere] = (here.code[first] ?? "").split(" ")
  if (codeThere === codeHere)
    return `it computes ${first} in the numeric class ${classHere}, and the run was begun in ${classThere}: PIPELINE_MULTIPLY_ADD=plain is what every machine can compute`
  return `the code of ${first}${other.length > 1 ? ` and ${other.length - 1} more` : ""} is not what it was when the run was begun: \`pipeline cancel\` it, then run again`
}

const brief = (digest: string) => digest.slice(0, 12)
