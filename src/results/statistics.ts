/** Artifact `statistics` of the stage statistics: mean and deviation of each channel of the training images. */
import { list, number, type Read, record } from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"

const statistics = () =>
  record({
    /** Of pixel / 255, by channel. */
    mean: list(number),
    /** By channel; 1 where all pixels are equal. */
    deviation: list(number)
  })
export type Statistics = Read<typeof statistics>

export const writeStatistics = (of: Statistics): Uint8Array => writeJson(of)

/** Throws `ArtifactError`. */
export const readStatistics = (artifact: Artifact): Statistics => readJson(artifact, statistics())
