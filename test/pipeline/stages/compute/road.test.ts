/** The compute modules of one trial, handed to each other as the scheduler does: from IDX files to Taylor terms. */
import { createHash } from "node:crypto"
import { beforeAll, describe, expect, test } from "vitest"
import build from "../../../../pipeline/stages/compute/build.ts"
import evaluate from "../../../../pipeline/stages/compute/evaluate.ts"
import expand from "../../../../pipeline/stages/compute/expand.ts"
import fetchArrays from "../../../../pipeline/stages/compute/fetch-arrays.ts"
import preprocess from "../../../../pipeline/stages/compute/preprocess.ts"
import train from "../../../../pipeline/stages/compute/train.ts"
import type { FetchParameters } from "../../../../pipeline/stages/fetch-parameters.ts"
import type { DataSetParameters, FirstOrderTrial } from "../../../../pipeline/stages/schemas.ts"
import { readImageSet } from "../../../../src/data/examples.ts"
import { writeIdx } from "../../../../src/data/idx.ts"
import { tfjsWasm } from "../../../../src/engine/tfjs/wasm.ts"
import type { Outputs } from "../../../../src/graph/compute.ts"
import { parameterCount } from "../../../../src/network/network.ts"
import { random } from "../../../../src/network/philox.ts"
import { readExpansion } from "../../../../src/results/expansion.ts"
import { readHistory } from "../../../../src/results/history.ts"
import { readMetrics } from "../../../../src/results/metrics.ts"
import { readWeights, writeWeights } from "../../../../src/results/weights.ts"
import { f64 } from "../../../support/analysts.ts"
import { artifact } from "../../../support/artifact.ts"
import { call } from "../../../support/compute.ts"

const COUNT = 120
const dataset: DataSetParameters = {
  name: "bars",
  shape: { count: COUNT, test: 0, channels: 1, height: 6, width: 6, classes: 3 },
  validation: 30,
  examples: null,
  splitSeed: 0
}
const source = { kind: "idx", images: "data/bars-images", labels: "data/bars-labels" } as const
const fetched: FetchParameters = {
  dataset: { name: dataset.name, source, shape: dataset.shape },
  places: { folders: [], addresses: {} }
}
const trial: FirstOrderTrial = {
  dataset,
  layers: 4,
  depth: 4,
  filters: 2,
  kernel: 3,
  activation: "relu",
  residual: true,
  seed: 1,
  optimizer: { method: "rmsprop", learningRate: 0.01, rho: 0.9, epsilon: 1e-7 },
  batch: 16,
  epochs: 4,
  engine: "tfjs-wasm"
}

/** Noisy images whose bright third tells the class, sorted by class. */
function bars(): Readonly<Record<string, Uint8Array>> {
  const { below } = random(1, "test/bars")
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => Math.floor((3 * i) / COUNT))
  const data = Uint8Array.from(
    { length: COUNT * 36 },
    (_, i) => below(100) + (Math.floor((i % 36) / 12) === labels[Math.floor(i / 36)] ? 150 : 0)
  )
  return {
    "data/bars-images": writeIdx({ shape: [COUNT, 6, 6], data }),
    "data/bars-labels": writeIdx({ shape: [COUNT], data: labels })
  }
}

/** The expansion after so many epochs, with its exact terms up to the second. */
async function expandAt(trial: FirstOrderTrial, epochs: number, weights: Uint8Array, validation: Uint8Array) {
  const parameters = {
    trial: { ...trial, epochs },
    order: Math.min(2, trial.depth),
    views: [],
    examples: 12,
    precision: "f64"
  } as const
  return (await call(expand, parameters, f64, { weights, validation })).expansion
}

async function road(changes: Partial<FirstOrderTrial> = {}): Promise<Outputs> {
  const parameters = { ...trial, ...changes }
  const files = await call(fetchArrays, fetched, undefined, {}, bars())
  const split = await call(preprocess, { dataset }, undefined, { dataset: files.dataset })
  const built = await call(build, parameters, undefined, {})
  const trained = await call(train, parameters, tfjsWasm, { initial: built.weights, ...split })
  const evaluated = await call(evaluate, parameters, tfjsWasm, { ...trained, ...split })
  const before = await expandAt(parameters, 0, built.weights, split.validation)
  const after = await expandAt(parameters, parameters.epochs, trained.weights, split.validation)
  return { ...files, ...split, initial: built.weights, ...trained, ...evaluated, before, after }
}
const digests = (outputs: Outputs) =>
  Object.entries(outputs).map(([name, bytes]) => `${name} ${createHash("sha256").update(bytes).digest("hex")}`)

