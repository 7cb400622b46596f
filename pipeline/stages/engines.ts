/** Which engine computes a trial, where a study says `auto`: settled before there is any key. */
import { fastest, type Shape, shapeName } from "../../src/engine/choice/choice.ts"
import { type EngineName, EngineSetting, type Grid, ScoringSetting, type TrainParameters } from "./schemas.ts"
import { imageShape } from "./trial.ts"

type Trial = Omit<TrainParameters, "engine" | "scoredBy">

const shapeOf = (trial: Pick<Trial, "dataset" | "layers" | "filters" | "kernel" | "residual" | "batch">): Shape => ({
  ...imageShape(trial.dataset),
  layers: trial.layers,
  filters: trial.filters,
  kernel: trial.kernel,
  residual: trial.residual,
  batch: trial.batch
})

/** The settings of a study that say which engines compute it. */
export const engineSettings = { engine: EngineSetting, "evaluate.engine": ScoringSetting }
export interface EngineSettings {
  readonly engine: EngineSetting
  readonly "evaluate.engine": ScoringSetting
}

const scoring = (setting: ScoringSetting, engine: EngineName) =>
  setting === "same" || setting === engine ? {} : { scoredBy: setting }

/** Trials with their engines. */
export function withEngines(
  trials: ReadonlyArray<Trial>,
  { engine, "evaluate.engine": scorer }: EngineSettings
): ReadonlyArray<TrainParameters> {
  if (engine !== "auto") return trials.map((trial) => ({ ...trial, engine, ...scoring(scorer, engine) }))
  const chosen = fastest(distinct(trials.map(shapeOf)))
  return trials.map((trial) => {
    const engine = chosen.get(shapeName(shapeOf(trial)))!
    return { ...trial, engine, ...scoring(scorer, engine) }
  })
}

export type GridOfAnyEngine = Omit<Grid, "engine" | "scoredBy">

/** Grids with their engines; one whose shapes differ in it becomes several grids of one engine each. */
export function gridsWithEngines(
  grids: ReadonlyArray<GridOfAnyEngine>,
  settings: EngineSettings
): readonly [Grid, ...Array<Grid>] {
  const [first, ...rest] = grids.flatMap((grid) => gridsOfOneEngine(grid, settings))
  return [first, ...rest]
}

function gridsOfOneEngine(
  grid: GridOfAnyEngine,
  { engine, "evaluate.engine": scorer }: EngineSettings
): ReadonlyArray<Grid> {
  if (engine !== "auto") return [{ ...grid, engine, ...scoring(scorer, engine) }]
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
    const theEngine = { engine, ...scoring(scorer, engine) }
    if (engines.length === 1) return [{ ...grid, ...theEngine }]
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
        ...theEngine,
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

/** The report's line on engines, with the number of trials of each where there are several. */
export function engineAssumption(trials: ReadonlyArray<Pick<TrainParameters, "engine" | "scoredBy">>) {
  const counts = new Map<string, number>()
  for (const { engine, scoredBy } of trials) {
    const name = scoredBy === undefined ? engine : `${engine}, scored by ${scoredBy}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const names = [...counts.keys()]
  const value =
    names.length === 1
      ? names[0]
      : names.map((name) => `${name} (${counts.get(name)!.toLocaleString("en-US")} trials)`).join("; ")
  const why = names.every((name) => name === "wasm")
    ? "own kernels in float32: the same bits on every machine"
    : "float32; TensorFlow.js gives the same within its tolerance, and the networks of a pair share one engine"
  return { name: "engine", value, why }
}
