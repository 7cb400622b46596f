/** How every node stands: what `pipeline status` prints. */
import type { Node } from "../graph/graph.ts"
import { byDigestAlone, type Decision, type Knowledge, knownOutputs } from "../graph/plan.ts"
import type { LiveRun, RunningNode } from "../run/chronicle.ts"
import type { Planned } from "./planned.ts"

export const STATES = ["done", "running", "stale", "missing", "failed"] as const
/**
 * running: a process computes it now, whoever started that.
 * done: its outputs are known, though the bytes of some may not be here. failed: its last attempt was. stale: it ran,
 * but something changed. missing: it never ran.
 */
export type State = (typeof STATES)[number]

export interface NodeStatus {
  readonly name: string
  readonly stage: string
  /** null as long as an input is still to be made. */
  readonly key: string | null
  readonly state: State
  /** Name → digest. */
  readonly outputs: Readonly<Record<string, string>>
  /** Names of the outputs that are here by digest alone. */
  readonly absent: ReadonlyArray<string>
  /** What its last attempt said, where that failed. */
  readonly failure: string | undefined
  /** How far it is, where it is running and a run on this machine tells. */
  readonly progress?: HowFar
}

/** How far a node is: since when (milliseconds since 1970), and what it says. */
export type HowFar = Pick<RunningNode, "since"> & Partial<NonNullable<RunningNode["progress"]>>

export interface StageStatus extends Readonly<Record<State, number>> {
  readonly stage: string
  /** Nodes that are done, outputs of which are here by digest alone. */
  readonly absent: number
}

export interface StatusView {
  readonly nodes: ReadonlyArray<NodeStatus>
  readonly stages: ReadonlyArray<StageStatus>
  /** Nodes that would run. */
  readonly toRun: number
  /** Runs that have the cache open now, of whatever studies. */
  readonly runs: ReadonlyArray<LiveRun>
}

/** What is going on in the cache: keys that are being computed, and what runs tell of themselves. */
export interface GoingOn {
  readonly leased: ReadonlySet<string>
  readonly runs: ReadonlyArray<LiveRun>
}

export function statusView(
  { plan, selection, excluded, knowledge }: Planned,
  { leased, runs }: GoingOn = { leased: new Set(), runs: [] }
): StatusView {
  const running = new Map(runs.flatMap((run) => run.running.map((node) => [node.key, node])))
  const nodes = selection.all
    .filter((index) => !excluded.has(index))
    .map((index): NodeStatus => {
      const node = plan.graph.nodes[index]
      const decision = plan.decisions[index]!
      const made = knownOutputs(decision) ?? {}
      const runs = decision.key !== undefined && leased.has(decision.key)
      const state = runs ? "running" : stateOf(node, decision, knowledge)
      const progress = runs ? running.get(decision.key ?? "") : undefined
      return {
        name: node.name,
        stage: node.stage.name,
        key: decision.key ?? null,
        state,
        outputs: Object.fromEntries(Object.entries(made).map(([name, { digest }]) => [name, digest])),
        absent: byDigestAlone(made, knowledge),
        failure: state === "failed" ? knowledge.failure(node)?.message : undefined,
        ...(progress !== undefined && { progress: { since: progress.since, ...progress.progress } })
      }
    })
  return { nodes, stages: stagesOf(nodes), toRun: plan.runs.length, runs }
}

function stateOf(node: Node, decision: Decision, knowledge: Knowledge): State {
  if (decision.action === "reuse") return "done"
  if (knowledge.failure(node) !== undefined) return "failed"
  if (decision.cause === "lost") return "done"
  return decision.cause === "new" ? "missing" : "stale"
}

function stagesOf(nodes: ReadonlyArray<NodeStatus>): ReadonlyArray<StageStatus> {
  const stages = new Map<string, Record<State | "absent", number>>()
  for (const { stage, state, absent } of nodes) {
    const counts = stages.get(stage) ?? { done: 0, running: 0, stale: 0, missing: 0, failed: 0, absent: 0 }
    stages.set(stage, counts)
    counts[state]++
    if (state === "done" && absent.length > 0) counts.absent++
  }
  return [...stages].map(([stage, counts]) => ({ stage, ...counts }))
}
