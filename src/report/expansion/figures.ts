/** Figures of the expansion study. Each is undefined where the networks do not hold what it shows. */

import { NORM_TOLERANCE } from "../../analysis/jacobians.ts"
import type { Network } from "../../network/network.ts"
import type { BlockMeasures } from "../../results/expansion.ts"
import { mean } from "../../statistics/statistics.ts"
import { groupBy } from "../evidence/groups.ts"
import { slugOf } from "../evidence/scope.ts"
import { colours, type Figure, hover, hoverable, type Panel } from "../page/figures.ts"
import { count, list, percent, significant } from "../page/format.ts"
import { valueScale } from "../page/scales.ts"
import { lineFigure, type Point } from "./lines.ts"
import {
  accuracyOf,
  analysisAt,
  average,
  blockAt,
  type Configuration,
  configurationName,
  exactAt,
  gradientAt,
  last,
  sampledText,
  spectrumAt,
  strengthAt
} from "./rows.ts"

/** Orders that are nothing but rounding. */
const nothing = 1e-9

/** The axis that the networks of a figure differ in. */
export interface Along {
  readonly axis: "layers" | "filters"
  readonly networks: ReadonlyArray<Configuration>
  /** What is the same in all of them, and whose mean they are where some have more seeds: "mnist, relu, 1 filter". */
  readonly fixed: string
  /** For names of files. */
  readonly suffix: string
}

const named = (axis: Along["axis"], { network }: Configuration) =>
  axis === "layers" ? count(network.layers, "layer") : count(network.filters, "filter")
const point = (series: string, x: number, y: number | null): ReadonlyArray<Point> =>
  y === null ? [] : [{ series, x, y }]

/** How far each order reaches, by depth. */
export function spectrumFigure({ axis, networks, fixed, suffix }: Along): Figure | undefined {
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
  return lineFigure(
    `spectrum-${suffix}`,
    `Spectrum over the order, by ${axis} (${fixed})`,
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
          (c, k) => size(average(c, (n) => spectrumAt(n, k)?.norm))
        ),
        options
      },
      {
        label: "Gradient by path length aₖ",
        points: byOrder(
          (c) => c.network.depth,
          (c, k) => size(average(c, (n) => gradientAt(n, k)?.norm))
        ),
        options: { ...options, xTitle: "Path length k" }
      }
    ]
  )
}

const subscripts = "₀₁₂₃₄₅₆₇₈₉"
const term = (order: number): string => `T${[...String(order)].map((digit) => subscripts[Number(digit)]).join("")}`
const rest = "remainder"

