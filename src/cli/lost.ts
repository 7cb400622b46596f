/** Artifacts that cannot be read, as errors for the user. */
import { BlobDamaged } from "../cache/blobs.ts"
import { ArtifactLost, type CacheWriteError } from "../cache/errors.ts"
import type { DiskFull } from "../cache/space.ts"
import { writeError } from "../cache/writing.ts"

/** `node`: the one that gave it, where that is known. */
export const lost = ({ digest, path, problem }: BlobDamaged, node?: string): ArtifactLost =>
  new ArtifactLost({ digest, path, problem, ...(node !== undefined && { node }) })

/** What reading from the cache threw. */
export const readError = (folder: string, error: unknown): ArtifactLost | CacheWriteError | DiskFull =>
  error instanceof BlobDamaged ? lost(error) : writeError(folder, error)
