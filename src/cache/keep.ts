/** How an artifact is kept: small ones go into the journal and the index, others are blobs. Plain TypeScript. */
import type { Artifact } from "../graph/trace.ts"
import { INLINE_BYTES, writeBlob } from "./blobs.ts"

export function keep(
  folder: string,
  bytes: Uint8Array,
  digest: string
): { artifact: Artifact; value: string | undefined } {
  if (bytes.length <= INLINE_BYTES) {
    return { artifact: { digest, size: bytes.length }, value: Buffer.from(bytes).toString("base64") }
  }
  return { artifact: writeBlob(folder, bytes, digest), value: undefined }
}