/** How much each order up to the second adds along H − x, before and after training. */
export function sharesFigure({ axis, networks, fixed, suffix }: Along): Figure | undefined {
  const share = (c: Configuration, moment: number, order: number) =>
    average(c, (n) => (order <= c.network.depth ? analysisAt(n, moment).exact[order]?.share : 0))
  const orders = [1, 2]
  const parts = (c: Configuration, moment: number) => {
    // Where layers change nothing, H = x, there is nothing to share.
    if (share(c, moment, 1) === null) return []
    const known = orders.map((order) => ({ part: term(order), share: share(c, moment, order) ?? 0 }))
    return [...known, { part: rest, share: 1 - known.reduce((sum, { share }) => sum + share, 0) }]
  }
  const epochs = networks[0].seeds[0].moments.map(({ epoch }) => epoch)
  const ends = epochs.length > 1 ? [0, epochs.length - 1] : [0]
  const rows = ends.flatMap((moment) =>
    networks.flatMap((c) =>
      parts(c, moment).map((part, i) => ({
        ...part,
        i,
        x: c.network[axis],
        epoch: epochs[moment],
        hover: `${part.part}: ${percent(part.share)} %, ${configurationName(c)}, epoch ${epochs[moment]}, mean of ${count(c.seeds.length, "seed")}`
      }))
    )
  )
  const stacks = ends.flatMap((moment) => networks.map((c) => parts(c, moment).map(({ share }) => share)))
  const low = Math.min(0, ...stacks.map((s) => s.reduce((sum, share) => sum + Math.min(share, 0), 0)))
  const high = Math.max(1, ...stacks.map((s) => s.reduce((sum, share) => sum + Math.max(share, 0), 0)))
  if (rows.length === 0) return undefined
  const domain = [...orders.map(term), rest]
  const panels = ends.map((moment): Panel => {
    const values = rows.filter(({ epoch }) => epoch === epochs[moment])
    const first = values.filter(({ part }) => part === term(1))
    return {
      title: `Share of H − x after ${count(epochs[moment], "epoch")}`,
      alt: `T₁ has ${list(first.map(({ share, x }) => `${percent(share)} % with ${count(x, axis.slice(0, -1))}`))}.`,
      spec: {
        data: { values },
        mark: { type: "bar", width: { band: 0.68 }, ...hoverable },
        encoding: {
          x: { field: "x", type: "ordinal", axis: { title: xTitles[axis], labelAngle: 0 } },
          y: {
            field: "share",
            type: "quantitative",
            stack: "zero",
            scale: { domain: [low, high], nice: true },
            axis: { title: null, format: "~%" }
          },
          order: { field: "i" },
          color: {
            field: "part",
            type: "nominal",
            scale: { domain, range: [colours.green, colours.amber, colours.grey] },
            legend: {}
          },
          ...hover
        }
      }
    }
  })
  return {
    name: `shares-${suffix}`,
    title: `Share of each Taylor term, by ${axis} (${fixed})`,
    caption:
      "⟨Tₖ, H − x⟩ / ‖H − x‖², sequential networks, means over the seeds. Signed shares sum to 100 %: what reaches below zero is made up above 100 %. T₀ = x is what the layers are added to.",
    panels,
    columns: ["epoch", axis, "part", "share"].map((name) => ({ name, title: name })),
    rows: rows.map(({ epoch, x, part, share }) => [epoch, x, part, share])
  }
}

/** What is left over after T_0 + T_1 and T_0 + T_1 + T_2 as the training goes on. */
export function trainingFigure({ axis, networks, fixed, suffix }: Along): Figure | undefined {
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
  return lineFigure(
    `remainder-training-${suffix}`,
    `What the truncation leaves over, as the training goes on (${fixed})`,
    `Rₖ = ‖H − (T₀ + … + Tₖ)‖ / ‖H − x‖, sequential networks, means over the seeds.${ruled ? " Above 1 the truncated sum is further from H than x itself." : ""}`,
    [
      { label: "R₁, left over after T₀ + T₁", points: first, options },
      { label: "R₂, left over after T₀ + T₁ + T₂", points: second, options }
    ]
  )
}

const xTitles = {
  layers: "Layers N of the sequential network",
  filters: "Filters F of the sequential network"
} as const

/** How well truncations classify, through the trained dense layer and through one trained again. */
export function accuracyFigure({ axis, networks, fixed, suffix }: Along): Figure | undefined {
  const cuts: ReadonlyArray<readonly [string, number | null]> = [
    ["x", 0],
    ["T₀ + T₁", 1],
    ["… + T₂", 2],
    ["sequential", null]
  ]
  const through = (layer: "trained" | "retrained") =>
    cuts.flatMap(([name, order]) =>
      networks.flatMap((c) =>
        point(
          name,
          c.network[axis],
          average(c, (n) => accuracyOf(n, order, layer))
        )
      )
    )
  const parallel = networks.flatMap((c) =>
    point(
      "parallel",
      c.network[axis],
      average(c, (n) => n.parallel?.validation.accuracy)
    )
  )
  const again = through("retrained")
  const images = sampledText(networks)
  // That of the parallel network is on all validation images, and beside others only where these are too.
  const beside = images === "" ? parallel : []
  const trained =
    beside.length === 0
      ? ""
      : "; parallel is the parallel network that was trained itself from the same initial values, on all validation images"
  const right =
    again.length === 0
      ? ""
      : " Right, only the dense layer is trained again, on each truncated sum and on the whole network alike."
  const options = { xTitle: xTitles[axis], x: "log", fractions: true } as const
  return lineFigure(
    `truncated-accuracy-${suffix}`,
    `How well the truncated network classifies (${fixed})`,
    `Validation accuracy${images}, means over the seeds: x alone (T₀), T₀ + T₁, T₀ + T₁ + T₂, the whole sequential network. T₀ + T₁ is the parallel network run with the sequential network's trained weights${trained}.${right}`,
    [
      { label: "Through the dense layer as trained", points: [...through("trained"), ...beside], options },
      { label: "Dense layer alone trained again", points: again.length === 0 ? [] : [...again, ...beside], options }
    ]
  )
}

