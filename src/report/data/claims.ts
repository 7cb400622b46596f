/** What a data set should be asked before it is trusted, and what it answers. */
import type { Survey } from "../../data/survey/survey.ts"
import type { Claim } from "../page/claims.ts"
import { count, integer, list, percent } from "../page/format.ts"
import { type DataReport, shownSet } from "./report.ts"

/** Classes that a sentence names; of more it says how many. */
const NAMED = 8

export function dataClaims(report: DataReport): ReadonlyArray<Claim> {
  const { survey } = report
  return [...newClaims(survey), labelsClaim(survey), repeatsClaim(survey), classesClaim(report), constantClaim(survey)]
}

/** Whether the test set is other images than the training set. */
function newClaims({ splits, equal, near }: Survey): ReadonlyArray<Claim> {
  const { test } = splits
  if (test === undefined) return []
  const question = "Are all test images new?"
  const share = (some: number) =>
    `${integer(some)} of ${count(test.count, "test image")} (${percent(some / test.count)} %)`
  const nearly =
    near.between === 0
      ? "No other is nearly equal to one."
      : `Of the others, ${integer(near.between)} ${near.between === 1 ? "is" : "are"} nearly equal to one: networks may know them by heart.`
  return [
    equal.between === 0 && near.between === 0
      ? { question, holds: true, sentence: "No test image is equal, or nearly, to a training image." }
      : equal.between === 0
        ? {
            question,
            holds: undefined,
            sentence: `No test image is equal to a training image, but ${share(near.between)} ${near.between === 1 ? "is" : "are"} nearly so.`
          }
        : {
            question,
            holds: false,
            sentence: `${share(equal.between)} ${equal.between === 1 ? "is" : "are"} equal to a training image. ${nearly}`
          }
  ]
}

function labelsClaim({ groups, conflicts }: Survey): Claim {
  const question = "Do equal images have equal labels?"
  if (groups.length === 0) return { question, holds: true, sentence: "There are no equal images." }
  if (conflicts.groups === 0)
    return { question, holds: true, sentence: `Yes, in all ${count(groups.length, "group")} of equal images.` }
  return {
    question,
    holds: false,
    sentence: `In ${count(conflicts.groups, "group")} of equal images, of ${integer(groups.length)}, labels differ: of ${count(conflicts.images, "image")} at least ${integer(conflicts.groups)} ${conflicts.groups === 1 ? "has a wrong one" : "have wrong ones"}.`
  }
}

function repeatsClaim({ splits, equal }: Survey): Claim {
  const question = "Does every image occur once in its set?"
  const parts = [
    ...(equal.train > 0 ? [`${count(equal.train, "training image")} of ${integer(splits.train.count)}`] : []),
    ...(equal.test > 0 ? [`${count(equal.test, "test image")} of ${integer(splits.test?.count ?? 0)}`] : [])
  ]
  return parts.length === 0
    ? { question, holds: true, sentence: "No image is there twice." }
    : { question, holds: false, sentence: `${list(parts)} stood there before.` }
}

function classesClaim({ names, survey }: DataReport): Claim {
  const question = "Does every class have images?"
  const missing = Object.entries(survey.splits).flatMap(([split, { classes }]) => {
    const without = names.filter((_, label) => classes[label] === 0)
    if (without.length === 0) return []
    const which = without.length <= NAMED ? list(without) : integer(without.length)
    const set = shownSet(split)
    return [`the ${set} set has none of ${without.length === 1 ? "the class" : "the classes"} ${which}`]
  })
  if (missing.length === 0) {
    const { classes } = survey.splits.train
    const [least, most] = [Math.min(...classes), Math.max(...classes)]
    const each = least === most ? `${integer(least)} each` : `${integer(least)} to ${integer(most)}`
    return { question, holds: true, sentence: `In every set; ${each} in training.` }
  }
  const sentence = list(missing)
  return { question, holds: false, sentence: `${sentence[0].toUpperCase()}${sentence.slice(1)}.` }
}

function constantClaim({ splits }: Survey): Claim {
  const question = "Does every image show something?"
  const { train, test } = splits
  const total = train.constant + (test?.constant ?? 0)
  if (total === 0) return { question, holds: true, sentence: "No image is of one colour throughout." }
  const where = [
    ...(train.constant > 0 ? [`${integer(train.constant)} in training`] : []),
    ...(test !== undefined && test.constant > 0 ? [`${integer(test.constant)} in the test set`] : [])
  ]
  return {
    question,
    holds: false,
    sentence: `${count(total, "image")} ${total === 1 ? "is" : "are"} of one colour throughout: ${list(where)}.`
  }
}
