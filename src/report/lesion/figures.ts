/** Figures of the report on lesions: what each layer is worth, disorder, groups side by side. */
import type { Lesions } from "../../results/lesions.ts"
import { groupBy } from "../evidence/groups.ts"
import { type Line, linesFigure } from "../figures/lines.ts"
import type { Figure, Panel } from "../page/figures.ts"
import { list, percent } from "../page/format.ts"
import { seriesScales, valueScale } from "../page/scales.ts"
import { cost, eachSeed, type Kind } from "./rows.ts"

const architectures = ["sequential", "parallel"] as const

/** A line an architecture: values by place, over the seeds. */
const linesOf = (
  kind: Kind,
  of: (found: Lesions) => ReadonlyArray<{ readonly x: number; readonly value: number }>
): ReadonlyArray<Line> =>
  architectures.map((series) => {
    const all = eachSeed(kind, (pair) => pair[series].lesions).flatMap(of)
    const places = [...groupBy(all, ({ x }) => String(x)).values()]
    const points = places.map((own) => ({ x: own[0].x, values: own.map(({ value }) => value) }))
    return { series, points: points.toSorted((a, b) => a.x - b.x) }
  })

const panelsOf = (kinds: ReadonlyArray<Kind>, of: Parameters<typeof linesOf>[1], what: string) =>
  kinds.map((kind) => ({ title: `${what}: ${kind.name}`, lines: linesOf(kind, of) }))

const pointsLost = (found: Lesions, score: Lesions["whole"]) => 100 * cost(found, score)

/** Error by the disorder of the layers, a point for each order and seed. */
function shuffledFigure(kinds: ReadonlyArray<Kind>): Figure | undefined {
  const rows = kinds.flatMap((kind) =>
    architectures.flatMap((series) =>
      eachSeed(kind, (pair) => {
        const { lesions, trial } = pair[series]
        return lesions && { lesions, seed: trial.seed }
      }).flatMap(({ lesions: { shuffled }, seed }) =>
        shuffled.map(({ tau, score }) => ({ kind: kind.name, series, seed, tau, error: 100 * (1 - score.accuracy) }))
      )
    )
  )
  if (rows.length === 0) return undefined
  const { color, shape } = seriesScales(architectures)
  const { scale, axis } = valueScale(
    rows.map(({ error }) => error),
    "~r",
    100
  )
  const panels = kinds.flatMap((kind): ReadonlyArray<Panel> => {
    const own = rows.filter((row) => row.kind === kind.name)
    if (own.length === 0) return []
    const told = architectures.flatMap((series) => {
      const errors = own.filter((row) => row.series === series).map(({ error }) => error)
      return errors.length === 0
        ? []
        : [`${series} ${percent(Math.min(...errors) / 100)} to ${percent(Math.max(...errors) / 100)} %`]
    })
    return [
      {
        title: `Validation error, %: ${kind.name}`,
        alt: `${list(told)}.`,
        spec: {
          data: { values: own },
          mark: { type: "point", filled: true, opacity: 0.45, size: 22 },
          encoding: {
            x: {
              field: "tau",
              type: "quantitative",
              scale: { nice: false, zero: false, reverse: true },
              axis: { title: "Kendall's τ with the trained order", format: "~r", tickCount: 6 }
            },
            y: { field: "error", type: "quantitative", scale, axis },
            color,
            shape
          }
        }
      }
    ]
  })
  return {
    name: "shuffled",
    title: "Layers in another order: error over disorder",
    caption:
      "A point for each order that was drawn and each seed; at the left, τ = 1, layers stand as they were trained. Parallel networks cannot tell.",
    panels,
    columns: ["network", "architecture", "seed", "tau", "error_percent"].map((name) => ({ name, title: name })),
    rows: rows.map(({ kind, series, seed, tau, error }) => [kind, series, seed, tau, error])
  }
}

export function lesionFigures(kinds: ReadonlyArray<Kind>): ReadonlyArray<Figure | undefined> {
  return [
    linesFigure({
      name: "without",
      title: "Without one layer: what each is worth",
      caption: "Accuracy that is lost without the layer; below 0 it is gained.",
      x: { title: "Layer" },
      panels: panelsOf(
        kinds,
        (found) => found.without.map((score, i) => ({ x: i + 1, value: pointsLost(found, score) })),
        "Points of accuracy lost"
      )
    }),
    linesFigure({
      name: "several",
      title: "Without several layers",
      caption: "Layers left out are drawn at random; the last point has none of them left.",
      x: { title: "Layers left out" },
      most: 100,
      panels: panelsOf(
        kinds,
        (found) => [
          { x: 0, value: 100 * (1 - found.whole.accuracy) },
          ...found.without.map(({ accuracy }) => ({ x: 1, value: 100 * (1 - accuracy) })),
          ...found.several.flatMap(({ left, scores }) =>
            scores.map(({ accuracy }) => ({ x: left, value: 100 * (1 - accuracy) }))
          )
        ],
        "Validation error, %"
      )
    }),
    shuffledFigure(kinds),
    linesFigure({
      name: "side-by-side",
      title: "Neighbours side by side: sequential networks run at smaller depths, with their own weights",
      caption:
        "Left the whole depth, as trained; right depth 1, all layers side by side: the first two terms of the expansion.",
      x: { title: "Layers side by side", log: true },
      most: 100,
      panels: kinds.map((kind) => ({
        title: `Validation error, %: ${kind.name}`,
        lines: linesOf(kind, ({ whole, sideBySide }) => [
          { x: 1, value: 100 * (1 - whole.accuracy) },
          ...sideBySide.map(({ group, score }) => ({ x: group, value: 100 * (1 - score.accuracy) }))
        ]).filter(({ series }) => series === "sequential")
      }))
    })
  ]
}
