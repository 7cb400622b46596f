/**
 * The trace: what is kept under a key. Which artifacts the node gave, and how they came about.
 */
import type { InputDigest } from "./key.ts"

export interface Artifact {
  readonly digest: string // SHA-256 of the bytes
  readonly size: number // bytes
}

/** How and where a node ran. None of it is in the key: it must not change a bit of an exact result. */
export interface Circumstances {
  readonly finished: string // ISO 8601, UTC
  readonly seconds: number // wall time of the compute module
  readonly threads?: number // that it might use; 1 if left out
  readonly together?: number // nodes that were computed in one with it, of whose time `seconds` is its share
  readonly host: string
  readonly cpu: string
  readonly platform: string // "linux-x64"
  readonly node: string // version of Node.js
  /** Library and device, where results may depend on them within their numeric class. */
  readonly device?: Readonly<Record<string, string>>
  readonly packages: Readonly<Record<string, string>> // versions of the packages that computed
  readonly work: number // in the stage's own unit, for predictions
  readonly paceClass?: string // nodes whose seconds are in proportion to their work
}

export interface Trace {
  readonly key: string
  readonly name: string // the node's name when it ran
  readonly stage: string
  readonly code: string
  readonly parameters: string // canonical JSON
  readonly inputs: Readonly<Record<string, InputDigest>>
  /** Node and output that each single input came from. */
  readonly sources: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
  readonly numericClass: string | null
  readonly outputs: Readonly<Record<string, Artifact>>
  readonly circumstances: Circumstances
  /** Where it did not run under this key, but was taken over from another with other code (`pipeline accept`). */
  readonly adopted?: Adoption
}

export interface Adoption {
  /** Key and code of the trace under which it ran. */
  readonly key: string
  readonly code: string
  /** Nodes that were run again under the new code and gave the same bytes. */
  readonly sample: ReadonlyArray<string>
  readonly accepted: string // ISO 8601, UTC
}
