/** Figures of the expansion study. Each is undefined where the networks do not hold what it shows. */
import { mean } from "../../statistics/statistics.ts"
import { distinct, groupBy } from "../evidence/grid.ts"
import { colours, type Figure, type Panel } from "../page/figures.ts"
import { count, list, significant } from "../page/format.ts"
import { orderedColours, valueScale } from "../page/scales.ts"
import { analysisAt, average, type Configuration, exactAt, last, readoutAt } from "./rows.ts"

interface Point {
  readonly x: number
  readonly y: number
  readonly series: string
}

/** Truncations and whole networks: sequential and parallel have the colours that they have in every report. */
const truncationColours: Readonly<Record<string, string>> = {
  x: colours.grey,
  "T₀ + T₁": colours.green,
  "… + T₂": colours.amber,
  sequential: colours.blue,
  parallel: colours.vermillion
}

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

/** One line a series, with points. */
function lines(
  title: string,
  points: ReadonlyArray<Point>,
  colourOf: (series: string) => string,
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
    : valueScale(heights, "~r")
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
              axis: { title: xTitle, format: "d", labelFlush: false, ...(values.length <= 16 && { values }) }
            },
            y,
            color: {
              field: "series",
              type: "nominal",
              scale: { domain: series, range: series.map(colourOf) },
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
  // A series has the same colour in all panels.
  const known = distinct(filled.flatMap(({ points }) => points.map((p) => p.series)))
  const range = orderedColours(known.length)
  const colourOf = (series: string) => truncationColours[series] ?? range[known.indexOf(series)]
  return {
    name,
    title,
    caption,
    panels: filled.map(({ label, points, options }) => lines(label, points, colourOf, options)),
    columns: ["panel", "series", "x", "value"].map((column) => ({ name: column, title: column })),
    rows: filled.flatMap(({ label, points }) => points.map((p) => [label, p.series, p.x, p.y]))
  }
}

/** The axis that the networks of a figure differ in. */
export interface Along {
  readonly axis: "layers" | "filters"
  readonly networks: ReadonlyArray<Configuration>
  /** What is the same in all of them: "mnist, relu, 1 filter". */
  readonly held: string
  /** For names of files. */
  readonly suffix: string
}

const named = (axis: Along["axis"], { network }: Configuration) =>
  axis === "layers" ? count(network.layers, "layer") : count(network.filters, "filter")
const point = (series: string, x: number, y: number | null): ReadonlyArray<Point> =>
  y === null ? [] : [{ series, x, y }]

