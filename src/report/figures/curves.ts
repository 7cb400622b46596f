/** Learning curves: loss by epoch. */

import type { HistoryLine } from "../../results/history.ts"
import { bySeries, type MeanPoint, overSeeds, type SeedPoint, seriesOf, slice } from "../evidence/grid.ts"
import { ascending, distinct } from "../evidence/groups.ts"
import { lossWords } from "../evidence/loss.ts"
import { type Finished, isFinished } from "../evidence/trial.ts"
import { trialName } from "../evidence/verdicts.ts"
import { type Figure, hover, hoverable, type Panel } from "../page/figures.ts"
import { count, list, significant } from "../page/format.ts"
import { seriesScales, valueScale } from "../page/scales.ts"
import type { Facet } from "./facets.ts"

const mostPanels = 6

/** Values spread over a list, first and last among them. */
function spread(values: ReadonlyArray<number>): ReadonlyArray<number> {
  const most = Math.min(mostPanels, values.length)
  return values.length <= most
    ? values
    : Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))])
}

type WithCurve = Finished & { readonly history: ReadonlyArray<HistoryLine> }
const hasCurve = (trial: Finished): trial is WithCurve => trial.history !== undefined

/** Where the validation curve of each trial ends. */
const endsOf = (trials: ReadonlyArray<WithCurve>) =>
  trials.flatMap((trial) => {
    const end = trial.history.at(-1)
    if (end === undefined || !Number.isFinite(end.validationLoss)) return []
    const hover = `${trialName(trial)}, epoch ${end.epoch}: validation loss ${significant(end.validationLoss)}`
    return seriesOf(trial.network).map((series) => ({ series, x: end.epoch, value: end.validationLoss, hover }))
  })

/** What a line says of itself: "sequential, training: mean of 8 seeds". */
const lineName = (series: string, split: string, seeds: number) =>
  `${series}, ${split}: mean of ${count(seeds, "seed")}`

/** Mean, least and greatest over trials, by series and epoch. */
function byEpoch(
  trials: ReadonlyArray<WithCurve>,
  loss: (line: HistoryLine) => number | null
): ReadonlyArray<MeanPoint> {
  const points = trials.flatMap((trial) =>
    trial.history.flatMap((line): ReadonlyArray<SeedPoint> => {
      const value = loss(line)
      // Losses before training are of another size: they would press all curves to the ground.
      if (value === null || line.epoch === 0) return []
      return seriesOf(trial.network).map((series) => ({ series, x: line.epoch, seed: trial.seed, value, networks: 1 }))
    })
  )
  return overSeeds(points)
}

/** Means in runs of neighbours over as many trials: some trainings end earlier than others. */
function runs<T extends MeanPoint>(points: ReadonlyArray<T>): ReadonlyArray<T & { readonly run: number }> {
  let run = 0
  return points.map((point, i) => {
    const before = points[i - 1]
    if (before === undefined || before.series !== point.series || before.seeds !== point.seeds) run++
    return { ...point, run }
  })
}

/**
 * Training and validation loss by epoch with the fewest filters, a panel for each of up to six numbers of layers. A
 * band instead of a line for each trial, so that any number of them can be read.
 */
export function curvesFigure({ trials, name, slug, columns, cells }: Facet): Figure | undefined {
  const own = trials.filter(isFinished).filter(hasCurve)
  const fewest = Math.min(...own.map((t) => t.network.filters))
  const part = slice(own, "layers")?.trials ?? own.filter((t) => t.network.filters === fewest)
  const layers = spread([...distinct(part.map((t) => t.network.layers))].sort(ascending))
  const splits = [
    { split: "training", of: (line: HistoryLine) => line.loss },
    { split: "validation", of: (line: HistoryLine) => line.validationLoss }
  ] as const
  const curves = layers.flatMap((n) => {
    const group = part.filter((t) => t.network.layers === n)
    return splits.flatMap(({ split, of }) => byEpoch(group, of).map((point) => ({ split, layers: n, ...point })))
  })
  // One epoch is a point, no curve.
  if (new Set(curves.map((c) => c.x)).size < 2) return undefined
  const { scale, axis, suffix } = valueScale(
    curves.flatMap((c) => [c.low, c.high]),
    "~r"
  )
  const { color } = seriesScales([...distinct(curves.map((c) => c.series))].sort(bySeries))
  const colour = { ...color, legend: { symbolType: "stroke", symbolOpacity: 1, symbolStrokeWidth: 2 } }
  const x = {
    field: "x",
    type: "quantitative",
    scale: { nice: false },
    axis: { title: "Epoch", format: "d", tickCount: 5 }
  }
  const y = { type: "quantitative", scale, axis }
  const dashes = { domain: ["validation", "training"], range: [[1, 0], [4, 3]] } // biome-ignore format: one line
  const panels = layers.map((n): Panel => {
    const here = curves.filter((c) => c.layers === n)
    const epochs = Math.max(...here.map((c) => c.x))
    const ends = here.filter((c) => c.split === "validation" && c.x === epochs)
    const means = splits.flatMap(({ split }) =>
      runs(here.filter((c) => c.split === split)).map((c) => ({ ...c, hover: lineName(c.series, split, c.seeds) }))
    )
    return {
      title: `${n} ${n === 1 ? "layer" : "layers"}: loss (${lossWords(part).scale})${suffix}`,
      alt: `Validation loss ends at ${list(ends.map((c) => `${c.mean.toPrecision(3)} for ${c.series}`))} after ${count(epochs, "epoch")}.`,
      spec: {
        layer: [
          {
            data: { values: here.filter((c) => c.split === "validation") },
            mark: { type: "area", opacity: 0.18 },
            encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour }
          },
          {
            data: { values: means },
            mark: { type: "line", strokeWidth: 1.8, ...hoverable },
            encoding: {
              x,
              y: { ...y, field: "mean" },
              color: colour,
              detail: [{ field: "run" }],
              strokeDash: { field: "split", type: "nominal", scale: dashes, legend: { symbolOpacity: 1 } },
              ...hover
            }
          },
          {
            data: { values: endsOf(part.filter((t) => t.network.layers === n)) },
            mark: { type: "point", filled: true, opacity: 0.6, size: 22, ...hoverable },
            encoding: { x, y: { ...y, field: "value" }, color: colour, ...hover }
          }
        ]
      }
    }
  })
  return {
    name: `learning-curves-${slug}`,
    title: `Learning curves (${name})`,
    caption:
      `Lines are means over the seeds, with ${count(part[0].network.filters, "filter")}: solid for validation, dashed for training (the running mean of the epoch's batches). ` +
      "They begin after the first epoch. Bands reach from the least to the greatest validation loss of any trial, points are where single trials end. All panels have the same vertical scale.",
    panels,
    columns: [
      ...columns,
      ...["split", "layers", "architecture", "epoch", "mean", "least", "greatest", "trials"].map((column) => ({
        name: column,
        title: column
      }))
    ],
    rows: curves.map((c) => [...cells, c.split, c.layers, c.series, c.x, c.mean, c.low, c.high, c.seeds])
  }
}
