/**
 * Scores against the axes of the grid and against Q. Each figure is undefined where the trials do not hold what it
 * shows.
 */

import type { Metrics } from "../../results/metrics.ts"
import {
  bySeries,
  configurationOf,
  type MeanPoint,
  overSeeds,
  type SeedPoint,
  type Series,
  seedPoints,
  seriesOf,
  slice
} from "../evidence/grid.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import { borders } from "../evidence/intervals.ts"
import { lossWords } from "../evidence/loss.ts"
import { scopeCells, scopeColumns } from "../evidence/scope.ts"
import { isFinished, type Trial } from "../evidence/trial.ts"
import { networkName } from "../evidence/verdicts.ts"
import { colours, type Figure, hover, hoverable, type Panel } from "../page/figures.ts"
import { count, counts, list, significant } from "../page/format.ts"
import { seriesScales, valueScale } from "../page/scales.ts"
import type { Facet } from "./facets.ts"

/** Labels beside the ends of two lines, the upper one above: no legend to look up. Three or more get a legend. */
function endLabels(
  lines: ReadonlyArray<{ series: Series; x: number; mean: number }>,
  x: object,
  y: object,
  color: object
) {
  const last = Math.max(...lines.map((p) => p.x))
  const ends = lines.filter((p) => p.x === last).sort((a, b) => b.mean - a.mean)
  return ends.map((end, i) => ({
    data: { values: [end] },
    mark: { type: "text", align: "left", dx: 10, dy: i === 0 ? -6 : 7, fontSize: 12.5, fontWeight: 600 },
    encoding: { x, y: { ...y, field: "mean" }, text: { field: "series" }, color: { ...color, legend: null } }
  }))
}

/** Means in runs of neighbours that have as many seeds, at least two: a line joins these alone. */
export function joined(means: ReadonlyArray<MeanPoint>): ReadonlyArray<MeanPoint & { readonly run: number }> {
  let run = 0
  return means.flatMap((point, i) => {
    const before = means[i - 1]
    if (before === undefined || before.series !== point.series || before.seeds !== point.seeds) run++
    return point.seeds < 2 ? [] : [{ ...point, run }]
  })
}

/** Means that no line joins to a neighbour. */
const single = <T extends { readonly run: number }>(means: ReadonlyArray<T>): ReadonlyArray<T> =>
  means.filter(({ run }) => means.filter((other) => other.run === run).length === 1)

/** One panel against layers or filters: seeds as points and thin lines, a line through means of as many seeds. */
function axisPanel(
  quantity: { title: string; format: string; most: number },
  points: ReadonlyArray<SeedPoint>,
  xTitle: string
): Panel {
  const { scale, axis, suffix } = valueScale(
    points.map((p) => p.value),
    quantity.format,
    quantity.most
  )
  const series = [...distinct(points.map((p) => p.series))].sort(bySeries)
  const { color, shape } = seriesScales(series)
  const values = [...distinct(points.map((p) => p.x))].sort(ascending)
  const means = overSeeds(points)
  const alone = new Set(means.filter((p) => p.seeds < 2).map((p) => `${p.series}/${p.x}`))
  const isAlone = (p: SeedPoint) => alone.has(`${p.series}/${p.x}`)
  // Points of the series stand a little beside one another, so that none hides another's.
  const step = (series.length - 1) / 2
  const axisName = xTitle.split(" ")[0].toLowerCase()
  const beside = (p: SeedPoint) => ({
    ...p,
    x: p.x * (1 + 0.035 * (series.indexOf(p.series) - step)),
    hover: `${p.series}, ${axisName} ${p.x}, seed ${p.seed}: ${significant(p.value)}`
  })
  const x = {
    field: "x",
    type: "quantitative",
    scale: { type: "log", base: 2, domain: [values[0] * 0.9, values[values.length - 1] * 1.1], nice: false },
    axis: { title: xTitle, values: thinned(values), format: "d" }
  }
  const y = { type: "quantitative", scale, axis }
  const direct = series.length <= 2
  const legend = direct ? null : { symbolOpacity: 1 }
  const several = points.filter((p) => !isAlone(p)).map(beside)
  const mark = { x, y: { ...y, field: "value" }, color: { ...color, legend } }
  const detail = [{ field: "seed" }]
  return {
    title: quantity.title + suffix,
    alt: describe(means, series),
    spec: {
      // Labels are set in bold, wider than they are measured.
      padding: { left: 4, top: 4, bottom: 4, right: direct ? 24 : 4 },
      layer: [
        {
          data: { values: several },
          mark: { type: "line", strokeWidth: 0.7, opacity: 0.35 },
          encoding: { ...mark, detail }
        },
        {
          data: { values: several },
          mark: { type: "point", filled: true, opacity: 0.45, size: 26, ...hoverable },
          encoding: { ...mark, shape: { ...shape, legend: null }, ...hover }
        },
        {
          data: { values: points.filter(isAlone).map(beside) },
          mark: { type: "point", filled: false, strokeWidth: 1.6, size: 50, ...hoverable },
          encoding: { ...mark, shape: { ...shape, legend: null }, ...hover }
        },
        {
          data: { values: joined(means) },
          mark: { type: "line", strokeWidth: 2.2 },
          encoding: { x, y: { ...y, field: "mean" }, color: { ...color, legend }, detail: [{ field: "run" }] }
        },
        {
          data: { values: single(joined(means)) },
          mark: { type: "tick", orient: "horizontal", thickness: 2.2, size: 14 },
          encoding: { x, y: { ...y, field: "mean" }, color: { ...color, legend } }
        },
        ...(direct ? endLabels(means, x, y, color) : [])
      ]
    }
  }
}

