/** The studies `paper` and `depth` as they are declared: their grids, and what a budget takes first. */

import { expect, test } from "vitest"
import { cifar10 } from "../../pipeline/datasets/cifar10.ts"
import { digits } from "../../pipeline/datasets/digits.ts"
import { digitsHalved } from "../../pipeline/datasets/digits-halved.ts"
import { digitsQuartered } from "../../pipeline/datasets/digits-quartered.ts"
import { mnist } from "../../pipeline/datasets/mnist.ts"
import type { FirstOrderTrial, TrainParameters } from "../../pipeline/stages/schemas.ts"
import { networkOf, trainingOperations } from "../../pipeline/stages/trial.ts"
import { depth } from "../../pipeline/studies/depth.ts"
import { distil } from "../../pipeline/studies/distil.ts"
import { optimizers } from "../../pipeline/studies/optimizers.ts"
import { overfitting } from "../../pipeline/studies/overfitting.ts"
import { paper } from "../../pipeline/studies/paper.ts"
import { subset } from "../../pipeline/studies/subset.ts"
import { teacher } from "../../pipeline/studies/teacher.ts"
import { buildGraph } from "../../src/graph/graph.ts"
import type { Study } from "../../src/graph/study.ts"
import { overdetermination, parameterCount } from "../../src/network/network.ts"
import { intervals } from "../../src/report/evidence/intervals.ts"

const datasets = [digits, digitsHalved, digitsQuartered, mnist, cifar10]
const portionsOf = (study: Study, overrides = {}) =>
  study.portions!(overrides).map((portion) => portion.map((node) => node.parameters as unknown as FirstOrderTrial))
const whole = <T extends TrainParameters>(portions: ReadonlyArray<ReadonlyArray<T>>) =>
  portions.filter(([trial]) => trial.dataset.examples === null)

