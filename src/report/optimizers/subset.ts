/** What the report on subsets answers: is equal loss reached for less work where the training begins with a tenth? */
import { exp, log } from "../../network/math.ts"
import { groupBy } from "../evidence/groups.ts"
import type { Claim } from "../page/claims.ts"
import { list, significant } from "../page/format.ts"
import {
  ahead,
  factor,
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
import { alike, type Match, type Matched, matched, matchedName, matches } from "./matched.ts"
import { type Measure, trainingLoss, validationAtEqualLoss, validationLoss } from "./measures.ts"
import { type Finished, reaching } from "./outcome.ts"
import type { Group } from "./rows.ts"

export const MEASURES: ReadonlyArray<Measure> = [trainingLoss, validationLoss, validationAtEqualLoss]

/** The column of the task by which trainings are pooled, and its values. */
export const COLUMN = "Start"
export const DIRECT = "initial values"
export const AFTER = "a tenth first"

/** The share of the work that the authors of arXiv 2410.16523 found to be enough. */
const TENTH = log(0.1)

/** Work that counts as equal: a factor of 1.1. */
const MARGIN = log(1.1)

/**
 * ln of the work until a training that began with a tenth has the loss that the direct one ends with, its work on the tenth
 * included, less ln of the direct one's until there. One that never has it counts with all of its work.
 */
function workAtEqualLoss(after: Finished, direct: Finished): number | undefined {
  const [end, all] = [direct.curve.at(-1), after.curve.at(-1)]
  if (end === undefined || all === undefined) return undefined
  const [one, other] = [reaching(after, end.loss) ?? all, reaching(direct, end.loss) ?? end]
  return log(one.seconds) - log(other.seconds)
}

const arrives = ({ one, other }: { readonly one: Finished; readonly other: Finished }): boolean => {
  const end = other.curve.at(-1)
  return end !== undefined && reaching(one, end.loss) !== undefined
}

/** "L-BFGS at depth 16 0.21 (0.15 to 0.30), 14 of 16 arrive; …" */
const valuesOf = (pairs: ReadonlyArray<Match>, found: ReadonlyArray<Matched>): string =>
  found
    .map((one) => {
      const { there } = alike(pairs, one.method, one.depth)
      return `${matchedName(one)} ${withInterval(one, factor)}, ${there.filter(arrives).length} of ${there.length} arrive`
    })
    .join("; ")

/** Less work at all, and a tenth of it, by method and depth. */
function saves(groups: ReadonlyArray<Group>): ReadonlyArray<Claim> {
  const cells = groups.flatMap((group) => group.cells)
  const [{ examples, ratio, dataset }] = cells
  const where = `${examples} images of ${dataset}, Q ${significant(ratio, 2)}, the tenth's ${significant(ratio / 10, 2)}`
  const question = "Is the loss of the direct training reached for less work after a training on a tenth of the images?"
  const pairs = matches(cells, COLUMN, DIRECT, AFTER)
  const found = matched(pairs, MARGIN, workAtEqualLoss)
  if (found.length === 0) return [openAt(where, question, "no training has run from both starts", "")]
  const [less, more] = [-1, 1].map((sign) => found.filter((one) => signOf(one) === sign))
  const decided = [
    ...(less.length > 0 ? [`less: ${list(less.map(matchedName))}`] : []),
    ...(more.length > 0 ? [`more: ${list(more.map(matchedName))}`] : []),
    ...(found.some(isEqual) ? [`about as much: ${list(found.filter(isEqual).map(matchedName))}`] : []),
    ...openReasons(found, matchedName)
  ]
  const tenth = found.filter(({ interval }) => interval !== undefined && interval.high <= TENTH)
  const dearer = found.filter(({ interval }) => interval !== undefined && interval.low > TENTH)
  return [
    {
      where,
      question,
      holds: less.length > 0 && more.length === 0 ? true : less.length === 0 && !found.some(isOpen) ? false : undefined,
      sentence: `Work as a multiple of the direct one's, at measured rates; what does not arrive counts with all of its work: ${valuesOf(pairs, found)}. ${sentenceOf(decided).trim()}`
    },
    {
      where,
      question: "For a tenth of the work?",
      holds: tenth.length === found.length ? true : dearer.length === found.length ? false : undefined,
      sentence: `The intervals are at most ${significant(exp(TENTH), 1)} for ${tenth.length} and above it for ${dearer.length} of ${found.length} methods and depths, each for itself.`
    }
  ]
}

export function subsetClaims(groups: ReadonlyArray<Group>, usual: string): ReadonlyArray<Claim> {
  const sizes = [...groupBy(groups, ({ cells: [{ dataset, examples }] }) => `${dataset} ${examples}`).values()]
  return sizes.flatMap((own) => {
    const run = own.filter(({ cells }) => cells.some(({ series }) => series.some(({ pairs }) => pairs.length > 0)))
    return [
      ...(run.length === 0 ? [] : saves(own)),
      ...own.flatMap((group) =>
        run.includes(group)
          ? [
              ahead(group, trainingLoss),
              ahead(group, validationAtEqualLoss),
              tighter(group, usual, trainingLoss),
              turns(group, usual)
            ]
          : [notRun(group)]
      )
    ]
  })
}
