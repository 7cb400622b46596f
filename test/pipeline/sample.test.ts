/** `--sample`: which configurations of a study's grid are drawn, what runs of them, what the report is told. */
import { expect, test } from "vitest"
import { cifar10 } from "../../pipeline/datasets/cifar10.ts"
import { mnist } from "../../pipeline/datasets/mnist.ts"
import { evaluate } from "../../pipeline/stages/evaluate.ts"
import { unitsOf } from "../../pipeline/stages/sample.ts"
import type { Grid, TrainParameters } from "../../pipeline/stages/schemas.ts"
import { paper } from "../../pipeline/studies/paper.ts"
import { buildGraph } from "../../src/graph/graph.ts"

const study = paper([mnist, cifar10])
const settings = { datasets: "mnist", layers: "1,2,4,8", filters: "1,2,4,8", kernels: "3,5", seeds: "0,1,2" }
const drawn = (sample: number, sampleSeed = 0, more = {}) =>
  study.draw({ ...settings, sample: String(sample), sampleSeed: String(sampleSeed), ...more })!
const names = (...of: Parameters<typeof drawn>) => drawn(...of).drawn.map(({ name }) => name)

test("drawn is a configuration with both architectures and all its seeds; a network of one layer is none", () => {
  // 3 numbers of layers, 4 of filters, 2 kernels, 2 activations.
  expect(drawn(20)).toMatchObject({ of: 48, expected: 20, seed: 0 })
  for (const { nodes, probability } of drawn(20).drawn) {
    const trials = nodes.map((node) => node.parameters as unknown as TrainParameters)
    const [{ layers }] = trials
    expect(layers).toBeGreaterThan(1)
    expect(trials.map(({ seed, depth }) => `${seed}/${depth}`)).toEqual(
      [0, 1, 2].flatMap((seed) => [`${seed}/${layers}`, `${seed}/1`])
    )
    expect(probability).toBeGreaterThan(0)
  }
})

test("a larger sample keeps what was drawn, another draw draws others, and nothing else changes a draw", () => {
  for (const [fewer, more] of [
    [6, 7],
    [7, 20],
    [20, 48]
  ])
    expect(names(more)).toEqual(expect.arrayContaining(names(fewer)))
  expect(names(48)).toHaveLength(48)
  expect(names(1000)).toHaveLength(48)
  expect(names(20, 1)).not.toEqual(names(20))
  expect(names(20, 0, { engine: "tfjs-cpu", epochs: "3", learningRate: "0.1" })).toEqual(names(20))
})

test("only what is drawn runs, and the report's node holds the number and the draw, not what came of it", () => {
  const overrides = { ...settings, sample: "20" }
  const [node] = study.nodes(overrides)
  expect(node.parameters).toMatchObject({ trials: { sample: { expected: 20, seed: 0 } } })
  const graph = buildGraph([node])
  const wanted = new Set(drawn(20).drawn.flatMap(({ nodes }) => nodes.map((one) => one.id)))
  const planned = graph.nodes.filter(({ stage }) => stage.name === "evaluate")
  expect(planned).toHaveLength(wanted.size)
  expect(new Set(study.portions!(overrides).flatMap((portion) => portion.map(({ id }) => id)))).toEqual(wanted)
  // The same trainings as those of the whole grid.
  const [whole] = study.nodes({ ...settings, subsetExamples: "" })
  const all = buildGraph([whole])
  expect(drawn(20).drawn.every(({ nodes }) => nodes.every((one) => all.indexOf(one) !== undefined))).toBe(true)
  expect(study.draw(settings)).toBeUndefined()
  expect(study.variant(overrides)).toContain("sample=20")
})

test("no probability is below a fiftieth of the largest; where nothing is drawn, that is said", () => {
  const [node] = study.nodes({ sample: "30" })
  const { grids } = (node.parameters as { trials: { grids: ReadonlyArray<Grid> } }).trials
  const units = unitsOf(grids, { expected: 30, seed: 0 })
  const all = units.map(({ probability }) => probability)
  expect(Math.min(...all) / Math.max(...all)).toBeGreaterThanOrEqual(1 / 50 - 1e-9)
  expect(all.reduce((a, b) => a + b, 0)).toBeCloseTo(30, 6)
  expect(new Set(units.map(({ name }) => name)).size).toBe(units.length)
  expect(units.flatMap(({ trials }) => trials).every((trial) => evaluate.node(trial).label.includes("seed="))).toBe(
    true
  )
  const empty = Array.from({ length: 40 }, (_, seed) => seed).find((seed) => {
    try {
      return names(1, seed).length === 0
    } catch {
      return true
    }
  })
  expect(() => study.nodes({ ...settings, sample: "1", sampleSeed: String(empty) })).toThrow(
    /study 'paper.*': sample = 1: none of its 48 configurations is drawn \(sampleSeed = \d+\); ask for more/
  )
  expect(() => study.nodes({ ...settings, sample: "0" })).toThrow("sample = 0: expected a value between 1 and 1000000")
})
