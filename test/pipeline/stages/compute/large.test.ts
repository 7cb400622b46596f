/** Sets that are read from their files give what sets in memory give, to the last bit: at every stage on the way. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as fc from "fast-check"
import glob from "fast-glob"
import { expect, onTestFinished, test } from "vitest"
import corrupt from "../../../../pipeline/stages/compute/corrupt.ts"
import fetchImages from "../../../../pipeline/stages/compute/fetch-images.ts"
import preprocess from "../../../../pipeline/stages/compute/preprocess.ts"
import preprocessSteps from "../../../../pipeline/stages/compute/preprocess-steps.ts"
import statistics from "../../../../pipeline/stages/compute/statistics.ts"
import testSet from "../../../../pipeline/stages/compute/test-set.ts"
import { isLarge } from "../../../../pipeline/stages/large.ts"
import { imageSetOf, openImageSets, readImageSets, select, writeImageSets } from "../../../../src/data/examples.ts"
import { classNamesOf } from "../../../../src/data/files/set.ts"
import { type LabelNoise, noisyLabels, trueLabelsOf } from "../../../../src/data/label-noise.ts"
import { numbersOf } from "../../../../src/data/split.ts"
import { reached } from "../../../../src/data/stored.ts"
import { surveyOf } from "../../../../src/data/survey/survey.ts"
import { analyze } from "../../../../src/engine/wasm/analysis.ts"
import { wasm } from "../../../../src/engine/wasm/engine.ts"
import type { Input, InputFile } from "../../../../src/graph/compute.ts"
import { randomExamples, randomParameters, smallNetwork } from "../../../networks.ts"
import { artifact } from "../../../support/artifact.ts"
import { contextOf, outputsOf } from "../../../support/compute.ts"

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "pipeline-large-"))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

/** Bytes as a file that is open. */
function opened(bytes: Uint8Array): InputFile {
  const path = join(folder(), "file")
  writeFileSync(path, bytes)
  const descriptor = openSync(path, "r")
  onTestFinished(() => closeSync(descriptor))
  return { descriptor, size: bytes.length }
}

/** An input that may be read from its file alone. */
function inFile(bytes: Uint8Array): Input {
  const file = opened(bytes)
  const whole = () => {
    throw new Error("it was read whole")
  }
  return { ...artifact("", "node", "output"), bytes: whole, file: () => file }
}

