/** Artifacts as those see them who read them: bytes that say which node and which output they are of. */
import { DataError } from "../data/errors.ts"
import { Misfit, parse, type Reader } from "../data/json.ts"
import type { Input } from "../graph/compute.ts"

export type Artifact = Pick<Input, "node" | "output" | "bytes">

/** An artifact does not hold what its stage gives: which one, where in it, what was expected, what was found. */
export class ArtifactError extends Error {
  override readonly name = "ArtifactError"
  readonly _tag = "ArtifactError"
  readonly node: string
  readonly output: string
  readonly expected: string
  readonly found: string

  constructor({ node, output }: Pick<Artifact, "node" | "output">, expected: string, found: string, at = "") {
    super(
      `the output '${output}' of ${node} is not what this code reads: ${at === "" ? "" : `${at}: `}expected ${expected}, ` +
        `found ${found}; \`npx pipeline show '${node}'\` tells what made it`
    )
    this.node = node
    this.output = output
    this.expected = expected
    this.found = found
  }
}

/** What `read` makes of an artifact. Throws `ArtifactError` where the bytes do not fit. */
export function reading<A>(artifact: Artifact, read: (bytes: Uint8Array) => A): A {
  const bytes = artifact.bytes()
  try {
    return read(bytes)
  } catch (error) {
    if (error instanceof Misfit) throw new ArtifactError(artifact, error.expected, error.found, error.at)
    if (error instanceof DataError) throw new ArtifactError(artifact, error.expected, error.found)
    throw error
  }
}

/** An artifact of one JSON text. Throws `ArtifactError`. */
export const readJson = <A>(artifact: Artifact, reader: Reader<A>): A =>
  reading(artifact, (bytes) => parse(bytes, reader))

export const writeJson = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)

/** Names of the nodes that gave artifacts, of those that are there. */
export const nodesOf = (artifacts: Readonly<Record<string, Artifact | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(artifacts).flatMap(([name, one]) => (one === undefined ? [] : [[name, one.node]])))
