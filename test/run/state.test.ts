import * as Schema from "effect/Schema"
import { describe, expect, test } from "vitest"
import { buildGraph } from "../../src/graph/graph.ts"
import { type Knowledge, makePlan, type Settled } from "../../src/graph/plan.ts"
import { defineStage, type NodeReference } from "../../src/graph/stage.ts"
import { makeRunState } from "../../src/run/state.ts"
import { nothingKnown } from "../support/knowledge.ts"

const train = defineStage({
  name: "train",
  description: "goes on from where a shorter one ended",
  parameters: Schema.Struct({ seed: Schema.Int, epochs: Schema.Int }),
  extent: "epochs",
  label: ({ seed, epochs }) => `seed=${seed},epochs=${epochs}`,
  outputs: { weights: { extension: "json", description: "weights" } },
  compute: () => new URL("file:///train.ts")
})

function start(targets: ReadonlyArray<NodeReference>, known: Knowledge = nothingKnown) {
  const graph = buildGraph(targets)
  const plan = makePlan(
    graph,
    graph.nodes.map(({ index }) => index),
    known
  )
  const state = makeRunState(plan, known, new Set(), new Float64Array(graph.nodes.length))
  /** Takes all nodes that could start now. */
  const ready = () => {
    const names: Array<string> = []
    while (state.peek() !== undefined) names.push(state.take().node.name)
    return names.sort()
  }
  const settle = (name: string, how: Settled["state"]) => {
    const outputs = { weights: { digest: name, size: 1 } }
    const index = graph.byName.get(name)!.index
    state.settle(index, how === "there" ? { state: "there", key: name, outputs } : { state: how })
  }
  return { ready, settle }
}
const node = (epochs: number, seed = 0) => train.node({ seed, epochs })

describe("nodes that are equal but for their extent", () => {
  test("run from the shortest to the longest, each from the end of the one before; others do not wait", () => {
    const { ready, settle } = start([node(1), node(5), node(20), node(5, 1)])
    expect(ready()).toEqual(["train/seed=0,epochs=1", "train/seed=1,epochs=5"])
    settle("train/seed=0,epochs=1", "there")
    expect(ready()).toEqual(["train/seed=0,epochs=5"])
    settle("train/seed=0,epochs=5", "there")
    expect(ready()).toEqual(["train/seed=0,epochs=20"])
  })

  test("go on though a shorter one failed", () => {
    const { ready, settle } = start([node(1), node(5)])
    ready()
    settle("train/seed=0,epochs=1", "failed")
    expect(ready()).toEqual(["train/seed=0,epochs=5"])
  })

  test("do not wait for one that is there already", () => {
    const graph = buildGraph([node(1)])
    const [{ decisions }] = [makePlan(graph, [0], nothingKnown)]
    const decision = decisions[0]!
    const there = { weights: { digest: "known", size: 1 } }
    const known = {
      ...nothingKnown,
      has: () => true,
      outputs: (key: string) => (key === decision.key ? there : undefined)
    }
    expect(start([node(1), node(5)], known).ready()).toEqual(["train/seed=0,epochs=5"])
  })
})
