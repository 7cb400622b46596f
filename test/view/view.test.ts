/** What `plan`, `status`, `why` and `show` say, as values: no terminal, no cache on disk. */
import * as Schema from "effect/Schema"
import { describe, expect, test } from "vitest"
import { buildGraph } from "../../src/graph/graph.ts"
import type { Selection } from "../../src/graph/pipeline.ts"
import { type Knowledge, makePlan } from "../../src/graph/plan.ts"
import { defineStage } from "../../src/graph/stage.ts"
import type { Trace } from "../../src/graph/trace.ts"
import { drawsOf } from "../../src/view/draws.ts"
import { causesOf, groupsOf, type PlannedNode, planView } from "../../src/view/plan.ts"
import type { Planned } from "../../src/view/planned.ts"
import { showView } from "../../src/view/show.ts"
import { statusView } from "../../src/view/status.ts"
import { whyView } from "../../src/view/why.ts"
import { nothingKnown } from "../support/knowledge.ts"

const draw = defineStage({
  name: "draw",
  description: "draws",
  parameters: Schema.Struct({ seed: Schema.Int }),
  label: ({ seed }) => `seed=${seed}`,
  axes: ({ seed }) => ({ seed, size: seed < 2 ? 1 : 2 }),
  outputs: { values: { extension: "json", description: "values" } },
  compute: () => new URL("file:///draw.ts"),
  work: ({ seed }) => 1 + seed,
  price: ({ seed }) => 100 * (1 + seed)
})
const total = defineStage({
  name: "total",
  description: "adds up",
  parameters: Schema.Struct({ seed: Schema.Int }),
  label: ({ seed }) => `seed=${seed}`,
  inputs: ({ seed }) => ({ values: draw.node({ seed }).output("values") }),
  outputs: { sum: { extension: "json", description: "sum" } },
  compute: () => new URL("file:///total.ts")
})

const bare: Knowledge = { ...nothingKnown, has: () => true }
const seeds = [0, 1, 2]
const graph = buildGraph(seeds.map((seed) => total.node({ seed })))
const all = [...graph.nodes.keys()]
const indexOf = (name: string) => graph.byName.get(name)!.index
const digest = "d".repeat(64)

interface Standing {
  /** Names of the nodes whose outputs are known. */
  readonly done?: ReadonlyArray<string>
  readonly knowledge?: Partial<Knowledge>
  readonly excluded?: ReadonlyArray<string>
}

function planned({ done = [], knowledge = {}, excluded = [] }: Standing = {}): Planned {
  const known: Knowledge = { ...bare, ...knowledge }
  const excludedNodes = new Set(excluded.map(indexOf))
  // A key is known only where the inputs are, so nodes are settled in order, one plan a node.
  const keys = new Map<string, string>()
  const complete: Knowledge = {
    ...known,
    outputs: (key) => {
      const name = keys.get(key)
      return name === undefined ? undefined : { [name.startsWith("draw") ? "values" : "sum"]: { digest, size: 1 } }
    }
  }
  const make = () => makePlan(graph, all, complete, { excluded: excludedNodes, wanted: new Set(all) })
  for (const node of graph.nodes) {
    const key = make().decisions[node.index]?.key
    if (done.includes(node.name) && key !== undefined) keys.set(key, node.name)
  }
  const selection: Selection = {
    graph,
    named: new Set(all),
    wanted: new Set(all),
    all,
    studies: [],
    concerned: () => [],
    portions: () => [[indexOf("draw/seed=1")], [indexOf("draw/seed=2")]],
    ordered: () => [],
    borrowed: () => new Set(),
    designs: () => [],
    draws: () => [
      {
        ...{ of: 5, expected: 2, seed: 7 },
        drawn: [
          { name: "small", probability: 0.9, nodes: [0, 1].map((seed) => total.node({ seed })) },
          { name: "large", probability: 0.1, nodes: [1, 2].map((seed) => total.node({ seed })) }
        ]
      }
    ]
  }
  return { selection, knowledge: complete, plan: make(), excluded: excludedNodes }
}

