/**
 * One of this project's engines as a contender of the benchmark, a process of its own.
 *
 * Usage: engine.ts MODULE EXPORT [CLASS]
 *
 * The export is an engine, or gives the one of a numeric class.
 */
import { resolve } from "node:path"
import type { DeviceEngine, DeviceSession, Engine, FirstOrder, Session } from "../../../src/engine/engine.ts"
import { type Network, parameterCount } from "../../../src/network/network.ts"
import { randomExamples, randomParameters, shuffled } from "../../engine/random.ts"
import { type Cell, depthOf } from "../cells.ts"
import { serve } from "./serve.ts"

const [module, name, numericClass] = process.argv.slice(2)
const exported = (await import(resolve(module)))[name]
const engine: Engine | DeviceEngine = numericClass === undefined ? exported : await exported(numericClass)

const optimizer: FirstOrder = { method: "rmsprop", learningRate: 1e-4, rho: 0.9, epsilon: 1e-7 }
const megabytes = (bytes: number) => bytes / 2 ** 20

serve(async (cell: Cell) => {
  const { channels, size, layers, filters, kernel, batch } = cell
  const network: Network = {
    channels,
    height: size,
    width: size,
    classes: 10,
    layers,
    depth: depthOf(cell),
    filters,
    kernel,
    activation: "relu",
    residual: true
  }
  const parameters = Float32Array.from(randomParameters(network, 1))
  const examples = randomExamples(network, batch, 2)
  const order = shuffled(batch, 3)

  const start = async () => {
    const session = await engine.open(network, { precision: "f32", batch })
    session.load({ parameters })
    return session
  }
  /** Calls `work` with one batch after another for at least `seconds`. */
  const timed = async (seconds: number, work: () => unknown) => {
    const begin = performance.now()
    let images = 0
    do {
      await work()
      images += batch
    } while (performance.now() - begin < 1000 * seconds)
    return { images, seconds: (performance.now() - begin) / 1000 }
  }

  const before = process.memoryUsage.rss()
  let session: Session | DeviceSession = await start()
  await session.epoch(examples, order.subarray(0, 32), 32, optimizer) // warm: compiled
  session.close()
  const clock = performance.now()
  session = await start()
  const startMilliseconds = performance.now() - clock
  const train = (seconds: number) => timed(seconds, () => session.epoch(examples, order, batch, optimizer))
  // V8 runs new code slowly for some hundred milliseconds, until its optimizing compiler is done.
  const first = await train(0)
  const warm = first.seconds < 1 ? await train(1) : first
  return {
    variants: [{ name: "", ...warm }],
    facts: {
      startMilliseconds,
      // Parameters and the method's vector v twice each: the session's, and the caller's or the gradient.
      memory: megabytes(process.memoryUsage.rss() - before - 4 * 4 * parameterCount(network))
    },
    train: (_variant, seconds) => train(seconds),
    evaluate: (seconds) => timed(seconds, () => session.evaluate(examples, order))
  }
})
