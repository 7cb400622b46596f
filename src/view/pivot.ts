/**
 * A pivot of trials: one metric by some parameters, over others: mean, standard error, number, least and most of each
 * cell. What is merged in a cell is what was named; anything else that differs within one is refused, not averaged.
 */
import { estimate, mean } from "../statistics/statistics.ts"
import type { Column, TrialTable, Value } from "./trials.ts"

export interface PivotAxes {
  readonly rows: ReadonlyArray<string>
  readonly cols: ReadonlyArray<string>
  readonly metric: string
  readonly over: ReadonlyArray<string>
}

export interface Cell {
  /** Trials whose metric is a number. */
  readonly n: number
  readonly mean: number | null
  /** Of the mean, from the sample variance; null below two. */
  readonly standardError: number | null
  readonly least: number | null
  readonly most: number | null
  /** Trials whose metric is none, as of a training that diverged: they are in no mean. */
  readonly without: number
}

export interface Pivot extends PivotAxes {
  /** In order, each with its values on `rows` or `cols`. */
  readonly down: ReadonlyArray<ReadonlyArray<Value>>
  readonly across: ReadonlyArray<ReadonlyArray<Value>>
  /** [down, across]; undefined where there is no trial. */
  readonly cells: ReadonlyArray<ReadonlyArray<Cell | undefined>>
}

/** Trials of one cell differ in something that was not named. */
export class WouldMerge extends Error {
  readonly _tag = "WouldMerge"
  readonly cell: string
  readonly differing: ReadonlyArray<{ readonly name: string; readonly values: ReadonlyArray<Value> }>
  constructor(cell: string, differing: WouldMerge["differing"]) {
    super(`${cell} has trials that differ in ${differing.map(({ name }) => name).join(", ")}`)
    this.cell = cell
    this.differing = differing
  }
}

/** Numbers by size, before texts by their letters; nothing last. */
export function compareValues(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  if (typeof a === "number" && typeof b === "number") return a - b
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

const compareLists = (a: ReadonlyArray<Value>, b: ReadonlyArray<Value>): number =>
  a.reduce<number>((order, value, i) => order || compareValues(value, b[i]), 0)

/** Of what a trial is told apart by: its parameters, and what it was computed in. */
const tellsApart = ({ kind, name }: Column) => kind === "parameter" || name === "numericClass"

/** The names must be those of columns. Throws `WouldMerge`. */
export function pivotOf({ columns, rows }: TrialTable, axes: PivotAxes): Pivot {
  const placeOf = (name: string) => columns.findIndex((column) => column.name === name)
  const [down, across] = [axes.rows, axes.cols].map((names) => names.map(placeOf))
  // Members of what is named are part of it: `dataset.shape.height` of `dataset`.
  const named = [...axes.rows, ...axes.cols, ...axes.over]
  const isNamed = (name: string) => named.some((one) => name === one || name.startsWith(`${one}.`))
  const metric = placeOf(axes.metric)
  const groups = Map.groupBy(rows, (row) => JSON.stringify([...down, ...across].map((place) => row[place])))
  const ordered = (places: ReadonlyArray<number>) => {
    const lists = new Map(rows.map((row) => places.map((place) => row[place])).map((l) => [JSON.stringify(l), l]))
    return [...lists.values()].sort(compareLists)
  }
  const [ofRows, ofCols] = [ordered(down), ordered(across)]
  for (const group of groups.values()) {
    const differing = columns.flatMap((column, place) => {
      if (!tellsApart(column) || isNamed(column.name)) return []
      const values = [...new Set(group.map((row) => row[place]))]
      return values.length === 1 ? [] : { name: column.name, values }
    })
    if (differing.length === 0) continue
    const cell = [...down, ...across].map((place) => `${columns[place].name}=${group[0][place]}`).join(", ")
    throw new WouldMerge(cell || "the whole", differing)
  }
  return {
    ...axes,
    down: ofRows,
    across: ofCols,
    cells: ofRows.map((row) =>
      ofCols.map((col) => {
        const group = groups.get(JSON.stringify([...row, ...col]))
        return group && cellOf(group.map((one) => one[metric]))
      })
    )
  }
}

function cellOf(values: ReadonlyArray<Value>): Cell {
  const numbers = values.filter((value) => typeof value === "number")
  const n = numbers.length
  return {
    n,
    mean: n === 0 ? null : mean(numbers),
    standardError: n < 2 ? null : estimate(numbers).error,
    least: n === 0 ? null : Math.min(...numbers),
    most: n === 0 ? null : Math.max(...numbers),
    without: values.length - n
  }
}
