/** Which engine computes a trial, where a study says `auto`: settled before there is any key. */
import * as Schema from "effect/Schema"
import { fastest, type Shape, shapeName } from "../../src/engine/choice/choice.ts"
import type { EngineDescriptor, Role } from "../../src/engine/descriptor.ts"
import type { Precision } from "../../src/engine/engine.ts"
import { descriptorOf, enginesFor, useOf } from "../../src/engine/engines.ts"
import type { EngineUse } from "../../src/graph/compute.ts"
import { ParameterError } from "../../src/graph/errors.ts"
import { count } from "../../src/report/page/format.ts"
import { batching } from "./batching.ts"
import {
  type EngineName,
  EngineSetting,
  type Grid,
  isSecondOrder,
  ScoringSetting,
  type TrainParameters
} from "./schemas.ts"
import { imageShape, networkOf, trialLabel } from "./trial.ts"

type Trial = Omit<TrainParameters, "engine" | "scoredBy" | "batched">

const shapeOf = (trial: Pick<Trial, "dataset" | "layers" | "filters" | "kernel" | "residual" | "batch">): Shape => ({
  ...imageShape(trial.dataset),
  layers: trial.layers,
  filters: trial.filters,
  kernel: trial.kernel,
  residual: trial.residual,
  batch: trial.batch
})

/**
 * The settings of a study that say which engines compute it, and whether small networks of one shape are trained
 * together.
 */
export const engineSettings = { engine: EngineSetting, "evaluate.engine": ScoringSetting, batched: Schema.Boolean }
export interface EngineSettings {
  readonly engine: EngineSetting
  readonly "evaluate.engine": ScoringSetting
  readonly batched: boolean
}

const trainsGroups = (engine: EngineName): boolean => descriptorOf(engine).modules.groups !== undefined

/** Throws `ParameterError` where trials are to be batched on an engine that cannot. */
function checkBatched({ engine, batched }: EngineSettings): void {
  if (!batched || engine === "auto" || trainsGroups(engine)) return
  const able = enginesFor("groups").join(", ")
  const problem = `batched = true: the engine ${engine} trains one network at a time; choose one of ${able} (--engine)`
  throw new ParameterError({ where: "the settings", problems: [problem] })
}

const scoring = (setting: ScoringSetting, engine: EngineName) =>
  setting === "same" || setting === engine ? {} : { scoredBy: setting }

/** Trials with their engines. */
export function withEngines(trials: ReadonlyArray<Trial>, settings: EngineSettings): ReadonlyArray<TrainParameters> {
  checkBatched(settings)
  const { engine, "evaluate.engine": scorer, batched } = settings
  const withEngine = (trial: Trial, engine: EngineName): TrainParameters => ({
    ...trial,
    engine,
    ...scoring(scorer, engine),
    ...batching(batched && trainsGroups(engine), trial.filters)
  })
  if (engine !== "auto") return trials.map((trial) => withEngine(trial, engine))
  const chosen = fastest(distinct(trials.map(shapeOf)))
  return trials.map((trial) => withEngine(trial, chosen.get(shapeName(shapeOf(trial)))!))
}

export type GridOfAnyEngine = Omit<Grid, "engine" | "scoredBy" | "batched">

/** Grids with their engines; one whose shapes differ in it becomes several grids of one engine each. */
export function gridsWithEngines(
  grids: ReadonlyArray<GridOfAnyEngine>,
  settings: EngineSettings
): readonly [Grid, ...Array<Grid>] {
  checkBatched(settings)
  const [first, ...rest] = grids.flatMap((grid) => gridsOfOneEngine(grid, settings))
  return [first, ...rest]
}

