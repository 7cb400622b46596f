/** Declared steps of `preprocess`: how a study says them, what becomes of images and labels, and what stays as it was. */
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { cifar10 } from "../../pipeline/datasets/cifar10.ts"
import { officially } from "../../pipeline/datasets/dataset.ts"
import { digits } from "../../pipeline/datasets/digits.ts"
import { trialAxes } from "../../pipeline/stages/axes.ts"
import evaluate from "../../pipeline/stages/compute/evaluate.ts"
import evaluateFurther from "../../pipeline/stages/compute/evaluate-further.ts"
import preprocessAsItIs from "../../pipeline/stages/compute/preprocess.ts"
import preprocessSteps from "../../pipeline/stages/compute/preprocess-steps.ts"
import { evaluate as evaluateStage } from "../../pipeline/stages/evaluate.ts"
import { preprocess } from "../../pipeline/stages/preprocess.ts"
import type { DataSetParameters, FirstOrderTrial } from "../../pipeline/stages/schemas.ts"
import { prepared, type Wanted } from "../../pipeline/stages/steps.ts"
import { depth } from "../../pipeline/studies/depth.ts"
import { expansion } from "../../pipeline/studies/expansion.ts"
import { quick } from "../../pipeline/studies/quick.ts"
import { type ImageSet, readImageSet, writeImageSets } from "../../src/data/examples.ts"
import { resize } from "../../src/data/files/resize.ts"
import { trueLabelsOf } from "../../src/data/label-noise.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import type { Compute, Output, Outputs } from "../../src/graph/compute.ts"
import { buildGraph } from "../../src/graph/graph.ts"
import { initialValues } from "../../src/network/initial.ts"
import { writeHistory } from "../../src/results/history.ts"
import { readMetrics } from "../../src/results/metrics.ts"
import { writeWeights } from "../../src/results/weights.ts"
import { artifact } from "../support/artifact.ts"
import { call } from "../support/compute.ts"

const { parameters: usual } = digits
const dataset: DataSetParameters = {
  name: "blots",
  shape: { count: 60, test: 20, channels: 3, height: 6, width: 8, classes: 4 },
  validation: 20,
  examples: null,
  splitSeed: 3
}
/** Every image is its own; labels go round. */
const blots = (count: number, first: number): ImageSet => ({
  ...{ channels: 3, height: 6, width: 8, classes: 4, count },
  images: Uint8Array.from({ length: count * 144 }, (_, i) => (first + Math.floor(i / 144) * 7 + (i % 144) * 5) % 256),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 4)
})
const file = writeImageSets({ train: blots(60, 0), test: blots(20, 100) })
const parts = async (
  compute: Compute<{ readonly dataset: DataSetParameters }, unknown, Output>,
  dataset: DataSetParameters
) => {
  const { train, validation } = await call(compute, { dataset }, undefined, { dataset: file })
  return { train, validation, sets: { train: readImageSet(train, ""), validation: readImageSet(validation, "") } }
}

