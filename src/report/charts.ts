/**
 * The figures of a study's trials. Each returns undefined where the trials do not hold what it shows.
 */
import { integer, list } from "./format.ts"
import { colours, type Figure, ink, type Panel } from "./figures.ts"
import {
  ascending,
  bySeries,
  configurationOf,
  distinct,
  groupBy,
  type MeanPoint,
  overSeeds,
  type SeedPoint,
  type Series,
  seedPoints,
  seriesOf,
  slice,
  statusOf
} from "./grid.ts"
import type { HistoryLine, Metrics, Trial } from "./results.ts"

const between = [colours.purple, colours.green, colours.amber, colours.sky] as const
const shapes = { sequential: "circle", parallel: "triangle-up" } as const

/** Colours and shapes of series: sequential and parallel have theirs everywhere, others take the next free one. */
function seriesScales(series: ReadonlyArray<Series>) {
  const others = series.filter((name) => name !== "sequential" && name !== "parallel")
  const colour = (name: Series): string =>
    name === "sequential"
      ? colours.blue
      : name === "parallel"
        ? colours.vermillion
        : between[others.indexOf(name) % between.length]
  const shape = (name: Series): string => shapes[name as keyof typeof shapes] ?? "square"
  return {
    color: { field: "series", type: "nominal", scale: { domain: series, range: series.map(colour) } },
    shape: { field: "series", type: "nominal", scale: { domain: series, range: series.map(shape) } }
  } as const
}

/** A scale for values: logarithmic where they span a decade or more (and are positive), the same for all panels. */
function valueScale(values: ReadonlyArray<number>): { readonly scale: object; readonly logarithmic: boolean } {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const logarithmic = low > 0 && high / low >= 10
  const scale = { domain: [low, high], nice: true, zero: false, type: logarithmic ? "log" : "linear" }
  return { scale, logarithmic }
}

/** Labels beside the ends of two lines, the upper one above: no legend to look up. Three or more get a legend. */
function endLabels(lines: ReadonlyArray<{ series: Series; x: number; mean: number }>, x: object, y: object, color: object) {
  const last = Math.max(...lines.map((p) => p.x))
  const ends = lines.filter((p) => p.x === last).sort((a, b) => b.mean - a.mean)
  return ends.map((end, i) => ({
    data: { values: [end] },
    mark: { type: "text", align: "left", dx: 10, dy: i === 0 ? -6 : 7, fontSize: 12.5, fontWeight: 600 },
    encoding: { x, y: { ...y, field: "mean" }, text: { field: "series" }, color: { ...color, legend: null } }
  }))
}

const accuracyAxis = { title: null, format: ".1%" }
const lossAxis = { title: null, format: "~g" }

