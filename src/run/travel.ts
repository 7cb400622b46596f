/**
 * Which results travel in an archive of results: the traces of all that a study needs, and bytes as far as the outputs'
 * declarations (`keep`) say. What only collects (a report) stays behind: it is made of the others in a moment.
 */
import { isCollecting, type Node } from "../graph/graph.ts"
import { knownOutputs, type Plan } from "../graph/plan.ts"
import { workOf } from "./predict.ts"

/** Bytes of outputs that no analysis of the study reads, in all. */
const SPARE_BYTES = 20_000_000

export interface Travelling {
  /** Keys of the traces. */
  readonly keys: ReadonlyArray<string>
  /** Digests of the artifacts whose bytes go along. */
  readonly bytes: ReadonlySet<string>
}

/** What of a plan's nodes travels. */
export function travelling({ graph, decisions, selection }: Plan): Travelling {
  const known = selection.flatMap((index) => {
    const decision = decisions[index]!
    const outputs = knownOutputs(decision)
    const node = graph.nodes[index]
    return outputs === undefined || decision.key === undefined || isCollecting(node)
      ? []
      : [{ node, key: decision.key, outputs }]
  })
  const analysed = new Set<string>()
  for (const { node } of known) {
    if (node.stage.analyses !== true) continue
    for (const { sources } of node.inputs)
      for (const { node: from, output } of sources) analysed.add(`${from} ${output}`)
  }
  const bytes = new Set<string>()
  const spare: Array<{ readonly node: Node; readonly digest: string; readonly size: number }> = []
  for (const { node, outputs } of known) {
    for (const [output, { digest, size }] of Object.entries(outputs)) {
      const keep = keepOf(node, output)
      if (keep === "always" || (keep === "analysed" && analysed.has(`${node.index} ${output}`))) bytes.add(digest)
      else if (keep === "analysed") spare.push({ node, digest, size })
    }
  }
  // What took the most work for its bytes is worth the most.
  const worth = spare.map((one) => ({ ...one, worth: workOf(one.node) / Math.max(1, one.size) }))
  worth.sort((a, b) => b.worth - a.worth || (a.node.name < b.node.name ? -1 : 1))
  let left = SPARE_BYTES
  for (const { digest, size } of worth) {
    if (bytes.has(digest) || size > left) continue
    bytes.add(digest)
    left -= size
  }
  return { keys: known.map(({ key }) => key), bytes }
}

function keepOf({ stage }: Node, output: string) {
  if (stage.outputs === "files") return "always"
  return (Object.hasOwn(stage.outputs, output) && stage.outputs[output].keep) || "always"
}
