/** The studies `lesion`, `mechanisms` and `ablation` as they are declared, and their stages on small networks. */
import { expect, test } from "vitest"
import { digits } from "../../pipeline/datasets/digits.ts"
import { fashionMnist } from "../../pipeline/datasets/fashion-mnist.ts"
import build from "../../pipeline/stages/compute/build.ts"
import buildScaled from "../../pipeline/stages/compute/build-scaled.ts"
import lesionCompute from "../../pipeline/stages/compute/lesion.ts"
import mechanismCompute from "../../pipeline/stages/compute/mechanism.ts"
import { lesion as lesionStage } from "../../pipeline/stages/lesion.ts"
import { mechanism as mechanismStage } from "../../pipeline/stages/mechanism.ts"
import type { TrainParameters } from "../../pipeline/stages/schemas.ts"
import { networkOf, trainingExamples } from "../../pipeline/stages/trial.ts"
import { ablation } from "../../pipeline/studies/ablation.ts"
import { lesion } from "../../pipeline/studies/lesion.ts"
import { mechanisms } from "../../pipeline/studies/mechanisms.ts"
import { writeImageSets } from "../../src/data/examples.ts"
import { readSafetensors } from "../../src/data/safetensors.ts"
import { buildGraph } from "../../src/graph/graph.ts"
import type { Study } from "../../src/graph/study.ts"
import { overdetermination } from "../../src/network/network.ts"
import { readLesions } from "../../src/results/lesions.ts"
import { readMechanisms } from "../../src/results/mechanisms.ts"
import { writeWeights } from "../../src/results/weights.ts"
import { referenceScore } from "../engine/differences.ts"
import { randomExamples, randomParameters } from "../networks.ts"
import { f64 } from "../support/analysts.ts"
import { artifact } from "../support/artifact.ts"
import { call } from "../support/compute.ts"

const datasets = [digits, fashionMnist]
const count = (graph: ReturnType<typeof buildGraph>, stage: string) =>
  graph.nodes.filter((node) => node.stage.name === stage).length

/** Its graph; all of its portions are in it, and no two nodes have one name. */
function graphOf(study: Study, overrides = {}) {
  const graph = buildGraph(study.nodes(overrides))
  expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(graph.nodes.length)
  const named = buildGraph(study.portions!(overrides).flat()).nodes
  expect(named.filter(({ name }) => !graph.byName.has(name))).toEqual([])
  return graph
}

/** As declared, but for the number of seeds: graphs of all take seconds. */
const TWO = { seeds: "0,1" }

test("lesion: four shapes, both architectures, trained on at both depths", () => {
  const graph = graphOf(lesion(datasets), TWO)
  expect(count(graph, "lesion")).toBe(4 * 2 * 2)
  expect(count(graph, "train")).toBe(4 * 2 * 4)
  expect(graph.byName.has("train/digits/layers=16,depth=8,filters=2,from=16@30,seed=0")).toBe(true)
  const [portion] = lesion(datasets).portions!()
  expect(portion.map(({ stage }) => stage.name)).toEqual(["evaluate", "lesion", "evaluate", "lesion", "evaluate", "evaluate"]) // biome-ignore format: one line
})

test("lesion shares its trainings with mechanisms, which looks at them along the training", () => {
  const [one, other] = [graphOf(lesion(datasets), TWO), graphOf(mechanisms(datasets), TWO)]
  const trained = (graph: typeof one) =>
    graph.nodes.filter(({ stage }) => stage.name === "train").map(({ encoded }) => encoded)
  const common = trained(one).filter((encoded) => trained(other).includes(encoded))
  expect(common).toHaveLength(2 * 2 * 2)
  // Two activations, two architectures, with and without residual connections, two seeds, five moments; before training
  // alone five numbers of layers with five kinds of branch, of which three are there already at the trained one.
  expect(count(other, "mechanism")).toBe(2 * 2 * 2 * 2 * 5 + 2 * 2 * (5 * 5 - 3))
})

test("an odd number of layers has no halves, and is refused where it is typed", () => {
  expect(() => lesion(datasets).nodes({ shapes: '[{"layers":3,"filters":1,"activation":"relu"}]' })).toThrow(
    /expected an even number of layers, found 3/
  )
})

