/** Figures of the expansion study. Each is undefined where the networks do not hold what it shows. */
import { mean } from "../../analysis/statistics.ts"
import { colours, type Figure, type Panel } from "../figures.ts"
import { list, significant } from "../format.ts"
import { distinct, groupBy } from "../grid.ts"
import { valueScale } from "../scales.ts"
import { analysisAt, average, type Configuration, exactAt, last, readoutAt } from "./rows.ts"

interface Point {
  readonly x: number
  readonly y: number
  readonly series: string
}

const palette = [colours.sky, colours.blue, colours.green, colours.amber, colours.vermillion, colours.purple] as const

interface LineOptions {
  readonly xTitle: string
  readonly x?: "log"
  /** Fractions are shown in per cent, on a linear scale; other values on one that fits them. */
  readonly fractions?: true
  /** A value drawn as a rule across, where it is in the picture. */
  readonly rule?: number
}

/** Orders that are nothing but rounding. */
const nothing = 1e-9

/** One line a series, with points; a series has the same colour in all panels, by its place in `known`. */
function lines(
  title: string,
  points: ReadonlyArray<Point>,
  known: ReadonlyArray<string>,
  { xTitle, x, fractions, rule }: LineOptions
): Panel {
  const series = distinct(points.map((p) => p.series))
  const values = distinct(points.map((p) => p.x))
  const ends = series.map((name) => {
    const own = points.filter((p) => p.series === name)
    const [a, b] = [own[0], own[own.length - 1]]
    return `${name} goes from ${significant(a.y)} at ${a.x} to ${significant(b.y)} at ${b.x}`
  })
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const heights = points.map((p) => p.y)
  const { scale, axis, suffix } = fractions
    ? { scale: { type: "linear", zero: false, nice: true }, axis: { title: null, format: "~%" }, suffix: "" }
    : valueScale(heights, "~g")
  const ruled = rule !== undefined && Math.min(...heights) <= rule && Math.max(...heights) >= rule
  const y = { field: "y", type: "quantitative", scale, axis }
  const mark = { type: "rule", strokeDash: [3, 3], color: colours.grey }
  return {
    title: title + suffix,
    alt: `${list(ends)}.`,
    spec: {
      layer: [
        ...(ruled ? [{ data: { values: [{ y: rule }] }, mark, encoding: { y } }] : []),
        {
          data: { values: points },
          mark: { type: "line", strokeWidth: 2, point: { size: 34, filled: true } },
          encoding: {
            x: {
              field: "x",
              type: "quantitative",
              scale:
                x === "log"
                  ? { type: "log", base: 2, nice: false, domain: [low * 0.92, high * 1.08] }
                  : { nice: false, zero: false },
              axis: { title: xTitle, format: "d", ...(values.length <= 9 && { values }) }
            },
            y,
            color: {
              field: "series",
              type: "nominal",
              scale: { domain: series, range: series.map((name) => palette[known.indexOf(name) % palette.length]) },
              legend: {}
            }
          }
        }
      ]
    }
  }
}

const figure = (
  name: string,
  title: string,
  caption: string,
  panels: ReadonlyArray<{
    readonly label: string
    readonly points: ReadonlyArray<Point>
    readonly options: LineOptions
  }>
): Figure | undefined => {
  const filled = panels.filter(({ points }) => points.length > 0)
  if (filled.length === 0) return undefined
  const known = distinct(filled.flatMap(({ points }) => points.map((p) => p.series)))
  return {
    name,
    title,
    caption,
    panels: filled.map(({ label, points, options }) => lines(label, points, known, options)),
    columns: ["panel", "series", "x", "value"].map((column) => ({ name: column, title: column })),
    rows: filled.flatMap(({ label, points }) => points.map((p) => [label, p.series, p.x, p.y]))
  }
}

const layersName = ({ network }: Configuration) => `${network.layers} layers`
const point = (series: string, x: number, y: number | null): ReadonlyArray<Point> =>
  y === null ? [] : [{ series, x, y }]

