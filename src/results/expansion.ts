/** Artifact `expansion` of the stage dissect: a network's expansion in full, at one moment of its training. */
import { list, number, orNull, type Read, record, whole } from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"
import { orderMembers, quartiles, wholeMembers } from "./terms.ts"

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
/** One length of the gradient by path length (SCIENCE "C"); ratios of sums over the examples. */
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
    ...wholeMembers(),
    /** ‖H − x‖ / ‖x‖: how much the blocks do. */
    change: orNull(number),
    /** A: the exact terms T_k. */
    exact: list(record(orderMembers())),
    /** B: the frozen-affine spectrum e_k; `bent` is ‖T_k − e_k‖ / ‖H − x‖ where T_k is known. */
    frozen: list(record({ ...orderMembers(), bent: orNull(number) })),
    /** C: the loss's gradient by x, by path length. */
    gradient: list(pathLength()),
    perBlock: list(blockMeasures()),
    /** d · max_j ‖J_j‖: quartiles over the examples. */
    strength: quartiles
  })
export type Expansion = Read<typeof expansion>

export const writeExpansion = (expansion: Expansion): Uint8Array => writeJson(expansion)

/** Throws `ArtifactError`. */
export const readExpansion = (artifact: Artifact): Expansion => readJson(artifact, expansion())
