/** Artifact `lesions` of the stage lesion: what a trained network's layers give when they are wired in another way. */
import { fraction, list, number, numberOrNaN, type Read, record, whole } from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"

const score = () =>
  record({
    /** Mean loss; NaN (null in JSON) where it is not finite. */
    loss: numberOrNaN,
    accuracy: fraction
  })
export type LesionScore = Read<typeof score>

const lesions = () =>
  record({
    examples: whole,
    /** The network as it was trained. */
    whole: score(),
    /** Without one layer, layer by layer. */
    without: list(score()),
    /** Without so many layers, drawn at random, a score a draw. */
    several: list(record({ left: whole, scores: list(score()) })),
    /** With the layers i and i + 1 in each other's place, from i = 0 to N − 2. */
    swapped: list(score()),
    reversed: score(),
    /** With pairs of places swapped at random; tau is Kendall's, of the order after them with the trained one. */
    shuffled: list(record({ swaps: whole, tau: number, score: score() })),
    /** In groups of so many neighbours that run side by side, from the smallest to all of them. */
    sideBySide: list(record({ group: whole, score: score() }))
  })
export type Lesions = Read<typeof lesions>

export const writeLesions = (found: Lesions): Uint8Array => writeJson(found)

/** Throws `ArtifactError`. */
export const readLesions = (artifact: Artifact): Lesions => readJson(artifact, lesions())