function gridsOfOneEngine(
  grid: GridOfAnyEngine,
  { engine, "evaluate.engine": scorer, batched }: EngineSettings
): ReadonlyArray<Grid> {
  const ofEngine = (engine: EngineName) => ({
    engine,
    ...scoring(scorer, engine),
    ...(batched && trainsGroups(engine) ? { batched } : {})
  })
  if (engine !== "auto") return [{ ...grid, ...ofEngine(engine) }]
  const { batch } = grid
  const cells = grid.datasets.flatMap((dataset) =>
    grid.kernels.flatMap((kernel) =>
      grid.filters.flatMap((filters) =>
        grid.layers.map((layers) => ({ dataset, kernel, filters, layers, residual: true, batch }))
      )
    )
  )
  const chosen = fastest(distinct(cells.map(shapeOf)))
  const engineOf = (cell: (typeof cells)[number]) => chosen.get(shapeName(shapeOf(cell)))!
  const engines = [...new Set(cells.map(engineOf))]
  return engines.flatMap((engine): ReadonlyArray<Grid> => {
    if (engines.length === 1) return [{ ...grid, ...ofEngine(engine) }]
    // Series over layers stay together; whatever else the engine depends on is a grid of its own.
    const series = new Map<string, { readonly cell: (typeof cells)[number]; readonly layers: Array<number> }>()
    for (const cell of cells.filter((cell) => engineOf(cell) === engine)) {
      const { dataset, kernel, filters, layers } = cell
      const name = JSON.stringify([dataset, kernel, filters])
      const known = series.get(name)
      if (known === undefined) series.set(name, { cell, layers: [layers] })
      else known.layers.push(layers)
    }
    return [...series.values()].map(
      ({ cell: { dataset, kernel, filters }, layers: [first, ...more] }): Grid => ({
        ...grid,
        ...ofEngine(engine),
        datasets: [dataset],
        kernels: [kernel],
        filters: [filters],
        layers: [first, ...more]
      })
    )
  })
}

const distinct = (shapes: ReadonlyArray<Shape>): ReadonlyArray<Shape> => [
  ...new Map(shapes.map((shape) => [shapeName(shape), shape])).values()
]

/** What trains a trial. Throws `ParameterError` where the engine cannot. */
export function trainingUse(trial: TrainParameters): EngineUse {
  const { engine, batched, optimizer } = trial
  const { standardize } = trial.dataset
  if (standardize === true && (isSecondOrder(optimizer) || batched === true)) {
    const what = batched === true ? "trainings in groups" : `the method ${optimizer.method}`
    const problem = `standardize: images are standardized for trainings by mini-batches, one by one, not for ${what}`
    throw new ParameterError({ where: trialLabel(trial), problems: [problem] })
  }
  if (standardize === true) return usable(engine, "standardized", trial)
  if (isSecondOrder(optimizer)) return usable(engine, "secondOrder", trial, optimizer.precision)
  return usable(engine, batched === true ? "groups" : "training", trial)
}

/** What scores it. Throws `ParameterError` where the engine cannot. */
export const scoringUse = (trial: TrainParameters): EngineUse =>
  usable(trial.scoredBy ?? trial.engine, trial.dataset.standardize === true ? "standardized" : "training", trial)

function usable(engine: EngineName, role: Role, trial: TrainParameters, precision?: Precision): EngineUse {
  const why = descriptorOf(engine).refuses?.(networkOf(trial))
  if (why === undefined) return useOf(engine, role, precision)
  throw new ParameterError({
    where: trialLabel(trial),
    problems: [`the engine ${engine} cannot compute this network: ${why}`]
  })
}

/** Whether what an engine computes takes a GPU. */
export const takesGpu = (engine: EngineName): boolean => descriptorOf(engine).device === "gpu"

/**
 * Whether several threads pay for `work` · 10⁹ operations: some engines give the same bits for any number of them, and a
 * thread takes a tenth of a second to start.
 */
export const paysThreads = (engine: EngineName, work: number): boolean => descriptorOf(engine).threads && work >= 50

/** The report's line on engines, with the number of trials of each where there are several, and their numeric classes. */
export function engineAssumption(trials: ReadonlyArray<TrainParameters>) {
  const counts = new Map<string, number>()
  const classes = new Set<string>()
  const engines = new Set<EngineName>()
  for (const trial of trials) {
    const { engine, scoredBy, batched } = trial
    const trainedBy = batched === true ? `${engine}, several networks at once` : engine
    const name = scoredBy === undefined ? trainedBy : `${trainedBy}, scored by ${scoredBy}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
    for (const { numericClass } of [trainingUse(trial), scoringUse(trial)]) classes.add(numericClass)
    for (const one of [engine, scoredBy ?? engine]) engines.add(one)
  }
  const names = [...counts.keys()]
  const value =
    names.length === 1 ? names[0] : names.map((name) => `${name} (${count(counts.get(name)!, "trial")})`).join("; ")
  const descriptors = [...engines].map(descriptorOf)
  const titles = (some: ReadonlyArray<EngineDescriptor>) => [...new Set(some.map(({ title }) => title))].join(" and ")
  const inexact = descriptors.filter(({ exact }) => !exact)
  const which = `float32 (numeric class ${[...classes].join(", ")})`
  const why =
    inexact.length === 0
      ? `${titles(descriptors)} in ${which}: the same bits on every machine that computes in it`
      : `${which}; ${titles(inexact)} gives the same within its tolerance, and the networks of a pair share one engine`
  return { name: "engine", value, why }
}
