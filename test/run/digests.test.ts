/** Outputs that are known by their digests alone: what runs for their bytes, and what does not. */
import * as Schema from "effect/Schema"
import { describe, expect, test } from "vitest"
import { buildGraph } from "../../src/graph/graph.ts"
import { sha256 } from "../../src/graph/key.ts"
import { type Knowledge, makePlan, type PlanOptions } from "../../src/graph/plan.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { makeRunState } from "../../src/run/state.ts"

const Seed = Schema.Struct({ seed: Schema.Int })
const text = { extension: "txt", description: "a text" }
const code = (stage: string) => () => new URL(`file:///${stage}.ts`)
const label = ({ seed }: typeof Seed.Type) => `${seed}`

const data = defineStage({
  name: "data",
  description: "gets data",
  parameters: Seed,
  label,
  outputs: { data: text },
  compute: code("data")
})
const train = defineStage({
  name: "train",
  description: "trains",
  parameters: Seed,
  label,
  inputs: ({ seed }) => ({ data: data.node({ seed }).output("data") }),
  outputs: { weights: text, history: text },
  compute: code("train")
})
const score = defineStage({
  name: "score",
  description: "scores what was trained",
  parameters: Seed,
  label,
  inputs: ({ seed }) => ({ weights: train.node({ seed }).output("weights"), data: data.node({ seed }).output("data") }),
  outputs: { metrics: text },
  compute: code("score")
})
const report = defineStage({
  name: "report",
  description: "collects scores",
  parameters: Schema.Struct({ seeds: Schema.Array(Schema.Int) }),
  label: () => "all",
  inputs: ({ seeds }) => ({
    histories: seeds.map((seed) => train.node({ seed }).output("history")),
    metrics: seeds.map((seed) => score.node({ seed }).output("metrics"))
  }),
  outputs: "files",
  compute: code("report")
})

/** Bytes that a node gives: the same whenever it runs, unless its stage's version says otherwise. */
const digestOf = (name: string, output: string) => sha256(`${name}:${output}`)

const graph = buildGraph([report.node({ seeds: [0, 1] })])
const all = graph.nodes.map(({ index }) => index)
const outputsOf = (name: string) => {
  const node = graph.byName.get(name)!
  const names = node.stage.outputs === "files" ? ["index.md"] : Object.keys(node.stage.outputs)
  return Object.fromEntries(names.map((output) => [output, { digest: digestOf(name, output), size: 1 }]))
}

/** A cache that has run everything; what is `gone` of it is known by digest alone, and `edited` stages have new code. */
function made(gone: (output: string) => boolean, edited: ReadonlyArray<string> = []) {
  const traces = new Map<string, ReturnType<typeof outputsOf>>()
  const bytes = new Set<string>()
  const knowledge = (version: (stage: string) => string): Knowledge => ({
    code: ({ module }) => version(/(\w+)\.ts/.exec(module.pathname)![1]),
    files: () => ({}),
    outputs: (key) => traces.get(key),
    has: (digest) => bytes.has(digest),
    traces: () => [],
    failure: () => undefined,
    codeParts: () => undefined
  })
  const run = (known: Knowledge, options: PlanOptions = {}) => {
    const plan = makePlan(graph, all, known, options)
    const state = makeRunState(plan, known, options.forced ?? new Set(), new Float64Array(all.length))
    const ran: Array<string> = []
    const skipped = state.first.filter(({ type }) => type === "skipped").map(({ node }) => node.name)
    while (state.peek() !== undefined) {
      const { node, decision } = state.take()
      for (const digest of Object.values(decision.parts.inputs).flat())
        if (digest.length === 64) expect(bytes, `${node.name} reads what is here`).toContain(digest)
      ran.push(node.name)
      const outputs = outputsOf(node.name)
      traces.set(decision.key, outputs)
      for (const { digest } of Object.values(outputs)) bytes.add(digest)
      for (const outcome of state.settle(node.index, { state: "there", key: decision.key, outputs }))
        if (outcome.type === "skipped") skipped.push(outcome.node.name)
    }
    const planned = plan.runs.map((index) => graph.nodes[index].name)
    return { planned, ran, skipped, spared: state.spared().map(({ node }) => node.name), plan }
  }
  run(knowledge(() => "old"))
  for (const { name } of graph.nodes)
    for (const [output, { digest }] of Object.entries(outputsOf(name)))
      if (gone(`${name}:${output}`)) bytes.delete(digest)
  const present = knowledge((stage) => (edited.includes(stage) ? "new" : "old"))
  return { run: (options?: PlanOptions) => run(present, options), bytes }
}