const trace = (name: string, key: string): Trace => ({
  key,
  name,
  stage: name.split("/")[0],
  code: "c".repeat(64),
  parameters: '{"seed":0}',
  inputs: {},
  sources: {},
  files: {},
  numericClass: null,
  outputs: { values: { digest, size: 1 } },
  circumstances: {
    finished: "2026-01-01T00:00:00Z",
    seconds: 1,
    host: "host",
    cpu: "cpu",
    platform: "linux-x64",
    node: "24.0.0",
    packages: {},
    work: 1
  }
})

/** The totals have run before, of what was drawn then. */
const added: Partial<Knowledge> = {
  traces: ({ name, encoded }) =>
    name.startsWith("total") ? [{ ...trace(name, "earlier"), code: "code", parameters: encoded }] : []
}

describe("the plan as a value", () => {
  test("says of every node that would run why, and what it is predicted to take", async () => {
    const view = await planView(planned({ done: ["draw/seed=0", "total/seed=0"], knowledge: added }), (name) =>
      name === "draw" ? { work: 1, seconds: 10 } : undefined
    )
    expect(view.nodes.map(({ name, cause, seconds }) => [name, cause, seconds])).toEqual([
      ["draw/seed=1", "new", 20],
      ["total/seed=1", "input", null],
      ["draw/seed=2", "new", 30],
      ["total/seed=2", "input", null]
    ])
    expect(view).toMatchObject({ reused: 2, absent: 0, leftOut: { count: 0, outdated: 0, by: [] } })
  })

  test("lists what is drawn of a grid, each with what is left to run of it and no one before it needs", () => {
    const [{ drawn, ...draw }] = drawsOf(planned({ done: ["draw/seed=0", "total/seed=0"] }), (name) => ({
      ...{ work: 1 },
      seconds: name === "draw" ? 10 : 1
    }))
    expect(draw).toEqual({ of: 5, expected: 2, seed: 7 })
    expect(drawn).toEqual([
      { configuration: "small", probability: 0.9, trials: 2, missing: 1, seconds: 20 + 1 },
      { configuration: "large", probability: 0.1, trials: 2, missing: 2, seconds: 30 + 1 }
    ])
    // What some of its nodes take is not known yet (a download): the others are priced.
    const part = drawsOf(planned(), (name) => (name === "draw" ? { work: 1, seconds: 10 } : undefined))
    expect(part[0].drawn.map(({ seconds }) => seconds)).toEqual([10 + 20, 30])
    expect(drawsOf(planned(), () => undefined)[0].drawn.map(({ seconds }) => seconds)).toEqual([null, null])
  })

  test("prices the trials that are not done, by what they differ in", async () => {
    const { cost } = await planView(planned({ done: ["draw/seed=1"] }), () => ({ work: 1, seconds: 10 }))
    expect(cost).toMatchObject({ trials: 2, done: 1, seconds: 30, price: 300 })
    const both = await planView(planned(), () => ({ work: 1, seconds: 10 }))
    expect(both.cost!.rows).toEqual([
      { axis: "size", value: 1, trials: 1, seconds: 20 },
      { axis: "size", value: 2, trials: 1, seconds: 30 }
    ])
  })

  test("counts what a condition leaves out", async () => {
    const view = await planView(planned({ excluded: ["draw/seed=2", "total/seed=2"] }), () => undefined)
    expect(view.leftOut).toEqual({ count: 2, outdated: 0, by: ["condition"] })
    expect(view.nodes).toHaveLength(4)
    expect(view.reused).toBe(0)
  })

  test("puts nodes of one stage and reason together, whichever input they wait for", async () => {
    const { nodes } = await planView(planned({ knowledge: added }), () => undefined)
    expect(groupsOf(nodes).map(({ stage, reason, names }) => [stage, reason, names.length])).toEqual([
      ["draw", "it never ran", 3],
      ["total", "its inputs run first", 3]
    ])
  })

  test("sums by cause what is predicted, and counts what is not", () => {
    const node = (cause: PlannedNode["cause"], seconds: number | null): PlannedNode => ({
      ...{ name: "n", stage: "s", reason: "r" },
      cause,
      seconds
    })
    expect(causesOf([node("new", 1), node("code", 5), node("new", null), node("new", 2)])).toEqual([
      { cause: "new", count: 3, seconds: 3, unknown: 1 },
      { cause: "code", count: 1, seconds: 5, unknown: 0 }
    ])
  })
})

