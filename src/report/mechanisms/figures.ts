/** Figures of the report on mechanisms: gradients, distances and cosines by layer, size of the state over N. */
import type { Mechanisms } from "../../results/mechanisms.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import { type Line, linesFigure } from "../figures/lines.ts"
import type { Figure } from "../page/figures.ts"
import {
  type Architecture,
  cosinesBy,
  distancesBy,
  endOf,
  gradientsBy,
  growth,
  type Kind,
  type Looked,
  networksOf,
  type Start,
  seriesName,
  startOf
} from "./rows.ts"

type Series = readonly [Architecture, residual: boolean]
const RESIDUAL: ReadonlyArray<Series> = [
  ["sequential", true],
  ["parallel", true]
]
const ALL: ReadonlyArray<Series> = [...RESIDUAL, ["sequential", false], ["parallel", false]]

/** A line a series: a value by layer, over the seeds. */
const byLayer = (
  kind: Kind,
  series: ReadonlyArray<Series>,
  at: (network: Looked) => Mechanisms | undefined,
  of: (found: Mechanisms) => ReadonlyArray<number | null>
): ReadonlyArray<Line> =>
  series.map(([architecture, residual]) => {
    const rows = networksOf(kind, architecture, residual).flatMap((network) => {
      const found = at(network)
      return found === undefined ? [] : [of(found)]
    })
    const layers = Math.max(0, ...rows.map((row) => row.length))
    return {
      series: seriesName(architecture, residual),
      points: Array.from({ length: layers }, (_, i) => ({
        x: i + 1,
        values: rows.flatMap((row) => row[i] ?? [])
      }))
    }
  })

export function mechanismFigures(
  kinds: ReadonlyArray<Kind>,
  starts: ReadonlyArray<Start>
): ReadonlyArray<Figure | undefined> {
  return [
    linesFigure({
      name: "gradients",
      title: "Gradient by layer, with residual connections and without",
      caption: "Norm of the gradient of the mean training loss by the weights and biases of each layer.",
      x: { title: "Layer" },
      panels: kinds.flatMap((kind) => [
        { title: `At initialization: ${kind.name}`, lines: byLayer(kind, ALL, startOf, gradientsBy) },
        { title: `After training: ${kind.name}`, lines: byLayer(kind, ALL, endOf, gradientsBy) }
      ])
    }),
    linesFigure({
      name: "cosines",
      title: "What layers do, beside the gradient: cos(f_i(h), −∂L/∂h) after training",
      caption: "Above 0 a layer moves the state so that the loss falls. Parallel layers all see the same state.",
      x: { title: "Layer" },
      panels: kinds.map((kind) => ({ title: kind.name, lines: byLayer(kind, RESIDUAL, endOf, cosinesBy) }))
    }),
    linesFigure({
      name: "distances",
      title: "Distance from the initial values by layer, ‖θ − θ₀‖ / ‖θ₀‖",
      caption: "After training.",
      x: { title: "Layer" },
      panels: kinds.map((kind) => ({ title: kind.name, lines: byLayer(kind, ALL, endOf, distancesBy) }))
    }),
    growthFigure(starts)
  ]
}

function growthFigure(starts: ReadonlyArray<Start>): Figure | undefined {
  const activations = distinct(starts.map(({ network }) => network.activation))
  return linesFigure({
    name: "growth",
    title: "Size of the last state over the number of layers, at initialization: ‖h_d‖ / ‖h_0‖",
    caption: "Before training, by the scale of the branch.",
    x: { title: "Layers", log: true },
    panels: activations.map((activation) => ({
      title: activation,
      lines: [
        ...groupBy(
          starts.filter(({ network }) => network.activation === activation),
          ({ rule }) => rule
        )
      ].map(([rule, own]) => ({
        series: rule,
        points: [...groupBy(own, ({ network }) => String(network.layers)).values()].map((points) => ({
          x: points[0].network.layers,
          values: points.flatMap(({ found }) => (found === undefined ? [] : [growth(found)]))
        }))
      }))
    }))
  })
}