test("training, scores and analyses on images in a file, also with threads", async () => {
  const network = smallNetwork({ filters: 4, channels: 3 })
  const set = randomExamples(network, 150)
  const stored = imageSetOf(inFile(writeImageSets({ "": set })))
  expect(stored.images).not.toBeInstanceOf(Uint8Array)
  const order = Uint32Array.from({ length: 150 }, (_, i) => (i * 77) % 150)
  const adam = { method: "adam", learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const
  for (const threads of [1, 2]) {
    const results = []
    for (const examples of [set, stored]) {
      const session = await wasm.open(network, { precision: "f32", threads })
      session.load({ parameters: randomParameters(network, 1) })
      const epoch = session.epoch(examples, order, 100, adam)
      results.push({ epoch, score: session.evaluate(examples), parameters: session.save().parameters })
      session.close()
    }
    expect(results[1]).toEqual(results[0])
  }
  const states = [set, stored].map((examples) => {
    const analysis = analyze(network, Float64Array.from(randomParameters(network, 2)), "f64")
    analysis.run(examples, [7, 3])
    return analysis.score(analysis.trajectory(network.depth))
  })
  expect(states[1]).toEqual(states[0])
})

test("what a file of images holds is checked like what memory holds", () => {
  const bytes = writeImageSets({ train: randomExamples(smallNetwork(), 4), test: randomExamples(smallNetwork(), 3) })
  expect(Object.keys(openImageSets(opened(bytes), "a file"))).toEqual(["train", "test"])
  const damaged = Buffer.from(bytes)
  damaged[damaged.length - 1] = 200
  expect(() => openImageSets(opened(damaged), "a file")).toThrow("a file: expected labels below")
  for (const end of [4, 20, bytes.length - 1])
    expect(() => openImageSets(opened(bytes.subarray(0, end)), "a file"), String(end)).toThrow("a file: expected")
  const { images } = openImageSets(opened(bytes), "a file").test
  expect(() => select({ ...readImageSets(bytes, "x").test, images }, Uint32Array.of(1000))).toThrow("ends at byte")
})

test("the split of a large set is that of a small one", async () => {
  const network = smallNetwork({ classes: 3 })
  const bytes = writeImageSets({ train: randomExamples(network, 40), test: randomExamples(network, 12, 2) })
  const { channels, height, width, classes } = network
  const shape = { count: 40, test: 12, channels, height, width, classes }
  for (const validation of ["test", 13] as const) {
    for (const examples of [null, 9]) {
      const parameters = { dataset: { name: "some", shape, validation, examples, splitSeed: 3 } }
      const given = (dataset: Input) => contextOf(parameters, undefined, { inputs: { dataset } })
      const expected = await outputsOf(preprocess, given(artifact(bytes)))
      expect(await outputsOf(preprocessSteps, given(inFile(bytes)))).toEqual(expected)
      expect(await outputsOf(preprocessSteps, given(artifact(bytes)))).toEqual(expected)
    }
  }
})

test("whatever the steps, images in a file become the bytes that images in memory become", async () => {
  const side = fc.integer({ min: 1, max: 9 })
  const given = fc.record({
    count: fc.integer({ min: 6, max: 300 }),
    channels: fc.constantFrom(1, 3),
    height: side,
    width: side,
    classes: fc.constantFrom(2, 3, 300),
    grey: fc.boolean(),
    size: fc.option(fc.record({ height: side, width: side })),
    labelNoise: fc.constantFrom(0, 0.3, 1),
    pairs: fc.boolean(),
    examples: fc.option(fc.integer({ min: 1, max: 3 })),
    official: fc.boolean()
  })
  await fc.assert(
    fc.asyncProperty(given, async ({ count, grey, size, labelNoise, pairs, examples, official, ...shape }) => {
      const network = smallNetwork(shape)
      const sets = { train: randomExamples(network, count), test: randomExamples(network, 4, 2) }
      const bytes = writeImageSets(sets)
      const to = { channels: grey ? 1 : shape.channels, ...(size ?? { height: shape.height, width: shape.width }) }
      const dataset = {
        name: "some",
        shape: { ...shape, ...to, count, test: 4 },
        validation: official ? ("test" as const) : 2,
        examples,
        splitSeed: 3,
        ...(grey && { grey: true as const }),
        ...(size !== null && { size }),
        ...(labelNoise > 0 && { labelNoise, ...(pairs && { labelNoiseKind: "pair-flip" as const }) })
      }
      const context = (input: Input) => contextOf({ dataset }, undefined, { inputs: { dataset: input } })
      const made = await outputsOf(preprocessSteps, context(artifact(bytes)))
      expect(await outputsOf(preprocessSteps, context(inFile(bytes)))).toEqual(made)
      // Labels are those of the split, wrong where they should be.
      const { train } = numbersOf(sets.train.labels, dataset)
      const truth = select(sets.train, train).labels
      const noise: LabelNoise = { share: labelNoise, kind: pairs ? "pair-flip" : "symmetric" }
      expect(readImageSets(made.train, "x")[""].labels).toEqual(
        labelNoise === 0 ? truth : noisyLabels(truth, train, shape.classes, noise, 3)
      )
      if (labelNoise > 0)
        for (const input of [artifact(made.train), inFile(made.train)]) expect(trueLabelsOf(input)).toEqual(truth)
      const scored = await outputsOf(testSet, context(artifact(bytes)))
      expect(await outputsOf(testSet, context(inFile(bytes)))).toEqual(scored)
      const measured = (train: Input) => outputsOf(statistics, contextOf({ dataset }, undefined, { inputs: { train } }))
      expect(await measured(inFile(made.train))).toEqual(await measured(artifact(made.train)))
      const parameters = { dataset, images: "test", kind: "gaussian-noise", severity: 2 } as const
      const on = (images: Input) => outputsOf(corrupt, contextOf(parameters, undefined, { inputs: { images } }))
      expect(await on(inFile(scored.images))).toEqual(await on(artifact(scored.images)))
    }),
    { numRuns: 12 }
  )
})

test("pictures are decoded to the same file by an attempt that goes on where another ended", async () => {
  const root = fileURLToPath(new URL("../../../fixtures/images", import.meta.url))
  const pictures = glob.globSync("folders/**/*.png", { cwd: root }).sort()
  // As often as it takes for several rounds.
  const paths = Array.from({ length: 600 }, (_, i) => {
    const path = pictures[(i * 5) % pictures.length]
    return [path.replace(/([^/]+)$/, `${String(i).padStart(4, "0")} $1`), path] as const
  })
  const files = Object.fromEntries(paths.map(([name, path]) => [name, () => readFileSync(join(root, path))]))
  const dataset = {
    name: "pictures",
    source: { kind: "images", train: ["folders"], test: ["folders"] },
    shape: { count: 600, test: 600, channels: 1, height: 4, width: 3, classes: 3 }
  } as const
  const parameters = { dataset, places: { folders: [], addresses: {} } }
  const whole = await outputsOf(fetchImages, contextOf(parameters, undefined, { files, threads: 4 }))
  const scratch = folder()
  let reads = 0
  const failing = Object.fromEntries(
    Object.entries(files).map(([name, read]) => [
      name,
      () => {
        if (++reads === 800) throw new Error("the power went off")
        return read()
      }
    ])
  )
  const first = contextOf(parameters, undefined, { files: failing, threads: 4, scratch: () => scratch })
  await expect(fetchImages(first)).rejects.toThrow("the power went off")
  expect(reached(join(scratch, "reached"))).toBe(600)
  const steps: Array<number> = []
  const second = contextOf(parameters, undefined, {
    files,
    threads: 4,
    scratch: () => scratch,
    progress: ({ done }) => steps.push(done)
  })
  const { path } = (await fetchImages(second)).dataset
  expect(readFileSync(path)).toEqual(Buffer.from(whole.dataset))
  expect(steps[0]).toBe(700)
  expect(steps.at(-1)).toBe(1200)
  // And what is said of it is the same.
  const input = inFile(whole.dataset)
  expect(classNamesOf(input)).toEqual(["ant", "bee", "çat"])
  const { train } = openImageSets(input.file!(), "pictures")
  const few = Uint32Array.from({ length: 60 }, (_, i) => i)
  expect(surveyOf({ train: { ...train, count: 60, labels: train.labels.subarray(0, 60) } })).toEqual(
    surveyOf({ train: select(train, few) })
  )
})

test("a set is large from 256 MB on", () => {
  const shape = { count: 21_845, test: 0, channels: 3, height: 64, width: 64 }
  expect([isLarge(shape), isLarge({ ...shape, test: 1 })]).toEqual([false, true])
})
