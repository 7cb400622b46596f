/** Figures of one line a series. */
import { distinct } from "../evidence/groups.ts"
import { colours, type Figure, hover, hoverable, type Panel } from "../page/figures.ts"
import { list, significant } from "../page/format.ts"
import { orderedColours, valueScale } from "../page/scales.ts"
export interface Point {
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

export interface LineOptions {
  readonly xTitle: string
  readonly x?: "log"
  /** Fractions are shown in per cent, on a linear scale; other values on one that fits them. */
  readonly fractions?: true
  /** A value drawn as a rule across, where it is in the picture. */
  readonly rule?: number
}

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
          data: { values: points.map((p) => ({ ...p, hover: `${p.series}: ${significant(p.y)} at ${p.x}` })) },
          layer: [
            { mark: { type: "line", strokeWidth: 2 } },
            { mark: { type: "point", filled: true, opacity: 1, size: 34, ...hoverable }, encoding: hover }
          ],
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

/** Panels of lines; undefined where none of them has a point. */
export const lineFigure = (
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
