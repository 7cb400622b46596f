/** Artifacts: the bytes that nodes gave, by digest. Small ones stand in the index, others are blobs. */
import * as Context from "effect/Context"
import * as Result from "effect/Result"
import { sha256 } from "../graph/key.ts"
import { BlobDamaged, listBlobs, quarantine, readBlob } from "./blobs.ts"
import type { Storage } from "./storage.ts"

export class Artifacts extends Context.Service<
  Artifacts,
  {
    /** The bytes of a small one. */
    readonly small: (digest: string) => Uint8Array | undefined
    /** The bytes, verified; what is damaged is moved aside. */
    readonly read: (digest: string) => Result.Result<Uint8Array, BlobDamaged>
    /** True if the artifact is there (by name; its bytes are verified when they are read). */
    readonly has: (digest: string) => boolean
    /** Notes artifacts that have just been kept. */
    readonly add: (digests: Iterable<string>) => void
    /** Looks again which blobs are there. */
    readonly refresh: () => void
  }
>()("pipeline/cache/Artifacts") {
  static readonly over = ({ folder, store, write }: Storage["Service"]) => {
    let blobs: Set<string> | undefined
    const small = (digest: string) => {
      const bytes = store.values.get(digest)
      if (bytes === undefined || sha256(bytes) === digest) return bytes
      // A damaged one is as good as gone: its node runs again.
      write(() => void store.values.remove(digest))
      return undefined
    }
    return Artifacts.of({
      small,
      read(digest) {
        const inline = small(digest)
        if (inline !== undefined) return Result.succeed(inline)
        try {
          return Result.succeed(readBlob(folder, digest))
        } catch (error) {
          if (!(error instanceof BlobDamaged)) throw error
          quarantine(folder, digest)
          blobs?.delete(digest)
          return Result.fail(error)
        }
      },
      has(digest) {
        blobs ??= listBlobs(folder)
        return blobs.has(digest) || store.values.doesExist(digest)
      },
      add(digests) {
        if (blobs !== undefined) for (const digest of digests) blobs.add(digest)
      },
      refresh() {
        blobs = undefined
      }
    })
  }
}
