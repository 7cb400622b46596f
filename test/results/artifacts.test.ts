/** Every artifact is read as it was written, and one that is not what it should be is named with what is wrong. */
import { describe, expect, it, test } from "vitest"
import type { Input } from "../../src/graph/compute.ts"
import { ArtifactError } from "../../src/results/artifact.ts"
import { type Order, readExpansion, writeExpansion } from "../../src/results/expansion.ts"
import { readHistory, writeHistory } from "../../src/results/history.ts"
import { type Metrics, readMetrics, writeMetrics } from "../../src/results/metrics.ts"
import { readReadout, writeReadout } from "../../src/results/readout.ts"
import { readWeights, writeWeights } from "../../src/results/weights.ts"
import { randomParameters, smallNetwork } from "../networks.ts"
import { artifact } from "../support/artifact.ts"

const split = { count: 100, loss: 0.5, accuracy: 0.9 }
const metrics: Metrics = {
  status: "finished",
  epochs: 2,
  parameters: 100,
  overdetermination: 1.5,
  train: split,
  validation: split
}
const line = (epoch: number) => ({
  epoch,
  loss: epoch === 0 ? null : 0.3,
  accuracy: epoch === 0 ? null : 0.9,
  gradientNorm: epoch === 0 ? null : 1,
  validationLoss: 2.3,
  validationAccuracy: 0.1
})
const order: Order = { order: 0, norm: 1, share: null, remainder: 1, quartiles: [0, 1, 2], loss: 0.3, accuracy: 0.9 }
const whole = { examples: 32, blocks: 1, loss: 0.3, accuracy: 0.9, unchanged: 0 }
const expansion = {
  ...whole,
  change: 0.5,
  exact: [order],
  spectrum: [{ ...order, bent: null }],
  gradient: [{ length: 0, norm: 1, share: 1, separately: null }],
  strength: {
    perBlock: [{ norm: [1, 2, 3] as const, flippedAtInput: 0.1, flippedAtFirstOrder: null }],
    whole: [1, 2, 3] as const
  }
}
const readout = [
  { order: null, trained: { train: split, validation: split }, retrained: { train: split, validation: split } }
]
const network = smallNetwork()
const weights = randomParameters(network, 1)

interface Kind {
  readonly output: string
  readonly bytes: Uint8Array
  readonly read: (artifact: Input) => unknown
  readonly value: unknown
}
const kinds: ReadonlyArray<Kind> = [
  { output: "metrics", bytes: writeMetrics(metrics), read: readMetrics, value: metrics },
  {
    output: "history",
    bytes: writeHistory([line(0), line(1)], undefined),
    read: readHistory,
    value: { history: [line(0), line(1)], divergence: undefined }
  },
  { output: "expansion", bytes: writeExpansion(expansion), read: readExpansion, value: expansion },
  { output: "readout", bytes: writeReadout(readout), read: readReadout, value: readout },
  { output: "weights", bytes: writeWeights(network, weights), read: (one) => readWeights(network, one), value: weights }
]

const errorOf = (read: () => unknown): unknown => {
  try {
    return read()
  } catch (error) {
    return error
  }
}

describe.each(kinds)("the artifact $output", ({ output, bytes, read, value }) => {
  it("is read as it was written", () => expect(read(artifact(bytes))).toEqual(value))

  /** Half of it, nothing, other JSON, another kind of artifact, no text at all. */
  const others = ["", "{}", "null", "[1, 2]", '"text"', "[{}]", "{", '{"epoch":0}', "\u0000\u0001\u0002"]
  const bad = [
    ...others.map((text) => new TextEncoder().encode(text)),
    bytes.subarray(0, bytes.length / 2),
    Uint8Array.from({ length: 64 }, (_, i) => 255 - i),
    ...kinds.filter((kind) => kind.output !== output).map((kind) => kind.bytes)
  ]
  it("that is malformed, in whatever way, is an error that names node and output", () => {
    for (const one of bad) {
      const error = errorOf(() => read(artifact(one, "stage/digits/layers=4,seed=1", output)))
      expect(error).toBeInstanceOf(ArtifactError)
      expect(error).toMatchObject({ _tag: "ArtifactError", node: "stage/digits/layers=4,seed=1", output })
      expect(String(error)).toMatch(
        `the output '${output}' of stage/digits/layers=4,seed=1 is not what this code reads`
      )
    }
  })
})

const changed =
  (value: object, ...path: ReadonlyArray<string | number>) =>
  (to: unknown) => {
    const copy = structuredClone(value)
    let at = copy as Record<string | number, unknown>
    for (const name of path.slice(0, -1)) at = at[name] as Record<string | number, unknown>
    const last = path[path.length - 1]
    if (to === undefined) delete at[last]
    else at[last] = to
    return artifact(JSON.stringify(copy), "evaluate/x", "out")
  }

test.each([
  [() => readMetrics(changed(metrics, "train", "loss")("0.5")), 'train.loss: expected a number, found "0.5"'],
  [() => readMetrics(changed(metrics, "validation")(undefined)), "validation: expected a record, found nothing"],
  [() => readMetrics(changed(metrics, "status")("lost")), 'status: expected "finished" or "diverged", found "lost"'],
  [
    () => readMetrics(changed(metrics, "train", "accuracy")(90)),
    "train.accuracy: expected a number from 0 to 1, found 90"
  ],
  [() => readMetrics(changed(metrics, "epochs")(1.5)), "epochs: expected a whole number, found 1.5"],
  [
    () => readExpansion(changed(expansion, "exact", 0, "quartiles")([1, 2])),
    "exact[0].quartiles: expected three quartiles"
  ],
  [
    () => readExpansion(changed(expansion, "spectrum", 0, "bent")(undefined)),
    "spectrum[0].bent: expected a number, found nothing"
  ],
  [() => readReadout(changed(readout, 0, "trained", "train")(7)), "[0].trained.train: expected a record, found 7"],
  [() => readHistory(artifact(writeHistory([line(0), line(2)], undefined))), "line 2.epoch: expected 1, found 2"],
  [
    () => readHistory(artifact(writeHistory([], { epoch: 0, loss: "NaN", largestWeight: "1" }))),
    "line 1.epoch: expected a whole number"
  ]
])("what is wrong in it, and where, is said (%#)", (read, message) => {
  expect(String(errorOf(read))).toContain(message)
})

test("an expansion of which the exact terms alone were looked at is read as it was written", () => {
  const exactAlone = { ...expansion, spectrum: null, gradient: null, strength: null }
  expect(readExpansion(artifact(writeExpansion(exactAlone)))).toEqual(exactAlone)
})

test("numbers that are not finite, which JSON writes as null, come back as NaN", () => {
  const diverged = { count: 10, loss: Number.NaN, accuracy: 0.1 }
  const read = readMetrics(artifact(writeMetrics({ ...metrics, status: "diverged", train: diverged })))
  expect(read.train.loss).toBeNaN()
  expect(read.validation.loss).toBe(0.5)
})

test("a history whose training diverged says where", () => {
  const divergence = { epoch: 1, loss: "NaN", largestWeight: "Infinity" }
  const read = readHistory(artifact(writeHistory([line(0)], divergence)))
  expect(read).toEqual({ history: [line(0)], divergence })
})
