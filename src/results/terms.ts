/** Artifact `terms` of the stage expand: the exact Taylor terms T_k over the blocks of a network. */
import {
  fraction,
  list,
  Misfit,
  number,
  numberOrNaN,
  oneOf,
  orNull,
  type Read,
  type Reader,
  record,
  whole
} from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"

/** First quartile, median, third quartile; NaN (null in JSON) where they are not finite. */
export type Quartiles = readonly [number, number, number]

export const quartiles: Reader<Quartiles> = (value, at) => {
  const found = list(numberOrNaN)(value, at)
  if (found.length !== 3) throw new Misfit(at, "three quartiles", `a list of ${found.length}`)
  return [found[0], found[1], found[2]]
}

export const orderMembers = () => ({
  /** k */
  order: whole,
  /** ‖T_k‖² / ‖H − x‖² */
  norm: orNull(number),
  /** ⟨T_k, H − x⟩ / ‖H − x‖²; with the remainder's these sum to 1 over k ≥ 1. */
  share: orNull(number),
  /** R_k = ‖H − Σ_{m≤k} T_m‖ / ‖H − x‖: what is left after this order; may exceed 1. */
  remainder: orNull(number),
  /** Quartiles of R_k over the examples with H ≠ x. */
  quartiles: orNull(quartiles),
  /** The sum truncated after this order, through the trained dense layer; NaN (null in JSON) where it is not finite. */
  loss: numberOrNaN,
  accuracy: fraction
})
const order = () => record(orderMembers())
/**
 * One order of an expansion of H = h_d about x = h_0, and what the sum up to it is worth. Norms are over h_d; ratios are
 * ratios of sums over the examples, null where H = x in all of them.
 */
export type Order = Read<typeof order>

/** What every analysis says of its network. */
export const wholeMembers = () => ({
  examples: whole,
  /** d: the layers of the expansion. */
  blocks: whole,
  /** Scores of the whole network on the same examples; NaN (null in JSON) where the loss is not finite. */
  loss: numberOrNaN,
  accuracy: fraction,
  /** Examples with H = x, which have no ratio of their own. */
  unchanged: whole
})

const terms = () => record({ ...wholeMembers(), at: oneOf("initial", "trained"), terms: list(order()) })
/** The exact Taylor terms T_k of SCIENCE "A", over the blocks of the network, on `examples` validation images. */
export type Terms = Read<typeof terms>

/** Before and after training; one that has no finite output is left out. */
export const writeTerms = (all: ReadonlyArray<Terms>): Uint8Array => writeJson(all)

/** Throws `ArtifactError`. */
export const readTerms = (artifact: Artifact): ReadonlyArray<Terms> => readJson(artifact, list(terms()))
