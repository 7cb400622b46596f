/** Artifact `readout` of the stage readout: truncated expansions through a dense layer. */
import { list, orNull, type Read, record, whole } from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"
import { splitMetrics } from "./metrics.ts"

const splits = () => record({ train: splitMetrics(), validation: splitMetrics() })
const readout = () => record({ order: orNull(whole), trained: splits(), retrained: splits() })
/**
 * A truncated expansion, or the whole network (`order` null), through the dense layer that was trained on H, and through
 * one trained again on this sum alone.
 */
export type Readout = Read<typeof readout>

export const writeReadout = (all: ReadonlyArray<Readout>): Uint8Array => writeJson(all)

/** Throws `ArtifactError`. */
export const readReadout = (artifact: Artifact): ReadonlyArray<Readout> => readJson(artifact, list(readout()))
