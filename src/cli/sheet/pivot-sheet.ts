/** A pivot as a sheet: for people a cell says all in one, for programs each cell is a row with a column for each. */
import type { Cell, Pivot } from "../../view/pivot.ts"
import { rounded } from "./readers.ts"
import { type Format, isForPeople, type Sheet } from "./sheet.ts"

export const pivotSheet = (pivot: Pivot, format: Format): Sheet =>
  isForPeople(format) ? wide(pivot, words) : long(pivot)

/** For a narrow terminal: of each cell its mean and standard error alone. */
export const narrowPivot = (pivot: Pivot): Sheet => wide(pivot, (cell) => words(cell).split(", ")[0])

/** `0.2431 ± 0.0021, n 3, 0.2402 … 0.2470` */
function words({ n, mean, standardError, least, most, without }: Cell): string {
  const diverged = without === 0 ? "" : `, ${without} without a number`
  if (mean === null || least === null || most === null) return `n 0${diverged}`
  const error = standardError === null ? "" : ` ± ${standardError.toPrecision(2)}`
  const range = n === 1 ? "" : `, ${rounded(least)} … ${rounded(most)}`
  return `${rounded(mean)}${error}, n ${n}${range}${diverged}`
}

function wide({ rows, cols, metric, down, across, cells }: Pivot, say: (cell: Cell) => string): Sheet {
  const heads = across.map((values) => values.map((value, i) => `${cols[i]}=${value}`).join(", ") || metric)
  return {
    columns: [...rows, ...heads],
    rows: down.map((values, i) => [...values, ...cells[i].map((cell) => (cell === undefined ? null : say(cell)))])
  }
}

const MEMBERS = ["n", "mean", "standardError", "least", "most", "without"] as const

function long({ rows, cols, metric, down, across, cells }: Pivot): Sheet {
  return {
    columns: [...rows, ...cols, "metric", ...MEMBERS],
    rows: down.flatMap((values, i) =>
      across.flatMap((others, j) => {
        const cell = cells[i][j]
        return cell === undefined ? [] : [[...values, ...others, metric, ...MEMBERS.map((name) => cell[name])]]
      })
    )
  }
}
