/** What a terminal's width leaves of a table. */
import { plural } from "../output.ts"
import { cellsOf } from "./readers.ts"
import type { Sheet } from "./sheet.ts"

/** Between two columns. */
const GAP = 2

/** Columns of the terminal; undefined where the output goes elsewhere: all of a table goes there. */
export const terminalWidth = (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined)

export const widthOf = (sheet: Sheet): number =>
  sheet.columns
    .map((_, i) => cellsOf(sheet).reduce((most, line) => Math.max(most, line[i].length), 0))
    .reduce((sum, one) => sum + one + GAP, -GAP)

export interface Fitted {
  readonly sheet: Sheet
  readonly left: ReadonlyArray<string>
}

/** A sheet without columns that it has no room for: the first of `dispensable` go first. */
export function fitted(sheet: Sheet, width: number | undefined, dispensable: ReadonlyArray<string>): Fitted {
  const left: Array<string> = []
  let kept = sheet
  for (const name of dispensable) {
    if (width === undefined || widthOf(kept) <= width) break
    if (!kept.columns.includes(name)) continue
    left.push(name)
    kept = without(kept, name)
  }
  return { sheet: kept, left: sheet.columns.filter((name) => left.includes(name)) }
}

function without({ columns, rows }: Sheet, name: string): Sheet {
  const place = columns.indexOf(name)
  const others = <A>(list: ReadonlyArray<A>) => list.filter((_, i) => i !== place)
  return { columns: others(columns), rows: rows.map(others) }
}

/** That some are left out, and how to see them. */
export const leftOutNotice = (left: ReadonlyArray<string>, width: number, help: string): string =>
  `${plural(left.length, "column")} left out, for which ${width} characters have no room: ${left.join(", ")}. ${help}`
