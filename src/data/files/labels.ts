/** Labels of any kind as classes 0, 1, …, with what each class is called in the files. */
import { DataError } from "../errors.ts"
import type { Labels } from "../examples.ts"
import { type FileArray, type OpenArray, piecesOf, shapeText } from "./array.ts"

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
export function labelsOf(array: OpenArray, classes: number): LabelList {
  const { shape, file } = array
  const [, ...rest] = shape
  const isHot = array.type !== "text" && rest.length === 1 && rest[0] === classes && classes > 1
  if (shape.length === 0 || !(isHot || rest.every((side) => side === 1))) {
    const expected = `labels (n), (n, 1) or, with a 1 for the class of each, (n, ${classes})`
    throw new DataError({ file, expected, found: `the shape ${shapeText(shape)}`, advice: ADVICE })
  }
  const labels: Array<Label> = []
  for (const { first, rows } of piecesOf(array))
    for (let i = 0; i < rows.shape[0]; i++)
      labels.push(isHot ? hot(rows, classes, i, first + i) : plain(rows.values[i], file, first + i))
  return { file, labels }
}

function plain(value: number | bigint | string, file: string, example: number): Label {
  if (typeof value === "string") return value
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new DataError({
    file,
    expected: "labels that are whole numbers",
    found: `${value} at example ${example}`,
    advice: ADVICE
  })
}

/** The place of the only 1 among zeros, in a row. */
function hot({ values: all, file }: FileArray, classes: number, row: number, example: number): number {
  const values = Array.from(all.slice(row * classes, (row + 1) * classes), Number)
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
