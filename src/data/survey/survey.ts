/**
 * What a data set is like, before anything is trained on it: how many images each class has, how light they are, which are
 * alike, within the training and the test set and between them.
 */
import { createHash } from "node:crypto"
import type { StoredSet } from "../examples.ts"
import { copyImage } from "../images.ts"
import { closePairs, distance, type Hashes, makeHasher } from "./perceptual.ts"

export type SplitName = "train" | "test"

export interface SplitSurvey {
  readonly count: number
  /** Images of each class. */
  readonly classes: ReadonlyArray<number>
  /** Of each channel, of pixel / 255. */
  readonly means: ReadonlyArray<number>
  readonly deviations: ReadonlyArray<number>
  /** Images in which every pixel is the same: their number, and the first of them. */
  readonly constant: number
  readonly constants: ReadonlyArray<number>
}

/** An image by its split and its place in it, from 0. */
export interface Place {
  readonly split: SplitName
  readonly index: number
  readonly label: number
}

/** Images that are the same to the last bit. */
export interface EqualGroup {
  readonly members: ReadonlyArray<Place>
  /** Whether they have labels that differ. */
  readonly conflict: boolean
}

/** Two images that are nearly the same. */
export interface NearPair {
  readonly a: Place
  readonly b: Place
  readonly bits: number // in which their hashes differ
  readonly correlation: number
}

/** Images that have another like them: within a split, or of the test set in the training set. */
export interface Alike {
  readonly train: number
  readonly test: number
  readonly between: number
}

export interface Survey {
  readonly splits: Readonly<Partial<Record<SplitName, SplitSurvey>>> & { readonly train: SplitSurvey }
  readonly equal: Alike
  readonly near: Alike
  /** Groups of equal images whose labels differ, and how many images are in them. */
  readonly conflicts: { readonly groups: number; readonly images: number }
  readonly groups: ReadonlyArray<EqualGroup>
  /** The most alike of them, those first. */
  readonly pairs: ReadonlyArray<NearPair>
}

/** Pairs with hashes this close are compared by their pixels, and are near at this correlation. */
export const NEAR_CORRELATION = 0.95
/** Pairs that are kept; of all of them only counts are. */
const PAIRS_KEPT = 10_000
const CONSTANTS_KEPT = 1000

interface Sets {
  readonly train: StoredSet
  readonly test?: StoredSet | undefined
}

/** `progress`: images that have been looked at, of both sets. */
export function surveyOf({ train, test }: Sets, progress: (done: number) => void = () => {}): Survey {
  const sets = test === undefined ? [train] : [train, test]
  const count = sets.reduce((sum, set) => sum + set.count, 0)
  /** Images of all sets are numbered on: those of the test set follow those of the training set. */
  const at = (i: number): Uint8Array => {
    const [set, index] = i < train.count ? [train, i] : [sets[1], i - train.count]
    return imageOf(set, index)
  }
  const placeOf = (i: number): Place => {
    const [split, set, index] =
      i < train.count ? (["train", train, i] as const) : (["test", sets[1], i - train.count] as const)
    return { split, index, label: set.labels[index] }
  }
  const isTraining = (i: number) => i < train.count
  const hashes: Hashes = new Uint32Array(2 * count)
  const hasher = makeHasher(train)
  const byDigest = new Map<string, number>()
  /** Of each image that has an equal one before it: the first of these. */
  const groupOf = new Map<number, Array<number>>()
  const isConstant = new Uint8Array(count)
  const tallies = sets.map((set) => makeTally(set))
  for (let i = 0; i < count; i++) {
    const image = at(i)
    tallies[isTraining(i) ? 0 : 1].add(image)
    isConstant[i] = constant(image, train.channels) ? 1 : 0
    hasher(image, hashes, i)
    const digest = createHash("sha256").update(image).digest("base64")
    const first = byDigest.get(digest)
    if (first === undefined) byDigest.set(digest, i)
    else groupOf.set(first, [...(groupOf.get(first) ?? [first]), i])
    if ((i + 1) % 1000 === 0) progress(i + 1)
  }
  const groups = [...groupOf.values()]
    .sort(([a], [b]) => a - b)
    .map((members): EqualGroup => {
      const places = members.map(placeOf)
      return { members: places, conflict: places.some(({ label }) => label !== places[0].label) }
    })
  // Of equal images the first stands for all; in a picture of one colour there is nothing to be near to.
  const repeated = new Set([...groupOf.values()].flatMap((members) => members.slice(1)))
  const among = Uint32Array.from({ length: count }, (_, i) => i).filter((i) => isConstant[i] === 0 && !repeated.has(i))
  const near = nearIn(among, { hashes, at, isTraining, placeOf })
  const conflicts = groups.filter(({ conflict }) => conflict)
  const splits = sets.map((set, number): SplitSurvey => {
    const from = number === 0 ? 0 : train.count
    const constants = Array.from({ length: set.count }, (_, i) => i).filter((i) => isConstant[from + i] === 1)
    return {
      ...tallies[number].result(),
      constant: constants.length,
      constants: constants.slice(0, CONSTANTS_KEPT)
    }
  })
  return {
    splits: { train: splits[0], ...(splits[1] && { test: splits[1] }) },
    equal: equalIn(groups),
    near: near.alike,
    conflicts: {
      groups: conflicts.length,
      images: conflicts.reduce((sum, { members }) => sum + members.length, 0)
    },
    groups,
    pairs: near.pairs
  }
}