test("the paper's grid: 6,912 configurations, 6,336 distinct trainings, as large as docs/science.md says", () => {
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

/** How often each value of some property stands in a list. */
const counts = <T>(list: ReadonlyArray<T>, of: (one: T) => unknown) =>
  Object.fromEntries([...Map.groupBy(list, of)].map(([value, some]) => [String(value), some.length]))

test("optimizers: 480 trainings and two checks, each method from the same initial values on the same images", () => {
  const trials = portionsOf(optimizers(datasets)).flat()
  const isWay = ({ optimizer, batch, dataset }: (typeof trials)[number]) =>
    "precision" in optimizer ? optimizer.precision === "f32" : batch === dataset.examples
  const main = trials.filter((trial) => trial.dataset.name === "digits14" && !isWay(trial))
  expect(counts(main, ({ dataset, depth }) => `${dataset.examples} ${depth}`)).toEqual(
    Object.fromEntries([228, 2280].flatMap((size) => [16, 4, 1].map((depth) => [`${size} ${depth}`, 80])))
  )
  expect(counts(trials, ({ dataset }) => dataset.name)).toEqual({ digits14: 544, digits: 10, cifar10: 10 })
  // Other precisions and steps are tried in one slice.
  const ways = trials.filter(isWay)
  expect(counts(ways, ({ optimizer, depth }) => `${optimizer.method} ${depth}`)).toEqual(
    Object.fromEntries(
      ["cg", "lbfgs", "rmsprop", "adam"].flatMap((name) => [16, 1].map((depth) => [`${name} ${depth}`, 8]))
    )
  )
  expect(counts(ways, ({ dataset, activation }) => `${dataset.examples} ${activation}`)).toEqual({ "228 tanh": 64 })
  const searched = main.filter(({ search }) => search !== undefined)
  expect(counts(searched, ({ optimizer }) => optimizer.method)).toEqual({ rmsprop: 96, adam: 96 })
  // A rate is searched for once for each method, depth, activation and number of images, whatever the seed.
  const graph = buildGraph(optimizers(datasets).nodes())
  expect(graph.nodes.filter(({ stage }) => stage.name === "search")).toHaveLength(24 + 8 + 4)
})

test("teacher: every student has equal parameters, and a teacher of its own family that it does not start from", () => {
  const trials = portionsOf(teacher(datasets)).flat()
  expect(trials).toHaveLength(720)
  expect(new Set(trials.map((trial) => parameterCount(networkOf(trial)))).size).toBe(1)
  expect(overdetermination(networkOf(trials[0]), 256)).toBeGreaterThan(1)
  for (const { teacher: taught, seed, layers, scale, activation, loss, ...trial } of trials) {
    expect(taught).toMatchObject({ layers, activation, seed: 1000 + seed, epochs: 0, dataset: trial.dataset })
    expect(taught?.scale).toBe(scale)
    // Where zero is attainable at every depth one residual layer acts, whatever the teacher's depth.
    if (taught?.acting === undefined)
      expect([loss, scale, taught?.depth]).toEqual(["squared-error", undefined, taught?.depth])
    else expect(taught.acting).toBe(1)
  }
  expect(counts(trials, ({ teacher: taught }) => `${taught?.acting} ${taught?.depth}`)).toEqual({
    "1 16": 432,
    "undefined 16": 144,
    "undefined 1": 144
  })
  const graph = buildGraph(teacher(datasets).nodes())
  expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(graph.nodes.length)
  expect(graph.nodes.filter(({ stage }) => stage.name === "targets")).toHaveLength(8 * 10)
})

test("distil: students of equal parameters see the same images, whatever they aim at", () => {
  const trials = portionsOf(distil(datasets)).flat()
  expect(counts(trials, ({ loss }) => loss)).toEqual({ undefined: 192, "kl-divergence": 192, "squared-error": 192 })
  expect(new Set(trials.map((trial) => parameterCount(networkOf(trial)))).size).toBe(1)
  for (const { teacher: taught, loss, seed, activation } of trials) {
    if (loss === undefined) expect(taught).toBeUndefined()
    else expect(taught).toMatchObject({ depth: 16, seed: 1000 + seed, activation, dataset: { examples: null } })
  }
  const graph = buildGraph(distil(datasets).nodes())
  expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(graph.nodes.length)
  expect(graph.nodes.filter(({ stage }) => stage.name === "train")).toHaveLength(576 + 16)
})

test("subset: what begins with a tenth is a training on it, then the same training as from initial values", () => {
  const trials = portionsOf(subset(datasets)).flat()
  expect(counts(trials, ({ from, dataset }) => `${dataset.examples} ${from?.examples}`)).toEqual({
    "800 undefined": 96,
    "800 80": 96,
    "2400 undefined": 96,
    "2400 240": 96
  })
  const graph = buildGraph(subset(datasets).nodes())
  const inputsOf = (name: string) => {
    const node = graph.byName.get(name)
    const initial = node?.inputs.find((input) => input.name === "initial")?.sources[0].node ?? 0
    return { parameters: node?.parameters, initial: graph.nodes[initial].name }
  }
  const cg = (size: number) => `digits7/examples=${size}/layers=16,depth=16,filters=2,method=cg-f64`
  const whole = inputsOf(`train/${cg(800)},from=16@100of80,seed=0`)
  expect(whole).toMatchObject({ initial: `train/${cg(80)},seed=0`, parameters: { batch: 800, epochs: 200 } })
  expect(inputsOf(whole.initial).parameters).toMatchObject({ batch: 80, epochs: 100 })
  // Learning rates are searched for from initial values, for the tenth on the tenth.
  const searches = graph.nodes.filter(({ stage }) => stage.name === "search")
  expect(searches.every(({ parameters }) => !JSON.stringify(parameters).includes('"from"'))).toBe(true)
  expect(searches).toHaveLength(4 * 2 * 2)
})

test("overfitting: what goes on to the minimum and the searches for the capacity stand beside the trainings, as they are", () => {
  const study = overfitting(datasets)
  const stages = Map.groupBy(study.portions!().flat(), ({ stage }) => stage.name)
  expect(stages.get("capacity")).toHaveLength(36)
  const trials = (stages.get("evaluate") ?? []).map((node) => node.parameters as unknown as TrainParameters)
  const [plain, further] = [trials.filter(({ until }) => until === undefined), trials.filter((one) => one.until)]
  expect(plain).toHaveLength(4 * 4 * 8 * 3 + 2 * 2 * 8 * 4 * 2)
  expect(new Set(plain.map(({ epochs }) => epochs))).toEqual(new Set([100]))
  const key = ({ dataset, depth, seed }: TrainParameters) => JSON.stringify([dataset, depth, seed])
  const known = new Set(plain.map(key))
  expect(further.every((one) => known.has(key(one)) && one.epochs > 100)).toBe(true)
  expect(study.portions!({ capacitySeeds: "", minimumExamples: "" }).flat()).toHaveLength(plain.length)
})
