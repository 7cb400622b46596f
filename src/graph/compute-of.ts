/** The type of a stage's compute module, from its declaration: what it is given by name, and what it must give. */
import type { ComputeContext, Delivered, Input, Outputs } from "./compute.ts"
import type { OutputReference, Stage } from "./stage.ts"

/** Names of the inputs that are a single output. */
type Single<I> = { readonly [K in keyof I as I[K] extends OutputReference ? K : never]: Input }

/** Names of those that are collections, each with the shape that was declared. */
type Collected<I> = { readonly [K in keyof I as I[K] extends OutputReference ? never : K]: Delivered<I[K]> }

/** `string` where a stage gives files under names of its own. */
type Given<O extends string> = string extends O ? Outputs : Readonly<Record<O, Uint8Array>>

/**
 * What the default export of a stage's compute module is: `const compute: ComputeOf<typeof count> = …`. An input that the
 * stage does not declare, a parameter that it does not have, an output that is lacking: each is an error of the compiler.
 * `E`: the engine, where the stage declares one.
 */
export type ComputeOf<S, E = unknown> =
  S extends Stage<infer P, infer O, infer I>
    ? (
        context: Omit<ComputeContext<P, E>, "inputs" | "collections"> & {
          readonly inputs: Single<I>
          readonly collections: Collected<I>
        }
      ) => Given<O> | Promise<Given<O>>
    : never