const perBlock = (
  { axis, networks }: Pick<Along, "axis" | "networks">,
  moment: number,
  of: (block: BlockMeasures) => number | null
): ReadonlyArray<Point> =>
  networks.flatMap((c) =>
    Array.from({ length: c.network.depth }, (_, j) => j).flatMap((j) =>
      point(
        named(axis, c),
        j + 1,
        average(c, (n) => {
          const block = blockAt(n, moment, j)
          return block && of(block)
        })
      )
    )
  )

/** ReLU masks that are others where a layer sees a truncation. */
export function masksFigure({ axis, networks, fixed, suffix }: Along): Figure | undefined {
  const options = { xTitle: "Layer", fractions: true } as const
  return lineFigure(
    `masks-${suffix}`,
    `Masks flipped by the truncation (${fixed})`,
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
export function jacobiansFigure({ axis, networks, fixed, suffix }: Along): Figure | undefined {
  const options = { xTitle: "Layer" } as const
  const norms = (moment: number) => perBlock({ axis, networks }, moment, (b) => b.norm[1])
  return lineFigure(
    `jacobians-${suffix}`,
    `How strong each layer is (${fixed})`,
    `Largest singular value ‖Jᵢ‖ of each layer's Jacobian where the network passes it: medians over examples (to ${100 * NORM_TOLERANCE} % of a singular value, by bidiagonalization), means over the seeds. Before training, layers of the same place and number of filters have the same values whatever the number of layers, so lines may cover one another.`,
    [
      { label: "‖Jᵢ‖ before training", points: norms(0), options },
      { label: "‖Jᵢ‖ after training", points: norms(-1), options }
    ]
  )
}

/** "16 layers, 1 filter, relu, seed 3, epoch 100" */
const nameOf = (
  p: Pick<Network, "layers" | "filters" | "activation"> & { readonly seed: number; readonly epoch: number }
) => `${count(p.layers, "layer")}, ${count(p.filters, "filter")}, ${p.activation}, seed ${p.seed}, epoch ${p.epoch}`

/** N·max‖J‖ against R_1: every network of a data set, at every moment. */
export function strengthFigure(configurations: ReadonlyArray<Configuration>): Figure | undefined {
  const [{ dataset }] = configurations
  const points = configurations
    .flatMap((c) =>
      c.seeds.flatMap((network) =>
        network.moments.map(({ epoch }, i) => ({
          strength: strengthAt(network, i) ?? 0,
          left: analysisAt(network, i).exact[1].remainder,
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
  const means = [...groupBy(points, (p) => p.when).values()].map(
    (group) =>
      `${group[0].when}: mean strength ${significant(mean(group.map((p) => p.strength)))}, mean R₁ ${significant(mean(group.map((p) => p.left)))}`
  )
  return {
    name: `strength-${slugOf(dataset)}`,
    title: `N·max‖J‖ against what T₀ + T₁ leaves over (${dataset})`,
    caption:
      "Each point is one network at one moment: the median over examples of N·max‖Jᵢ‖ and R₁. Truncation after the first order is justified where the first is well below 1.",
    panels: [
      {
        title: `R₁${up.suffix}`,
        alt: `${list(means)}.`,
        spec: {
          layer: [
            ...(ruled ? [{ data: { values: [{ strength: 1 }] }, mark: rule, encoding: { x } }] : []),
            {
              data: { values: points.map((p) => ({ ...p, hover: nameOf(p) })) },
              mark: { type: "point", filled: true, opacity: 0.7, size: 40, ...hoverable },
              encoding: {
                x,
                y: { field: "left", type: "quantitative", scale: up.scale, axis: up.axis },
                color: {
                  field: "when",
                  type: "nominal",
                  scale: { domain: when, range: when.map((name) => colourOf[name]) },
                  legend: { symbolOpacity: 1 }
                },
                shape: {
                  field: "activation",
                  type: "nominal",
                  legend: { symbolFillColor: colours.grey, symbolStrokeColor: colours.grey }
                },
                ...hover
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
