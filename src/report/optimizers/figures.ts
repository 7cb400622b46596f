/** Figures of the reports on optimizers: loss over passes and over cost, deep against shallow by method. */
import { exp } from "../../network/math.ts"
import { differencesPanel, domainOf } from "../figures/differences.ts"
import { colours, type Figure, type Panel } from "../page/figures.ts"
import { list } from "../page/format.ts"
import { valueScale } from "../page/scales.ts"
import type { Measure } from "./measures.ts"
import { at, isFinished, lnLoss, type Moment } from "./outcome.ts"
import { type Cell, differenceIn, type Series, titleAmong } from "./rows.ts"

/** Places at which curves are drawn: up to eight in each factor of two, between the first and the last. */
function grid(least: number, most: number, whole: boolean): ReadonlyArray<number> {
  const places: Array<number> = []
  for (let place = least; place < most; place = whole ? Math.max(place + 1, Math.round(place * 1.1)) : place * 1.1)
    places.push(place)
  return [...places, most]
}

/** Colours of methods, which the eye tells apart in the light and in the dark; architectures have the other two elsewhere. */
const METHODS = [
  colours.green,
  colours.amber,
  colours.sky,
  colours.purple,
  colours.grey,
  colours.blue,
  colours.vermillion
]

type By = "passes" | "seconds"

interface Curve {
  readonly method: string
  readonly depth: number
  readonly by: By
  readonly points: ReadonlyArray<{ readonly place: number; readonly train: number; readonly validation: number }>
}

/** Means over the seeds, of the training loss geometric ones; from where all have begun. */
function curvesOf({ depths }: Cell, series: ReadonlyArray<Series>, by: By): ReadonlyArray<Curve> {
  return series.flatMap(({ method, outcomes }) =>
    depths.map((depth): Curve => {
      const own = outcomes
        .filter(isFinished)
        .filter(({ network, curve }) => network.depth === depth && curve.length > 1)
      if (own.length === 0) return { method, depth, by, points: [] }
      const [first, last] = [0, -1].map((i) => own.map(({ curve }) => curve.at(i)?.[by] ?? 0))
      const points = grid(Math.max(...first), Math.max(...last), by === "passes").flatMap((place) => {
        const moments = own.flatMap(({ curve }) => at(curve, by, place) ?? [])
        if (moments.length < own.length || moments.some(({ loss }) => !Number.isFinite(loss))) return []
        const average = (of: (moment: Moment) => number) =>
          moments.reduce((sum, one) => sum + of(one), 0) / moments.length
        return [
          { place, train: exp(average(({ loss }) => lnLoss(loss))), validation: average((one) => one.validationLoss) }
        ]
      })
      return { method, depth, by, points }
    })
  )
}

const AXES = { passes: "Passes through the images", seconds: "Cost, seconds of one core at measured rates" } as const

/** The methods of a cell, and on a figure of their own other ways of them beside these. */
export function curvesFigures(cell: Cell): ReadonlyArray<Figure | undefined> {
  const [ways, methods] = [true, false].map((are) => cell.series.filter(({ wayOf }) => (wayOf !== undefined) === are))
  const beside = methods.filter(({ method }) => ways.some(({ wayOf }) => wayOf === method))
  return [
    curvesFigure(cell, methods, ""),
    ...(ways.length === 0 ? [] : [curvesFigure(cell, [...beside, ...ways], "other ways of methods, ")])
  ]
}

