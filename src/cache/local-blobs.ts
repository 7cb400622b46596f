/** The blob store of this cache: the files of its folder `blobs/` (blobs.ts). */
import { closeSync, readSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { kindAt } from "./aside.ts"
import type { BlobStore } from "./blob-store.ts"
import { BlobDamaged, blobPath, openBlob, receiveBlob } from "./blobs.ts"
import { problemOf, StoreFailed } from "./errors.ts"
import { DiskFull } from "./space.ts"

/** Bytes that are read at a time. */
const PIECE_BYTES = 1 << 20

/** `folder`: of the cache. */
export function localBlobs(folder: string): BlobStore {
  const failed = (error: unknown) => new StoreFailed({ place: folder, problem: problemOf(error) })
  const attempt = <A>(action: () => A) =>
    Effect.try({
      try: action,
      catch: (error) => (error instanceof BlobDamaged || error instanceof DiskFull ? error : failed(error))
    })
  return {
    place: folder,
    has: (digest) => Effect.try({ try: () => kindAt(blobPath(folder, digest)) === "file", catch: failed }),
    get: ({ digest }) =>
      Effect.acquireRelease(
        Effect.try({
          try: () => openBlob(folder, digest),
          catch: (error) => (error instanceof BlobDamaged ? error : failed(error))
        }),
        ({ descriptor }) => Effect.sync(() => closeSync(descriptor))
      ).pipe(
        Effect.map(({ descriptor }) =>
          Stream.unfold(0, (position) =>
            Effect.try({ try: () => pieceAt(descriptor, position), catch: failed }).pipe(
              Effect.map((piece) => (piece.length === 0 ? undefined : ([piece, position + piece.length] as const)))
            )
          )
        ),
        Stream.unwrap
      ),
    put: (artifact, bytes) =>
      Effect.acquireUseRelease(
        attempt(() => receiveBlob(folder, artifact)),
        (incoming) =>
          Stream.runForEach(bytes, (piece) => attempt(() => incoming.write(piece))).pipe(
            Effect.andThen(attempt(incoming.keep))
          ),
        (incoming) => Effect.sync(incoming.close)
      )
  }
}

function pieceAt(descriptor: number, position: number): Uint8Array {
  const piece = new Uint8Array(PIECE_BYTES)
  return piece.subarray(0, readSync(descriptor, piece, 0, piece.length, position))
}
