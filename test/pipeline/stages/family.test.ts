/** What a trial may ask for beyond the paper's: what it means for keys and names, and what is refused when it is planned. */
import { expect, test } from "vitest"
import { digits } from "../../../pipeline/datasets/digits.ts"
import { evaluate } from "../../../pipeline/stages/evaluate.ts"
import { expand } from "../../../pipeline/stages/expand.ts"
import { report } from "../../../pipeline/stages/report.ts"
import type { Grid, Teacher, TrainParameters } from "../../../pipeline/stages/schemas.ts"
import { train } from "../../../pipeline/stages/train.ts"
import { networkOf } from "../../../pipeline/stages/trial.ts"
import { depth } from "../../../pipeline/studies/depth.ts"
import { expansion } from "../../../pipeline/studies/expansion.ts"
import { quick } from "../../../pipeline/studies/quick.ts"
import { useOf } from "../../../src/engine/engines.ts"
import { buildGraph } from "../../../src/graph/graph.ts"
import type { Study } from "../../../src/graph/study.ts"

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
const teacher: Teacher = { ...trial, depth: 4 }
const other: Teacher = {
  ...teacher,
  dataset: { ...trial.dataset, shape: { ...trial.dataset.shape, channels: 3 } }
}
const official: TrainParameters = {
  ...trial,
  dataset: { ...trial.dataset, shape: { ...trial.dataset.shape, test: 1000 }, validation: "test" }
}

test("values that mean 'as before' are in no key, others are", () => {
  const before = train.node(trial)
  const named = { scale: 1, loss: "cross-entropy", schedule: { kind: "constant", warmup: 0 } } as const
  expect(train.node({ ...trial, ...named }).encoded).toBe(before.encoded)
  for (const parameter of ["scale", "loss", "schedule", "decay", "patience", "keep", "until", "teacher"])
    expect(before.encoded).not.toContain(parameter)
  const optimizer = { ...trial.optimizer, decay: { kind: "l2", rate: 1e-4 } } as const
  const others: ReadonlyArray<Partial<TrainParameters>> = [
    { scale: 0.5 },
    { loss: "squared-error" },
    { schedule: { kind: "cosine", warmup: 0, epochs: 2, last: 0 } },
    { optimizer },
    { patience: 3 },
    { keep: "best" },
    { until: { loss: 0.1 } },
    { until: { loss: 0.1, gradientNorm: 0.1 } },
    { loss: "squared-error", teacher },
    { loss: "kl-divergence", teacher },
    { loss: "kl-divergence", teacher: { ...teacher, acting: 1 } }
  ]
  const encoded = others.map((other) => train.node({ ...trial, ...other }).encoded)
  expect(new Set([before.encoded, ...encoded]).size).toBe(1 + others.length)
})

test("networks of another scale or loss have names of their own", () => {
  expect(train.node({ ...trial, scale: 0.5, loss: "squared-error" }).label).toBe(
    "digits/layers=4,depth=2,filters=1,activation=tanh,scale=0.5,method=sgd,loss=squared-error,seed=0"
  )
  expect(networkOf({ ...trial, scale: 0.5, loss: "squared-error" })).toMatchObject({
    scale: 0.5,
    loss: "squared-error"
  })
})

test("a training to a criterion has a name, a module and a search of its own or none", () => {
  const until = { loss: 0.05, gradientNorm: 0.001 }
  expect(train.node({ ...trial, until }).label).toContain(",until=loss0.05-gradientNorm0.001,seed=0")
  expect(train.compute({ ...trial, until }).href).toMatch(/train-until\.ts$/)
  const search = { factors: [1, 3], epochs: 1, seed: 0 } as const
  const searched = [
    { ...trial, search },
    { ...trial, search, until }
  ].map((one) => train.node(one))
  expect(buildGraph(searched).nodes.filter(({ stage }) => stage.name === "search")).toHaveLength(1)
})

