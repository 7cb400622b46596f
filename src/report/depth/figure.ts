/** Loss against depth, a line for each number of filters. */

import { mean } from "../../statistics/statistics.ts"
import { configurationOf } from "../evidence/grid.ts"
import { ascending, distinct } from "../evidence/groups.ts"
import { lossWords } from "../evidence/loss.ts"
import { isFinished } from "../evidence/trial.ts"
import { trialName } from "../evidence/verdicts.ts"
import { joined } from "../figures/charts.ts"
import type { Facet } from "../figures/facets.ts"
import { type Figure, hover, hoverable, type Panel } from "../page/figures.ts"
import { count, list, significant } from "../page/format.ts"
import { orderedColours, valueScale } from "../page/scales.ts"

/** Numbers of layers that have a figure of their own. */
const MOST = 3

/** A figure for each number of layers, the largest, that has finished networks of more than two depths. */
export function depthFigures(facet: Facet): ReadonlyArray<Figure> {
  const layers = [...distinct(facet.trials.map((t) => t.network.layers))].sort(ascending).slice(-MOST)
  return layers.flatMap((n) => figureOf(facet, n, n === layers.at(-1) ? "" : `-layers-${n}`) ?? [])
}

function figureOf(facet: Facet, layers: number, suffix: string): Figure | undefined {
  const own = facet.trials.filter((t) => t.network.layers === layers && t.network.residual).filter(isFinished)
  const depths = [...distinct(own.map((t) => t.network.depth))].sort(ascending)
  if (depths.length < 3) return undefined
  const filters = [...distinct(own.map((t) => t.network.filters))].sort(ascending)
  const lines = (["train", "validation"] as const).map((split) => ({
    split,
    points: filters.flatMap((f) => {
      const series = own.filter((t) => t.network.filters === f)
      return depths.flatMap((depth) => {
        const losses = series.filter((t) => t.network.depth === depth).map((t) => t.metrics[split].loss)
        const filters = String(f)
        return losses.length === 0
          ? []
          : [
              {
                series: filters,
                filters,
                x: depth,
                mean: mean(losses),
                ...rangeOf(losses),
                hover: `depth ${depth}, ${count(f, "filter")}: ${significant(mean(losses))}, mean of ${count(losses.length, "seed")}`
              }
            ]
      })
    })
  }))
  const panels = lines.map(({ split, points }): Panel => {
    const seeds = own.map((t) => ({
      x: t.network.depth,
      filters: String(t.network.filters),
      seed: `${configurationOf(t)}/${t.seed}`,
      mean: t.metrics[split].loss,
      hover: `${trialName(t)}: ${significant(t.metrics[split].loss)}`
    }))
    const { scale, axis, suffix } = valueScale(
      seeds.map((p) => p.mean),
      "~r"
    )
    const ends = filters.map((f) => {
      const line = points.filter((p) => p.filters === String(f))
      return `${f}: ${line[0].mean.toPrecision(3)} to ${line[line.length - 1].mean.toPrecision(3)}`
    })
    const encoding = {
      x: {
        field: "x",
        type: "quantitative",
        scale: { type: "log", base: 2, nice: false, domain: [depths[0] * 0.92, depths[depths.length - 1] * 1.08] },
        axis: { title: "Depth d (1: parallel)", values: depths, format: "d" }
      },
      y: { field: "mean", type: "quantitative", scale, axis },
      color: {
        field: "filters",
        type: "nominal",
        scale: { domain: filters.map(String), range: orderedColours(filters.length) },
        legend: filters.length < 2 ? null : { title: "Filters", symbolOpacity: 1 }
      }
    }
    const detail = [{ field: "run" }]
    return {
      title: `${split === "train" ? "Training" : "Validation"} loss (${lossWords(own).scale})${suffix}`,
      alt: `From the shallowest to the deepest, by filters: ${list(ends)}.`,
      spec: {
        layer: [
          {
            data: { values: seeds },
            mark: { type: "line", strokeWidth: 0.7, opacity: 0.35 },
            encoding: { ...encoding, detail: [{ field: "seed" }] }
          },
          {
            data: { values: seeds },
            mark: { type: "point", filled: true, opacity: 0.35, size: 18, ...hoverable },
            encoding: { ...encoding, ...hover }
          },
          {
            data: { values: joined(points) },
            mark: { type: "line", strokeWidth: 2 },
            encoding: { ...encoding, detail }
          },
          {
            data: { values: points.filter((p) => p.seeds > 1) },
            mark: { type: "point", filled: true, opacity: 1, size: 45, ...hoverable },
            encoding: { ...encoding, ...hover }
          },
          {
            data: { values: points.filter((p) => p.seeds === 1) },
            mark: { type: "point", filled: false, strokeWidth: 1.6, size: 50, ...hoverable },
            encoding: { ...encoding, ...hover }
          }
        ]
      }
    }
  })
  return {
    name: `by-depth-${facet.slug}${suffix}`,
    title: `Loss against depth, ${count(layers, "layer")} (${facet.name})`,
    caption:
      "Each large point is the mean over the seeds of networks with that depth and number of filters, small points and thin lines are seeds; a line joins means of as many seeds, a single seed is hollow.",
    panels,
    columns: [
      ...facet.columns,
      ...["split", "layers", "filters", "depth", "loss", "seeds"].map((name) => ({ name, title: name }))
    ],
    rows: lines.flatMap(({ split, points }) =>
      points.map((p) => [...facet.cells, split, layers, p.filters, p.x, p.mean, p.seeds])
    )
  }
}

const rangeOf = (values: ReadonlyArray<number>) => ({
  low: Math.min(...values),
  high: Math.max(...values),
  seeds: values.length
})
