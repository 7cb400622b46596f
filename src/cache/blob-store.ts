/**
 * A blob store: bytes by the SHA-256 of these. The cache's own folder is one (local-blobs.ts); a place that several
 * machines share is another, and stands behind it: what is not here is asked for there, copied here, and read here.
 *
 * Its errors are in its types. A store that is shared may be slow, full, gone or wrong at any moment, and none of that is
 * ever a reason for a run to fail: to whoever asks, `BlobDamaged` and `StoreFailed` say "compute it".
 */
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Artifact } from "../graph/trace.ts"
import type { BlobDamaged } from "./blobs.ts"
import type { StoreFailed } from "./errors.ts"
import type { DiskFull } from "./space.ts"

export interface BlobStore {
  /** What it is called in messages: a folder, an address. */
  readonly place: string
  /** Whether it has a blob, by its name alone: whether the bytes are right shows when they are read. */
  readonly has: (digest: string) => Effect.Effect<boolean, StoreFailed>
  /**
   * The bytes, in pieces. Fails with `BlobDamaged` where they are gone or others than the digest promises, which may show
   * only at the end: nothing of it counts before the stream has ended well.
   */
  readonly get: (artifact: Artifact) => Stream.Stream<Uint8Array, BlobDamaged | StoreFailed>
  /**
   * Keeps bytes: all of them under their digest, or nothing. They last when this has ended. Fails with `BlobDamaged` where
   * they are not what the digest promises, and with whatever the stream fails with. Any number of processes may put the
   * same blob at once.
   */
  readonly put: <E>(
    artifact: Artifact,
    bytes: Stream.Stream<Uint8Array, E>
  ) => Effect.Effect<void, E | BlobDamaged | DiskFull | StoreFailed>
}

/** Copies a blob from one store into another that lacks it. */
export const copyBlob = (from: BlobStore, to: BlobStore, artifact: Artifact) =>
  Effect.flatMap(to.has(artifact.digest), (isThere) => (isThere ? Effect.void : to.put(artifact, from.get(artifact))))
