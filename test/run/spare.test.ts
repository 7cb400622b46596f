/** Who gets slots that stay free. */
import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { buildGraph } from "../../src/graph/graph.ts"
import type { Plan } from "../../src/graph/plan.ts"
import { defineStage, type Inputs } from "../../src/graph/stage.ts"
import { shareSpare } from "../../src/run/spare.ts"
import { untyped } from "../support/untyped.ts"

const text = { text: { extension: "txt", description: "text" } }
const Id = Schema.Struct({ id: Schema.String })

/** A stage of which each node needs what `needs` says. */
const stage = (
  name: string,
  more: { threads?: () => boolean; inline?: boolean },
  needs: (id: string) => Inputs = () => ({})
) =>
  defineStage({
    name,
    description: name,
    parameters: Id,
    label: ({ id }) => id,
    outputs: text,
    inputs: ({ id }) => needs(id),
    compute: () => new URL("file:///compute.ts"),
    ...more
  })

const prepare = stage("prepare", {})
const quick = stage("quick", { inline: true })
const train = stage("train", { threads: () => true }, () => ({ data: prepare.node({ id: "data" }).output("text") }))
const score = stage("score", {}, (id) => ({ weights: train.node({ id }).output("text") }))

const graph = buildGraph([..."abc"].map((id) => score.node({ id })).concat(quick.node({ id: "q" })))
const index = (name: string) => graph.byName.get(name)!.index
const plan = { graph, runs: graph.nodes.map((node) => node.index) } as unknown as Plan

/** Extra slots by name where these nodes start, these run and these have ended. */
function share(spare: number, starting: Array<string>, running: Array<string>, ended: Array<string>, isReady = false) {
  const shares = shareSpare(
    starting.map((name) => graph.nodes[index(name)]),
    spare,
    {
      plan,
      running: new Set(running.map(index)),
      state: { isOpen: (i) => !ended.map(index).includes(i), peek: () => (isReady ? untyped({}) : undefined) }
    }
  )
  return Object.fromEntries([...shares].map(([i, count]) => [graph.nodes[i].name, count]))
}

const first = ["prepare/data", "quick/q"]

test("nodes that can use threads share what is free; the others take none", () => {
  expect(share(3, ["train/a", "train/b"], [], [...first, "train/c", "score/c"])).toEqual({ "train/a": 2, "train/b": 1 })
  expect(share(3, ["train/a"], ["train/b"], [...first, "train/c", "score/c"])).toEqual({
    "train/a": 3
  })
  expect(share(3, ["prepare/data"], [], [])).toEqual({})
  expect(share(0, ["train/a"], [], [...first, "train/b", "score/b", "train/c", "score/c"])).toEqual({})
})

test("nothing is given away while another is to come that wants a slot, unless it needs those that get them", () => {
  const others = ["train/b", "score/b", "train/c", "score/c"]
  expect(share(3, ["train/a"], [], [...first, ...others])).toEqual({ "train/a": 3 }) // score/a comes after it
  expect(share(3, ["train/a"], [], [...first, ...others.slice(1)])).toEqual({}) // train/b is to come
  expect(share(3, ["train/a"], ["train/b"], [...first, ...others.slice(2)])).toEqual({ "train/a": 3 })
  expect(share(3, ["train/a"], ["prepare/data"], ["quick/q"])).toEqual({}) // train/b needs what runs, but is to come
  expect(share(3, ["train/a"], ["score/b"], [...first, "train/b", "train/c", "score/c"])).toEqual({ "train/a": 3 })
  expect(share(3, ["train/a", "score/b"], [], [...first, "train/b", "train/c"])).toEqual({}) // score/c is to come
})

test("nothing is given away while something else is ready or about to be", () => {
  const others = ["train/b", "score/b", "train/c", "score/c"]
  expect(share(3, ["train/a"], [], [...first, ...others], true)).toEqual({})
  expect(share(3, ["train/a", "quick/q"], [], ["prepare/data", ...others])).toEqual({})
})
