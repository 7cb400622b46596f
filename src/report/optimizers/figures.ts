/** Figures of the report on optimizers: loss over passes, deep against shallow by method. */
import { exp } from "../../network/math.ts"
import type { Figure, Panel } from "../page/figures.ts"
import { list } from "../page/format.ts"
import { orderedColours, valueScale } from "../page/scales.ts"
import { type Cell, cellTitle, isFinished, lnLoss, type Moment } from "./rows.ts"

/** Passes at which curves are drawn: up to ten in each factor of two. */
const grid = (most: number): ReadonlyArray<number> => {
  const places: Array<number> = []
  for (let at = 1; at < most; at = Math.max(at + 1, Math.round(at * 1.1))) places.push(at)
  return [...places, most]
}

/** The last moment at or before so many passes; a training that ended early stays where it ended. */
function at(curve: ReadonlyArray<Moment>, passes: number): Moment | undefined {
  return curve.findLast((moment) => moment.passes <= passes)
}

interface Curve {
  readonly method: string
  readonly depth: number
  readonly points: ReadonlyArray<{ readonly passes: number; readonly train: number; readonly validation: number }>
}

function curvesOf({ methods, depths }: Cell): ReadonlyArray<Curve> {
  return methods.flatMap(({ method, outcomes }) =>
    depths.map((depth): Curve => {
      const own = outcomes
        .filter(isFinished)
        .filter(({ network, curve }) => network.depth === depth && curve.length > 1)
      const most = Math.max(0, ...own.map(({ curve }) => curve[curve.length - 1].passes))
      const points = grid(most).flatMap((passes) => {
        const moments = own.flatMap(({ curve }) => at(curve, passes) ?? [])
        const finite = moments.filter(({ loss }) => Number.isFinite(loss))
        if (own.length === 0 || finite.length < own.length) return []
        const average = (of: (moment: Moment) => number) =>
          finite.reduce((sum, one) => sum + of(one), 0) / finite.length
        return [
          { passes, train: exp(average(({ loss }) => lnLoss(loss))), validation: average((one) => one.validationLoss) }
        ]
      })
      return { method, depth, points }
    })
  )
}

/** Training and validation loss over passes, a colour for each method and a dash for each depth. */
export function curvesFigure(cell: Cell): Figure | undefined {
  const curves = curvesOf(cell).filter(({ points }) => points.length > 1)
  if (curves.length === 0) return undefined
  const methods = cell.methods.map(({ method }) => method)
  const colours = orderedColours(methods.length)
  const dashes = [[1, 0], [6, 3], [2, 2], [1, 3]] // biome-ignore format: one line
  const panels = (["train", "validation"] as const).map((split): Panel => {
    const points = curves.flatMap(({ method, depth, points }) =>
      points.map((one) => ({ method, depth: String(depth), passes: one.passes, loss: one[split] }))
    )
    const { scale, axis, suffix } = valueScale(
      points.map(({ loss }) => loss),
      "~r"
    )
    const ends = curves.map(
      ({ method, depth, points }) => `${method}, depth ${depth}: ${points.at(-1)![split].toPrecision(3)}`
    )
    return {
      title: `${split === "train" ? "Training" : "Validation"} loss${suffix}`,
      alt: `At the end ${list(ends)}.`,
      spec: {
        data: { values: points },
        mark: { type: "line", strokeWidth: 1.6 },
        encoding: {
          x: {
            field: "passes",
            type: "quantitative",
            scale: { type: "log", nice: false },
            axis: { title: "Passes through the examples", format: "~r", tickCount: 5 }
          },
          y: { field: "loss", type: "quantitative", scale, axis },
          color: {
            field: "method",
            type: "nominal",
            scale: { domain: methods, range: colours },
            legend: { title: "Method" }
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
  })
  return {
    name: `curves-${cell.name}`,
    title: `Loss over passes (${cellTitle(cell)})`,
    caption:
      "Means over the seeds, of the training loss geometric ones. One evaluation of loss and gradient over all examples is a pass, and so is a product with the curvature; of methods that go by mini-batches an epoch is one, and its training loss is the running mean of its batches. A training that ended early stays where it ended.",
    panels,
    columns: ["method", "depth", "passes", "training_loss", "validation_loss"].map((name) => ({ name, title: name })),
    rows: curves.flatMap(({ method, depth, points }) =>
      points.map(({ passes, train, validation }) => [method, depth, passes, train, validation])
    )
  }
}

/** The deepest less the shallowest, ln training loss, a row for each method with its seeds' interval. */
export function contrastFigure(cells: ReadonlyArray<Cell>): Figure | undefined {
  const rows = cells.flatMap((cell) =>
    cell.methods.flatMap(({ method, contrast }) => {
      if (contrast === undefined) return []
      const { mean, interval } = contrast.training
      const { low, high } = interval ?? { low: mean, high: mean }
      return [{ cell, method, mean, low, high }]
    })
  )
  if (rows.length === 0) return undefined
  const all = rows.flatMap(({ low, high }) => [low, high])
  const [least, most] = [Math.min(0, ...all), Math.max(0, ...all)]
  const room = 0.05 * (most - least) || 0.1
  const panels = cells.flatMap((cell): ReadonlyArray<Panel> => {
    const own = rows
      .filter((row) => row.cell === cell)
      .map(({ method, mean, low, high }) => ({ method, mean, low, high }))
    if (own.length === 0) return []
    const y = { field: "method", type: "nominal", sort: own.map(({ method }) => method), axis: { title: null } }
    const x = { type: "quantitative", scale: { domain: [least - room, most + room], nice: false, zero: false } }
    const axis = { title: "ln training loss, deep − shallow", format: "~r", tickCount: 5 }
    return [
      {
        title: cellTitle(cell),
        alt: own.map(({ method, mean }) => `${method} ${mean.toPrecision(3)}`).join(", "),
        spec: {
          layer: [
            {
              data: { values: [{ zero: 0 }] },
              mark: { type: "rule", strokeDash: [3, 3] },
              encoding: { x: { ...x, field: "zero", axis } }
            },
            {
              data: { values: own },
              mark: { type: "rule", strokeWidth: 2 },
              encoding: { y, x: { ...x, field: "low", axis }, x2: { field: "high" } }
            },
            {
              data: { values: own },
              mark: { type: "point", filled: true, size: 60 },
              encoding: { y, x: { ...x, field: "mean", axis } }
            }
          ]
        }
      }
    ]
  })
  return {
    name: "contrasts",
    title: "Deep against shallow, by method",
    caption:
      "Left of the line the deepest networks reach the lower training loss. Points are means over the seeds, lines their intervals at 95 % (none below six seeds).",
    panels,
    columns: ["dataset", "examples", "activation", "method", "mean", "low", "high"].map((name) => ({
      name,
      title: name
    })),
    rows: rows.map(({ cell, method, mean, low, high }) => [
      cell.dataset,
      cell.examples,
      cell.activation,
      method,
      mean,
      low,
      high
    ])
  }
}
