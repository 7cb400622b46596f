/**
 * Loss curves beside those of TensorFlow.js in plain JavaScript, from the same initial values and batches: an engine
 * written by others, which rounds to float32 at other places.
 */
import { expect, it } from "vitest"
import type { DeviceEngine, Engine, Precision } from "../../src/engine/engine.ts"
import { tfjsCpu } from "../../src/engine/tfjs/cpu.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import type { Network } from "../../src/network/network.ts"
import { optimizers } from "./bits.ts"
import { network } from "./problem.ts"
import { randomExamples, randomParameters, shuffled } from "./random.ts"
import { reference } from "./reference.ts"
import { at } from "./suite.ts"

const STEPS = 50
const BATCH = 8

/** Mean loss of each batch before its update. */
async function curve(
  engine: Engine | DeviceEngine,
  precision: Precision,
  net: Network,
  optimizer: (typeof optimizers)[number]
) {
  const session = await at(engine, precision, net, randomParameters(net, 12))
  const examples = randomExamples(net, 4 * BATCH, 13)
  const losses: Array<number> = []
  for (let step = 0; step < STEPS; step++) {
    const batch = shuffled(examples.count, step).subarray(0, BATCH)
    losses.push((await session.epoch(examples, batch, BATCH, optimizer)).loss / BATCH)
  }
  session.close()
  return losses
}

/** The largest distance of two curves over their first steps. */
const apart = (a: ReadonlyArray<number>, b: ReadonlyArray<number>, steps: number) =>
  Math.max(...a.slice(0, steps).map((loss, step) => Math.abs(loss - b[step])))

const nets: ReadonlyArray<Partial<Network>> = [
  { filters: 1, depth: 4 },
  { filters: 1, depth: 1, activation: "tanh" },
  { filters: 4, layers: 2, depth: 2 },
  { filters: 4, layers: 2, depth: 1, activation: "sigmoid", residual: false },
  { filters: 2, depth: 1, kernel: 5 }
]

for (const [i, some] of nets.entries()) {
  const optimizer = optimizers[i % optimizers.length]
  it(`50 steps of ${optimizer.method}, ${JSON.stringify(some)}`, async () => {
    const net = network({ height: 5, width: 6, ...some })
    const single = await curve(wasm, "f32", net, optimizer)
    const double = await curve(wasm, "f64", net, optimizer)
    const tensorflow = await curve(tfjsCpu, "f32", net, optimizer)
    expect(single[STEPS - 1], "it learns").toBeLessThan(single[0])
    expect(apart(double, await curve(reference, "f64", net, optimizer), STEPS)).toBeLessThan(1e-9)
    expect(apart(single, tensorflow, 5)).toBeLessThan(1e-4)
    expect(apart(single, tensorflow, STEPS)).toBeLessThan(2 * apart(single, double, STEPS))
  })
}