describe("the status as a value", () => {
  test("tells done, failed, stale and missing apart, and counts them by stage", () => {
    const { nodes, stages, toRun } = statusView(
      planned({
        done: ["draw/seed=0", "total/seed=0"],
        knowledge: {
          failure: ({ name }) => (name === "draw/seed=1" ? { key: "other", message: "no ink" } : undefined),
          traces: ({ name }) => (name === "draw/seed=2" ? [{ ...trace(name, "k"), parameters: '{"seed":9}' }] : [])
        }
      })
    )
    expect(nodes.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "draw/seed=0 done",
      "total/seed=0 done",
      "draw/seed=1 failed",
      "total/seed=1 missing",
      "draw/seed=2 stale",
      "total/seed=2 missing"
    ])
    expect(nodes[2].failure).toBe("no ink")
    expect(stages).toEqual([
      { stage: "draw", done: 1, running: 0, stale: 1, missing: 0, failed: 1, absent: 0 },
      { stage: "total", done: 1, running: 0, stale: 0, missing: 2, failed: 0, absent: 0 }
    ])
    expect(toRun).toBe(4)
  })

  test("names outputs that are here by digest alone, and passes over what a condition leaves out", () => {
    const { nodes, stages } = statusView(
      planned({
        done: ["draw/seed=0", "total/seed=0"],
        excluded: ["draw/seed=1", "total/seed=1", "draw/seed=2", "total/seed=2"],
        knowledge: { has: () => false }
      })
    )
    expect(nodes.map(({ name, absent }) => [name, absent])).toEqual([
      ["draw/seed=0", ["values"]],
      ["total/seed=0", ["sum"]]
    ])
    expect(stages.map(({ stage, absent }) => [stage, absent])).toEqual([
      ["draw", 1],
      ["total", 1]
    ])
  })
})

describe("one node as a value", () => {
  const traces = {
    get: (key: string) => trace("draw/seed=0", key),
    ofNode: () => [trace("draw/seed=0", "earlier")],
    origin: () => undefined,
    observations: () => [{ values: { digest: "e".repeat(64), size: 2 } }]
  }
  const cache = { traces, codeParts: () => ({ "draw.ts": "x" }), logs: "/logs" }

  test("why it would run, and for which inputs it waits", () => {
    expect(whyView(graph.byName.get("total/seed=1")!, planned({ knowledge: added }), traces)).toMatchObject({
      action: "run",
      key: null,
      cause: "input",
      waits: [{ name: "draw/seed=1", cause: "new", reason: "it never ran" }]
    })
  })

  test("of when its result is, where it would not run", () => {
    const view = whyView(graph.byName.get("draw/seed=0")!, planned({ done: ["draw/seed=0"] }), traces)
    expect(view).toMatchObject({ action: "reuse", trace: { circumstances: { finished: "2026-01-01T00:00:00Z" } } })
  })

  test("what its result was made of, whether it is still true, and what came otherwise", () => {
    const node = graph.byName.get("draw/seed=0")!
    const view = showView(node, planned({ done: ["draw/seed=0"] }), cache)
    expect(view).toMatchObject({ node: "draw/seed=0", current: true, absent: [], codeParts: { "draw.ts": "x" } })
    expect(view!.log).toBe("/logs/draw/seed=0.log")
    expect(view!.observations).toHaveLength(1)
    expect(showView(node, planned(), cache)).toMatchObject({ current: false, trace: { key: "earlier" } })
    expect(showView(node, planned(), { ...cache, traces: { ...traces, ofNode: () => [] } })).toBeUndefined()
  })
})
