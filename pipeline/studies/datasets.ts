import * as Schema from "effect/Schema"
import { Axis, eachOnce } from "../../src/graph/axis.ts"
import { canonical } from "../../src/graph/canonical.ts"
import type { DeclaredClaim, ReadOutput, Standing } from "../../src/graph/design.ts"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { classes } from "../stages/classes.ts"
import { rates } from "../stages/cost.ts"
import {
  type DatasetsParameters,
  type DatasetsParts,
  datasetsReport,
  gridsIn,
  Looks
} from "../stages/datasets-report.ts"
import { engineAssumption } from "../stages/engines.ts"
import { evaluate } from "../stages/evaluate.ts"
import { configurationsOf, dataSetsOf, distinctTrialsOf } from "../stages/grid.ts"
import { Count, Fraction, Positive } from "../stages/numbers.ts"
import { report } from "../stages/report.ts"
import type { Sample } from "../stages/sample.ts"
import { type DataSetParameters, Grid, TrainParameters } from "../stages/schemas.ts"
import { prepared } from "../stages/steps.ts"
import { initialValues, preprocessing, rmsprop, splitOff, stem } from "./assumptions.ts"
import { cheapFirst, dataSetNamed, nonEmpty } from "./grid.ts"
import { drawnTrialsIn, drawOf, sampleIn, samplingAssumptions, samplingSettings, wholeGrid } from "./sampling.ts"

const { layers, filters, seeds, batch, epochs } = Grid.fields

const Settings = Schema.Struct({
  datasets: Axis(Schema.String),
  /** Numbers of layers of the series with the fewest filters. */
  layers,
  /** Numbers of filters of the other series, at `seriesLayers` layers. */
  filters,
  seriesLayers: TrainParameters.fields.layers,
  /** Training images at most, where a set has as many. */
  examples: Count,
  /** Training images of the series that has as many of every set. */
  commonExamples: Count,
  /** Validation images at most. */
  validation: Count,
  /** Which of the data sets are made harder by wrong training labels, by which shares of them, with how many layers. */
  noiseDatasets: Schema.Array(Schema.String),
  noise: Schema.Array(Fraction.check(Schema.isGreaterThan(0))).check(eachOnce((share: number) => share)),
  noiseLayers: layers,
  seeds,
  /** Numbers of seeds at which the claims are looked at: `seeds` first, then the numbers after them. */
  looks: Looks,
  batch,
  /** Of the series on few images, which have fewer steps in an epoch. */
  commonBatch: batch,
  epochs,
  learningRate: Positive,
  ...samplingSettings,
  engine: TrainParameters.fields.engine
})
type Settings = typeof Settings.Type
type Parts = DatasetsParts & Pick<DatasetsParameters, "looks">

