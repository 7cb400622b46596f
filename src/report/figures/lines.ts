/** Figures of means over seeds as lines, each in a band from the least to the greatest seed. */
import { mean } from "../../statistics/statistics.ts"
import { bySeries } from "../evidence/grid.ts"
import { distinct } from "../evidence/groups.ts"
import { colours, type Figure, hover, hoverable, type Panel } from "../page/figures.ts"
import { count, list, significant } from "../page/format.ts"
import { valueScale } from "../page/scales.ts"

export interface LinePoint {
  readonly x: number
  /** One a seed. */
  readonly values: ReadonlyArray<number>
}

export interface Line {
  readonly series: string
  readonly points: ReadonlyArray<LinePoint>
}

export interface Lines {
  readonly name: string
  readonly title: string
  readonly caption: string
  readonly x: { readonly title: string; readonly log?: true }
  /** The greatest value that makes sense (1 for fractions). */
  readonly most?: number
  readonly panels: ReadonlyArray<{ readonly title: string; readonly lines: ReadonlyArray<Line> }>
}

/** Sequential and parallel have theirs everywhere; of the others each has its own. */
function coloursOf(series: ReadonlyArray<string>): ReadonlyArray<string> {
  const free = [colours.purple, colours.green, colours.amber, colours.sky, colours.grey]
  const others = series.filter((name) => name !== "sequential" && name !== "parallel")
  return series.map((name) => {
    if (name === "sequential") return colours.blue
    return name === "parallel" ? colours.vermillion : free[others.indexOf(name) % free.length]
  })
}

/** All panels have one vertical scale. Undefined where nothing is there. */
export function linesFigure({ name, title, caption, x, most, panels }: Lines): Figure | undefined {
  const rows = panels.flatMap((panel) =>
    panel.lines.flatMap(({ series, points }) =>
      points.flatMap(({ x, values }) => {
        const there = values.filter(Number.isFinite)
        if (there.length === 0) return []
        const [low, high] = [Math.min(...there), Math.max(...there)]
        return [{ panel: panel.title, series, x, mean: mean(there), low, high, seeds: there.length }]
      })
    )
  )
  if (rows.length === 0) return undefined
  const { scale, axis, suffix } = valueScale(
    rows.flatMap(({ low, high }) => [low, high]),
    "~r",
    most
  )
  const series = [...distinct(rows.map((row) => row.series))].sort(bySeries)
  const colour = {
    field: "series",
    type: "nominal",
    scale: { domain: series, range: coloursOf(series) },
    legend: { columns: 3, symbolType: "stroke", symbolOpacity: 1, symbolStrokeWidth: 2 }
  }
  const across = {
    field: "x",
    type: "quantitative",
    scale: { nice: false, zero: false, ...(x.log && { type: "log", base: 2 }) },
    axis: { title: x.title, format: "~r", tickCount: 6, tickMinStep: 1 }
  }
  const y = { type: "quantitative", scale, axis }
  const drawn = panels.flatMap((panel): ReadonlyArray<Panel> => {
    const own = rows.filter((row) => row.panel === panel.title)
    if (own.length === 0) return []
    const lines = distinct(own.map(({ series }) => series))
    const ends = lines.map((series) => {
      const line = own.filter((row) => row.series === series)
      const [first, last] = [line[0], line[line.length - 1]]
      return `${series} from ${significant(first.mean)} at ${significant(first.x)} to ${significant(last.mean)} at ${significant(last.x)}`
    })
    const means = own.map((row) => ({
      ...row,
      hover: `${row.series}, ${x.title} ${significant(row.x)}: ${significant(row.mean)}, mean of ${count(row.seeds, "seed")}`
    }))
    return [
      {
        title: `${panel.title}${suffix}`,
        alt: `${list(ends)}.`,
        spec: {
          layer: [
            {
              data: { values: own },
              mark: { type: "area", opacity: 0.18 },
              encoding: { x: across, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour }
            },
            {
              data: { values: own },
              mark: { type: "line", strokeWidth: 1.8 },
              encoding: { x: across, y: { ...y, field: "mean" }, color: colour }
            },
            {
              data: { values: means },
              mark: { type: "point", filled: true, size: 30, ...hoverable },
              encoding: { x: across, y: { ...y, field: "mean" }, color: colour, ...hover }
            }
          ]
        }
      }
    ]
  })
  return {
    name,
    title,
    caption: `${caption} Lines are means over the seeds, bands reach from the least to the greatest seed. All panels have the same vertical scale.`,
    panels: drawn,
    columns: ["panel", "series", "x", "mean", "least", "greatest", "seeds"].map((column) => ({
      name: column,
      title: column
    })),
    rows: rows.map((row) => [row.panel, row.series, row.x, row.mean, row.low, row.high, row.seeds])
  }
}
