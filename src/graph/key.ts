/**
 * Keys: SHA-256 of everything that determines a node's outputs, and nothing else.
 */
import { hash } from "node:crypto"
import type { Collected, Collection } from "./collection.ts"
import type { Node } from "./graph.ts"

/** Changed when the meaning of a key or of a stored trace changes. */
export const FORMAT = 1

/** What a key is made of; each part with the reason why it is one. */
export interface KeyParts {
  /** The stage's name: two stages may share code and parameters and still mean different things. */
  readonly stage: string
  /**
   * Digest of the bundled compute module, with the engine's where it uses one, of the packages that compute and of files
   * they read by URL: other code, other result.
   */
  readonly code: string
  /** Canonical parameters: they are the stage's arguments. */
  readonly parameters: string
  /** Digests of the inputs' CONTENTS, so that a rerun that gives the same bytes stops there (early cutoff). */
  readonly inputs: Readonly<Record<string, InputDigest>>
  /** Digests of the files it reads, by path relative to the project, so that the project can be moved. */
  readonly files: Readonly<Record<string, string>>
  /** The class that this machine computes in: others may give different bits; within an exact class no machine does. */
  readonly numericClass: string | undefined
}

/** The digest of an input; for a collection those of its members, `failed` or `missing` where there is none. */
export type InputDigest = string | Collection<string>

export const FAILED = "failed"
export const MISSING = "missing"

export const sha256 = (data: string | Uint8Array): string => hash("sha256", data, "hex")

const isText = (collected: Collected<string>): collected is string => typeof collected === "string"

/**
 * What a node is, whatever it is called: a stage and its parameters. Hexadecimal SHA-256, because parameters may be
 * long. Its earlier results and failures are found by it.
 */
export const identityOf = ({ stage, encoded }: Pick<Node, "encoded"> & { readonly stage: { readonly name: string } }) =>
  sha256(`${stage.name}\n${encoded}`)

/** The key of a node: hexadecimal SHA-256. */
export function keyOf(
  node: Pick<Node, "encoded" | "numericClass"> & { readonly stage: { readonly name: string } },
  parts: Pick<KeyParts, "code" | "inputs" | "files">
) {
  let text = `${FORMAT}\n${node.stage.name}\n${parts.code}\n${node.encoded}\n${node.numericClass ?? ""}\n`
  for (const name in parts.inputs) {
    const digest = parts.inputs[name]
    if (typeof digest === "string") text += `i ${name} ${digest}\n`
    // Which member of which record a digest is belongs to the key.
    else if (digest.every(isText)) text += `c ${name} ${digest.length} ${digest.join(" ")}\n`
    else text += `r ${name} ${JSON.stringify(digest)}\n`
  }
  for (const path in parts.files) text += `f ${JSON.stringify(path)} ${parts.files[path]}\n`
  return sha256(text)
}