/** Tick values on a log axis: all, or where they would crowd only the powers of two. */
function thinned(values: ReadonlyArray<number>): ReadonlyArray<number> {
  return values.length <= 8 ? values : values.filter((value) => (value & (value - 1)) === 0)
}

const named = (name: string) => ({ name, title: name })

const quantities = {
  loss: { title: "loss", format: "~r", most: Number.POSITIVE_INFINITY, of: (m: Metrics["train"]) => m.loss },
  accuracy: { title: "accuracy", format: ".1%", most: 1, of: (m: Metrics["train"]) => m.accuracy }
} as const

/** Loss or accuracy against layers (fewest filters) or filters (one number of layers), training beside validation. */
export function axisFigure(
  facet: Facet,
  axis: "layers" | "filters",
  quantity: "loss" | "accuracy"
): Figure | undefined {
  const part = slice(facet.trials, axis)
  if (part === undefined) return undefined
  const { title, format, most, of } = quantities[quantity]
  const unit = quantity === "loss" ? ` (${lossWords(part.trials).scale})` : ""
  const panels = (["train", "validation"] as const).map((split) => ({
    label: split === "train" ? "Training" : "Validation",
    points: seedPoints(
      part.trials.filter(isFinished),
      (t) => t.network[axis],
      (t) => of(t.metrics[split])
    )
  }))
  const [{ points }] = panels
  if (new Set(points.map((p) => p.x)).size < 2) return undefined
  const fixed = axis === "layers" ? count(part.fixed, "filter") : count(part.fixed, "layer")
  const seeds = [...distinct(overSeeds(points).map((p) => p.seeds))].sort(ascending)
  const lone = panels.some((panel) => single(joined(overSeeds(panel.points))).length > 0)
  const unlike =
    seeds.length > 1
      ? `The means are over ${counts(seeds, "seed", "or")}: a line joins neighbours that have as many, and means of unlike numbers are not to be compared. `
      : ""
  return {
    name: `${quantity}-by-${axis}-${facet.slug}`,
    title: `${quantity === "loss" ? "Loss" : "Accuracy"} against ${axis}, ${fixed} (${facet.name})`,
    caption:
      `Each point and thin line is one seed, each thick line the mean over the seeds${lone ? ", a short bar where it has no neighbour" : ""}; a single seed is hollow and not joined. ` +
      unlike +
      (axis === "layers" && points[0].x === 1 ? "With one layer both architectures are the same network. " : "") +
      "Points of the architectures are set a little apart; each panel has a vertical scale of its own.",
    panels: panels.map(({ label, points }) =>
      axisPanel(
        { title: `${label} ${title}${unit}`, format, most },
        points,
        axis === "layers" ? "Layers N" : "Filters F"
      )
    ),
    columns: [
      ...facet.columns,
      { name: "split", title: "split" },
      { name: "architecture", title: "architecture" },
      { name: axis, title: axis },
      { name: "seed", title: "seed" },
      { name: quantity, title: quantity },
      { name: axis === "layers" ? "filters" : "layers", title: "fixed" }
    ],
    rows: panels.flatMap(({ label, points }) =>
      points.map((p) => [...facet.cells, label.toLowerCase(), p.series, p.x, p.seed, p.value, part.fixed])
    )
  }
}

