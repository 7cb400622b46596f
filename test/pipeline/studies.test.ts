/** The studies `paper` and `depth` as they are declared: their grids, and what a budget takes first. */

import { expect, test } from "vitest"
import { cifar10 } from "../../pipeline/datasets/cifar10.ts"
import { digits } from "../../pipeline/datasets/digits.ts"
import { mnist } from "../../pipeline/datasets/mnist.ts"
import type { FirstOrderTrial, TrainParameters } from "../../pipeline/stages/schemas.ts"
import { networkOf, trainingOperations } from "../../pipeline/stages/trial.ts"
import { depth } from "../../pipeline/studies/depth.ts"
import { paper } from "../../pipeline/studies/paper.ts"
import { buildGraph } from "../../src/graph/graph.ts"
import type { Study } from "../../src/graph/study.ts"
import { overdetermination, parameterCount } from "../../src/network/network.ts"
import { intervals } from "../../src/report/evidence/intervals.ts"

const datasets = [digits, mnist, cifar10]
const portionsOf = (study: Study, overrides = {}) =>
  study.portions!(overrides).map((portion) => portion.map((node) => node.parameters as unknown as FirstOrderTrial))
const whole = <T extends TrainParameters>(portions: ReadonlyArray<ReadonlyArray<T>>) =>
  portions.filter(([trial]) => trial.dataset.examples === null)

test("the paper's grid: 6,912 configurations, 6,336 distinct trainings, as large as SCIENCE says", () => {
  const trials = whole(portionsOf(paper(datasets))).flat()
  expect(trials).toHaveLength(6336)
  expect(trials.length + trials.filter(({ layers }) => layers === 1).length).toBe(6912)
  for (const [name, least, most] of [
    ["mnist", 7870, 1_859_146],
    ["cifar10", 10_288, 1_939_082]
  ] as const) {
    const sizes = trials.filter(({ dataset }) => dataset.name === name).map((t) => parameterCount(networkOf(t)))
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([least, most])
  }
  expect(
    new Set(trials.map((t) => `${t.epochs} ${t.batch} ${t.optimizer.method} ${t.optimizer.learningRate}`))
  ).toEqual(new Set(["100 512 rmsprop 0.0001"]))
  expect(new Set(trials.map(({ dataset }) => dataset.validation))).toEqual(new Set(["test"]))
})

test("its report's node carries the grid, not the trials", () => {
  const [node] = paper(datasets).nodes()
  expect(node.encoded.length).toBeLessThan(10_000)
  const graph = buildGraph([node])
  expect(graph.nodes.filter(({ stage }) => stage.name === "evaluate").length).toBeGreaterThan(6336)
  expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(graph.nodes.length)
  expect(graph.byName.has("train/mnist/layers=16,depth=1,filters=1,seed=3")).toBe(true)
})

test("a budget takes pairs, the two series first, seeds in order, cheap before dear", () => {
  const portions = portionsOf(paper(datasets))
  for (const pair of portions) {
    const { layers } = pair[0]
    expect(pair.map((trial) => trial.depth)).toEqual(layers === 1 ? [1] : [layers, 1])
    expect(new Set(pair.map((t) => JSON.stringify({ ...t, depth: 0 }))).size).toBe(1)
  }
  const firsts = portions.map(([trial]) => trial)
  const isSeries = (t: TrainParameters) => t.kernel === 3 && t.activation === "relu" && t.dataset.examples === null
  const narrow = firsts.slice(0, 2 * 6 * 8)
  expect(narrow.every((t) => isSeries(t) && t.filters === 1)).toBe(true)
  expect(firsts.slice(96, 96 + 2 * 5 * 8).every((t) => isSeries(t) && t.layers === 16)).toBe(true)
  expect(narrow.map(({ seed }) => seed)).toEqual([...narrow.map(({ seed }) => seed)].sort((a, b) => a - b))
  const prices = narrow.filter(({ seed }) => seed === 0).map(trainingOperations)
  expect(prices[0]).toBeLessThan(prices[prices.length - 1])
})

test("the subsets of the training set fill the intervals of Q below 3 with small networks", () => {
  const subsets = portionsOf(paper(datasets))
    .flat()
    .filter(({ dataset }) => dataset.examples !== null)
  for (const name of ["mnist", "cifar10"]) {
    const ratios = subsets
      .filter(({ dataset }) => dataset.name === name)
      .map((t) => overdetermination(networkOf(t), t.dataset.examples!))
    for (const { low, high } of intervals.slice(0, 2)) expect(ratios.some((q) => low <= q && q < high)).toBe(true)
    expect(Math.max(...ratios)).toBeLessThan(3)
  }
})

test("depth takes every divisor of 16 together, and validates on a split", () => {
  const portions = portionsOf(depth(datasets), { datasets: "digits" })
  for (const portion of portions) expect(portion.map((trial) => trial.depth)).toEqual([16, 8, 4, 2, 1])
  expect(portions.flat().every(({ dataset }) => dataset.validation === 2000)).toBe(true)
})
