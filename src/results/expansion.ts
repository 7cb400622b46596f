/** Artifact `expansion` of the stage expand: a network's Taylor expansion at one moment of its training. */
import {
  fraction,
  list,
  Misfit,
  number,
  numberOrNaN,
  orNull,
  type Read,
  type Reader,
  record,
  whole
} from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"

/** First quartile, median, third quartile; NaN (null in JSON) where they are not finite. */
export type Quartiles = readonly [number, number, number]

const quartiles: Reader<Quartiles> = (value, at) => {
  const found = list(numberOrNaN)(value, at)
  if (found.length !== 3) throw new Misfit(at, "three quartiles", `a list of ${found.length}`)
  return [found[0], found[1], found[2]]
}

const orderMembers = () => ({
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

const pathLength = () =>
  record({
    /** k */
    length: whole,
    /** ‖a_k‖² / ‖∂L/∂x‖² */
    norm: orNull(number),
    /** ⟨a_k, ∂L/∂x⟩ / ‖∂L/∂x‖²; these sum to 1 over all k. */
    share: orNull(number),
    /** Σ_{|S|=k} ‖g_S‖ / ‖∂L/∂x‖, which ignores that paths cancel; null where there are too many paths. */
    separately: orNull(number)
  })
/** One length of the gradient by path length; ratios of sums over the examples. */
export type PathLength = Read<typeof pathLength>

const blockMeasures = () =>
  record({
    /** ‖J_j‖, its largest singular value: quartiles over the examples. */
    norm: quartiles,
    /** Share of ReLU masks that are others where the block sees x (as in T_0 + T_1); null for other activations. */
    flippedAtInput: orNull(number),
    /** The same where it sees T_0 + T_1 of the blocks before it. */
    flippedAtFirstOrder: orNull(number)
  })
/** One block where the trained network passes it. */
export type BlockMeasures = Read<typeof blockMeasures>

const expansion = () =>
  record({
    examples: whole,
    /** d: the layers of the expansion. */
    blocks: whole,
    /** Scores of the whole network on the same examples; NaN (null in JSON) where the loss is not finite. */
    loss: numberOrNaN,
    accuracy: fraction,
    /** Examples with H = x, which have no ratio of their own. */
    unchanged: whole,
    /** ‖H − x‖ / ‖x‖: how much the blocks do. */
    change: orNull(number),
    /** The exact terms T_k, up to the order that was asked for. */
    exact: list(order()),
    /** The frozen-affine spectrum e_k, all orders; `bent` is ‖T_k − e_k‖ / ‖H − x‖ where T_k is known. */
    spectrum: orNull(list(record({ ...orderMembers(), bent: orNull(number) }))),
    /** The loss's gradient by x, by path length. */
    gradient: orNull(list(pathLength())),
    strength: orNull(
      record({
        perBlock: list(blockMeasures()),
        /** d · max_j ‖J_j‖: quartiles over the examples. */
        whole: quartiles
      })
    )
  })
/** What was looked at of the expansion; a view that was not asked for is null. */
export type Expansion = Read<typeof expansion>

/** What there is to look at besides the exact terms, by the members of `Expansion`. */
export const VIEWS = ["spectrum", "gradient", "strength"] as const
export type View = (typeof VIEWS)[number]

export const writeExpansion = (expansion: Expansion): Uint8Array => writeJson(expansion)

/** Throws `ArtifactError`. */
export const readExpansion = (artifact: Artifact): Expansion => readJson(artifact, expansion())
