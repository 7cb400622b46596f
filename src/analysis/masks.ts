/**
 * Masks that flip: which units of a ReLU layer are open where the trained network passes it, and which would be if the
 * layer saw a truncated expansion of the layers before it. For affine layers terms and spectrum are equal; for ReLU
 * what tells them apart is these masks.
 */
import type { Analysis, State } from "../engine/analysis.ts"
import { clear, copy } from "./states.ts"

/**
 * Counts, for every block and lane of the group that passed last, the units whose mask is another, [depth][lanes]:
 * `order` 0 where the layers see x, as in T_0 + T_1 (the parallel network), 1 where they see the parallel network's
 * x + Σ f_i(x) over the blocks before.
 */
export function flippedMasks(
  analysis: Analysis
): () => Readonly<Record<"order0" | "order1", ReadonlyArray<Float64Array>>> {
  const { lanes } = analysis
  const { depth, layers } = analysis.network
  const width = layers / depth
  const [before, passed, other] = [analysis.state(), analysis.state(), analysis.state()]

  const at = (layer: number, h: State, out: State): State => {
    clear(analysis, out)
    analysis.addLayers(layer, layer + 1, h, out)
    return out
  }
  /** Units open in one and closed in the other, added to counts [lanes]. */
  const compare = (passed: State, other: State, counts: Float64Array) => {
    const [a, b] = [analysis.values(passed), analysis.values(other)]
    for (let i = 0; i < a.length; i += lanes) {
      for (let l = 0; l < lanes; l++) if (a[i + l] > 0 !== b[i + l] > 0) counts[l]++
    }
  }
  return () => {
    const empty = () => Array.from({ length: depth }, () => new Float64Array(lanes))
    const counts = { order0: empty(), order1: empty() }
    const x = analysis.trajectory(0)
    copy(analysis, before, x)
    for (let j = 0; j < depth; j++) {
      for (let layer = j * width; layer < (j + 1) * width; layer++) {
        at(layer, analysis.trajectory(j), passed)
        compare(passed, at(layer, before, other), counts.order1[j])
        compare(passed, at(layer, x, other), counts.order0[j])
      }
      // `before` sees the whole block at once, after all its layers were compared.
      analysis.addLayers(j * width, (j + 1) * width, x, before)
    }
    return counts
  }
}
