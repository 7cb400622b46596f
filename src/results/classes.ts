/** Artifact `counts` of the stage classes: images of each class. */
import { list, type Read, record, whole } from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"

const classCounts = () =>
  record({
    /** By class. */
    train: list(whole),
    validation: list(whole)
  })
export type ClassCounts = Read<typeof classCounts>

export const writeClassCounts = (counts: ClassCounts): Uint8Array => writeJson(counts)

/** Throws `ArtifactError`. */
export const readClassCounts = (artifact: Artifact): ClassCounts => readJson(artifact, classCounts())