/** Deep or shallow on more complex data: the paper's two series on several data sets, at equal numbers of images. */
export const datasets = (all: ReadonlyArray<ImageDataSet>) => {
  const partsOf = (settings: Settings): Parts => {
    const { layers, filters, seriesLayers, examples, commonExamples, looks, seeds, batch, epochs, engine } = settings
    const named = settings.datasets.map((name) => dataSetNamed(all, name, "datasets").parameters)
    const of = (images: number) => nonEmpty(named.map((dataset) => used(dataset, settings.validation, images)))
    const fewest = Math.min(...filters)
    const narrow: Grid = {
      ...{ datasets: of(examples), layers, depths: "ends", filters: [fewest], kernels: [3], activations: ["relu"] },
      ...{ seeds: lookedAt(settings), optimizer: rmsprop(settings.learningRate), batch, epochs, engine }
    }
    const series: DatasetsParameters["series"] = [
      {
        name: "few",
        title: `${commonExamples} images of each set, ${seriesText(fewest, layers)}`,
        grid: { ...narrow, datasets: of(commonExamples), batch: settings.commonBatch }
      },
      { name: "layers", title: `Up to ${examples} images, ${seriesText(fewest, layers)}`, grid: narrow },
      {
        name: "filters",
        title: `Up to ${examples} images, ${seriesLayers} layers, ${filters.join(", ")} filters`,
        grid: { ...narrow, layers: [seriesLayers], filters }
      }
    ]
    const noisy = narrow.datasets.filter(({ name }) => settings.noiseDatasets.includes(name))
    const noise = [0, ...settings.noise].flatMap((share) =>
      noisy.length === 0 || settings.noise.length === 0
        ? []
        : [
            {
              share,
              grid: {
                ...narrow,
                layers: settings.noiseLayers,
                datasets: nonEmpty(noisy.map((dataset) => prepared(dataset, { labelNoise: share })))
              }
            }
          ]
    )
    // With as many filters as an image has channels two linear maps can be any.
    const channels = [...new Set(named.map(({ shape }) => shape.channels))]
    const linear = channels.map(
      (count): Grid => ({
        ...narrow,
        ...{ layers: [1], filters: [count], kernels: [1], activations: ["identity"], seeds },
        datasets: nonEmpty(of(examples).filter(({ shape }) => shape.channels === count))
      })
    )
    return { looks, series, noise, linear }
  }
  const portionsOf = (settings: Settings) => {
    const parts = partsOf(settings)
    const rankOf = (trial: TrainParameters): number => {
      if (trial.activation === "identity") return 1
      if (trial.batch === settings.commonBatch && trial.dataset.examples === settings.commonExamples) return 0
      if (trial.dataset.labelNoise !== undefined) return 3
      if (trial.filters === Math.min(...settings.filters)) return 2
      return 3 + [...settings.filters].sort((a, b) => a - b).indexOf(trial.filters)
    }
    const groups = gridsIn(parts).flatMap(configurationsOf)
    const each = [...new Map(groups.map((group) => [canonical(group[0]), group])).values()]
    return cheapFirst(each, rankOf)
  }
  /** The two series on many images, with the seeds of the first look: what a sample is drawn of. */
  const sampledGrids = (settings: Settings): readonly [Grid, ...Array<Grid>] => {
    const { series } = partsOf({ ...settings, looks: [settings.seeds.length] })
    const fewest = Math.min(...settings.filters)
    const wider = settings.filters.filter((filters) => filters !== fewest)
    return nonEmpty(
      series.flatMap(({ name, grid }) => {
        if (name === "layers") return [grid]
        return name === "filters" && wider.length > 0 ? [{ ...grid, filters: nonEmpty(wider) }] : []
      })
    )
  }
  const sampledPortions = (settings: Settings, sample: Sample) => {
    const drawn = new Set(drawnTrialsIn("datasets", sampledGrids(settings), sample).map(canonical))
    const groups = sampledGrids(settings).flatMap(configurationsOf)
    return cheapFirst(groups.filter(([trial]) => drawn.has(canonical(trial))))
  }
  const sampledReport = (settings: Settings, sample: Sample, name: string) => {
    const grids = sampledGrids(settings)
    const engine = engineAssumption(drawnTrialsIn("datasets", grids, sample))
    return report.node(
      {
        title: "Deep or shallow on more complex data, by a sample",
        question,
        assumptions: [...samplingAssumptions(sample), ...assumptionsOf(settings), engine],
        trials: { grids, sample }
      },
      { name, publish: `reports/${name}` }
    )
  }
  return defineStudy({
    name: "datasets",
    title: "Deep or shallow on more complex data: the paper's two series on several data sets",
    settings: Settings,
    values: {
      datasets: ["digits", "mnist", "fashion-mnist", "cifar10", "cifar100-fifth", "breastmnist", "pneumoniamnist"],
      layers: [1, 2, 4, 8, 16, 32],
      filters: [1, 2, 4, 8],
      seriesLayers: 16,
      examples: 10_000,
      commonExamples: 500,
      validation: 2_000,
      noiseDatasets: ["digits", "cifar10"],
      noise: [0.1, 0.2, 0.4],
      noiseLayers: [4, 16],
      seeds: [0, 1, 2, 3, 4, 5, 6, 7],
      looks: [8, 12, 16, 24],
      batch: 64,
      commonBatch: 16,
      epochs: 30,
      learningRate: 1e-3,
      ...wholeGrid,
      engine: "wasm"
    },
    nodes: (settings, { name }) => {
      const sample = sampleIn(settings)
      if (sample !== undefined) return [sampledReport(settings, sample, name)]
      const parts = partsOf(settings)
      return [
        datasetsReport.node(
          {
            title: "Deep or shallow on more complex data",
            question,
            assumptions: [...assumptionsOf(settings), engineAssumption(distinctTrialsOf(gridsIn(parts)))],
            ...parts
          },
          { name, publish: `reports/${name}` }
        )
      ]
    },
    portions: (settings) => {
      const sample = sampleIn(settings)
      const all = sample === undefined ? portionsOf(settings) : sampledPortions(settings, sample)
      return all.map((trials) => trials.map((trial) => evaluate.node(trial)))
    },
    draw: (settings) => {
      const sample = sampleIn(settings)
      return sample && drawOf("datasets", sampledGrids(settings), sample)
    },
    // Seeds of later looks count as far as they are there.
    borrows: (settings) =>
      settings.sample !== null
        ? []
        : distinctTrialsOf(gridsIn(partsOf(settings)))
            .filter(({ seed }) => !settings.seeds.includes(seed))
            .map((trial) => evaluate.node(trial)),
    design: (settings) => {
      if (settings.sample !== null) return undefined
      const parts = partsOf(settings)
      return { claims: claimsOf(parts, lookedAt(settings)), judge: (read) => judged(parts, read) }
    }
  })
}