/** Losses over passes and over cost: a colour for each method, a dash for each depth. */
function curvesFigure(cell: Cell, series: ReadonlyArray<Series>, which: string): Figure | undefined {
  const drawn = (["passes", "seconds"] as const).flatMap((by) => curvesOf(cell, series, by))
  const curves = drawn.filter(({ points }) => points.length > 1)
  if (curves.length === 0) return undefined
  const methods = series.map(({ method }) => method)
  const dashes = [[1, 0], [6, 3], [2, 2], [1, 3]] // biome-ignore format: one line
  const panel = (split: "train" | "validation", by: By): Panel => {
    const own = curves.filter((curve) => curve.by === by)
    const points = own.flatMap(({ method, depth, points }) =>
      points.map((one) => ({ method, depth: String(depth), place: one.place, loss: one[split] }))
    )
    const { scale, axis, suffix } = valueScale(
      points.map(({ loss }) => loss),
      "~r"
    )
    const ends = own.map(
      ({ method, depth, points }) => `${method}, depth ${depth}: ${points.at(-1)?.[split].toPrecision(3)}`
    )
    return {
      title: `${split === "train" ? "Training" : "Validation"} loss${suffix}`,
      alt: `Over ${by === "passes" ? "passes" : "cost"}. At the end ${list(ends)}.`,
      spec: {
        data: { values: points },
        mark: { type: "line", strokeWidth: 1.6 },
        encoding: {
          x: {
            field: "place",
            type: "quantitative",
            scale: { type: "log", nice: false },
            axis: { title: AXES[by], format: "~r", tickCount: 5 }
          },
          y: { field: "loss", type: "quantitative", scale, axis },
          color: {
            field: "method",
            type: "nominal",
            scale: { domain: methods, range: methods.map((_, i) => METHODS[i % METHODS.length]) },
            legend: { title: "Method", columns: 4 }
          },
          strokeDash: {
            field: "depth",
            type: "nominal",
            scale: { domain: cell.depths.map(String), range: dashes.slice(0, cell.depths.length) },
            legend: { title: "Depth" }
          }
        }
      }
    }
  }
  return {
    name: `curves-${which === "" ? "" : "ways-"}${cell.name}`,
    title: `Loss over passes and over cost (${which}${cell.title})`,
    caption:
      "Means over the seeds, of the training loss geometric ones. One evaluation of loss and gradient over all images is a pass, and so is a product with the curvature; of methods that go by mini-batches an epoch is one, and its training loss is the running mean of its batches. Cost is what the passes take at rates that were measured once, by method. A training that ended early stays where it ended.",
    panels: (["train", "validation"] as const).flatMap((split) => [panel(split, "passes"), panel(split, "seconds")]),
    columns: ["method", "depth", "by", "place", "training_loss", "validation_loss"].map((name) => ({
      name,
      title: name
    })),
    rows: curves.flatMap(({ method, depth, by, points }) =>
      points.map(({ place, train, validation }) => [method, depth, by, place, train, validation])
    )
  }
}

/** The deepest less the shallowest by one measure, a row for each method with its seeds' interval, a panel a cell. */
export function contrastFigure(cells: ReadonlyArray<Cell>, measure: Measure): Figure | undefined {
  const rows = cells.flatMap((cell) =>
    cell.series.flatMap((series) => {
      const found = differenceIn(series, measure)
      if (found === undefined) return []
      const { low, high } = found.interval ?? { low: found.mean, high: found.mean }
      return [{ cell, name: series.method, mean: found.mean, low, high }]
    })
  )
  if (rows.length === 0) return undefined
  const domain = domainOf(rows)
  const measured = `${measure.title}, deep − shallow`
  const panels = cells.flatMap((cell): ReadonlyArray<Panel> => {
    const own = rows.filter((row) => row.cell === cell)
    if (own.length === 0) return []
    const alt = own.map(({ name, mean }) => `${name} ${mean.toPrecision(3)}`).join(", ")
    return [differencesPanel(own, { title: titleAmong(cell, cells), alt, measured, domain })]
  })
  const left = measure.better === "lower" ? "deepest" : "shallowest"
  return {
    name: `contrasts-${measure.name}`,
    title: `Deep against shallow, by method: ${measure.title}`,
    caption: `Left of the line the ${left} networks are ahead. Points are means over the seeds, lines their intervals at 95 % (none below six seeds), each for itself.`,
    panels,
    columns: ["dataset", "examples", "activation", "task", "method", "mean", "low", "high"].map((name) => ({
      name,
      title: name
    })),
    rows: rows.map(({ cell, name, mean, low, high }) => [
      cell.dataset,
      cell.examples,
      cell.activation,
      Object.values(cell.task).join(", "),
      name,
      mean,
      low,
      high
    ])
  }
}