describe("steps are said", () => {
  test("by what is wanted; what would change nothing is left out", () => {
    expect(prepared(usual, {})).toEqual(usual)
    const nothing = { grey: true, size: 28, labelNoise: 0, labelNoiseKind: "pair-flip", examples: 8000 } as const
    expect(prepared(usual, nothing)).toEqual(usual)
    expect(prepared(usual, { grey: false, size: null, labelNoise: 0, labelNoiseKind: "symmetric" })).toEqual(usual)
    expect(preprocess.node({ dataset: prepared(usual, nothing) }).encoded).toBe(
      preprocess.node({ dataset: usual }).encoded
    )
    const all = prepared(cifar10.parameters, {
      grey: true,
      size: { height: 7, width: 9 },
      labelNoise: 0.2,
      examples: 50
    })
    expect(all).toMatchObject({
      ...{ grey: true, size: { height: 7, width: 9 }, labelNoise: 0.2, examples: 50 },
      shape: { channels: 1, height: 7, width: 9, count: 50_000 }
    })
    expect(prepared(prepared(usual, { labelNoise: 0.4, labelNoiseKind: "pair-flip" }), { size: 7 })).toEqual(
      prepared(usual, { labelNoise: 0.4, labelNoiseKind: "pair-flip", size: { height: 7, width: 7 } })
    )
    expect(prepared(prepared(usual, { labelNoise: 0.4 }), { labelNoise: 0 })).toEqual(usual)
  })

  test("in names and on axes, also where none is taken", () => {
    const nameOf = (wanted: Wanted) => preprocess.node({ dataset: prepared(usual, wanted) }).label
    expect(nameOf({})).toBe("digits")
    expect(nameOf({ size: 7, labelNoise: 0.2, labelNoiseKind: "pair-flip", examples: 100 })).toBe(
      "digits/examples=100,size=7,labelNoise=0.2,labelNoiseKind=pair-flip"
    )
    expect(nameOf({ size: { height: 7, width: 9 } })).toBe("digits/size=7x9")
    const network = { layers: 1, filters: 1, kernel: 3, seed: 0 } as const
    const axesOf = (wanted: Wanted) => trialAxes({ dataset: prepared(usual, wanted), ...network })
    expect(axesOf({})).toMatchObject({ size: 28, grey: false, labelNoise: 0 })
    expect(axesOf({})).not.toHaveProperty("labelNoiseKind")
    expect(axesOf({ size: 7, labelNoise: 0.2 })).toMatchObject({
      size: 7,
      labelNoise: 0.2,
      labelNoiseKind: "symmetric"
    })
    expect(axesOf({ size: { height: 7, width: 9 } })).toMatchObject({ size: "7x9" })
  })

  test.for([
    [{ size: 7 }, "dataset.size = 7: expected `shape` to be of that size too, not 28×28: `prepared(dataset, { … })`"],
    [{ labelNoise: 0 }, "dataset.labelNoise = 0: expected a value greater than 0"],
    [{ labelNoise: 1.5 }, "dataset.labelNoise = 1.5: expected a value between 0 and 1"],
    [{ labelNoiseKind: "pair-flip" }, 'labelNoiseKind = "pair-flip": expected `labelNoise`, the share of wrong labels'],
    [{ labelNoise: 0.1, shape: { ...usual.shape, classes: 1 } }, "labelNoise = 0.1: expected several classes"],
    [{ grey: true, shape: { ...usual.shape, channels: 3 } }, "grey = true: expected `shape` to be of 1 channel, not 3"]
  ] as const)("or refused: %j", ([wrong, message]) => {
    expect(() => preprocess.node({ dataset: { ...usual, ...wrong } as DataSetParameters })).toThrow(message)
  })

  test.for([
    ["quick", quick],
    ["depth", depth],
    ["expansion", expansion]
  ] as const)("by settings of %s", ([, study]) => {
    const datasets = [digits, cifar10]
    const of = (overrides: Record<string, string>) =>
      buildGraph(study(datasets).nodes(overrides)).nodes.filter(({ stage }) => stage.name === "preprocess")
    const names = (overrides: Record<string, string>) => of(overrides).map(({ name }) => name.replace(/^.*digits/, ""))
    const before = names({})
    const after = names({ size: "14", labelNoise: "0.4" })
    expect(after).toEqual(before.map((name) => `${name}${name === "" ? "/" : ","}size=14,labelNoise=0.4`))
    expect(of({ size: "14", labelNoise: "0" })).toHaveLength(before.length)
    expect(() => study(datasets).nodes({ size: "0" })).toThrow("size = 0: expected a value between 1 and 100000")
  })
})

describe("what becomes of a data set", () => {
  test("without a step that shows is what it always was, whatever is split off and drawn", async () => {
    const uses = fc.record({
      validation: fc.oneof(fc.constant("test" as const), fc.integer({ min: 1, max: 40 })),
      examples: fc.option(fc.integer({ min: 1, max: 19 })),
      splitSeed: fc.nat(99)
    })
    await fc.assert(
      fc.asyncProperty(uses, async (use) => {
        const { sets: before } = await parts(preprocessAsItIs, { ...dataset, ...use })
        const { sets: after } = await parts(preprocessSteps, { ...dataset, ...use })
        expect(after).toEqual(before)
      }),
      { numRuns: 20 }
    )
  })

  test("grey comes first, then the size; every channel of every image on its own", async () => {
    const { sets: before } = await parts(preprocessAsItIs, dataset)
    const { sets: small } = await parts(preprocessSteps, prepared(dataset, { size: { height: 3, width: 5 } }))
    expect(small.train).toMatchObject({ channels: 3, height: 3, width: 5, count: 40 })
    const plane = (i: number) => before.train.images.subarray(i * 48, (i + 1) * 48)
    const stretched = (data: Uint8Array) => [...resize({ width: 8, height: 6, channels: 1, data }, 5, 3).data]
    for (const i of [0, 1, 2, 77, 119])
      expect([...small.train.images.subarray(i * 15, (i + 1) * 15)]).toEqual(stretched(plane(i)))
    const { sets: flat } = await parts(preprocessSteps, prepared(dataset, { grey: true }))
    // Pillow's convert("L"), in its whole numbers.
    const grey = (i: number) =>
      Array.from({ length: 48 }, (_, at) => {
        const [r, g, b] = [0, 1, 2].map((channel) => plane(3 * i + channel)[at])
        return Math.floor((19595 * r + 38470 * g + 7471 * b + 32768) / 65536)
      })
    for (const i of [0, 39]) expect([...flat.train.images.subarray(i * 48, (i + 1) * 48)]).toEqual(grey(i))
    const { sets: both } = await parts(
      preprocessSteps,
      prepared(dataset, { grey: true, size: { height: 3, width: 5 } })
    )
    expect([...both.validation.images.subarray(0, 15)]).toEqual(stretched(flat.validation.images.subarray(0, 48)))
  })

  test("noise is of the training labels alone, and the same in every subset; the true ones stay", async () => {
    const whole = await parts(preprocessSteps, prepared(dataset, { labelNoise: 0.5 }))
    const { sets: before } = await parts(preprocessAsItIs, dataset)
    expect(whole.sets.validation).toEqual(before.validation)
    expect(trueLabelsOf(artifact(whole.train))).toEqual(before.train.labels)
    const byImage = ({ images, labels }: ImageSet) =>
      new Map(Array.from(labels, (label, i) => [images.subarray(i * 144, (i + 1) * 144).join(), label]))
    const known = byImage(whole.sets.train)
    const some = await parts(preprocessSteps, prepared(dataset, { labelNoise: 0.5, examples: 12 }))
    for (const [image, label] of byImage(some.sets.train)) expect(known.get(image)).toBe(label)
    const official = await parts(preprocessSteps, prepared(officially(dataset), { labelNoise: 0.5 }))
    const all = byImage(official.sets.train)
    for (const [image, label] of known) expect(all.get(image)).toBe(label)
    expect(official.sets.validation.labels).toEqual(blots(20, 100).labels)
  })
})

