/** What a trial may ask for beyond the paper's: what it means for keys and names, and what is refused when it is planned. */
import { expect, test } from "vitest"
import type { TrainParameters } from "../../../pipeline/stages/schemas.ts"
import { train } from "../../../pipeline/stages/train.ts"
import { networkOf } from "../../../pipeline/stages/trial.ts"

const trial: TrainParameters = {
  dataset: {
    name: "digits",
    shape: { count: 10_000, test: 0, channels: 1, height: 28, width: 28, classes: 10 },
    validation: 1000,
    examples: null,
    splitSeed: 0
  },
  layers: 4,
  depth: 2,
  filters: 1,
  kernel: 3,
  activation: "tanh",
  residual: true,
  seed: 0,
  optimizer: { method: "sgd", learningRate: 0.1, momentum: 0.9 },
  batch: 32,
  epochs: 2,
  engine: "wasm"
}
const official: TrainParameters = {
  ...trial,
  dataset: { ...trial.dataset, shape: { ...trial.dataset.shape, test: 1000 }, validation: "test" }
}

test("values that mean 'as before' are in no key, others are", () => {
  const before = train.node(trial)
  const named = { scale: 1, loss: "cross-entropy", schedule: { kind: "constant", warmup: 0 } } as const
  expect(train.node({ ...trial, ...named }).encoded).toBe(before.encoded)
  for (const parameter of ["scale", "loss", "schedule", "decay", "patience", "keep"])
    expect(before.encoded).not.toContain(parameter)
  const optimizer = { ...trial.optimizer, decay: { kind: "l2", rate: 1e-4 } } as const
  const others: ReadonlyArray<Partial<TrainParameters>> = [
    { scale: 0.5 },
    { loss: "squared-error" },
    { schedule: { kind: "cosine", warmup: 0, epochs: 2, last: 0 } },
    { optimizer },
    { patience: 3 },
    { keep: "best" }
  ]
  const encoded = others.map((other) => train.node({ ...trial, ...other }).encoded)
  expect(new Set([before.encoded, ...encoded]).size).toBe(1 + others.length)
})

test("networks of another scale or loss have names of their own", () => {
  expect(train.node({ ...trial, scale: 0.5, loss: "squared-error" }).label).toBe(
    "digits/layers=4,depth=2,filters=1,activation=tanh,scale=0.5,loss=squared-error,seed=0"
  )
  expect(networkOf({ ...trial, scale: 0.5, loss: "squared-error" })).toMatchObject({
    scale: 0.5,
    loss: "squared-error"
  })
})

test("nothing is selected on the official test set", () => {
  expect(() => train.node({ ...official, keep: "best" })).toThrow(/keep: nothing is selected on the official test set/)
  expect(() => train.node({ ...official, patience: 5 })).toThrow(/patience: nothing is selected/)
  expect(train.node(official).label).toContain("layers=4")
  expect(train.node({ ...trial, keep: "best", patience: 5 }).label).toContain("layers=4")
})

test.each([
  [{ scale: 0 }, /scale/],
  [{ scale: -1 }, /scale/],
  [{ loss: "kl-divergence" }, /cross-entropy.*squared-error/],
  [{ schedule: { kind: "cosine", warmup: 5, epochs: 5, last: 0 } }, /the warm-up of 5 epochs must end before the 5/],
  [{ schedule: { kind: "step", warmup: 0, every: 0, factor: 0.1 } }, /every/],
  [{ optimizer: { ...trial.optimizer, decay: { kind: "l1", rate: 0.1 } } }, /decay/],
  [{ patience: 0 }, /patience/]
])("%j is refused when it is planned", (wrong, words) => {
  expect(() => train.node({ ...trial, ...wrong } as TrainParameters)).toThrow(words)
})