/** One panel against layers or filters: a point a seed, a line through the means. */
function axisPanel(
  quantity: { title: string; axis: object },
  points: ReadonlyArray<SeedPoint>,
  domain: ReadonlyArray<number>,
  xTitle: string
): Panel {
  const { scale, logarithmic } = valueScale(domain)
  const series = [...distinct(points.map((p) => p.series))].sort(bySeries)
  const { color, shape } = seriesScales(series)
  const values = [...distinct(points.map((p) => p.x))].sort(ascending)
  const means = overSeeds(points)
  // Points of the series stand a little beside one another, so that none hides another's.
  const step = (series.length - 1) / 2
  const beside = (p: SeedPoint) => ({ ...p, x: p.x * (1 + 0.035 * (series.indexOf(p.series) - step)) })
  const x = {
    field: "x",
    type: "quantitative",
    scale: { type: "log", base: 2, domain: [values[0] * 0.9, values[values.length - 1] * 1.1], nice: false },
    axis: { title: xTitle, values: thinned(values), format: "d" }
  }
  const y = { type: "quantitative", scale, axis: quantity.axis }
  const direct = series.length <= 2
  const legend = direct ? null : { symbolType: "circle" }
  return {
    title: quantity.title + (logarithmic ? ", log scale" : ""),
    right: direct ? 78 : 8,
    spec: {
      layer: [
        {
          data: { values: points.map(beside) },
          mark: { type: "point", filled: true, opacity: 0.45, size: 26 },
          encoding: { x, y: { ...y, field: "value" }, color: { ...color, legend }, shape: { ...shape, legend: null } }
        },
        {
          data: { values: means },
          mark: { type: "line", strokeWidth: 2.2 },
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

const quantities = [
  { name: "loss", title: "loss (nats)", axis: lossAxis, of: (m: Metrics["train"]) => m.loss },
  { name: "accuracy", title: "accuracy", axis: accuracyAxis, of: (m: Metrics["train"]) => m.accuracy }
] as const

/** Loss or accuracy against layers (fewest filters) or filters (one number of layers), training beside validation. */
export function axisFigure(
  trials: ReadonlyArray<Trial>,
  dataset: string,
  axis: "layers" | "filters",
  quantity: "loss" | "accuracy"
): Figure | undefined {
  const part = slice(trials.filter((t) => t.dataset === dataset), axis)
  if (part === undefined) return undefined
  const { title, axis: valueAxis, of } = quantities.find((q) => q.name === quantity)!
  const panels = (["train", "validation"] as const).map((split) => ({
    label: split === "train" ? "Training" : "Validation",
    points: seedPoints(part.trials, (t) => t.network[axis], (t) => (statusOf(t) === "finished" ? of(t.metrics![split]) : undefined))
  }))
  const domain = panels.flatMap(({ points }) => points.map((p) => p.value))
  if (domain.length === 0) return undefined
  const held = axis === "layers" ? `${part.held} ${part.held === 1 ? "filter" : "filters"}` : `${part.held} ${part.held === 1 ? "layer" : "layers"}`
  const series = [...distinct(panels[0].points.map((p) => p.series))].sort(bySeries)
  const averaged = Math.max(...panels[0].points.map((p) => p.networks))
  return {
    name: `${quantity}-by-${axis}-${dataset}`,
    title: `${quantity === "loss" ? "Loss" : "Accuracy"} against ${axis}, ${held} (${dataset})`,
    caption:
      "Each point is one seed, each line the mean over the seeds. " +
      (averaged > 1 ? `A point averages up to ${averaged} networks that differ in kernel size and activation. ` : "") +
      (axis === "layers" ? "With one layer both architectures are the same network. " : "") +
      "Both panels have the same vertical scale; points of the architectures are set a little apart.",
    alt: describe(panels[1].points, axis, title, series),
    panels: panels.map(({ label, points }) =>
      axisPanel({ title: `${label} ${title}`, axis: valueAxis }, points, domain, axis === "layers" ? "Layers N" : "Filters F")
    ),
    columns: [
      { name: "split", title: "split" },
      { name: "architecture", title: "architecture" },
      { name: axis, title: axis },
      { name: "seed", title: "seed" },
      { name: quantity, title: quantity },
      { name: "networks", title: "networks averaged" }
    ],
    rows: panels.flatMap(({ label, points }) =>
      points.map((p) => [label.toLowerCase(), p.series, p.x, p.seed, p.value, p.networks])
    )
  }
}

/** "Validation loss goes from 0.41 (1 layer) to 0.25 (16) for sequential …" */
function describe(points: ReadonlyArray<SeedPoint>, axis: string, quantity: string, series: ReadonlyArray<Series>): string {
  const means = overSeeds(points)
  const parts = series.flatMap((name) => {
    const own = means.filter((p) => p.series === name).sort((a, b) => a.x - b.x)
    const [first, last] = [own[0], own[own.length - 1]]
    return first === undefined
      ? []
      : [`${name} goes from ${first.mean.toPrecision(3)} at ${first.x} to ${last.mean.toPrecision(3)} at ${last.x}`]
  })
  return `Mean validation ${quantity} against ${axis}: ${list(parts)}.`
}

/** Mean loss of every configuration against its overdetermination ratio. */
export function ratioFigure(trials: ReadonlyArray<Trial>, dataset: string): Figure | undefined {
  const finished = trials.filter((t) => t.dataset === dataset && statusOf(t) === "finished")
  const rows = [...groupBy(finished, (t) => `${configurationOf(t)}/${t.network.depth}`).values()].flatMap((group) => {
    const { network, metrics } = group[0]
    const average = (split: "train" | "validation") => group.reduce((s, t) => s + t.metrics![split].loss, 0) / group.length
    return seriesOf(network).map((series) => ({
      series,
      q: metrics!.overdetermination,
      layers: network.layers,
      filters: network.filters,
      kernel: network.kernel,
      activation: network.activation,
      train: average("train"),
      validation: average("validation")
    }))
  })
  const ratios = rows.map((r) => r.q)
  if (new Set(ratios).size < 3) return undefined
  const series = [...distinct(rows.map((r) => r.series))].sort(bySeries)
  const { color, shape } = seriesScales(series)
  const { scale, logarithmic } = valueScale(rows.flatMap((r) => [r.train, r.validation]))
  const qScale = valueScale(ratios)
  const edges = [1, 3, 10].filter((q) => q > Math.min(...ratios) && q < Math.max(...ratios))
  const x = {
    type: "quantitative",
    scale: qScale.scale,
    axis: { title: `Overdetermination ratio Q${qScale.logarithmic ? ", log scale" : ""}`, format: "~g", grid: false, tickCount: 5 }
  }
  const panel = (split: "train" | "validation"): Panel => ({
    title: `${split === "train" ? "Training" : "Validation"} loss (nats)${logarithmic ? ", log scale" : ""}`,
    spec: {
      layer: [
        {
          data: { values: edges.map((q) => ({ q })) },
          mark: { type: "rule", strokeDash: [3, 3], color: colours.grey, strokeWidth: 1 },
          encoding: { x: { ...x, field: "q" } }
        },
        {
          data: { values: rows },
          mark: { type: "point", filled: true, opacity: 0.7, size: rows.length > 200 ? 18 : 42 },
          encoding: {
            x: { ...x, field: "q" },
            y: { field: split, type: "quantitative", scale, axis: lossAxis },
            color: { ...color, legend: {} },
            shape: { ...shape, legend: {} }
          }
        }
      ]
    }
  })
  return {
    name: `loss-by-q-${dataset}`,
    title: `Loss against the overdetermination ratio Q (${dataset})`,
    caption:
      "Each point is one configuration, its mean over the seeds. Left of Q = 1 a network has more parameters than " +
      "training values to fit; dashed lines are the borders of the intervals of Q.",
    alt: `${integer(rows.length)} configurations with Q from ${Math.min(...ratios).toPrecision(3)} to ${Math.max(...ratios).toPrecision(3)}; the table of configurations has the numbers.`,
    panels: [panel("train"), panel("validation")],
    columns: ["architecture", "q", "layers", "filters", "kernel", "activation", "training_loss", "validation_loss"].map(
      (name) => ({ name, title: name })
    ),
    rows: rows.map((r) => [r.series, r.q, r.layers, r.filters, r.kernel, r.activation, r.train, r.validation])
  }
}

/** Above so many trials in a figure of learning curves, bands instead of a line each. */
export const mostCurves = 60
const mostPanels = 6

/** Values spread over a list, first and last among them. */
function spread(values: ReadonlyArray<number>, most: number): ReadonlyArray<number> {
  if (values.length <= most) return values
  return distinct(Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))]))
}

/** Validation loss by epoch, a panel for each of up to six numbers of layers, with the fewest filters. */
export function curvesFigure(trials: ReadonlyArray<Trial>, dataset: string): Figure | undefined {
  const own = trials.filter((t) => t.dataset === dataset && t.history !== undefined && t.history.length > 1)
  const part = slice(own, "layers")?.trials ?? own
  if (part.length === 0) return undefined
  const layers = spread([...distinct(part.map((t) => t.network.layers))].sort(ascending), mostPanels)
  const shown = part.filter((t) => layers.includes(t.network.layers))
  const splits = [
    { split: "training", of: (line: HistoryLine) => line.loss },
    { split: "validation", of: (line: HistoryLine) => line.validationLoss }
  ] as const
  const curves = splits.flatMap(({ split, of }) =>
    layers.flatMap((n) => {
      const lines = shown.filter((t) => t.network.layers === n)
      const epochs = lines.flatMap((t) =>
        t.history!.flatMap((line) => {
          const loss = of(line)
          return loss === null || !Number.isFinite(loss) ? [] : [{ trial: t, epoch: line.epoch, loss }]
        })
      )
      return meansByEpoch(epochs).map((point) => ({ split, layers: n, ...point }))
    })
  )
  const bands = shown.length > mostCurves
  const { scale, logarithmic } = valueScale(curves.flatMap((c) => [c.low, c.high]))
  const series = [...distinct(curves.map((c) => c.series))].sort(bySeries)
  const { color } = seriesScales(series)
  const panels = layers.map((n): Panel => {
    const here = curves.filter((c) => c.layers === n)
    const x = { field: "x", type: "quantitative", scale: { nice: false }, axis: { title: "Epoch", format: "d", tickCount: 5 } }
    const y = { type: "quantitative", scale, axis: lossAxis }
    const single = shown
      .filter((t) => t.network.layers === n)
      .flatMap((t) =>
        seriesOf(t.network).flatMap((s) =>
          t.history!
            .filter((line) => Number.isFinite(line.validationLoss))
            .map((line) => ({ series: s, seed: t.seed, x: line.epoch, y: line.validationLoss, id: `${s}/${t.seed}/${configurationOf(t)}` }))
        )
      )
    const dash = { field: "split", type: "nominal", scale: { domain: ["validation", "training"], range: [[1, 0], [4, 3]] } }
    return {
      title: `${n} ${n === 1 ? "layer" : "layers"}: loss (nats)${logarithmic ? ", log scale" : ""}`,
      spec: {
        layer: [
          bands
            ? {
                data: { values: here.filter((c) => c.split === "validation") },
                mark: { type: "area", opacity: 0.16 },
                encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: { ...color, legend: {} } }
              }
            : {
                data: { values: single },
                mark: { type: "line", opacity: 0.3, strokeWidth: 0.9 },
                encoding: { x, y: { ...y, field: "y" }, detail: { field: "id" }, color: { ...color, legend: {} } }
              },
          {
            data: { values: here },
            mark: { type: "line", strokeWidth: 2 },
            encoding: {
              x,
              y: { ...y, field: "mean" },
              color: { ...color, legend: {} },
              strokeDash: { ...dash, legend: { symbolStrokeColor: ink } }
            }
          }
        ]
      }
    }
  })
  return {
    name: `learning-curves-${dataset}`,
    title: `Learning curves (${dataset})`,
    caption:
      `Thick lines are means over the seeds, solid for validation, dashed for training (the running mean of the epoch's batches); ` +
      (bands ? "the bands hold the validation losses of all seeds" : "thin lines are the validation losses of single seeds") +
      ". All panels have the same vertical scale.",
    alt: `Loss by epoch for networks of ${list(layers.map(String))} layers; data/learning-curves-${dataset}.csv has the numbers.`,
    panels,
    columns: ["split", "layers", "architecture", "epoch", "mean", "least", "greatest", "trials"].map((name) => ({ name, title: name })),
    rows: curves.map((c) => [c.split, c.layers, c.series, c.x, c.mean, c.low, c.high, c.seeds])
  }
}

/** Mean, least and greatest over trials, by series and epoch. */
function meansByEpoch(lines: ReadonlyArray<{ trial: Trial; epoch: number; loss: number }>): ReadonlyArray<MeanPoint> {
  const points = lines.flatMap(({ trial, epoch, loss }) =>
    seriesOf(trial.network).map((series) => ({ series, x: epoch, seed: trial.seed, value: loss, networks: 1 }))
  )
  return overSeeds(points)
}

