/** What would run: decided from keys and what is known of them, node by node. */
import { expect, test } from "vitest"
import { buildGraph } from "../../src/graph/graph.ts"
import { excludedFrom, type Knowledge, makePlan, type PlanOptions } from "../../src/graph/plan.ts"
import type { Trace } from "../../src/graph/trace.ts"
import { nothingKnown } from "../support/knowledge.ts"
import { double, draw, sum } from "./small.ts"

const graph = buildGraph([sum.node({ seeds: [0, 1], by: 2 })])
const all = [...graph.nodes.keys()]
const NAMES = ["draw/seed=0", "double/by=2,seed=0", "draw/seed=1", "double/by=2,seed=1", "sum/of=2"]
const indexOf = (name: string) => graph.byName.get(name)!.index
const indices = (names: ReadonlyArray<string> = []) => new Set(names.map(indexOf))

/** A made-up cache: keys are learned as plans tell them, and each node gives one digest, whatever its key. */
class Memory {
  readonly outputs = new Map<string, string>()
  /** Names of the nodes whose bytes are gone. */
  readonly gone = new Set<string>()
  code: Readonly<Record<string, string>> = {}

  knowledge(more: Partial<Knowledge> = {}): Knowledge {
    return {
      ...nothingKnown,
      code: ({ module }) => this.code[module.pathname] ?? "code",
      outputs: (key) => {
        const name = this.outputs.get(key)
        return name === undefined ? undefined : { number: { digest: `bytes of ${name}`, size: 1 } }
      },
      has: (digest) => !this.gone.has(digest.replace("bytes of ", "")),
      ...more
    }
  }

  plan(options: PlanOptions = {}, more: Partial<Knowledge> = {}) {
    return makePlan(graph, all, this.knowledge(more), options)
  }

  /** As if these had run, each after what it needs. */
  run(names: ReadonlyArray<string> = NAMES): this {
    for (const name of names) {
      const { key } = this.plan().decisions[indexOf(name)]!
      if (key === undefined) throw new Error(`${name} waits for another`)
      this.outputs.set(key, name)
    }
    return this
  }
}

const runsOf = ({ runs }: ReturnType<Memory["plan"]>) => runs.map((index) => graph.nodes[index].name)
const causes = ({ decisions, runs }: ReturnType<Memory["plan"]>) =>
  runs.map((index) => {
    const decision = decisions[index]!
    return decision.action === "run" ? decision.cause : "reuse"
  })

test("nothing is there: all runs, and only what needs nothing has a key yet", () => {
  const plan = new Memory().plan()
  expect(runsOf(plan).sort()).toEqual([...NAMES].sort())
  const keyed = graph.nodes.filter(({ index }) => plan.decisions[index]!.key !== undefined)
  expect(keyed.map(({ name }) => name).sort()).toEqual(["draw/seed=0", "draw/seed=1"])
  const waits = plan.decisions[indexOf("double/by=2,seed=0")]!
  expect(waits).toMatchObject({ action: "run", cause: "new" })
})

test("all is there: nothing runs; a part is there: the rest runs, in an order in which needs come first", () => {
  expect(runsOf(new Memory().run().plan())).toEqual([])
  const part = new Memory().run(["draw/seed=0", "double/by=2,seed=0"]).plan()
  expect(runsOf(part)).toEqual(["draw/seed=1", "double/by=2,seed=1", "sum/of=2"])
})

test("other code runs again what has it and leaves open what comes after; that may turn out to be there", () => {
  const memory = new Memory().run()
  memory.code = { "/draw.ts": "other" }
  const before = memory.plan()
  expect(runsOf(before).sort()).toEqual([...NAMES].sort())
  expect(before.decisions[indexOf("sum/of=2")]).toMatchObject({ key: undefined })
  // The draws come out as they were: with the same digests under new keys, all that follows has its old key.
  memory.run(["draw/seed=0", "draw/seed=1"])
  expect(runsOf(memory.plan())).toEqual([])
  memory.code = { "/draw.ts": "other", "/sum.ts": "other" }
  expect(runsOf(memory.plan())).toEqual(["sum/of=2"])
})