test("a student is trained, scored and taken apart on what its teacher made of the examples", () => {
  const student: TrainParameters = { ...trial, loss: "kl-divergence", teacher: { ...teacher, acting: 1 } }
  const graph = buildGraph([
    evaluate.node(student),
    expand.node({ trial: student, order: 1, views: [], examples: 10, precision: "f64" }),
    evaluate.node({ ...student, loss: "squared-error" })
  ])
  const made = graph.nodes.filter(({ stage }) => stage.name === "targets")
  expect(made.map(({ name }) => name)).toEqual([
    "targets/digits/probabilities,teacher=4x4-filters1-seed0-epochs2-tanh-acting1",
    "targets/digits/logits,teacher=4x4-filters1-seed0-epochs2-tanh-acting1"
  ])
  for (const { stage, inputs } of graph.nodes.filter(({ name }) => name.includes("loss=")))
    for (const { name, sources } of inputs.filter(({ name }) => name === "train" || name === "validation"))
      expect(graph.nodes[sources[0].node].stage.name, `${stage.name} ${name}`).toBe("targets")
  // The teacher itself is an ordinary training, which an ordinary trial shares.
  expect(graph.byName.has(`train/${train.node({ ...trial, depth: 4 }).label}`)).toBe(true)
})

/** The trainings of a study with these settings. */
const trainings = (study: Study, settings: Readonly<Record<string, string>>) =>
  buildGraph(study.nodes(settings))
    .nodes.filter(({ stage }) => stage.name === "train")
    .map(({ parameters }) => parameters as unknown as TrainParameters)

