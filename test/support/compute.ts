/** Compute modules called as a worker calls them, without one: nothing is checkpointed, told or kept. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Compute, ComputeContext, Output, Outputs } from "../../src/graph/compute.ts"
import { artifact } from "./artifact.ts"

const NOTHING = {
  inputs: {},
  collections: {},
  files: {},
  checkpoints: { latest: () => undefined, offer: () => {} },
  threads: 1,
  scratch: () => tmpdir(),
  device: () => {},
  progress: () => {}
}

/** What a compute module is given: these parameters, this engine, and nothing else but what is named. */
export const contextOf = <P, E>(
  parameters: P,
  engine: E,
  given: Partial<ComputeContext<P, E>> = {}
): ComputeContext<P, E> => ({ ...NOTHING, parameters, engine, ...given })

/** What a module gives in that context, as bytes. */
export async function outputsOf<P, E>(compute: Compute<P, E, Output>, context: ComputeContext<P, E>): Promise<Outputs> {
  const scratch = mkdtempSync(join(tmpdir(), "pipeline-scratch-"))
  try {
    const outputs = await compute({ ...context, scratch: () => scratch })
    return Object.fromEntries(
      Object.entries(outputs).map(([name, one]) => [
        name,
        one instanceof Uint8Array ? one : Uint8Array.from(readFileSync(one.path))
      ])
    )
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/** Its outputs, from parameters, engine and the bytes of inputs and files. */
export const call = async <P, E>(
  compute: Compute<P, E, Output>,
  parameters: P,
  engine: E,
  inputs: Readonly<Record<string, Uint8Array>> = {},
  files: Readonly<Record<string, Uint8Array>> = {}
): Promise<Outputs> =>
  outputsOf(
    compute,
    contextOf(parameters, engine, {
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, bytes]) => [name, artifact(bytes, `node/${name}`, name)])
      ),
      files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, () => bytes]))
    })
  )
