/**
 * Pre-activations that are exactly 0: initial biases are 0 and many images have black borders. ReLU's derivative
 * there is 0, and a convolution that rounds 0 to something else, as Winograd's does, must not switch units on.
 */
import { describe, expect, it } from "vitest"
import type { Examples } from "../../src/engine/engine.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { type Network, tensors } from "../../src/network/network.ts"
import { relativeError } from "../support/distance.ts"
import { network, relativeErrors } from "./problem.ts"
import { randomExamples, randomParameters } from "./random.ts"
import { reference } from "./reference.ts"
import { at } from "./suite.ts"

/** Random parameters with biases of 0. */
function initialParameters(net: Network): Float64Array {
  const parameters = randomParameters(net, 14)
  for (const { name, offset, size } of tensors(net))
    if (name.endsWith("bias")) parameters.fill(0, offset, offset + size)
  return parameters
}

/** Random images, black but for a window in the middle. */
function blackBorders({ channels, height, width, ...rest }: Network): Examples {
  const examples = randomExamples({ channels, height, width, ...rest }, 3, 15)
  examples.images.forEach((_, i) => {
    const x = i % width
    const y = Math.floor(i / width) % height
    if (Math.abs(2 * x - width) > 0.3 * width || Math.abs(2 * y - height) > 0.4 * height) examples.images[i] = 0
  })
  return examples
}

describe("at initial values, on images with black borders, gradients agree in every tensor", () => {
  for (const [filters, kernel] of [
    [1, 3],
    [4, 3],
    [16, 3],
    [4, 5],
    [4, 7]
  ])
    for (const depth of [1, 4])
      for (const precision of ["f32", "f64"] as const)
        it(`F ${filters}, K ${kernel}, depth ${depth}, ${precision}`, async () => {
          const net = network({ channels: 1, height: 22, width: 21, filters, kernel, depth })
          const parameters = initialParameters(net)
          const examples = blackBorders(net)
          const session = await at(wasm, precision, net, parameters)
          const oracle = await at(reference, "f64", net, parameters)
          const found = session.gradient(examples).gradient
          const expected = oracle.gradient(examples).gradient
          expect(relativeError(found, expected)).toBeLessThan(precision === "f32" ? 1e-5 : 1e-12)
          for (const [name, error] of Object.entries(relativeErrors(net, found, expected)))
            expect(error, name).toBeLessThan(precision === "f32" ? 1e-4 : 1e-11)
          session.close()
        })
})
