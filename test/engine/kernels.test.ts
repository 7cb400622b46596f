/**
 * A small kernel is a larger one with zeros around it. The two take different roads through the kernels (Winograd for
 * 3×3 and four filters or more, direct for 7×7), so this compares the roads: they agree within float32 rounding.
 */
import { describe, expect, it } from "vitest"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { type Network, tensors } from "../../src/network/network.ts"
import { relativeError } from "../support/distance.ts"
import { network, problem } from "./problem.ts"
import { at } from "./suite.ts"

/** For each parameter of the small network its place in the one with larger kernels. */
function places(small: Network, large: Network): Uint32Array {
  const margin = (large.kernel - small.kernel) / 2
  const larger = tensors(large)
  return Uint32Array.from(
    tensors(small).flatMap(({ shape, size }, t) =>
      Array.from({ length: size }, (_, i) => {
        if (shape.length !== 4) return larger[t].offset + i
        const x = i % small.kernel
        const y = Math.floor(i / small.kernel) % small.kernel
        const filter = Math.floor(i / small.kernel ** 2)
        return larger[t].offset + (filter * large.kernel + y + margin) * large.kernel + x + margin
      })
    )
  )
}

describe("3×3 kernels and the same with zeros around them give the same gradient", () => {
  for (const filters of [4, 6, 8, 16])
    for (const depth of [1, 4])
      for (const kernel of [5, 7])
        it(`F ${filters}, depth ${depth}, within ${kernel}×${kernel}`, async () => {
          const small = network({ filters, depth, height: 10, width: 11, activation: "tanh" })
          const large = { ...small, kernel }
          const { parameters, examples } = problem(small, 5, 0)
          const place = places(small, large)
          const padded = new Float64Array(tensors(large).at(-1)!.offset + small.classes)
          place.forEach((to, from) => {
            padded[to] = parameters[from]
          })
          for (const [precision, tolerance] of [
            ["f32", 5e-6],
            ["f64", 1e-13]
          ] as const) {
            const a = (await at(wasm, precision, small, parameters)).gradient(examples)
            const b = (await at(wasm, precision, large, padded)).gradient(examples)
            expect(Math.abs(a.loss / b.loss - 1)).toBeLessThan(tolerance)
            expect(
              relativeError(
                a.gradient,
                Array.from(place, (to) => b.gradient[to])
              )
            ).toBeLessThan(tolerance)
          }
        })
})
