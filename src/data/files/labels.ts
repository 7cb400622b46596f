/** Labels of any kind as classes 0, 1, …, with what each class is called in the files. */
import { DataError } from "../errors.ts"
import type { Labels } from "../examples.ts"
import { type FileArray, shapeText } from "./array.ts"

export type Label = number | string

export interface LabelList {
  readonly file: string
  readonly labels: ReadonlyArray<Label>
}

export interface Classes {
  /** Of each list, as many as it has labels. */
  readonly labels: ReadonlyArray<Labels>
  /** What each class is called in the files. */
  readonly names: ReadonlyArray<string>
}

const ADVICE = "name the array with the labels"

/**
 * The labels of an array [n] or [n, 1] of whole numbers or texts, or [n, M] where each row has a single 1, for its class.
 * Throws `DataError`.
 */
export function labelsOf(array: FileArray, classes: number): LabelList {
  const { shape, file } = array
  const [count, ...rest] = shape
  if (shape.length > 0 && rest.every((side) => side === 1))
    return { file, labels: Array.from(array.values, plain(file)) }
  if (array.type !== "text" && rest.length === 1 && rest[0] === classes) {
    const labels = Array.from({ length: count }, (_, i) =>
      hot(array.values.subarray(i * classes, (i + 1) * classes), file, i)
    )
    return { file, labels }
  }
  const expected = `labels (n), (n, 1) or, with a 1 for the class of each, (n, ${classes})`
  throw new DataError({ file, expected, found: `the shape ${shapeText(shape)}`, advice: ADVICE })
}

const plain =
  (file: string) =>
  (value: number | bigint | string, i: number): Label => {
    if (typeof value === "string") return value
    const number = Number(value)
    if (Number.isSafeInteger(number)) return number
    throw new DataError({
      file,
      expected: "labels that are whole numbers",
      found: `${value} at example ${i}`,
      advice: ADVICE
    })
  }

/** The place of the only 1 among zeros. */
function hot(row: ArrayLike<number | bigint>, file: string, example: number): number {
  const values = Array.from(row, Number)
  const place = values.indexOf(1)
  if (place >= 0 && values.every((value, i) => value === (i === place ? 1 : 0))) return place
  const ones = values.filter((value) => value === 1).length
  const found =
    ones > 1 ? `${ones} classes at example ${example}` : `[${values.slice(0, 12).join(", ")}] at example ${example}`
  const advice = "sets in which an image is of several classes, or of none, are not for this laboratory"
  throw new DataError({ file, expected: "one class for each image, a 1 among zeros", found, advice })
}

/**
 * Labels of all lists as classes. Whole numbers below the number of classes stand as they are; others, and texts, are
 * numbered in their order (numbers by size, texts by their characters' codes), and there must be as many as declared.
 * `names`, where they are declared, are the labels in the order of the classes. Throws `DataError`.
 */
export function classesOf(
  lists: ReadonlyArray<LabelList>,
  classes: number,
  names: ReadonlyArray<string> | undefined
): Classes {
  const order = names ?? orderOf(lists, classes)
  const classOf = new Map(order.map((name, i) => [name, i]))
  const labels = lists.map(({ file, labels }) => {
    const numbered = new (classes > 256 ? Uint16Array : Uint8Array)(labels.length)
    for (const [i, label] of labels.entries()) {
      const found = classOf.get(String(label))
      if (found === undefined) {
        const expected =
          names === undefined ? `labels below ${classes}, the number of classes` : `one of the names ${some(names)}`
        const advice = "correct the classes that the data set declares, or the labels"
        throw new DataError({ file, expected, found: `label ${label} at example ${i}`, advice })
      }
      numbered[i] = found
    }
    return numbered
  })
  return { labels, names: order }
}

function orderOf(lists: ReadonlyArray<LabelList>, classes: number): ReadonlyArray<string> {
  const all = new Set<Label>()
  for (const { labels } of lists) for (const label of labels) all.add(label)
  const found = [...all]
  const numeric = found.every((label) => typeof label === "number")
  const below = (label: Label) => typeof label === "number" && label >= 0 && label < classes
  // A label that is one too many is told of where it stands.
  if (numeric && (found.every(below) || (found.length > classes && found.every((label) => Number(label) >= 0))))
    return Array.from({ length: classes }, (_, i) => String(i))
  const sorted = numeric ? found.map(Number).sort((a, b) => a - b) : found.map(String).sort()
  if (sorted.length !== classes) {
    const file = [...new Set(lists.map(({ file }) => file))].join(", ")
    const advice = `declare ${sorted.length} classes, or \`names\`: the labels of all classes, in their order`
    throw new DataError({
      file,
      expected: `${classes} classes, as declared`,
      found: `${sorted.length}: ${some(sorted)}`,
      advice
    })
  }
  return sorted.map(String)
}

const some = (labels: ReadonlyArray<Label>) => labels.slice(0, 12).join(", ") + (labels.length > 12 ? ", …" : "")
