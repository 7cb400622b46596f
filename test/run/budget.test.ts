/** Budgets: what is let in, in which order, and when no more is. */
import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { buildGraph } from "../../src/graph/graph.ts"
import { makePlan } from "../../src/graph/plan.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { type Limit, makeBudget } from "../../src/run/budget.ts"
import { nothingKnown } from "../support/knowledge.ts"

const module = new URL("file:///none.ts")
const job = defineStage({
  name: "job",
  description: "",
  parameters: Schema.Struct({ id: Schema.String, work: Schema.Finite }),
  label: ({ id }) => id,
  outputs: { out: { extension: "txt", description: "" } },
  compute: () => module,
  work: ({ work }) => work
})
const knowledge = { ...nothingKnown, has: () => true }

/** Portions as lists of work; what the budget admits, by portion. A second of work takes a second. */
function budgetOf(portions: ReadonlyArray<ReadonlyArray<number>>, limit: Limit, known = true) {
  const nodes = portions.map((portion, p) => portion.map((work, i) => job.node({ id: `${p}.${i}`, work })))
  const graph = buildGraph(nodes.flat())
  const plan = makePlan(
    graph,
    graph.nodes.map(({ index }) => index),
    knowledge
  )
  let now = 0
  let pace = known ? { work: 1, seconds: 1 } : undefined
  const indices = nodes.map((portion) => portion.map((node) => graph.indexOf(node)!))
  const budget = makeBudget(
    { limit, portions: indices },
    plan,
    2,
    () => pace,
    () => now
  )
  const portionOf = (admitted: ReadonlyArray<number> | undefined) =>
    admitted === undefined ? undefined : indices.findIndex((portion) => portion.includes(admitted[0]))
  return {
    admit: () => portionOf(budget.admit()),
    run(portion: number, seconds = portions[portion].reduce((a, b) => a + b, 0)) {
      for (const index of indices[portion]) budget.start(index)
      now += seconds
      for (const [i, index] of indices[portion].entries()) budget.finish(index, portions[portion][i])
    },
    learn: () => (pace = { work: 1, seconds: 1 }),
    lose: (portion: number) => budget.lose(indices[portion][0]),
    left: budget.left,
    remaining: budget.remaining,
    pass: (seconds: number) => void (now += seconds)
  }
}

test("trials are counted, and a portion is let in whole or not at all", () => {
  const { admit, left } = budgetOf([[1, 1], [1, 1], [1]], { kind: "trials", count: 3 })
  expect([admit(), admit(), admit()]).toEqual([0, 2, undefined])
  expect(left()).toBe(1)
})

test("time is that of all slots; what does not fit any more is passed over for what does", () => {
  const budget = budgetOf(
    [
      [10, 10],
      [100, 100],
      [4, 4]
    ],
    { kind: "time", seconds: 20 }
  )
  expect(budget.admit()).toBe(0)
  expect(budget.admit()).toBe(2) // 20 + 8 seconds of work on two slots are 14 seconds
  expect(budget.admit()).toBeUndefined()
})

test("time that has gone by is gone, whatever was predicted", () => {
  const budget = budgetOf(
    [
      [4, 4],
      [4, 4],
      [4, 4]
    ],
    { kind: "time", seconds: 20 }
  )
  expect(budget.admit()).toBe(0)
  budget.run(0, 15)
  expect(budget.admit()).toBe(1)
  budget.run(1, 3)
  expect(budget.admit()).toBeUndefined()
})

test("core-hours count what was spent and what runs", () => {
  const budget = budgetOf(
    [
      [4, 4],
      [4, 4],
      [4, 4]
    ],
    { kind: "processor", seconds: 17 }
  )
  expect([budget.admit(), budget.admit(), budget.admit()]).toEqual([0, 1, undefined])
  budget.run(0)
  expect(budget.admit()).toBeUndefined()
})

test("where nothing is known of the cost, one portion is tried first", () => {
  const budget = budgetOf([[4], [4]], { kind: "time", seconds: 100 }, false)
  expect(budget.admit()).toBe(0)
  expect(budget.admit()).toBeUndefined()
  budget.run(0)
  budget.learn()
  expect(budget.admit()).toBe(1)
})

test("a portion that cannot run, because something that it needs failed, takes nothing of the budget", () => {
  const budget = budgetOf([[4], [4, 4], [4]], { kind: "trials", count: 2 })
  expect(budget.admit()).toBe(0)
  budget.lose(0)
  budget.lose(1)
  expect([budget.admit(), budget.admit(), budget.left()]).toEqual([2, undefined, 0])
})

test("says when it will be spent, by what it will let in", () => {
  const work = [[10, 10], [10, 10], [100], [4]]
  // 44 s of work on two slots: the third portion has no room in 60 s.
  const time = budgetOf(work, { kind: "time", seconds: 60 })
  expect(time.remaining()).toBe(22)
  expect(time.admit()).toBe(0)
  time.run(0, 12)
  expect(time.remaining()).toBe(12)
  time.pass(4)
  expect(time.remaining()).toBe(12)
  expect(budgetOf(work, { kind: "trials", count: 3 }).remaining()).toBe(60)
  expect(budgetOf(work, { kind: "processor", seconds: 30 }).remaining()).toBe(12)
  // Of what nothing is known, a time is at most what was given.
  expect(budgetOf(work, { kind: "time", seconds: 60 }, false).remaining()).toBe(60)
  expect(budgetOf(work, { kind: "trials", count: 3 }, false).remaining()).toBeUndefined()
})