test.each([quick([digits]), depth([digits]), expansion([digits])])("--set reaches the trainings of $name", (study) => {
  expect(trainings(study, { until: '{"loss":0.1}' }).every(({ until }) => until?.loss === 0.1)).toBe(true)
  const asked = {
    scale: "0.25",
    loss: "squared-error",
    decay: '{"kind":"decoupled","rate":0.01}',
    schedule: '{"kind":"step","warmup":0.5,"every":2,"factor":0.1}',
    patience: "3",
    keep: "best"
  }
  const all = trainings(study, asked)
  expect(all.length).toBeGreaterThan(5)
  for (const { optimizer, ...training } of all) {
    expect(training).toMatchObject({ scale: 0.25, loss: "squared-error", patience: 3, keep: "best" })
    expect(training.schedule).toEqual({ kind: "step", warmup: 0.5, every: 2, factor: 0.1 })
    expect(optimizer.decay).toEqual({ kind: "decoupled", rate: 0.01 })
  }
  // What is not asked for is in no trial.
  for (const training of trainings(study, {})) expect(Object.keys(training).filter((name) => name in asked)).toEqual([])
  expect(() => study.nodes({ loss: "kl-divergence" })).toThrow(
    /loss = "kl-divergence": expected cross-entropy or squared-error/
  )
  expect(() => study.nodes({ schedule: "cosine" })).toThrow(/schedule = "?cosine/)
  expect(() => study.nodes({ patience: "0" })).toThrow(/patience = 0/)
})

const lbfgs = { method: "lbfgs", history: 10, precision: "f64", gradientNorm: 0 } as const
const whole: TrainParameters = { ...trial, optimizer: lbfgs, batch: 9000 }

test("a method of second order has a compute module and a numeric class of its own", () => {
  const use = train.engine!(whole)
  expect([use.role, use.numericClass]).toEqual(["secondOrder", useOf("wasm", "secondOrder", "f64").numericClass])
  expect(train.engine!({ ...whole, optimizer: { ...lbfgs, precision: "f32" } }).numericClass).not.toBe(use.numericClass)
  expect(train.compute(whole).href).toMatch(/train-second-order\.ts$/)
  expect(train.compute(trial).href).toMatch(/train\.ts$/)
  expect(() => train.engine!({ ...whole, engine: "tfjs-cpu" })).toThrow("it has no part for 'secondOrder'; wasm has")
})

test("nothing is selected on the official test set", () => {
  const search = { factors: [1, 3], epochs: 1, seed: 0 } as const
  const asked = [{ keep: "best" }, { patience: 5 }, { search }] as const
  for (const one of asked) {
    const [member] = Object.keys(one)
    const words = new RegExp(
      `^stage 'train': ${member} = .*: nothing is selected where the official test set validates`
    )
    expect(() => train.node({ ...official, ...one })).toThrow(words)
    expect(() => evaluate.node({ ...official, ...one })).toThrow("nothing is selected where")
    expect(train.node({ ...trial, ...one }).label).toContain("layers=4")
  }
  expect(train.node(official).label).toContain("layers=4")
})

test("no depth is chosen on the official test set", () => {
  const page = { title: "", question: "", assumptions: [] }
  const of = (depth: number, dataset: TrainParameters["dataset"]) =>
    report.node({ ...page, trials: [{ trial: { ...trial, dataset, depth }, expanded: null }] })
  expect(() => of(2, official.dataset)).toThrow(
    /a depth is chosen among those of .*depth=2.* and its like, and nothing is selected where the official test set/
  )
  for (const [depth, dataset] of [
    [4, official.dataset],
    [1, official.dataset],
    [2, trial.dataset]
  ] as const)
    expect(of(depth, dataset).stage.name).toBe("report")
  const { dataset: _, depth: __, residual: ___, layers, filters, kernel, activation, seed, ...rest } = trial
  const grid = (depths: "ends" | "divisors", layers: number) => ({
    ...rest,
    ...{ datasets: [official.dataset], layers: [layers], filters: [filters], kernels: [kernel] },
    ...{ activations: [activation], seeds: [seed], depths }
  })
  const ofGrid = (depths: "ends" | "divisors", layers: number) => () =>
    report.node({ ...page, trials: { grids: [grid(depths, layers) as unknown as Grid] } })
  expect(ofGrid("divisors", layers)).toThrow("nothing is selected where the official test set validates")
  expect(ofGrid("divisors", 2)).not.toThrow()
  expect(ofGrid("ends", layers)).not.toThrow()
})

test.each(
  (
    [
      [{ scale: 0 }, /scale/],
      [{ scale: -1 }, /scale/],
      [{ loss: "mse" }, /cross-entropy.*squared-error.*kl-divergence/],
      [{ loss: "kl-divergence" }, /loss: kl-divergence is to the probabilities of a teacher, and there is none/],
      [{ teacher }, /teacher: cross-entropy is of labels/],
      [{ loss: "kl-divergence", teacher: { ...teacher, acting: 5 } }, /acting: it has 4 residual layers, not 5/],
      [{ loss: "kl-divergence", teacher: { ...teacher, loss: "kl-divergence" } }, /a teacher has none itself/],
      [{ loss: "kl-divergence", teacher: { ...teacher, depth: 3 } }, /3 blocks cannot share 4 layers/],
      [{ loss: "squared-error", teacher: other }, /made for images and classes of 3×28×28×10, not of 1×28×28×10/],
      [
        { schedule: { kind: "cosine", warmup: 5, epochs: 5, last: 0 } },
        /the warm-up of 5 epochs must end before the 5/
      ],
      [{ schedule: { kind: "step", warmup: 0, every: 0, factor: 0.1 } }, /every/],
      [{ optimizer: { ...trial.optimizer, decay: { kind: "l1", rate: 0.1 } } }, /decay/],
      [{ patience: 0 }, /patience/],
      [{ until: {} }, /until = {}: expected a training loss, a gradient norm or both/],
      [{ until: { loss: 0 } }, /until\.loss = 0/],
      [
        { until: { loss: 0.1 }, patience: 3 },
        /until: it is for trainings one by one whose last weights count, not with pat/
      ],
      [{ until: { loss: 0.1 }, keep: "best" }, /not with keep/],
      [{ until: { loss: 0.1 }, batched: true }, /not with batched/],
      [{ until: { loss: 0.1 }, dataset: { ...trial.dataset, standardize: true } }, /not for standardized images/],
      [{ ...whole, until: { loss: 0.1 } }, /until is for methods that go by mini-batches/],
      [
        { optimizer: lbfgs },
        /batch = 32 is not the 9000 training examples: the method lbfgs takes all examples at once/
      ],
      [{ ...whole, patience: 3 }, /patience is for methods that go by mini-batches/],
      [{ ...whole, schedule: { kind: "constant", warmup: 1 } }, /schedule is for methods that go by mini-batches/],
      [{ ...whole, optimizer: { ...lbfgs, decay: { kind: "decoupled", rate: 1 } } }, /decay/],
      [{ ...whole, optimizer: { ...lbfgs, gradientNorm: -1 } }, /gradientNorm/],
      [{ ...whole, optimizer: { ...lbfgs, history: 0 } }, /history/]
    ] as ReadonlyArray<readonly [object, RegExp]>
  ).map(([wrong, words]) => [String(words), wrong, words] as const)
)("refused when it is planned: %s", (_, wrong, words) => {
  expect(() => train.node({ ...trial, ...wrong } as TrainParameters)).toThrow(words)
})
