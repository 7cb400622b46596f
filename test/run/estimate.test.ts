/** How long a run still takes: by work, corrected by what has come true. */
import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { buildGraph } from "../../src/graph/graph.ts"
import type { Plan } from "../../src/graph/plan.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { makeEstimate } from "../../src/run/estimate.ts"
import type { RunEvent } from "../../src/run/events.ts"

/** Nodes that take what they are called, in seconds, one after another or beside each other. */
const step = defineStage({
  name: "step",
  description: "",
  parameters: Schema.Struct({ seconds: Schema.Finite, id: Schema.Int }),
  label: ({ seconds, id }) => `${id}=${seconds}`,
  outputs: { out: { extension: "txt", description: "" } },
  compute: () => new URL(import.meta.url),
  work: ({ seconds }) => seconds,
  pace: { seconds: 1, source: "here" }
})

function estimateOf(seconds: ReadonlyArray<number>, slots: number) {
  const graph = buildGraph(seconds.map((seconds, id) => step.node({ seconds, id })))
  const runs = graph.nodes.map(({ index }) => index)
  const plan: Plan = {
    graph,
    runs,
    selection: runs,
    decisions: [],
    wanted: new Set(),
    unmakable: new Set()
  }
  let now = 0
  const estimate = makeEstimate({ plan, paceOf: () => undefined, slots }, () => now)
  const tell = (type: "start" | "done" | "progress", id: number, more: object = {}) =>
    estimate.listen({ type, name: graph.nodes[id].name, ...more } as unknown as RunEvent)
  return {
    estimate,
    pass: (time: number) => void (now += time),
    start: (id: number) => tell("start", id),
    done: (id: number, seconds: number) => tell("done", id, { seconds }),
    progress: (id: number, done: number, total: number) => tell("progress", id, { done, total, unit: "epoch" })
  }
}

test("it is told from the beginning, by work and slots, and never less than the longest node takes", () => {
  expect(estimateOf([10, 10, 10, 10], 2).estimate.remaining()).toBe(20)
  expect(estimateOf([40, 1, 1], 4).estimate.remaining()).toBe(40)
  expect(estimateOf([10, 30], 1).estimate.share()).toBe(0)
})

test("the part that is done is one of work: a node says how far it is, and one of a hundred small ones is little", () => {
  const run = estimateOf([90, 1, 1, 1, 1, 1, 1, 1, 1, 2], 1)
  run.start(1)
  run.pass(1)
  run.done(1, 1)
  expect(run.estimate.share()).toBeCloseTo(0.01, 6)
  run.start(0)
  run.progress(0, 0, 9)
  run.pass(30)
  run.progress(0, 3, 9)
  expect(run.estimate.share()).toBeCloseTo(0.31, 6)
  expect(run.estimate.remaining()).toBeCloseTo(69, 0)
})

test("what takes twice as long as predicted makes the rest take twice as long; at the end nothing is left to tell", () => {
  const run = estimateOf([100, 100], 1)
  run.start(0)
  run.pass(200)
  run.done(0, 200)
  expect(run.estimate.remaining()).toBeGreaterThan(190)
  run.start(1)
  run.pass(200)
  run.done(1, 200)
  expect(run.estimate.remaining()).toBeUndefined()
  expect(run.estimate.share()).toBe(1)
})

test("a training that goes on from a checkpoint says nothing of the pace before it", () => {
  const run = estimateOf([100, 100], 1)
  run.start(0)
  run.progress(0, 90, 100)
  run.pass(10)
  run.done(0, 10)
  expect(run.estimate.remaining()).toBeGreaterThan(95)
})
