/**
 * An engine of TensorFlow.js as a contender of the GPU benchmark: one trial at a time, or several as one computation.
 *
 * Usage: gpu.ts ENGINE TRIALS; images are counted once for each trial that sees them.
 */
import type { FirstOrder } from "../../../src/engine/engine.ts"
import { type EngineName, loadEngine } from "../../../src/engine/engines.ts"
import { batched } from "../../../src/engine/tfjs/batched/session.ts"
import type { TfjsEngine } from "../../../src/engine/tfjs/session.ts"
import { initialValues } from "../../../src/network/initial.ts"
import type { Network } from "../../../src/network/network.ts"
import { randomExamples, shuffled } from "../../engine/random.ts"
import { type Cell, depthOf } from "../cells.ts"
import { serve } from "./serve.ts"

const name = process.argv[2] as EngineName
const trials = Number(process.argv[3])
const optimizer: FirstOrder = { method: "rmsprop", learningRate: 1e-4, rho: 0.9, epsilon: 1e-7 }
/** An epoch of so many steps: what is read is read at its end. */
const STEPS = 4

serve(async (cell: Cell) => {
  const { channels, size, layers, filters, kernel, batch } = cell
  const image = { channels, height: size, width: size, classes: 10 }
  const architecture = { layers, depth: depthOf(cell), filters, kernel, activation: "relu", residual: true } as const
  const network: Network = { ...image, ...architecture }
  const examples = randomExamples(network, STEPS * batch, 2)
  const engine = await loadEngine(name, "training")
  const alone = await engine.open(network, { precision: "f32" }) // it also starts the backend
  const parameters = initialValues(network, 1)
  let epoch: (steps: number) => Promise<unknown>
  if (trials === 1) {
    alone.load({ parameters })
    epoch = async (steps) => alone.epoch(examples, shuffled(steps * batch, 3), batch, optimizer)
  } else {
    alone.close()
    const session = await batched(engine as TfjsEngine).open(network)
    session.load(Array.from({ length: trials }, () => ({ parameters, slots: [], step: 0 })))
    const all = <A>(of: (i: number) => A) => Array.from({ length: trials }, (_, i) => of(i))
    epoch = (steps) =>
      session.epoch(
        examples,
        all((i) => shuffled(steps * batch, i)),
        batch,
        all(() => optimizer)
      )
  }
  const train = async (seconds: number, steps = STEPS) => {
    const begin = performance.now()
    let images = 0
    do {
      await epoch(steps)
      images += steps * batch * trials
    } while (performance.now() - begin < 1000 * seconds)
    return { images, seconds: (performance.now() - begin) / 1000 }
  }
  const first = await train(0, 1)
  const variant = first.seconds > 3 ? first : await train(0)
  return { variants: [{ name: "", ...variant }], train: (_variant, seconds) => train(seconds) }
})
