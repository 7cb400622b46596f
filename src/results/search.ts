/** Artifact `rate` of the stage search: the learning rate that was found, and what each that was tried came to. */
import { list, number, numberOrNaN, type Read, record, whole } from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"

const searched = () =>
  record({
    learningRate: number,
    /** Rounds of successive halving: each takes the better half of the one before. */
    rounds: list(
      record({
        epochs: whole,
        /** Loss on the examples set aside; NaN (null in JSON) where the training diverged. */
        tried: list(record({ learningRate: number, loss: numberOrNaN }))
      })
    )
  })
export type Searched = Read<typeof searched>

export const writeSearched = (found: Searched): Uint8Array => writeJson(found)

/** Throws `ArtifactError`. */
export const readSearched = (artifact: Artifact): Searched => readJson(artifact, searched())