const index = (name: string) => graph.byName.get(name)!.index
const named = (...names: ReadonlyArray<string>) => new Set(names.map(index))
const reasons = ({ plan }: { plan: ReturnType<typeof makePlan> }) =>
  Object.fromEntries(
    plan.runs.map((i) => {
      const decision = plan.decisions[i]
      return [graph.nodes[i].name, decision?.action === "run" ? decision.reason : ""]
    })
  )

describe("where only digests are here", () => {
  test("nothing runs, however much is absent", () => {
    expect(made(() => true).run()).toMatchObject({ planned: [], ran: [], spared: [] })
  })

  test("the report alone runs where it was asked for and what it reads is here", () => {
    const { run } = made((output) => /^data|weights|^report/.test(output))
    expect(run({ wanted: named("report/all") })).toMatchObject({ planned: ["report/all"], ran: ["report/all"] })
  })

  test("what runs has the bytes that it reads made again first, and no others", () => {
    const { run } = made((output) => /^data|weights|score\/1|^report/.test(output))
    const result = run({ wanted: named("report/all") })
    expect(result.ran).toEqual(["data/1", "train/1", "score/1", "report/all"])
    expect([...result.planned].sort()).toEqual([...result.ran].sort())
    expect(reasons(result)).toMatchObject({
      "data/1": "its output 'data' is here by digest alone, and 'score' reads it",
      "train/1": "its output 'weights' is here by digest alone, and 'score' reads it",
      "score/1": "its output 'metrics' is here by digest alone, and 'report' reads it",
      "report/all": "its output 'index.md' is here by digest alone, and it was asked for"
    })
  })

  test("an edit runs its own stage and what that reads; one output that is here does not help another that is not", () => {
    const { run } = made((output) => /^data|weights/.test(output), ["score"])
    const { ran, skipped } = run()
    expect([...ran].sort()).toEqual(["data/0", "data/1", "score/0", "score/1", "train/0", "train/1"])
    expect(skipped).toEqual([])
  })

  test("what might be read by something that then need not run is spared", () => {
    // The trainings run anew and give the same weights, so that no score has to.
    const { run } = made((output) => /^data\/0|^score\/0/.test(output), ["train"])
    const { ran, spared } = run()
    expect(ran.filter((name) => !name.startsWith("train/"))).toEqual(["data/0"])
    expect(spared).toEqual([])
  })

  test("named nodes are made again for their bytes, with what they read", () => {
    const { run, bytes } = made(() => true)
    const { ran } = run({ wanted: named("train/0") })
    expect(ran).toEqual(["data/0", "train/0"])
    expect(bytes).toContain(digestOf("train/0", "weights"))
  })

  test("what is left out is not made again: what reads it alone is left out too, a collection goes without", () => {
    const { run } = made((output) => /weights|score\/1|^report/.test(output), ["score"])
    const result = run({ wanted: named("report/all"), excluded: named("train/1") })
    // score/0 may have its weights made again, score/1 may not.
    expect(result.ran).toEqual(["train/0", "score/0", "report/all"])
    const decision = result.plan.decisions[index("score/1")]
    expect(decision).toMatchObject({ action: "run", excluded: true })

    const collected = made((output) => output.startsWith("score/1"), ["report"]).run({
      wanted: named("report/all"),
      excluded: named("score/1", "train/1", "data/1")
    })
    expect(collected.ran).toEqual(["report/all"])
  })
})
