/** What the report on teachers answers: with a known minimum, are shallow networks lower, everywhere? */
import type { Claim } from "../page/claims.ts"
import { count, list, significant } from "../page/format.ts"
import { ahead, factor, isEqual, notRun, signOf, tighter, turns, whyOpen, withInterval } from "./claims.ts"
import { lnValidationAtEqualLoss, lnValidationLoss, type Measure, trainingLoss } from "./measures.ts"
import { finalLoss, isFinished, lnLoss } from "./outcome.ts"
import { average, type Cell, differenceIn, type Group, pooled } from "./rows.ts"

/** Losses of several kinds are compared by their logarithms. */
export const MEASURES: ReadonlyArray<Measure> = [trainingLoss, lnValidationLoss, lnValidationAtEqualLoss]

/** The column of the task by which problems are pooled. */
export const COLUMN = "Teacher"

/** The prediction for one group, method by method: shallow lower. */
function predicted(group: Group): ReadonlyArray<Claim> {
  return pooled(group, trainingLoss).map((one): Claim => {
    const question = `Is the shallow networks' training loss lower under ${one.method}?`
    const sign = signOf(one)
    const open = one.verdict.kind === "open" ? ` ${whyOpen(one)}.` : ""
    const equal = isEqual(one) ? " They are about equal." : ""
    const other = sign < 0 ? " The deep one's is." : ""
    return {
      where: group.title,
      question,
      holds: sign > 0 ? true : one.verdict.kind === "open" ? undefined : false,
      sentence: `Deep as a multiple of shallow: ${withInterval(one, factor)}.${other}${equal}${open.replace(/^ (.)/, (_, first: string) => ` ${first.toUpperCase()}`)}`,
      figure: `contrasts-${trainingLoss.name}`
    }
  })
}

/** Cell by cell and method by method: in how many the mean difference has the sign that was predicted. */
function everywhere(cells: ReadonlyArray<Cell>): Claim {
  const found = cells.flatMap((cell) =>
    cell.series.flatMap((series) => {
      const difference = differenceIn(series, trainingLoss)
      return difference === undefined ? [] : [{ cell, method: series.method, ...difference }]
    })
  )
  const question = "Are shallow networks lower everywhere?"
  if (found.length === 0) return { question, holds: undefined, sentence: "No pairs have run yet." }
  const lower = found.filter(({ mean }) => mean > 0)
  const sure = found.filter(({ interval }) => interval !== undefined && (interval.low > 0 || interval.high < 0))
  const deep = sure.filter(({ mean }) => mean < 0)
  const sentence = `In ${lower.length} of ${count(found.length, "case")} of one problem and method the shallow networks' mean ln training loss is lower; ${count(sure.length, "interval")}, each for itself, leave zero out, ${deep.length} of them with the deep networks lower${deep.length === 0 ? "" : `: ${list(deep.slice(0, 6).map(({ cell, method }) => `${method} on ${cell.title}`))}${deep.length > 6 ? ", …" : ""}`}.`
  const holds = deep.length > 0 ? false : sure.length === found.length ? true : undefined
  return { question, holds, sentence, figure: `contrasts-${trainingLoss.name}` }
}

/** How near to the known minimum of zero the methods come. */
function attained(group: Group): Claim {
  const losses = group.methods.flatMap((method) => {
    const outcomes = group.cells.flatMap(({ series }) =>
      series.filter((one) => one.method === method).flatMap((one) => one.outcomes)
    )
    const least = Math.min(...outcomes.filter(isFinished).map(finalLoss))
    const mean = average(outcomes, (one) => lnLoss(finalLoss(one)))
    return mean === undefined ? [] : [{ method, least, mean }]
  })
  return {
    where: group.title,
    question: "Is the minimum of zero reached?",
    holds: losses.length === 0 ? undefined : losses.some(({ mean }) => mean < lnLoss(1e-10)),
    sentence: `Training loss, geometric mean over all trainings and least: ${list(losses.map(({ method, mean, least }) => `${method} ${factor(mean)} and ${significant(least, 2)}`))}.`
  }
}

export function teacherClaims(groups: ReadonlyArray<Group>, usual: string): ReadonlyArray<Claim> {
  const run = groups.filter(({ cells }) => cells.some(({ series }) => series.some(({ pairs }) => pairs.length > 0)))
  return [
    everywhere(run.flatMap(({ cells }) => cells)),
    ...groups.flatMap((group) =>
      run.includes(group)
        ? [
            ...predicted(group),
            attained(group),
            ahead(group, lnValidationAtEqualLoss),
            tighter(group, usual, trainingLoss),
            turns(group, usual)
          ]
        : [notRun(group)]
    )
  ]
}