/** An image [C, H, W] of a set: do not change it. */
export function imageOf({ images, channels, height, width }: StoredSet, index: number): Uint8Array {
  const pixels = channels * height * width
  if (images instanceof Uint8Array) return images.subarray(index * pixels, (index + 1) * pixels)
  const image = new Uint8Array(pixels)
  copyImage(images, index, pixels, image, 0)
  return image
}

function constant(image: Uint8Array, channels: number): boolean {
  const plane = image.length / channels
  for (let c = 0; c < channels; c++)
    for (let i = 1; i < plane; i++) if (image[c * plane + i] !== image[c * plane]) return false
  return true
}

/** Counts, means and deviations of one set, from sums of whole numbers: exact, whatever their order. */
function makeTally({ channels, height, width, labels, classes, count }: StoredSet) {
  const plane = height * width
  const sums = new Float64Array(channels)
  const squares = new Float64Array(channels)
  return {
    add(image: Uint8Array) {
      for (let c = 0; c < channels; c++) {
        let [sum, square] = [0, 0]
        for (let i = c * plane; i < (c + 1) * plane; i++) {
          sum += image[i]
          square += image[i] * image[i]
        }
        sums[c] += sum
        squares[c] += square
      }
    },
    result() {
      const ofClass = new Array<number>(classes).fill(0)
      for (const label of labels) ofClass[label]++
      const n = count * plane
      const means = Array.from(sums, (sum) => sum / n / 255)
      const deviations = Array.from(squares, (square, c) =>
        Math.sqrt(Math.max(0, square / n / 65025 - means[c] * means[c]))
      )
      return { count, classes: ofClass, means, deviations }
    }
  }
}

/** How many images have an equal one before them in their own split, and how many of the test set one in training. */
function equalIn(groups: ReadonlyArray<EqualGroup>): Alike {
  let [train, test, between] = [0, 0, 0]
  for (const { members } of groups) {
    const inTest = members.filter(({ split }) => split === "test").length
    const inTraining = members.length - inTest
    train += Math.max(0, inTraining - 1)
    test += Math.max(0, inTest - 1)
    if (inTraining > 0) between += inTest
  }
  return { train, test, between }
}

interface Numbered {
  readonly hashes: Hashes
  readonly at: (i: number) => Uint8Array
  readonly isTraining: (i: number) => boolean
  readonly placeOf: (i: number) => Place
}

function nearIn(among: Uint32Array, { hashes, at, isTraining, placeOf }: Numbered) {
  const alike = { train: new Set<number>(), test: new Set<number>(), between: new Set<number>() }
  let found: Array<{ readonly i: number; readonly j: number; readonly correlation: number }> = []
  const most = () => found.sort((a, b) => b.correlation - a.correlation || a.i - b.i || a.j - b.j).slice(0, PAIRS_KEPT)
  for (const [i, j] of closePairs(hashes, among)) {
    const correlation = correlationOf(at(i), at(j))
    if (!(correlation >= NEAR_CORRELATION)) continue
    if (isTraining(i) !== isTraining(j)) alike.between.add(j)
    else for (const one of [i, j]) alike[isTraining(i) ? "train" : "test"].add(one)
    found.push({ i, j, correlation })
    if (found.length >= 2 * PAIRS_KEPT) found = most()
  }
  const { train, test, between } = alike
  const pairs = most().map(
    ({ i, j, correlation }): NearPair => ({
      a: placeOf(i),
      b: placeOf(j),
      bits: distance(hashes, i, j),
      correlation
    })
  )
  return { alike: { train: train.size, test: test.size, between: between.size }, pairs }
}

/** Pearson's, of all pixels; NaN where one of them is constant. Sums of whole numbers are exact. */
function correlationOf(a: Uint8Array, b: Uint8Array): number {
  let [sa, sb, aa, bb, ab] = [0, 0, 0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    sa += a[i]
    sb += b[i]
    aa += a[i] * a[i]
    bb += b[i] * b[i]
    ab += a[i] * b[i]
  }
  const n = a.length
  return (n * ab - sa * sb) / Math.sqrt((n * aa - sa * sa) * (n * bb - sb * sb))
}
