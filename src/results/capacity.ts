/** Artifact `capacity` of the stage of that name: how many examples were fitted to 100 %, and what each training came to. */
import { list, number, orNull, type Read, record, whole } from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"

const capacity = () =>
  record({
    /** Largest number of examples that were all fitted; 0 where not even the fewest were. */
    fitted: whole,
    /** Least number above it that were not; null where there is none. */
    missed: orNull(whole),
    /** Examples that there are. */
    images: whole,
    /** Every training, in order; `correct` is null where it diverged. */
    tries: list(record({ examples: whole, learningRate: number, epochs: whole, correct: orNull(whole) }))
  })
export type Capacity = Read<typeof capacity>

export const writeCapacity = (found: Capacity): Uint8Array => writeJson(found)

/** Throws `ArtifactError`. */
export const readCapacity = (artifact: Artifact): Capacity => readJson(artifact, capacity())
