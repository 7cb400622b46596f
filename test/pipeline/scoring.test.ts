/** What trained networks are scored on besides training and validation set, and who reads the official test set. */
import { expect, test } from "vitest"
import { digits } from "../../pipeline/datasets/digits.ts"
import { mnist } from "../../pipeline/datasets/mnist.ts"
import pipeline from "../../pipeline/pipeline.ts"
import { trialAxes } from "../../pipeline/stages/axes.ts"
import corrupt from "../../pipeline/stages/compute/corrupt.ts"
import evaluate from "../../pipeline/stages/compute/evaluate.ts"
import evaluateFurther from "../../pipeline/stages/compute/evaluate-further.ts"
import preprocess from "../../pipeline/stages/compute/preprocess.ts"
import preprocessSteps from "../../pipeline/stages/compute/preprocess-steps.ts"
import testSet from "../../pipeline/stages/compute/test-set.ts"
import { evaluate as evaluateStage } from "../../pipeline/stages/evaluate.ts"
import type { DataSetParameters, FirstOrderTrial } from "../../pipeline/stages/schemas.ts"
import { prepared } from "../../pipeline/stages/steps.ts"
import { train } from "../../pipeline/stages/train.ts"
import { quick } from "../../pipeline/studies/quick.ts"
import { corruptPicture } from "../../src/data/corruptions/corrupted.ts"
import { type ImageSet, readImageSet, writeImageSets } from "../../src/data/examples.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { buildGraph, type Graph } from "../../src/graph/graph.ts"
import { initialValues } from "../../src/network/initial.ts"
import { random } from "../../src/network/philox.ts"
import { readMetrics } from "../../src/results/metrics.ts"
import { writeWeights } from "../../src/results/weights.ts"
import { artifact } from "../support/artifact.ts"
import { call } from "../support/compute.ts"

const dataset: DataSetParameters = {
  ...mnist.parameters,
  shape: { count: 40, test: 12, channels: 1, height: 8, width: 8, classes: 3 },
  validation: 10
}
const pictures = (count: number, seed: number): ImageSet => {
  const { word } = random(seed, "test/pictures")
  const images = Uint8Array.from({ length: count * 64 }, () => word() % 256)
  return {
    ...{ channels: 1, height: 8, width: 8, classes: 3, count },
    images,
    labels: Uint8Array.from({ length: count }, (_, i) => i % 3)
  }
}
const fetched = (testSeed: number) => ({
  dataset: writeImageSets({ train: pictures(40, 1), test: pictures(12, testSeed) })
})
const trial: FirstOrderTrial = {
  dataset,
  ...{ layers: 2, depth: 1, filters: 2, kernel: 3, activation: "relu", residual: true, seed: 4 },
  optimizer: { method: "sgd", learningRate: 0.1, momentum: 0 },
  ...{ batch: 8, epochs: 1, engine: "wasm" }
}
const further = { test: true, corrupt: { kinds: ["gaussian-noise", "rotate"], severities: [1, 5] } } as const

const readersOf = ({ nodes, dependents }: Graph, stage: string) =>
  new Set(
    nodes.flatMap((node, i) => (node.stage.name === stage ? dependents[i].map((one) => nodes[one].stage.name) : []))
  )

test("the official test set is read by the stage that scores, and what corrupts its images, alone", async () => {
  const graph = buildGraph([evaluateStage.node({ ...trial, dataset: mnist.parameters, ...further })])
  expect(readersOf(graph, "fetch")).toEqual(new Set(["preprocess", "test-set"]))
  expect(readersOf(graph, "test-set")).toEqual(new Set(["corrupt", "evaluate"]))
  expect(readersOf(graph, "corrupt")).toEqual(new Set(["evaluate"]))
  // Whatever the test set is, training and validation set are the same bytes, with steps and without.
  for (const [compute, given] of [
    [preprocess, dataset],
    [preprocessSteps, prepared(dataset, { size: 5, labelNoise: 0.3, examples: 20 })]
  ] as const)
    expect(await call(compute, { dataset: given }, undefined, fetched(2))).toEqual(
      await call(compute, { dataset: given }, undefined, fetched(3))
    )
})

test("it validates in the studies that say so, and in no other; nobody else reads it unasked", () => {
  for (const study of pipeline.studies) {
    const { nodes } = buildGraph(study.nodes())
    const validated = new Set<unknown>()
    for (const { stage, parameters } of nodes) {
      if (stage.name === "preprocess") validated.add((parameters.dataset as DataSetParameters).validation === "test")
    }
    const isPaper = study.name.endsWith("paper")
    expect([study.name, validated.has(true), isPaper && validated.has(false)]).toEqual([study.name, isPaper, false])
    expect(nodes.some(({ stage }) => stage.name === "test-set")).toBe(false)
  }
})

test("what is scored besides needs no other training, and no other corrupted images for noise or a part", () => {
  expect(train.node({ ...trial, ...further }).encoded).toBe(train.node(trial).encoded)
  const keyOf = (one: FirstOrderTrial) => evaluateStage.node(one).encoded
  expect(keyOf({ ...trial, ...further })).not.toBe(keyOf(trial))
  const searched = { ...trial, search: { factors: [1, 3], epochs: 1, seed: 0 } } as const
  const namesOf = (one: FirstOrderTrial, stage: string) =>
    buildGraph([
      evaluateStage.node({
        ...one,
        dataset: { ...one.dataset, ...mnist.parameters, ...(one.dataset.labelNoise && { labelNoise: 0.2 }) }
      })
    ])
      .nodes.filter((node) => node.stage.name === stage)
      .map(({ name, encoded }) => `${name} ${encoded}`)
  expect(namesOf({ ...searched, ...further }, "search")).toEqual(namesOf(searched, "search"))
  expect(namesOf({ ...trial, ...further, dataset: prepared(dataset, { labelNoise: 0.2 }) }, "corrupt")).toEqual(
    namesOf({ ...trial, ...further }, "corrupt")
  )
  expect(namesOf({ ...trial, ...further }, "corrupt").map((name) => name.split(" ")[0])).toContain(
    "corrupt/mnist/test,rotate,severity=5"
  )
  expect(trialAxes({ ...trial, ...further })).toMatchObject({ test: true, corrupt: "gaussian-noise,rotate@1,5" })
})