/** How far each order reaches, by depth. */
export function spectrumFigure(series: ReadonlyArray<Configuration>, suffix: string): Figure | undefined {
  const byOrder = (
    orders: (c: Configuration) => number,
    of: (c: Configuration, k: number) => number | null
  ): ReadonlyArray<Point> =>
    series.flatMap((c) =>
      Array.from({ length: orders(c) }, (_, i) => i + 1)
        .flatMap((k) => point(layersName(c), k, of(c, k)))
        .filter(({ y }) => y > nothing)
    )
  const size = (squared: number | null) => (squared === null ? null : Math.sqrt(squared))
  const options = { xTitle: "Order k" }
  return figure(
    `spectrum-${suffix}`,
    `Spectrum over the order, by depth (${suffix})`,
    "Trained sequential networks of the fewest filters, means over the seeds. Left ‖Tₖ‖ / ‖H − x‖, the exact terms (as many orders as were computed); then ‖eₖ‖ / ‖H − x‖ of the networks linearized where their trained trajectory passes, all orders; then ‖aₖ‖ / ‖∂L/∂x‖, the gradient along paths through k layers. Above 1 an order is longer than what all of them make together: orders cancel.",
    [
      {
        label: "Exact terms Tₖ",
        points: byOrder(
          (c) => last(c.seeds[0]).exact.length - 1,
          (c, k) => size(exactAt(c, k, (o) => o.norm))
        ),
        options
      },
      {
        label: "Frozen spectrum eₖ",
        points: byOrder(
          (c) => c.network.depth,
          (c, k) => size(average(c, (n) => last(n).frozen[k].norm))
        ),
        options
      },
      {
        label: "Gradient by path length aₖ",
        points: byOrder(
          (c) => c.network.depth,
          (c, k) => size(average(c, (n) => last(n).gradient[k].norm))
        ),
        options: { ...options, xTitle: "Path length k" }
      }
    ]
  )
}

/** What is left over after T_0 + T_1 and T_0 + T_1 + T_2 as the training goes on. */
export function trainingFigure(series: ReadonlyArray<Configuration>, suffix: string): Figure | undefined {
  // All orders together leave nothing over but rounding.
  const left = (k: number): ReadonlyArray<Point> =>
    series
      .filter(({ network }) => network.depth > k)
      .flatMap((c) =>
        c.seeds[0].moments.flatMap(({ epoch }, moment) =>
          point(
            layersName(c),
            epoch,
            average(c, (n) => analysisAt(n, moment).exact[k]?.remainder)
          )
        )
      )
  const several = series.some((c) => c.seeds[0].moments.length > 1)
  if (!several) return undefined
  const options = { xTitle: "Epoch", rule: 1 }
  return figure(
    `remainder-training-${suffix}`,
    `What the truncation leaves over, as the training goes on (${suffix})`,
    "Rₖ = ‖H − (T₀ + … + Tₖ)‖ / ‖H − x‖, sequential networks of the fewest filters, means over the seeds. Above the dashed line the truncated sum is further from H than x itself.",
    [
      { label: "R₁, left over after T₀ + T₁", points: left(1), options },
      { label: "R₂, left over after T₀ + T₁ + T₂", points: left(2), options }
    ]
  )
}

/** How well truncations classify, through the trained dense layer and through one trained again. */
export function accuracyFigure(series: ReadonlyArray<Configuration>, suffix: string): Figure | undefined {
  const cuts: ReadonlyArray<readonly [string, number | null]> = [
    ["x", 0],
    ["T₀ + T₁", 1],
    ["… + T₂", 2],
    ["whole", null]
  ]
  const through = (layer: "trained" | "retrained") =>
    cuts.flatMap(([name, order]) => series.flatMap((c) => point(name, c.network.layers, readoutAt(c, order, layer))))
  const parallel = series.flatMap((c) =>
    point(
      "parallel",
      c.network.layers,
      average(c, (n) => n.parallel?.validation.accuracy)
    )
  )
  const options = { xTitle: "Layers N of the sequential network", x: "log", fractions: true } as const
  return figure(
    `truncated-accuracy-${suffix}`,
    `How well the truncated network classifies (${suffix})`,
    "Validation accuracy, means over the seeds: x alone (T₀), T₀ + T₁, T₀ + T₁ + T₂, the whole network. T₀ + T₁ is the parallel network run with the sequential network's trained weights; parallel is the parallel network that was trained itself from the same initial values. Right, only the dense layer is trained again, on each truncated sum and on the whole network alike.",
    [
      { label: "Through the dense layer as trained", points: [...through("trained"), ...parallel], options },
      { label: "Dense layer alone trained again", points: [...through("retrained"), ...parallel], options }
    ]
  )
}

const perBlock = (
  series: ReadonlyArray<Configuration>,
  moment: number,
  of: (block: ReturnType<typeof last>["perBlock"][number]) => number | null
): ReadonlyArray<Point> =>
  series.flatMap((c) =>
    Array.from({ length: c.network.depth }, (_, j) => j).flatMap((j) =>
      point(
        layersName(c),
        j + 1,
        average(c, (n) => of(analysisAt(n, moment).perBlock[j]))
      )
    )
  )

