/** What `pipeline new study NAME` writes: a small study that works as it is, to be made into another one. */
import type { Named, Written } from "./written.ts"

const declaration = ({ name, ident }: Named) => `import * as Schema from "effect/Schema"
import { Axis } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import { count } from "../../src/report/page/format.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { engineAssumption, engineSettings, withEngines } from "../stages/engines.ts"
import { evaluate } from "../stages/evaluate.ts"
import { report } from "../stages/report.ts"
import { Optimizer, TrainParameters } from "../stages/schemas.ts"
import { initialValues, preprocessing, splitOff } from "./assumptions.ts"
import { cheapFirst, dataSetNamed, deepAndShallow } from "./grid.ts"

const { layers, filters, seed, epochs, batch } = TrainParameters.fields

/** Every setting can be changed where the study is run: \`--set layers=2,4\`, \`--set 'optimizer={"method":…}'\`. */
const Settings = Schema.Struct({
  dataset: Schema.String,
  layers: Axis(layers),
  filters,
  seeds: Axis(seed),
  epochs,
  batch,
  optimizer: Optimizer,
  ...engineSettings
})
type Settings = typeof Settings.Type

/** Networks of some layers, in sequence and side by side. */
export const ${ident} = (datasets: ReadonlyArray<ImageDataSet>) => {
  const trialsOf = (settings: Settings): ReadonlyArray<TrainParameters> => {
    const { layers, filters, seeds, epochs, batch, optimizer } = settings
    const dataset = dataSetNamed(datasets, settings.dataset, "${name}").parameters
    const common = { dataset, filters, kernel: 3 as const, activation: "relu" as const, residual: true }
    const trials = layers.flatMap((layers) =>
      // depth = layers is the sequential network, depth = 1 the parallel one.
      deepAndShallow(layers).flatMap((depth) =>
        seeds.map((seed) => ({ ...common, layers, depth, seed, optimizer, batch, epochs }))
      )
    )
    return withEngines(trials, settings)
  }
  return defineStudy({
    name: "${name}",
    title: "Deep or shallow, in few trials",
    settings: Settings,
    values: {
      dataset: "digits",
      layers: [2, 4],
      filters: 1,
      seeds: [0, 1],
      epochs: 2,
      batch: 32,
      optimizer: { method: "adam", learningRate: 2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      engine: "wasm",
      "evaluate.engine": "same",
      batched: false
    },
    // What is asked for; all that it needs is run with it, and nothing is run twice.
    nodes: (settings, { name }) => [
      report.node(
        {
          title: \`Deep or shallow, on \${settings.dataset}\`,
          question: "Does a stack of layers do better than the same layers side by side?",
          // The page then says which command gets more seeds.
          study: name,
          // What the page says of how it came about.
          assumptions: [
            {
              name: "training",
              value: \`\${settings.optimizer.method}, batch \${settings.batch}, \${count(settings.epochs, "epoch")}\`,
              why: "enough for a first look"
            },
            splitOff,
            preprocessing,
            initialValues,
            engineAssumption(trialsOf(settings))
          ],
          trials: trialsOf(settings).map((trial) => ({ trial, expanded: null }))
        },
        { name, publish: \`reports/\${name}\` }
      )
    ],
    // The order in which \`--budget\` takes trials.
    portions: (settings) =>
      cheapFirst(trialsOf(settings).map((trial) => [trial])).map(([trial]) => [evaluate.node(trial)])
  })
}
`

const test = ({ name, ident }: Named) => `/** The study ${name} as it is declared; nothing is trained here. */
import { expect, test } from "vitest"
import { digits } from "../../../pipeline/datasets/digits.ts"
import { ${ident} } from "../../../pipeline/studies/${name}.ts"
import { buildGraph } from "../../../src/graph/graph.ts"

const study = ${ident}([digits])
const trainings = (overrides = {}) =>
  buildGraph(study.nodes(overrides))
    .nodes.filter(({ stage }) => stage.name === "train")
    .map(({ name }) => name)

test("both architectures are trained with every seed", () => {
  expect(trainings()).toHaveLength(8)
  expect(trainings()).toContain("train/digits/layers=4,depth=1,filters=1,method=adam,seed=1")
  expect(trainings({ layers: "1", seeds: "0" })).toEqual(["train/digits/layers=1,depth=1,filters=1,method=adam,seed=0"])
})

test("settings are checked", () => {
  expect(() => study.nodes({ epochs: "-1" })).toThrow("epochs = -1")
  expect(() => study.nodes({ dataset: "none" })).toThrow("there is no such data set")
})

test("a budget takes every trial once", () => {
  expect(study.portions!()).toHaveLength(8)
})
`

export const studyFiles = (named: Named): Written => ({
  files: {
    [`pipeline/studies/${named.name}.ts`]: declaration(named),
    [`test/pipeline/studies/${named.name}.test.ts`]: test(named)
  },
  list: "studies",
  import: `import { ${named.ident} } from "./studies/${named.name}.ts"`,
  entry: `${named.ident}(datasets)`,
  next: `\`pipeline run ${named.name}\` runs it`
})