/** "Means: sequential goes from 0.41 at 1 to 0.25 at 16 and parallel …" */
function describe(means: ReadonlyArray<MeanPoint>, series: ReadonlyArray<Series>): string {
  const parts = series.map((name) => {
    const own = means.filter((p) => p.series === name) // in order of x, as the points are
    const [first, last] = [own[0], own[own.length - 1]]
    if (own.length === 1) return `${name} is ${first.mean.toPrecision(3)} at ${first.x}`
    return `${name} goes from ${first.mean.toPrecision(3)} at ${first.x} to ${last.mean.toPrecision(3)} at ${last.x}`
  })
  return `Means: ${list(parts)}.`
}

/** Mean loss of every configuration of a scope against its overdetermination ratio. */
export function ratioFigure(trials: ReadonlyArray<Trial>): Figure | undefined {
  const finished = trials.filter(isFinished)
  if (finished.length === 0) return undefined
  const [{ scope }] = finished
  const rows = [...groupBy(finished, (t) => `${configurationOf(t)}/${t.network.depth}`).values()].flatMap((group) => {
    const { network, metrics } = group[0]
    const average = (split: "train" | "validation") =>
      group.reduce((s, t) => s + t.metrics[split].loss, 0) / group.length
    return seriesOf(network).map((series) => ({
      series,
      q: metrics.overdetermination,
      seeds: group.length,
      layers: network.layers,
      filters: network.filters,
      kernel: network.kernel,
      activation: network.activation,
      train: average("train"),
      validation: average("validation"),
      hover: `${networkName(group[0])}, mean of ${count(group.length, "seed")}`
    }))
  })
  const ratios = rows.map((r) => r.q)
  if (new Set(ratios).size < 3) return undefined
  const series = [...distinct(rows.map((r) => r.series))].sort(bySeries)
  const { color, shape } = seriesScales(series)
  const horizontal = valueScale(ratios, "~r")
  const edges = borders.filter((q) => q > Math.min(...ratios) && q < Math.max(...ratios))
  const x = {
    type: "quantitative",
    scale: horizontal.scale,
    axis: { ...horizontal.axis, title: `Overdetermination ratio Q${horizontal.suffix}`, grid: false }
  }
  const panel = (split: "train" | "validation"): Panel => {
    const { scale, axis, suffix } = valueScale(
      rows.map((r) => r[split]),
      "~r"
    )
    const spec = {
      layer: [
        {
          data: { values: edges.map((q) => ({ q })) },
          mark: { type: "rule", strokeDash: [3, 3], color: colours.grey, strokeWidth: 1 },
          encoding: { x: { ...x, field: "q" } }
        },
        {
          data: { values: rows },
          // Open symbols, so that the two architectures of a configuration show through one another.
          mark: { type: "point", filled: false, strokeWidth: 1.6, size: rows.length > 200 ? 18 : 50, ...hoverable },
          encoding: {
            x: { ...x, field: "q" },
            y: { field: split, type: "quantitative", scale, axis },
            color: { ...color, legend: { symbolOpacity: 1 } },
            shape: { ...shape, legend: { symbolOpacity: 1 } },
            ...hover
          }
        }
      ]
    }
    const alt = `${count(rows.length, "point")} with Q from ${Math.min(...ratios).toPrecision(3)} to ${Math.max(...ratios).toPrecision(3)}; the table of networks has the numbers.`
    return {
      title: `${split === "train" ? "Training" : "Validation"} loss (${lossWords(trials).scale})${suffix}`,
      alt,
      spec
    }
  }
  return {
    name: `loss-by-q-${scope.slug}`,
    title: `Loss against the overdetermination ratio Q (${scope.name})`,
    caption:
      "Each point is one configuration, its mean over the seeds. Below Q = 1 a network has more parameters than training values to fit." +
      (edges.length > 0 ? " Dashed lines are the borders of the intervals of Q." : ""),
    panels: [panel("train"), panel("validation")],
    columns: [
      ...scopeColumns([scope]),
      ...["architecture", "q", "layers", "filters", "kernel", "activation", "seeds", "training_loss"].map(named),
      named("validation_loss")
    ],
    rows: rows.map((r) => [
      ...scopeCells(scope),
      ...[r.series, r.q, r.layers, r.filters, r.kernel, r.activation, r.seeds, r.train, r.validation]
    ])
  }
}
