/**
 * Claims of a study that more seeds decide: declared beforehand, with the numbers of seeds at which they are looked at. A
 * study judges them by what is there; `--until decided` runs what the next look at those that are open needs.
 */
import type { NodeReference } from "./stage.ts"

export interface Design {
  readonly claims: ReadonlyArray<DeclaredClaim>
  /** How each stands, in their order, by the outputs that are there. */
  readonly judge: (read: ReadOutput) => Promise<ReadonlyArray<Standing>>
}

export interface DeclaredClaim {
  /** What it is called in plans: "layers/digits". */
  readonly name: string
  /** The nodes that a look at so many seeds takes, those of earlier looks too. */
  readonly nodes: (seeds: number) => ReadonlyArray<NodeReference>
}

export interface Standing {
  /** In words: "about equal", "open, next look at 12 seeds". */
  readonly verdict: string
  /** Seeds of its next look; undefined where it is decided, or has none left. */
  readonly next: number | undefined
}

/** An output that is there, as compute modules are given it; undefined where it is not. */
export type ReadOutput = (
  node: NodeReference,
  output: string
) => { readonly node: string; readonly output: string; readonly digest: string; bytes(): Uint8Array } | undefined
