/** The pictures on a data set's page: some of each class, and pairs that are nearly equal. */
import { imageOf, type Place } from "../../data/survey/survey.ts"
import { integer } from "../page/format.ts"
import type { Sheet } from "../page/sheet.ts"
import { type DataReport, shownPlace } from "./report.ts"
import { scaleOf, stripOf } from "./strips.ts"

const OF_EACH = 10
const MOST_CLASSES = 100
const MOST_PAIRS = 24

/** Of each class the mean of its training images, and the first of them. */
export function contactSheet({ train, names }: DataReport): Sheet {
  const shown = Math.min(train.classes, MOST_CLASSES)
  const pixels = train.channels * train.height * train.width
  const sums = Array.from({ length: shown }, () => new Float64Array(pixels))
  const counts = new Array<number>(shown).fill(0)
  const first = Array.from({ length: shown }, (): Array<number> => [])
  for (let i = 0; i < train.count; i++) {
    const label = train.labels[i]
    if (label >= shown) continue
    const image = imageOf(train, i)
    const sum = sums[label]
    for (let k = 0; k < pixels; k++) sum[k] += image[k]
    counts[label]++
    if (first[label].length < OF_EACH) first[label].push(i)
  }
  const strips = first.flatMap((indices, label) => {
    if (indices.length === 0) return []
    const mean = Uint8Array.from(sums[label], (sum) => Math.floor(sum / counts[label] + 0.5))
    const images = [mean, ...indices.map((i) => imageOf(train, i))]
    const alt = `The mean of the class ${names[label]}, and ${integer(indices.length)} of its images`
    return [stripOf(images, train, { label: names[label], alt })]
  })
  const rest = train.classes > shown ? ` The first ${shown} of ${integer(train.classes)} classes.` : ""
  return {
    name: "classes",
    title: "Some of each class",
    caption: `Left the mean of all training images of the class, beside it the first ${OF_EACH} of them.${rest}`,
    strips,
    scale: scaleOf(train)
  }
}

/** Those that are most alike, first between training and test set. */
export function pairSheet({ train, test, names, survey }: DataReport): Sheet {
  const shown = ({ split, index }: Place) => imageOf(split === "train" ? train : (test ?? train), index)
  const isBetween = ({ a, b }: { readonly a: Place; readonly b: Place }) => a.split !== b.split
  const ordered = [...survey.pairs.filter(isBetween), ...survey.pairs.filter((pair) => !isBetween(pair))]
  const strips = ordered.slice(0, MOST_PAIRS).map(({ a, b, correlation }) => {
    const labels = a.label === b.label ? names[a.label] : `${names[a.label]} and ${names[b.label]}`
    const label = `${shownPlace(a)}, ${shownPlace(b)}: ${labels} (${correlation.toFixed(4)})`
    return stripOf([shown(a), shown(b)], train, { label, alt: `Two images that are nearly equal, ${label}` })
  })
  return {
    name: "pairs",
    title: "Nearly equal images",
    caption: `Two images each, by their set and number, with their labels and how their pixels correlate; those of which one is a test image first, then by correlation.${survey.pairs.length > strips.length ? ` ${strips.length} of ${integer(survey.pairs.length)} pairs; the table has more.` : ""}`,
    strips,
    scale: scaleOf(train)
  }
}
