/** What the report on distillation answers: do soft targets help, and which students do they help? */
import { distinct, groupBy } from "../evidence/groups.ts"
import type { Claim } from "../page/claims.ts"
import { list, points } from "../page/format.ts"
import {
  ahead,
  isEqual,
  isOpen,
  notRun,
  openAt,
  openReasons,
  sentenceOf,
  signOf,
  tighter,
  turns,
  withInterval
} from "./claims.ts"
import { matched, matchedName, matches } from "./matched.ts"
import {
  lnValidationAtEqualLoss,
  lnValidationLoss,
  type Measure,
  trainingLoss,
  validationAccuracy
} from "./measures.ts"
import type { Group } from "./rows.ts"

/** Losses of several kinds are compared by their logarithms, and with each other by the accuracy that they come to. */
export const MEASURES: ReadonlyArray<Measure> = [
  validationAccuracy,
  trainingLoss,
  lnValidationLoss,
  lnValidationAtEqualLoss
]

/** The column of the task by which students are pooled, and the value that the others are compared with. */
export const COLUMN = "Target"
export const LABELS = "labels"

/** The accuracy of students on soft targets less that of the same on labels, by method and depth. */
function helps(groups: ReadonlyArray<Group>, target: string): Claim {
  const cells = groups.flatMap((group) => group.cells)
  const where = groups[0].title.replace(/;.*/, "")
  const question = `Do students learn more by the ${target} than by labels?`
  const found = matched(matches(cells, COLUMN, LABELS, target), validationAccuracy.margin, (one, other) => {
    return one.metrics.validation.accuracy - other.metrics.validation.accuracy
  })
  if (found.length === 0) return openAt(where, question, "no students have run on both", "")
  const better = found.filter((one) => signOf(one) > 0)
  const worse = found.filter((one) => signOf(one) < 0)
  const decided = [
    ...(better.length > 0 ? [`better: ${list(better.map(matchedName))}`] : []),
    ...(worse.length > 0 ? [`worse: ${list(worse.map(matchedName))}`] : []),
    ...(found.some(isEqual) ? [`about equal: ${list(found.filter(isEqual).map(matchedName))}`] : []),
    ...openReasons(found, matchedName)
  ]
  const values = found.map((one) => `${matchedName(one)} ${withInterval(one, points)}`).join("; ")
  return {
    where,
    question,
    holds:
      better.length > 0 && worse.length === 0 ? true : better.length === 0 && !found.some(isOpen) ? false : undefined,
    sentence: `Validation accuracy, points: ${values}. ${sentenceOf(decided).trim()}`
  }
}

export function distilClaims(groups: ReadonlyArray<Group>, usual: string): ReadonlyArray<Claim> {
  const sizes = [...groupBy(groups, ({ cells: [{ dataset, examples }] }) => `${dataset} ${examples}`).values()]
  return sizes.flatMap((own) => {
    const targets = distinct(own.map(({ cells: [{ task }] }) => task[COLUMN]))
    return [
      ...targets.filter((target) => target !== LABELS).map((target) => helps(own, target)),
      ...own.flatMap((group) =>
        group.cells.some(({ series }) => series.some(({ pairs }) => pairs.length > 0))
          ? [
              ahead(group, validationAccuracy),
              ahead(group, trainingLoss),
              ahead(group, lnValidationAtEqualLoss),
              tighter(group, usual, validationAccuracy),
              turns(group, usual)
            ]
          : [notRun(group)]
      )
    ]
  })
}