describe("a network that was trained on wrong labels", () => {
  const small = { ...dataset, shape: { ...dataset.shape, channels: 3 } }
  const trial: FirstOrderTrial = {
    dataset: prepared(small, { labelNoise: 0.5 }),
    ...{ layers: 2, depth: 2, filters: 2, kernel: 3, activation: "relu", residual: true, seed: 1 },
    optimizer: { method: "sgd", learningRate: 0.1, momentum: 0 },
    ...{ batch: 8, epochs: 1, engine: "wasm" }
  }
  const network = {
    ...small.shape,
    layers: 2,
    depth: 2,
    filters: 2,
    kernel: 3,
    activation: "relu",
    residual: true
  } as const

  test("is scored on those and on the others, beside all that is scored of any", async () => {
    const { train, validation } = await parts(preprocessSteps, trial.dataset)
    const history = writeHistory([], undefined)
    const line =
      '{"epoch":0,"loss":null,"accuracy":null,"gradientNorm":null,"validationLoss":1,"validationAccuracy":0}\n'
    const inputs = {
      weights: writeWeights(network, initialValues(network, 1)),
      history: history.length > 1 ? history : new TextEncoder().encode(line),
      ...{ train, validation, labels: train }
    }
    const read = (outputs: Outputs) => readMetrics(artifact(outputs.metrics))
    const usual = read(await call(evaluate, trial, wasm, inputs))
    const { memorization, ...rest } = read(await call(evaluateFurther, trial, wasm, inputs))
    expect(rest).toEqual(usual)
    const set = readImageSet(train, "")
    const truth = trueLabelsOf(artifact(train))
    const session = await wasm.open(network, { precision: "f32" })
    session.load({ parameters: initialValues(network, 1) })
    const logits = session.logits(set)
    const given = Array.from(set.labels, (_, i) => {
      const row = [...logits.subarray(4 * i, 4 * i + 4)]
      return row.indexOf(Math.max(...row))
    })
    const share = (which: (i: number) => boolean, labels: ArrayLike<number>) => {
      const chosen = given.flatMap((_, i) => (which(i) ? i : []))
      return chosen.filter((i) => given[i] === labels[i]).length / chosen.length
    }
    const isWrong = (i: number) => set.labels[i] !== truth[i]
    expect(memorization).toEqual({
      wrong: given.filter((_, i) => isWrong(i)).length,
      memorized: share(isWrong, set.labels),
      corrected: share(isWrong, truth),
      learned: share((i) => !isWrong(i), set.labels)
    })
    expect(memorization?.wrong).toBeGreaterThan(5)
  })

  test("needs the true labels; one trained on right labels is scored as ever", () => {
    const of = (labelNoise: number) => {
      const noisy = { ...trial, dataset: prepared(usual, { labelNoise }) }
      const { nodes } = buildGraph([evaluateStage.node(noisy)])
      const { name, inputs } = nodes.find(({ stage }) => stage.name === "evaluate")!
      return [name, inputs.some(({ name }) => name === "labels"), evaluateStage.compute(noisy).pathname]
    }
    expect(of(0.2)).toEqual([
      expect.stringContaining("digits/labelNoise=0.2/"),
      true,
      expect.stringMatching(/-further.ts$/)
    ])
    expect(of(0)).toEqual([expect.stringContaining("digits/layers=2,"), false, expect.stringMatching(/evaluate.ts$/)])
  })
})