test("scores are those that any images would have", async () => {
  const network = {
    ...dataset.shape,
    layers: 2,
    depth: 1,
    filters: 2,
    kernel: 3,
    activation: "relu",
    residual: true
  } as const
  const { train, validation } = await call(preprocess, { dataset }, undefined, fetched(2))
  const { images: official } = await call(testSet, { dataset }, undefined, fetched(2))
  expect(readImageSet(official, "")).toEqual(pictures(12, 2))
  const sets: Record<string, Uint8Array> = { test: official }
  for (const kind of further.corrupt.kinds)
    for (const severity of further.corrupt.severities) {
      const parameters = { dataset, images: "test", kind, severity } as const
      sets[`${kind}-${severity}`] = (await call(corrupt, parameters, undefined, { images: official })).images
    }
  const { images, ...rest } = pictures(12, 2)
  const turned = Array.from({ length: 12 }, (_, i) =>
    corruptPicture({ ...rest, bytes: images.subarray(64 * i, 64 * (i + 1)) }, "rotate", 5)
  )
  expect(readImageSet(sets["rotate-5"], "")).toEqual({ ...rest, images: Uint8Array.from(Buffer.concat(turned)) })
  const line = '{"epoch":0,"loss":null,"accuracy":null,"gradientNorm":null,"validationLoss":1,"validationAccuracy":0}\n'
  const common = {
    weights: writeWeights(network, initialValues(network, 4)),
    history: new TextEncoder().encode(line),
    train
  }
  const scored = async (images: Uint8Array) =>
    readMetrics(artifact((await call(evaluate, trial, wasm, { ...common, validation: images })).metrics))
  const metrics = readMetrics(
    artifact((await call(evaluateFurther, { ...trial, ...further }, wasm, { ...common, validation, ...sets })).metrics)
  )
  const { test, corrupted: onCorrupted, meanCorruptionError, memorization, ...usual } = metrics
  expect(usual).toEqual(await scored(validation))
  expect(memorization).toBeUndefined()
  expect(test).toEqual((await scored(official)).validation)
  const errors: Array<number> = []
  for (const kind of further.corrupt.kinds)
    for (const severity of further.corrupt.severities) {
      const expected = (await scored(sets[`${kind}-${severity}`])).validation
      expect(onCorrupted?.[kind]?.[severity]).toEqual(expected)
      errors.push(1 - expected.accuracy)
    }
  expect(meanCorruptionError).toBeCloseTo(errors.reduce((a, b) => a + b, 0) / 4, 12)
})

test.for([
  [
    { test: true, dataset: { ...mnist.parameters, validation: "test" } },
    "test = true: the official test set validates here: it is scored anyway"
  ],
  [{ test: true, dataset: digits.parameters }, "test = true: the data set 'digits' has no official test set"],
  [
    { corrupt: { kinds: ["jpeg", "saturate"], severities: [1] } },
    `corrupt.kinds.1 = "saturate": expected images of 3 channels, and those of 'mnist' have 1`
  ],
  [{ corrupt: { kinds: ["jpeg", "jpeg"], severities: [1] } }, "jpeg stands in it twice, and would count twice"],
  [{ corrupt: { kinds: ["jpeg"], severities: [6] } }, "corrupt.severities.0 = 6: expected one of 1, 2, 3, 4, 5"],
  [{ corrupt: { kinds: ["fog"], severities: [1] } }, "expected one of gaussian-noise, shot-noise, "],
  [{ corrupt: { kinds: [], severities: [1] } }, "corrupt.kinds = []: expected at least one value"]
] as const)("or refused when it is planned: %j", ([wrong, message]) => {
  expect(() => evaluateStage.node({ ...trial, ...wrong } as unknown as FirstOrderTrial)).toThrow(message)
})

test("what many trials say wrongly is said once, of the setting where it was typed, and briefly", () => {
  const said = (overrides: Record<string, string>) => {
    try {
      pipeline.studies.find(({ name }) => name === "quick")?.nodes(overrides)
    } catch (error) {
      return (error as Error).message
    }
    return "it was taken"
  }
  expect(said({ corruptions: "saturate" })).toBe(
    `stage 'report': trials.0.trial.corrupt.kinds.0 = "saturate": expected images of 3 channels, and those of 'digits' have 1 (and so in 103 more places)`
  )
  expect(said({ layers: "6", filterLayers: "6", engine: "wasm", seeds: "0", batch: "8000" })).toBe("it was taken")
  const graph = buildGraph(quick([digits]).nodes({ corruptions: "contrast", severities: "2,4" }))
  expect(graph.nodes.filter(({ stage }) => stage.name === "corrupt").map(({ name }) => name)).toEqual([
    "corrupt/digits/validation,contrast,severity=2",
    "corrupt/digits/validation,contrast,severity=4"
  ])
})
