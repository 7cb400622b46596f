/** How the claims stand that more seeds decide, and what the next look at each that is open would cost. */
import { closure } from "../graph/graph.ts"
import { knownOutputs } from "../graph/plan.ts"
import type { NodeReference } from "../graph/stage.ts"
import { type PaceOf, predictAll } from "../run/predict.ts"
import type { Planned } from "./planned.ts"

export interface ClaimView {
  readonly claim: string
  readonly verdict: string
  /** Seeds of its next look; null where it is decided, or has none left. */
  readonly next: number | null
  /** Nodes of that look that are not there, what they need included. */
  readonly nodes: ReadonlyArray<string>
  /** Of one core; null where that cannot be predicted. */
  readonly seconds: number | null
}

/** Undefined where the selection has no such claims. `read` gives an artifact's bytes. */
export async function claimsOf(
  { plan, selection, knowledge }: Planned,
  paceOf: PaceOf,
  read: (digest: string) => Uint8Array
): Promise<ReadonlyArray<ClaimView> | undefined> {
  const designs = selection.designs()
  if (designs.length === 0) return undefined
  const { graph, decisions } = plan
  const readOutput = (reference: NodeReference, output: string) => {
    const index = graph.indexOf(reference)
    const decision = index === undefined ? undefined : decisions[index]
    const digest = decision && knownOutputs(decision)?.[output]?.digest
    if (index === undefined || digest === undefined || !knowledge.has(digest)) return undefined
    return { node: graph.nodes[index].name, output, digest, bytes: () => read(digest) }
  }
  const lacking = (nodes: ReadonlyArray<NodeReference>): ReadonlyArray<number> =>
    closure(
      graph,
      nodes.flatMap((reference) => graph.indexOf(reference) ?? [])
    ).filter((index) => decisions[index]?.action === "run")
  const views = designs.map(async ({ claims, judge }) => {
    const standings = await judge(readOutput)
    return claims.map(({ name, nodes }, i): ClaimView => {
      const { verdict, next } = standings[i]
      const missing = next === undefined ? [] : lacking(nodes(next))
      return {
        ...{ claim: name, verdict, next: next ?? null },
        nodes: missing.map((index) => graph.nodes[index].name),
        seconds: predictAll(graph, missing, paceOf) ?? null
      }
    })
  })
  return (await Promise.all(views)).flat()
}
