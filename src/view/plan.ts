/** What would run, why, in which order, and what it would cost: what `pipeline plan` prints. */
import type { Cause } from "../graph/explain.ts"
import type { Node } from "../graph/graph.ts"
import { excludedFrom, isByDigestAlone, type Run } from "../graph/plan.ts"
import { type PaceOf, predict } from "../run/predict.ts"
import { type Cost, costOf } from "./cost.ts"
import type { Planned } from "./planned.ts"

export interface PlanView {
  /** Nodes that would run, in order. */
  readonly nodes: ReadonlyArray<PlannedNode>
  /** How many are there already, and how many of these by digest alone. */
  readonly reused: number
  readonly absent: number
  readonly leftOut: LeftOut
  /** Of the trials, where the study says which come first and there is something to run. */
  readonly cost: Cost | undefined
}

export interface PlannedNode {
  readonly name: string
  readonly stage: string
  readonly cause: Cause
  readonly reason: string
  /** Predicted, on one core; null where no node of the stage has run yet. */
  readonly seconds: number | null
}

/** Nodes that would have to run and are not to. */
export interface LeftOut {
  readonly count: number
  /** Those of them that ran before and are no longer up to date: reports have fewer results than they had. */
  readonly outdated: number
  /** Why: a condition; they need what another study has not made yet; only a later look takes them. */
  readonly by: ReadonlyArray<"condition" | "borrowed" | "later">
}

export async function planView(planned: Planned, paceOf: PaceOf): Promise<PlanView> {
  const { plan, selection, knowledge } = planned
  // A study's order is found by going through its whole grid once more.
  const portions = plan.runs.length === 0 ? undefined : selection.portions()
  const cost = portions && costOf(plan, portions, paceOf)
  const leftOut = leftOutOf(planned)
  const nodes = plan.runs.map((index) => plannedNode(plan.graph.nodes[index], plan.decisions[index] as Run, paceOf))
  const absent = plan.decisions.filter(
    (decision) => decision?.action === "reuse" && isByDigestAlone(decision.outputs, knowledge)
  ).length
  return { nodes, reused: selection.all.length - nodes.length - leftOut.count, absent, leftOut, cost }
}

export function leftOutOf({ plan, selection, excluded }: Planned): LeftOut {
  const by: Array<LeftOut["by"][number]> = []
  if (excluded.size > 0) by.push("condition")
  if (selection.borrowed().size > 0) by.push(selection.designs().length > 0 ? "later" : "borrowed")
  return { ...excludedFrom(plan), by }
}

const plannedNode = (node: Node, { cause, reason }: Run, paceOf: PaceOf): PlannedNode => ({
  name: node.name,
  stage: node.stage.name,
  cause,
  reason,
  seconds: predict(node, paceOf) ?? null
})

/** Nodes of one stage that run for one reason, in order. */
export interface PlannedGroup {
  readonly stage: string
  readonly cause: Cause
  readonly reason: string
  readonly names: ReadonlyArray<string>
}

export function groupsOf(nodes: ReadonlyArray<PlannedNode>): ReadonlyArray<PlannedGroup> {
  const groups = new Map<string, PlannedGroup & { readonly names: Array<string> }>()
  for (const { name, stage, cause, reason: own } of nodes) {
    // Each waits for an input of its own.
    const reason = cause === "input" ? own.replace(/its input .* runs first/, "its inputs run first") : own
    const id = `${stage}\n${cause}\n${reason}`
    const group = groups.get(id)
    if (group === undefined) groups.set(id, { stage, cause, reason, names: [name] })
    else group.names.push(name)
  }
  return [...groups.values()]
}

/** What the nodes of one cause cost together. */
export interface CauseSum {
  readonly cause: Cause
  readonly count: number
  /** Of those with a prediction, and how many have none. */
  readonly seconds: number
  readonly unknown: number
}

export function causesOf(nodes: ReadonlyArray<PlannedNode>): ReadonlyArray<CauseSum> {
  return [...new Set(nodes.map(({ cause }) => cause))].map((cause) => {
    const own = nodes.filter((node) => node.cause === cause)
    return {
      cause,
      count: own.length,
      seconds: own.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0),
      unknown: own.filter(({ seconds }) => seconds === null).length
    }
  })
}
