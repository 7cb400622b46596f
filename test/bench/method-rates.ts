/**
 * How fast passes through the examples are by the methods of training, for the costs in the reports on optimizers: writes
 * pipeline/method-rates.json, which these have as an input. Nothing else should run meanwhile.
 *
 *     node test/bench/method-rates.ts
 */
import { writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { objective } from "../../src/engine/wasm/second-order.ts"
import type { PassKind } from "../../src/network/cost.ts"
import { initialValues } from "../../src/network/initial.ts"
import type { Network } from "../../src/network/network.ts"
import { randomExamples } from "../engine/random.ts"

const COUNT = 256
const BATCH = 32
const ROUNDS = 12

const networkOf = (filters: number): Network => ({
  ...{ channels: 1, height: 14, width: 14, classes: 10, layers: 16, depth: 4, filters, kernel: 3 },
  activation: "tanh",
  residual: true
})

/** Operations of a pass as reports count them: three times forward, direct convolutions. */
const operationsOf = ({ layers: N, filters: F, kernel: K, height, width, classes }: Network) =>
  COUNT * 3 * 2 * (K * K * F * (1 + N * F) + F * classes) * height * width

/** Operations a second of processor time: the best of some rounds, the kinds of passes in turn. */
async function measure(filters: number): Promise<ReadonlyArray<readonly [PassKind, number]>> {
  const network = networkOf(filters)
  const examples = randomExamples(network, COUNT, 1)
  const order = Uint32Array.from({ length: COUNT }, (_, i) => i)
  const initial = initialValues(network, 0)
  const parameters = Float64Array.from(initial)
  const session = await wasm.open(network, { precision: "f32" })
  const [f32, f64] = [await objective(network, { precision: "f32" }), await objective(network, { precision: "f64" })]
  session.load({ parameters: initial })
  const rmsprop = { method: "rmsprop", learningRate: 1e-4, rho: 0.9, epsilon: 1e-7 } as const
  const passes: ReadonlyArray<readonly [PassKind, () => unknown]> = [
    ["batches-f32", () => session.epoch(examples, order, BATCH, rmsprop)],
    ["whole-f32", () => f32.value(initial, examples)],
    ["whole-f64", () => f64.value(parameters, examples)],
    ["product", () => f64.product("gauss-newton", parameters, parameters, examples)]
  ]
  const best = passes.map(() => 0)
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, [, pass]] of passes.entries()) {
      const before = process.cpuUsage()
      for (let n = 0; n < 8; n++) pass()
      const { user, system } = process.cpuUsage(before)
      // The first one also compiles.
      if (round > 0) best[i] = Math.max(best[i], (8e6 * operationsOf(network)) / (user + system))
    }
  }
  for (const one of [session, f32, f64]) one.close()
  return passes.map(([kind], i) => [kind, best[i]])
}

const rates: Array<{ filters: number; kernel: number; pass: PassKind; operationsPerSecond: number }> = []
for (const filters of [1, 2, 4, 8]) {
  for (const [pass, rate] of await measure(filters)) {
    const operationsPerSecond = Number(rate.toPrecision(3))
    rates.push({ filters, kernel: 3, pass, operationsPerSecond })
    console.log(`${filters} filters, ${pass}: ${(operationsPerSecond / 1e9).toFixed(1)}·10⁹ operations a second`)
  }
}
const file = new URL("../../pipeline/method-rates.json", import.meta.url)
writeFileSync(file, `${JSON.stringify({ processor: cpus()[0].model, rates }, null, 2)}\n`)
