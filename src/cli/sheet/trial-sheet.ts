/** Trials as a sheet: which of them, in which order, with which columns. */
import { matchesGlob } from "node:path"
import * as Effect from "effect/Effect"
import { Artifacts } from "../../cache/artifacts.ts"
import { CacheFolder } from "../../cache/folder.ts"
import { Traces } from "../../cache/traces.ts"
import { hint, nearest } from "../../graph/nearest.ts"
import type { Axes } from "../../graph/stage.ts"
import { checkWhere, parseWhere } from "../../graph/where.ts"
import { compareValues } from "../../view/pivot.ts"
import type { Planned } from "../../view/planned.ts"
import { MetricsUnreadable, scoredNodes, type TrialTable, trialTable, type Value } from "../../view/trials.ts"
import { UsageError } from "../errors.ts"
import { readError } from "../lost.ts"
import type { Sheet } from "./sheet.ts"

/** The trials that were asked for, read from the cache. */
export const readTrials = Effect.fnUntraced(function* (workspace: Planned) {
  const results = { traces: yield* Traces, artifacts: yield* Artifacts }
  const { folder } = yield* CacheFolder
  return yield* Effect.try({
    try: () => trialTable(scoredNodes(workspace.selection), workspace, results),
    catch: (error) =>
      error instanceof MetricsUnreadable ? new UsageError({ problem: error.message }) : readError(folder, error)
  })
})

/** Names of the columns that a name, or a pattern of names, means. Throws `UsageError`. */
export function namesOf({ columns, rows }: TrialTable, flag: string, typed: string): ReadonlyArray<string> {
  const names = columns.map(({ name }) => name)
  if (names.includes(typed)) return [typed]
  const found = /[*?[{]/.test(typed) ? names.filter((name) => matchesGlob(name, typed)) : []
  if (found.length > 0) return found
  if (rows.length === 0) throw new UsageError({ problem: `${flag} ${typed}: there is no trial with a result yet` })
  const help = hint(nearest(typed, names)) || `There are ${names.join(", ")}.`
  throw new UsageError({ problem: `${flag} ${typed}: no column is called '${typed}'. ${help}` })
}

/** The trials that a condition on any columns holds for. Throws `WhereError`. */
export function whereHolds(table: TrialTable, text: string | undefined): TrialTable {
  if (text === undefined || table.rows.length === 0) return table
  const { columns, rows } = table
  const where = parseWhere(text)
  const names = new Set(where.comparisons.map(({ axis }) => axis))
  const named = [...columns.keys()].filter((place) => names.has(columns[place].name))
  // All of them where one is not known, to say which it could be.
  const places = named.length === names.size ? named : [...columns.keys()]
  /** What is not known meets no condition. */
  const axesOf = (row: ReadonlyArray<Value>): Axes => {
    const axes: Record<string, Axes[string]> = {}
    for (const place of places) {
      const value = row[place]
      if (value !== null) axes[columns[place].name] = value
    }
    return axes
  }
  checkWhere(where, rows.map(axesOf))
  return { ...table, rows: rows.filter((row) => where.holds(axesOf(row))) }
}

/** By columns, the least first, or the most where `-` stands before the name; nothing last. Throws `UsageError`. */
export function sortedBy(table: TrialTable, names: ReadonlyArray<string>): TrialTable {
  const order = names.map((typed) => {
    const most = typed.startsWith("-")
    const [name] = namesOf(table, "--sort", most ? typed.slice(1) : typed)
    return { place: table.columns.findIndex((column) => column.name === name), sign: most ? -1 : 1 }
  })
  const compare = (a: ReadonlyArray<Value>, b: ReadonlyArray<Value>): number => {
    for (const { place, sign } of order) {
      if (a[place] === null || b[place] === null) return compareValues(a[place], b[place])
      const by = sign * compareValues(a[place], b[place])
      if (by !== 0) return by
    }
    return 0
  }
  return order.length === 0 ? table : { ...table, rows: [...table.rows].sort(compare) }
}

/** Columns that say the same of every trial, of two at least. */
export function sameInAll({ columns, rows }: TrialTable): ReadonlyMap<string, Value> {
  if (rows.length < 2) return new Map()
  return new Map(
    columns.flatMap(({ name }, place) =>
      rows.every((row) => row[place] === rows[0][place]) ? [[name, rows[0][place]] as const] : []
    )
  )
}

/** Some of the columns; texts in the named ones cut to a length. */
export function pick(
  { columns, rows }: TrialTable,
  names: ReadonlyArray<string>,
  cut: Readonly<Record<string, number>> = {}
): Sheet {
  const places = names.map((name) => columns.findIndex((column) => column.name === name))
  const lengths = names.map((name) => (Object.hasOwn(cut, name) ? cut[name] : undefined))
  return {
    columns: names,
    rows: rows.map((row) =>
      places.map((place, i) => {
        const value = row[place]
        return typeof value === "string" && lengths[i] !== undefined ? value.slice(0, lengths[i]) : value
      })
    )
  }
}