/** How far each order reaches, by depth. */
export function spectrumFigure({ axis, networks, held, suffix }: Along): Figure | undefined {
  const byOrder = (
    orders: (c: Configuration) => number,
    of: (c: Configuration, k: number) => number | null
  ): ReadonlyArray<Point> =>
    networks.flatMap((c) =>
      Array.from({ length: orders(c) }, (_, i) => i + 1)
        .flatMap((k) => point(named(axis, c), k, of(c, k)))
        .filter(({ y }) => y > nothing)
    )
  const size = (squared: number | null) => (squared === null ? null : Math.sqrt(squared))
  const options = { xTitle: "Order k" }
  return figure(
    `spectrum-${suffix}`,
    `Spectrum over the order, by ${axis} (${held})`,
    "Trained sequential networks, means over the seeds. First ‖Tₖ‖ / ‖H − x‖, the exact terms (as many orders as were computed); then ‖eₖ‖ / ‖H − x‖ of the networks linearized where their trained trajectory passes, all orders; then ‖aₖ‖ / ‖∂L/∂x‖, the gradient along paths through k layers. Above 1 an order is longer than what all of them make together: orders cancel.",
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
export function trainingFigure({ axis, networks, held, suffix }: Along): Figure | undefined {
  // All orders together leave nothing over but rounding.
  const left = (k: number): ReadonlyArray<Point> =>
    networks
      .filter(({ network }) => network.depth > k)
      .flatMap((c) =>
        c.seeds[0].moments.flatMap(({ epoch }, moment) =>
          point(
            named(axis, c),
            epoch,
            average(c, (n) => analysisAt(n, moment).exact[k]?.remainder)
          )
        )
      )
  const several = networks.some((c) => c.seeds[0].moments.length > 1)
  if (!several) return undefined
  const options = { xTitle: "Epoch", rule: 1 }
  const [first, second] = [left(1), left(2)]
  const ruled = [first, second].some((points) => points.some((p) => p.y > 1))
  return figure(
    `remainder-training-${suffix}`,
    `What the truncation leaves over, as the training goes on (${held})`,
    `Rₖ = ‖H − (T₀ + … + Tₖ)‖ / ‖H − x‖, sequential networks, means over the seeds.${ruled ? " Above 1 the truncated sum is further from H than x itself." : ""}`,
    [
      { label: "R₁, left over after T₀ + T₁", points: first, options },
      { label: "R₂, left over after T₀ + T₁ + T₂", points: second, options }
    ]
  )
}

/** How well truncations classify, through the trained dense layer and through one trained again. */
export function accuracyFigure({ axis, networks, held, suffix }: Along): Figure | undefined {
  const cuts: ReadonlyArray<readonly [string, number | null]> = [
    ["x", 0],
    ["T₀ + T₁", 1],
    ["… + T₂", 2],
    ["sequential", null]
  ]
  const through = (layer: "trained" | "retrained") =>
    cuts.flatMap(([name, order]) => networks.flatMap((c) => point(name, c.network[axis], readoutAt(c, order, layer))))
  const parallel = networks.flatMap((c) =>
    point(
      "parallel",
      c.network[axis],
      average(c, (n) => n.parallel?.validation.accuracy)
    )
  )
  const xTitle = axis === "layers" ? "Layers N of the sequential network" : "Filters F of the sequential network"
  const options = { xTitle, x: "log", fractions: true } as const
  return figure(
    `truncated-accuracy-${suffix}`,
    `How well the truncated network classifies (${held})`,
    "Validation accuracy, means over the seeds: x alone (T₀), T₀ + T₁, T₀ + T₁ + T₂, the whole sequential network. T₀ + T₁ is the parallel network run with the sequential network's trained weights; parallel is the parallel network that was trained itself from the same initial values. Right, only the dense layer is trained again, on each truncated sum and on the whole network alike.",
    [
      { label: "Through the dense layer as trained", points: [...through("trained"), ...parallel], options },
      { label: "Dense layer alone trained again", points: [...through("retrained"), ...parallel], options }
    ]
  )
}

const perBlock = (
  { axis, networks }: Pick<Along, "axis" | "networks">,
  moment: number,
  of: (block: ReturnType<typeof last>["perBlock"][number]) => number | null
): ReadonlyArray<Point> =>
  networks.flatMap((c) =>
    Array.from({ length: c.network.depth }, (_, j) => j).flatMap((j) =>
      point(
        named(axis, c),
        j + 1,
        average(c, (n) => of(analysisAt(n, moment).perBlock[j]))
      )
    )
  )

/** ReLU masks that are others where a layer sees a truncation. */
export function masksFigure({ axis, networks, held, suffix }: Along): Figure | undefined {
  const options = { xTitle: "Layer", fractions: true } as const
  return figure(
    `masks-${suffix}`,
    `Masks flipped by the truncation (${held})`,
    "Share of a layer's ReLU masks that differ between the trained trajectory and the truncation: where the layer sees x, as all do in T₀ + T₁, and where it sees T₀ + T₁ of the layers before it. Means over examples and seeds, after training.",
    [
      { label: "Layers that see x", points: perBlock({ axis, networks }, -1, (b) => b.flippedAtInput), options },
      {
        label: "Layers that see T₀ + T₁",
        points: perBlock({ axis, networks }, -1, (b) => b.flippedAtFirstOrder),
        options
      }
    ]
  )
}

/** The strength of each layer, before and after training. */
export function jacobiansFigure({ axis, networks, held, suffix }: Along): Figure | undefined {
  const options = { xTitle: "Layer" } as const
  const norms = (moment: number) => perBlock({ axis, networks }, moment, (b) => b.norm[1])
  return figure(
    `jacobians-${suffix}`,
    `How strong each layer is (${held})`,
    "Largest singular value ‖Jᵢ‖ of each layer's Jacobian where the network passes it: medians over examples (power iteration, 20 steps), means over the seeds. Before training, layers of the same place and number of filters have the same values whatever the number of layers, so lines may cover one another.",
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
  const when = (["before training", "between", "after training"] as const).filter((name) =>
    points.some((p) => p.when === name)
  )
  const colourOf = { "before training": colours.amber, between: colours.grey, "after training": colours.purple }
  const across = valueScale(
    points.map((p) => p.strength),
    "~r"
  )
  const up = valueScale(
    points.map((p) => p.left),
    "~r"
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
                  scale: { domain: when, range: when.map((name) => colourOf[name]) },
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