test("a node that failed under this key is tried again, and says so; under another key it is not held against it", () => {
  const memory = new Memory().run(["draw/seed=0"])
  const key = memory.plan().decisions[indexOf("double/by=2,seed=0")]!.key!
  const failed = (of: string) => ({
    failure: ({ name }: { readonly name: string }) =>
      name.startsWith("double") ? { key: of, message: "no" } : undefined
  })
  const decisionOf = (of: string) => memory.plan({}, failed(of)).decisions[indexOf("double/by=2,seed=0")]
  expect(decisionOf(key)).toMatchObject({ cause: "retry", reason: "it failed: no" })
  expect(decisionOf("another")).toMatchObject({ cause: "new" })
})

test("forced nodes run though they are there; what needs them is expected to stay as it is", () => {
  const plan = new Memory().run().plan({ forced: indices(["draw/seed=1"]) })
  expect([runsOf(plan), causes(plan)]).toEqual([["draw/seed=1"], ["forced"]])
  expect(plan.decisions[indexOf("draw/seed=1")]).toMatchObject({
    expected: { number: { digest: "bytes of draw/seed=1" } }
  })
})

test("an output that a stage has come to declare is lacking in its trace", () => {
  const memory = new Memory().run()
  const outputs: Knowledge["outputs"] = (key) =>
    memory.outputs.get(key) === "sum/of=2" ? {} : memory.knowledge().outputs(key)
  const plan = memory.plan({}, { outputs })
  expect([runsOf(plan), causes(plan)]).toEqual([["sum/of=2"], ["lost"]])
})

test("bytes that are gone cost nothing until somebody reads them; then what gave them runs, as far back as need be", () => {
  const memory = new Memory().run()
  for (const name of NAMES) memory.gone.add(name)
  expect(runsOf(memory.plan())).toEqual([])
  expect(runsOf(memory.plan({ wanted: indices(["sum/of=2"]) })).sort()).toEqual([...NAMES].sort())
  memory.gone.delete("double/by=2,seed=0")
  memory.gone.delete("double/by=2,seed=1")
  const forced = memory.plan({ forced: indices(["sum/of=2"]) })
  expect(runsOf(forced)).toEqual(["sum/of=2"])
  memory.gone.add("double/by=2,seed=1")
  const one = memory.plan({ forced: indices(["sum/of=2"]) })
  expect(runsOf(one)).toEqual(["draw/seed=1", "double/by=2,seed=1", "sum/of=2"])
  expect(one.decisions[indexOf("double/by=2,seed=1")]).toMatchObject({
    cause: "lost",
    reason: "its output 'number' is here by digest alone, and 'sum' reads it"
  })
})

test("excluded nodes do not run, nor what needs them, but what collects does with those that are there", () => {
  const memory = new Memory().run(["draw/seed=0", "double/by=2,seed=0"])
  const plan = memory.plan({ excluded: indices(["draw/seed=1"]) })
  expect(runsOf(plan)).toEqual(["sum/of=2"])
  expect(excludedFrom(plan)).toEqual({ count: 2, outdated: 0 })
  const whole = new Memory().run().plan({ excluded: indices(NAMES) })
  expect([runsOf(whole), excludedFrom(whole)]).toEqual([[], { count: 0, outdated: 0 }])
  // A report on the part is another one than that on the whole.
  const keyOfSum = (one: typeof plan) => one.decisions[indexOf("sum/of=2")]!.key
  expect(keyOfSum(plan)).not.toBe(keyOfSum(whole))
})

test("of what is held back, that which ran before is told of as outdated", () => {
  const memory = new Memory().run()
  memory.code = { "/draw.ts": "other" }
  const trace = (name: string) =>
    ({
      key: "k",
      name,
      stage: "draw",
      code: "code",
      parameters: "{}",
      inputs: {},
      sources: {},
      files: {},
      outputs: {}
    }) as unknown as Trace
  const traces: Knowledge["traces"] = ({ name }) => (name === "draw/seed=1" ? [trace(name)] : [])
  const plan = memory.plan({ excluded: indices(["draw/seed=0", "draw/seed=1"]) }, { traces })
  expect(excludedFrom(plan)).toEqual({ count: 4, outdated: 1 })
})

test("the same graph and knowledge give the same plan", () => {
  const memory = new Memory().run(["draw/seed=1"])
  expect(memory.plan()).toEqual(memory.plan())
  expect(buildGraph([double.node({ seed: 0, by: 2 }), draw.node({ seed: 0 })]).nodes.map(({ name }) => name)).toEqual([
    "draw/seed=0",
    "double/by=2,seed=0"
  ])
})