describe("a trial from files to terms", () => {
  let made: Outputs
  beforeAll(async () => {
    made = await road()
  })

  test("splits the images by class, all of them, none twice", () => {
    const parts = [readImageSet(made.train, "train"), readImageSet(made.validation, "validation")]
    expect(parts.map(({ count }) => count)).toEqual([90, 30])
    expect([0, 1, 2].map((c) => parts[1].labels.filter((label) => label === c).length)).toEqual([10, 10, 10])
    const images = parts.flatMap(({ images, count }) =>
      Array.from({ length: count }, (_, i) => String(images.subarray(36 * i, 36 * (i + 1))))
    )
    expect(new Set(images).size).toBe(COUNT)
  })

  test("learns, and says so", () => {
    const { history } = readHistory(artifact(made.history))
    expect(history.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4])
    const metrics = readMetrics(artifact(made.metrics))
    expect(metrics.validation.accuracy).toBeGreaterThan(0.9)
    expect(metrics.validation).toMatchObject({ count: 30, accuracy: history[4].validationAccuracy })
    expect(metrics.validation.loss).toBeCloseTo(history[4].validationLoss, 10)
    expect(metrics).toMatchObject({ status: "finished", epochs: 4, parameters: 20 + 4 * 38 + 219 })
  })

  test("expands the initial and the trained network", () => {
    const [initial, trained] = [made.before, made.after].map((bytes) => readExpansion(artifact(bytes)))
    for (const { examples, blocks, exact } of [initial, trained]) {
      expect({ examples, blocks }).toEqual({ examples: 12, blocks: 4 })
      expect(exact.map(({ order }) => order)).toEqual([0, 1, 2])
    }
    expect(trained.loss).toBeLessThan(initial.loss)
  })

  test("expands on images of all classes, though the set is sorted by them", async () => {
    const network = { ...dataset.shape, ...trial }
    for (const favourite of [0, 1, 2]) {
      const always = new Float32Array(parameterCount(network))
      always[always.length - 3 + favourite] = 1 // the bias of that class, the last three parameters
      const weights = writeWeights(network, always)
      const expansion = await expandAt(trial, 4, weights, made.validation)
      expect(readExpansion(artifact(expansion)).accuracy).toBeGreaterThan(0)
    }
  })

  test("gives the same bytes again", async () => {
    expect(digests(await road())).toEqual(digests(made))
  })

  test("starts every depth from the same weights, on the same batches", async () => {
    const parallel = await road({ depth: 1 })
    expect(parallel.initial).toEqual(made.initial)
    expect(parallel.weights).not.toEqual(made.weights)
  })

  test("that diverges is a result: counted as such, its initial state expanded, and no number after it", async () => {
    const optimizer = { method: "sgd", learningRate: 1e30, momentum: 0 } as const
    const diverged = await road({ optimizer })
    expect(readMetrics(artifact(diverged.metrics))).toMatchObject({ status: "diverged", epochs: 0 })
    expect(readHistory(artifact(diverged.history)).divergence).toMatchObject({ epoch: 1 })
    const loss = (expansion: Uint8Array) => readExpansion(artifact(expansion)).loss
    expect([loss(diverged.before), loss(diverged.after)].map(Number.isFinite)).toEqual([true, false])
  })
})

describe("bad data is named", () => {
  test("a missing file, a damaged one, one of another shape", async () => {
    const files = bars()
    const { "data/bars-labels": labels, ...without } = files
    await expect(async () => call(fetchArrays, fetched, undefined, {}, without)).rejects.toThrow(
      "data/bars-labels: expected an array of NumPy or IDX, found nothing"
    )
    const damaged = { ...files, "data/bars-labels": labels.subarray(0, 50) }
    await expect(async () => call(fetchArrays, fetched, undefined, {}, damaged)).rejects.toThrow(
      "data/bars-labels: expected 120 bytes"
    )
    const shape = { ...dataset.shape, height: 7 }
    const declared = { ...fetched, dataset: { ...fetched.dataset, shape } }
    await expect(async () => call(fetchArrays, declared, undefined, {}, files)).rejects.toThrow(
      "data/bars-images: expected numbers of the shape (n, 7, 6)"
    )
  })

  test("weights of another network", async () => {
    const { weights } = await call(build, { ...trial, filters: 3 }, undefined, {})
    const network = { ...dataset.shape, ...trial }
    expect(() => readWeights(network, artifact(weights, "build/bars", "weights"))).toThrow(
      "the output 'weights' of build/bars is not what this code reads: expected a tensor stem.weight of shape [2,1,3,3], found the shape [3,1,3,3]"
    )
  })
})
