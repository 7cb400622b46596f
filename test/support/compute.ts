/** Compute modules called as a worker calls them, without one: nothing is checkpointed, told or kept. */
import { tmpdir } from "node:os"
import type { Compute, ComputeContext, Outputs } from "../../src/graph/compute.ts"
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

/** Its outputs, from parameters, engine and the bytes of inputs and files. */
export const call = async <P, E>(
  compute: Compute<P, E>,
  parameters: P,
  engine: E,
  inputs: Readonly<Record<string, Uint8Array>> = {},
  files: Readonly<Record<string, Uint8Array>> = {}
): Promise<Outputs> =>
  compute(
    contextOf(parameters, engine, {
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, bytes]) => [name, artifact(bytes, `node/${name}`, name)])
      ),
      files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, () => bytes]))
    })
  )