const question =
  "The paper compares deep and shallow networks on MNIST and CIFAR10, and asks what more complex data would say. Are they about equal on other sets of images too, hard ones and easy ones, and with few images of each?"

/** A part of a data set: at most so many training and validation images. */
function used(dataset: DataSetParameters, most: number, images: number): DataSetParameters {
  const validation = dataset.validation === "test" ? most : Math.min(dataset.validation, most)
  const there = dataset.shape.count - validation
  return prepared({ ...dataset, validation }, { examples: Math.min(images, there) })
}

/** The seeds of the first look, and of those after it the next numbers. */
function lookedAt({ seeds, looks }: Pick<Settings, "seeds" | "looks">): Settings["seeds"] {
  const [first, ...rest] = seeds
  const more: Array<number> = [...rest]
  for (let next = 0; more.length + 1 < Math.max(...looks); next++)
    if (next !== first && !more.includes(next)) more.push(next)
  return [first, ...more]
}

/** How the claims stand: a series on a data set each, and what wrong labels change on each that has them. */
async function judged(parts: Parts, read: ReadOutput): Promise<ReadonlyArray<Standing>> {
  const [{ findingsOf, placed, trendsOf, VALIDATION }, { changeWords, lookedText }, { datasetsTrials }] =
    await Promise.all([
      import("../../src/report/datasets/rows.ts"),
      import("../../src/report/datasets/words.ts"),
      import("../stages/compute/datasets-trials.ts")
    ])
  const trials = distinctTrialsOf(gridsIn(parts))
  const collections = {
    datasets: dataSetsOf(trials).map((dataset) => ({ counts: read(classes.node({ dataset }), "counts") })),
    trials: trials.map((trial) => ({ metrics: read(evaluate.node(trial), "metrics") }))
  }
  const { series, noise } = placed(datasetsTrials(parts, collections, rates))
  return [
    ...findingsOf(series, parts.looks).map(({ looked: { validation } }) => ({
      verdict: lookedText(validation, VALIDATION),
      next: validation.next
    })),
    ...trendsOf(noise, parts.looks).map(({ looked }) => ({ verdict: changeWords(looked), next: looked.next }))
  ]
}

/** The claims in the same order, each with the pairs that a look takes. */
function claimsOf({ series, noise }: Parts, seeds: Settings["seeds"]): ReadonlyArray<DeclaredClaim> {
  const claim = (name: string, grids: ReadonlyArray<Grid>): DeclaredClaim => ({
    name,
    nodes: (count) =>
      distinctTrialsOf(grids)
        .filter(({ layers, seed }) => layers > 1 && seeds.indexOf(seed) < count)
        .map((trial) => evaluate.node(trial))
  })
  const of = (grid: Grid, name: string): Grid => ({
    ...grid,
    datasets: nonEmpty(grid.datasets.filter((dataset) => dataset.name === name))
  })
  const [clean] = noise
  return [
    ...series.flatMap(({ name, grid }) =>
      grid.datasets.map((dataset) => claim(`${name}/${dataset.name}`, [of(grid, dataset.name)]))
    ),
    ...(clean?.grid.datasets ?? []).map((dataset) =>
      claim(
        `noise/${dataset.name}`,
        noise.map(({ grid }) => of(grid, dataset.name))
      )
    )
  ]
}

const seriesText = (filters: number, layers: ReadonlyArray<number>): string =>
  `${filters} ${filters === 1 ? "filter" : "filters"}, ${layers.join(", ")} layers`

function assumptionsOf(settings: Settings) {
  const { batch, commonBatch, epochs, learningRate, examples, commonExamples, validation } = settings
  return [
    {
      name: "training",
      value: `RMSprop, learning rate ${learningRate}, batch ${batch}, ${epochs} epochs`,
      why: "more and larger steps than in the paper, for fewer images"
    },
    {
      name: "training images",
      value: `at most ${examples.toLocaleString("en-US")}, stratified`,
      why: "about equal K, and with it equal Q for images of one size; small sets give all they have"
    },
    {
      name: "few images",
      value: `${commonExamples} of each set, batch ${commonBatch}`,
      why: "the same K for all sets, as many as the smallest has; the smaller batch gives more steps"
    },
    { name: "validation images", value: `at most ${validation.toLocaleString("en-US")}`, why: splitOff.why },
    preprocessing,
    stem,
    initialValues
  ]
}
