/** Which nodes start together. */
import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { buildGraph } from "../../src/graph/graph.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { makeBatches } from "../../src/run/batches.ts"
import type { Ready } from "../../src/run/state.ts"

const text = { text: { extension: "txt", description: "text" } }
const Id = Schema.Struct({ id: Schema.String })
const compute = () => new URL("file:///compute.ts")
const label = ({ id }: { readonly id: string }) => id

const draw = defineStage({ name: "draw", description: "draws", parameters: Id, label, outputs: text, compute })
/** Of one class are those whose names start alike; five at most go together. */
const train = defineStage({
  name: "train",
  description: "trains",
  parameters: Id,
  label,
  outputs: text,
  inputs: ({ id }) => ({ initial: draw.node({ id }).output("text") }),
  batch: ({ id }) => ({ class: id[0], limit: 5 }),
  compute
})

const graph = buildGraph(["a1", "a2", "a3", "b1"].map((id) => train.node({ id })))
const ready = (name: string) => ({ node: graph.byName.get(name)! }) as Ready
const index = (name: string) => graph.byName.get(name)!.index

interface Setting {
  readonly seconds?: Readonly<Record<string, number>> // of a node, by stage
  readonly ended?: ReadonlyArray<string>
  readonly alone?: string
}

const make = (names: ReadonlyArray<string>, { seconds = {}, ended = [], alone }: Setting = {}) => {
  const [first, ...others] = names.map(ready)
  return makeBatches({
    graph,
    paceOf: (name) => (name in seconds ? { work: 1, seconds: seconds[name] } : undefined),
    isAlone: ({ name }) => name === alone,
    state: {
      isOpen: (i) => !ended.map(index).includes(i),
      take: () => first,
      takeMore: (alike, atMost) => others.filter(alike).slice(0, atMost)
    }
  })
}

test("those of one class go together, but for one that is to go alone", () => {
  const names = ["train/a1", "train/b1", "train/a2", "train/a3"]
  const taken = (setting: Setting, from = names) =>
    make(from, setting)
      .take()
      .map(({ node }) => node.name)
  expect(taken({})).toEqual(["train/a1", "train/a2", "train/a3"])
  expect(taken({ alone: "train/a2" })).toEqual(["train/a1", "train/a3"])
  expect(taken({ alone: "train/a1" })).toEqual(["train/a1"])
  expect(taken({}, ["draw/a1", "draw/a2"])).toEqual(["draw/a1"])
})

test("a group waits for what is at work to make one more ready, if that takes less time than the group", () => {
  const waits = (name: string, atWork: ReadonlyArray<string>, setting?: Setting) =>
    make([name], setting).waits(ready(name), () => atWork.map(index))
  expect(waits("train/a1", ["draw/a2"])).toBe(true)
  expect(waits("train/a1", ["draw/b1"])).toBe(false) // of another class
  expect(waits("train/a1", [])).toBe(false) // draw/a2 has not started: it waits for a slot as this does
  expect(waits("train/a1", ["draw/a2"], { ended: ["train/a2"] })).toBe(false) // made elsewhere
  expect(waits("train/a1", ["draw/a2"], { alone: "train/a2" })).toBe(false)
  expect(waits("train/a1", ["draw/a2"], { alone: "train/a1" })).toBe(false)
  expect(waits("draw/a1", ["draw/a2"])).toBe(false)
  expect(waits("train/a1", ["draw/a2"], { seconds: { draw: 2, train: 3 } })).toBe(true)
  expect(waits("train/a1", ["draw/a2"], { seconds: { draw: 3, train: 2 } })).toBe(false)
})