test("ablation: Q by images is Q by filters, one thing is changed at a time, digits come first", () => {
  const study = ablation(datasets)
  const graph = graphOf(study, TWO)
  expect(count(graph, "expand")).toBe(2 * 5 * 3 * 2 * 2)
  const trials = (study.nodes(TWO)[0].parameters as { trials: ReadonlyArray<{ part: string; level: string; trial: TrainParameters }> }).trials // biome-ignore format: one line
  const of = (part: string) => trials.filter((one) => one.part === part).map(({ trial }) => trial)
  const ratios = (part: string) =>
    [...new Set(of(part).map((trial) => overdetermination(networkOf(trial), trainingExamples(trial.dataset))))].sort(
      (a, b) => a - b
    )
  const [images, filters] = [ratios("subset"), ratios("width")]
  expect(images).toHaveLength(2)
  images.forEach((ratio, i) => expect(ratio / filters[i]).toBeCloseTo(1, 2))
  expect(of("depth").map(({ depth }) => depth).slice(0, 5)).toEqual([16, 8, 4, 2, 1]) // biome-ignore format: one line
  const firsts = study.portions!(TWO).map(([node]) => (node.parameters as unknown as TrainParameters).dataset.name)
  expect(firsts.indexOf("fashion-mnist")).toBeGreaterThan(firsts.lastIndexOf("digits"))
  expect(new Set(of("gain").filter(({ gain }) => gain !== undefined).map(({ gain }) => gain))).toEqual(new Set([0.1, 0.25, 2])) // biome-ignore format: one line
})

const shape = { count: 40, test: 0, channels: 1, height: 6, width: 5, classes: 3 }
const trial: TrainParameters = {
  dataset: { name: "small", shape, validation: 8, examples: null, splitSeed: 0 },
  ...{ layers: 4, depth: 4, filters: 2, kernel: 3, activation: "tanh", residual: true, seed: 0 },
  optimizer: { method: "rmsprop", learningRate: 1e-3, rho: 0.9, epsilon: 1e-7 },
  ...{ batch: 8, epochs: 1, engine: "wasm" }
}
const network = networkOf(trial)
const images = randomExamples(network, 6)

test("initial values with a gain are those without, but for the weights of the residual layers", async () => {
  const parameters = { ...{ dataset: trial.dataset, layers: 4, filters: 2, kernel: 3 as const, seed: 7 }, gain: 0.5 }
  const [plain, scaled] = await Promise.all([build, buildScaled].map((one) => call(one, parameters, undefined)))
  const [one, other] = [plain, scaled].map(({ weights }) => readSafetensors(weights, "weights").tensors)
  for (const [name, { data }] of Object.entries(one)) {
    const gain = /^layers.*weight$/.test(name) ? 0.5 : 1
    expect([...(other[name].data as Float32Array)], name).toEqual([...(data as Float32Array)].map((v) => gain * v))
  }
})

test("the stages lesion and mechanism give what their readers read", async () => {
  const weights = randomParameters(network, 2)
  const inputs = { weights: writeWeights(network, weights), validation: writeImageSets({ "": images }) }
  const how = { examples: 6, draws: 2, precision: "f64" } as const
  const { lesions } = await call(lesionCompute, { trial, ...how }, f64, inputs)
  const found = readLesions(artifact(lesions))
  expect(found.whole.loss).toBeCloseTo(referenceScore(network, weights, images).loss / 6, 12)
  const looking = { examples: 6, lines: 2, steps: 2, noise: [0.1], precision: "f64" } as const
  const given = {
    ...{ initial: writeWeights(network, randomParameters(network, 3)), weights: inputs.weights },
    train: inputs.validation
  }
  const parameters = { trial, ...looking }
  const { mechanisms } = await call(mechanismCompute, parameters, f64, given)
  expect(readMechanisms(artifact(mechanisms)).loss).toBeCloseTo(found.whole.loss, 12)
})

test("what cannot be taken apart is refused with the reason", () => {
  const how = { examples: 6, draws: 2, precision: "f64" } as const
  expect(() => lesionStage.node({ trial: { ...trial, layers: 1, depth: 1 }, ...how })).toThrow(/two layers at least/)
  const looking = { examples: 6, lines: 2, steps: 2, noise: [0.1], precision: "f64" } as const
  expect(() => mechanismStage.node({ trial: { ...trial, from: { depth: 4, epochs: 1 } }, ...looking })).toThrow(
    /distances are from initial values/
  )
})
