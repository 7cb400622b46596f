/**
 * No kernel writes outside its own buffers: guard zones with a pattern lie between any two (kernels/memory.ts), and
 * `violations` counts those that were written to. The engine keeps its modules' instances to itself, so that the
 * tests look on as they are made.
 */
import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Session } from "../../src/engine/engine.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import type { Network } from "../../src/network/network.ts"
import { optimizers } from "./bits.ts"
import { anyNetwork, network } from "./problem.ts"
import { randomExamples, randomParameters, shuffled } from "./random.ts"
import { at } from "./suite.ts"

interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer }
  violations(): number
}

const Instance = WebAssembly.Instance
let latest: Kernels

beforeAll(() => {
  WebAssembly.Instance = class extends Instance {
    constructor(...given: ConstructorParameters<typeof Instance>) {
      super(...given)
      latest = this.exports as Kernels
    }
  }
})
afterAll(() => {
  WebAssembly.Instance = Instance
})

async function open(net: Network, precision: "f32" | "f64"): Promise<[Session, Kernels]> {
  const session = await at(wasm, precision, net, randomParameters(net, 1))
  return [session, latest]
}

const anyPrecision = fc.constantFrom("f32", "f64")

it("after training, gradient, evaluation and logits every guard zone is as it was", () =>
  fc.assert(
    fc.asyncProperty(
      anyNetwork,
      anyPrecision,
      fc.integer({ min: 1, max: 70 }),
      fc.constantFrom(...optimizers),
      async (net, precision, count, optimizer) => {
        const [session, kernels] = await open(net, precision)
        const examples = randomExamples(net, count, 2)
        session.epoch(examples, shuffled(count, 3), 48, optimizer)
        session.gradient(examples)
        session.evaluate(examples)
        session.logits(examples, Uint32Array.of(0))
        expect(kernels.violations()).toBe(0)
        session.close()
      }
    ),
    { numRuns: 150, seed: 64 }
  ))

it("one changed byte in a guard zone is seen", async () => {
  const [session, kernels] = await open(network({ filters: 4 }), "f32")
  const pattern = new Uint32Array(kernels.memory.buffer)
  const guard = pattern.lastIndexOf(0x7ff8bad0)
  expect(guard).toBeGreaterThan(0)
  new Uint8Array(kernels.memory.buffer)[4 * guard] ^= 1
  expect(kernels.violations()).toBe(1)
  session.close()
})
