/**
 * How fast the engine trains on this machine, by filters and kernel, for the prices in the paper's report: writes
 * pipeline/rates.json, which that report has as an input. Nothing else should run meanwhile.
 *
 *     node test/bench/rates.ts
 */
import { writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { deepNetwork } from "../../src/engine/probe/networks.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { initialValues } from "../../src/network/initial.ts"
import type { Network } from "../../src/network/network.ts"
import { randomExamples } from "../engine/random.ts"

const LAYERS = 8
const ROUNDS = 3

/** Operations of one image's training as the stage `train` counts them: three times forward, direct convolutions. */
const operationsOf = ({ layers: N, filters: F, kernel: K, height, width, classes }: Network) =>
  3 * 2 * (K * K * F * (1 + N * F) + F * classes) * height * width

/** Operations a second of processor time: the best of some epochs over so many images that each takes a while. */
async function measure(filters: number, kernel: number): Promise<number> {
  const network = { ...deepNetwork(LAYERS, filters), kernel }
  const count = 16 * Math.min(128, Math.max(4, Math.round(1e10 / operationsOf(network) / 16)))
  const examples = randomExamples(network, count, 1)
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  const session = await wasm.open(network, { precision: "f32" })
  const rates: Array<number> = []
  session.load({ parameters: initialValues(network, 0) })
  for (let round = 0; round <= ROUNDS; round++) {
    const before = process.cpuUsage()
    session.epoch(examples, order, 512, { method: "rmsprop", learningRate: 1e-4, rho: 0.9, epsilon: 1e-7 })
    const { user, system } = process.cpuUsage(before)
    // The first one also compiles.
    if (round > 0) rates.push((count * operationsOf(network)) / (user + system))
  }
  session.close()
  return Math.max(...rates) * 1e6
}

const rates: Array<{ filters: number; kernel: number; operationsPerSecond: number }> = []
for (const kernel of [3, 5, 7]) {
  for (const filters of [1, 2, 4, 8, 16, 32]) {
    const operationsPerSecond = Number((await measure(filters, kernel)).toPrecision(3))
    rates.push({ filters, kernel, operationsPerSecond })
    console.log(
      `kernel ${kernel}, ${filters} filters: ${(operationsPerSecond / 1e9).toFixed(1)}·10⁹ operations a second`
    )
  }
}
const file = new URL("../../pipeline/rates.json", import.meta.url)
writeFileSync(file, `${JSON.stringify({ processor: cpus()[0].model, rates }, null, 2)}\n`)