/** ReLU masks that are others where a layer sees a truncation. */
export function masksFigure(series: ReadonlyArray<Configuration>, suffix: string): Figure | undefined {
  const options = { xTitle: "Layer", fractions: true } as const
  return figure(
    `masks-${suffix}`,
    `Masks flipped by the truncation (${suffix})`,
    "Share of a layer's ReLU masks that differ between the trained trajectory and the truncation: where the layer sees x, as all do in T₀ + T₁, and where it sees T₀ + T₁ of the layers before it. Means over examples and seeds, after training.",
    [
      { label: "Layers that see x", points: perBlock(series, -1, (b) => b.flippedAtInput), options },
      { label: "Layers that see T₀ + T₁", points: perBlock(series, -1, (b) => b.flippedAtFirstOrder), options }
    ]
  )
}

/** The strength of each layer, before and after training. */
export function jacobiansFigure(series: ReadonlyArray<Configuration>, suffix: string): Figure | undefined {
  const options = { xTitle: "Layer" } as const
  const norms = (moment: number) => perBlock(series, moment, (b) => b.norm[1])
  return figure(
    `jacobians-${suffix}`,
    `How strong each layer is (${suffix})`,
    "Largest singular value ‖Jᵢ‖ of each layer's Jacobian where the network passes it: medians over examples (power iteration, 20 steps), means over the seeds.",
    [
      { label: "‖Jᵢ‖ before training", points: norms(0), options },
      { label: "‖Jᵢ‖ after training", points: norms(-1), options }
    ]
  )
}

/** N·max‖J‖ against R_1: every network, at every moment. */
export function strengthFigure(configurations: ReadonlyArray<Configuration>, dataset: string): Figure | undefined {
  const points = configurations
    .filter((c) => c.dataset === dataset)
    .flatMap((c) =>
      c.seeds.flatMap((network) =>
        network.moments.map(({ epoch, analysis }, i) => ({
          strength: analysis!.strength[1],
          left: analysis!.exact[1].remainder,
          layers: c.network.layers,
          filters: c.network.filters,
          activation: c.network.activation,
          seed: network.seed,
          epoch,
          when: i === 0 ? "before training" : i === network.moments.length - 1 ? "after training" : "between"
        }))
      )
    )
    .filter((p): p is typeof p & { left: number } => p.left !== null && p.left > 1e-9 && p.strength > 0)
  if (points.length < 3) return undefined
  const when = ["before training", "between", "after training"].filter((name) => points.some((p) => p.when === name))
  const range = [colours.sky, colours.grey, colours.vermillion]
  const across = valueScale(
    points.map((p) => p.strength),
    "~g"
  )
  const up = valueScale(
    points.map((p) => p.left),
    "~g"
  )
  const ruled = across.scale.domain[0] <= 1
  const rule = { type: "rule", strokeDash: [3, 3], color: colours.grey }
  const x = {
    field: "strength",
    type: "quantitative",
    scale: across.scale,
    axis: { ...across.axis, title: `N·max‖Jᵢ‖${across.suffix}`, grid: false }
  }
  const medians = [...groupBy(points, (p) => p.when).values()].map(
    (group) =>
      `${group[0].when}: mean strength ${significant(mean(group.map((p) => p.strength)))}, mean R₁ ${significant(mean(group.map((p) => p.left)))}`
  )
  return {
    name: `strength-${dataset}`,
    title: `N·max‖J‖ against what T₀ + T₁ leaves over (${dataset})`,
    caption:
      "Each point is one network at one moment: the median over examples of N·max‖Jᵢ‖ and R₁. Truncation after the first order is justified where the first is well below 1.",
    panels: [
      {
        title: `R₁${up.suffix}`,
        alt: `${list(medians)}.`,
        spec: {
          layer: [
            ...(ruled ? [{ data: { values: [{ strength: 1 }] }, mark: rule, encoding: { x } }] : []),
            {
              data: { values: points },
              mark: { type: "point", filled: true, opacity: 0.7, size: 40 },
              encoding: {
                x,
                y: { field: "left", type: "quantitative", scale: up.scale, axis: up.axis },
                color: {
                  field: "when",
                  type: "nominal",
                  scale: { domain: when, range },
                  legend: { symbolOpacity: 1 }
                },
                shape: { field: "activation", type: "nominal", legend: {} }
              }
            }
          ]
        }
      }
    ],
    columns: ["layers", "filters", "activation", "seed", "epoch", "strength", "remainder"].map((name) => ({
      name,
      title: name
    })),
    rows: points.map((p) => [p.layers, p.filters, p.activation, p.seed, p.epoch, p.strength, p.left])
  }
}
