/** Cells that differ in one column of their task alone: what a teacher's outputs do against labels, a start against another. */
import { distinct, groupBy } from "../evidence/groups.ts"
import { type Finished, isFinished } from "./outcome.ts"
import { type Cell, type Compared, judged, type Pooled } from "./rows.ts"

/** A cell, and the one beside it that differs from it in the column alone. */
export interface Match {
  readonly cell: Cell
  readonly other: Cell
}

/** Cells with `value` in a column, each with the one that has `base` there. */
export function matches(cells: ReadonlyArray<Cell>, column: string, base: string, value: string): ReadonlyArray<Match> {
  const key = ({ dataset, examples, activation, task }: Cell) =>
    JSON.stringify([dataset, examples, activation, { ...task, [column]: "" }])
  return [...groupBy(cells, key).values()].flatMap((own) => {
    const [cell, other] = [value, base].map((each) => own.find(({ task }) => task[column] === each))
    return cell === undefined || other === undefined ? [] : [{ cell, other }]
  })
}

/** One method at one depth, in matched cells: networks of one seed are compared, each seed's values averaged over them. */
export interface Matched extends Pooled {
  readonly depth: number
}

/** Finished networks of one seed, method and depth in matched cells. */
export function alike(pairs: ReadonlyArray<Match>, method: string, depth: number) {
  const of = ({ series }: Cell) =>
    (series.find((one) => one.method === method)?.outcomes ?? []).filter(({ network }) => network.depth === depth)
  return {
    declared: pairs.reduce((sum, { cell }) => sum + of(cell).length, 0),
    there: pairs.flatMap(({ cell, other }) =>
      of(cell)
        .filter(isFinished)
        .flatMap((one) => {
          const like = of(other)
            .filter(isFinished)
            .find(({ seed }) => seed === one.seed)
          return like === undefined ? [] : [{ configuration: cell.name, one, other: like }]
        })
    )
  }
}

/** One family: all methods and depths. `value`: of a network against its like in the other cell. */
export function matched(
  pairs: ReadonlyArray<Match>,
  margin: number,
  value: (one: Finished, other: Finished) => number | undefined
): ReadonlyArray<Matched> {
  const depths = pairs[0]?.cell.depths ?? []
  const methods = distinct(pairs.flatMap(({ cell }) => cell.series.map(({ method }) => method)))
  const family = methods.flatMap((method) =>
    depths.map((depth): Compared & { readonly depth: number } => {
      const { there, declared } = alike(pairs, method, depth)
      const values = there.flatMap(({ configuration, one, other }) => {
        const found = value(one, other)
        return found === undefined ? [] : [{ configuration, seed: one.seed, value: found }]
      })
      return { method, depth, values, configurations: pairs.length, declared }
    })
  )
  const there = family.filter(({ values }) => values.length > 0)
  return judged(there, margin).map((one, i) => ({ ...one, depth: there[i].depth }))
}

/** "L-BFGS at depth 16" */
export const matchedName = ({ method, depth }: Matched): string => `${method} at depth ${depth}`
