/** Bytes as an artifact that a node gave. */
import type { Input } from "../../src/graph/compute.ts"

export const artifact = (bytes: Uint8Array | string, node = "node", output = "output"): Input => ({
  node,
  output,
  digest: "",
  bytes: () => (typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes)
})
