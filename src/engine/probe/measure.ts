/** What tells a working engine: how near it comes to plain JavaScript, and how fast it trains. */
import { initialValues } from "../../network/initial.ts"
import type { Network } from "../../network/network.ts"
import { random } from "../../network/philox.ts"
import type { DeviceEngine, DeviceSession, Engine, Examples, FirstOrder, Session } from "../engine.ts"

type AnyEngine = Engine | DeviceEngine
type AnySession = Session | DeviceSession

const RMSPROP: FirstOrder = { method: "rmsprop", learningRate: 1e-3, rho: 0.9, epsilon: 1e-7 }
const STEPS = 20

/** Relative differences from plain JavaScript, in the 2-norm. */
export interface Agreement {
  readonly loss: number
  readonly gradient: number
  /** Of the mean training loss, after 20 steps of RMSprop. */
  readonly training: number
}

/** An engine in f32 is right if it comes so near. */
export const TOLERANCE: Agreement = { loss: 1e-5, gradient: 1e-4, training: 1e-3 }

export const agrees = (agreement: Agreement): boolean =>
  (Object.keys(TOLERANCE) as Array<keyof Agreement>).every((what) => agreement[what] <= TOLERANCE[what])

function examplesFor({ channels, height, width, classes }: Network, count: number): Examples {
  const { below } = random(1, "probe/examples")
  const images = Uint8Array.from({ length: count * channels * height * width }, () => below(256))
  return { count, images, labels: Uint8Array.from({ length: count }, () => below(classes)) }
}

const inOrder = (count: number) => Uint32Array.from({ length: count }, (_, i) => i)

async function withSession<A>(
  engine: AnyEngine,
  network: Network,
  use: (session: AnySession) => Promise<A>
): Promise<A> {
  const session: AnySession = await engine.open(network, { precision: "f32" })
  try {
    session.load({ parameters: initialValues(network, 0) })
    return await use(session)
  } finally {
    session.close()
  }
}

/** Sequential, with everything that the family of networks has but other kernels; small enough for plain JavaScript. */
const SMALL: Network = {
  channels: 3,
  height: 6,
  width: 5,
  classes: 5,
  layers: 4,
  depth: 2,
  filters: 4,
  kernel: 3,
  activation: "tanh",
  residual: true
}

/** Loss, gradient and 20 steps of training beside another engine: `tfjs-cpu`, which is plain JavaScript. */
export async function agreementOf(engine: AnyEngine, plain: AnyEngine): Promise<Agreement> {
  const count = 12
  const examples = examplesFor(SMALL, count)
  const of = (one: AnyEngine) =>
    withSession(one, SMALL, async (session) => {
      const { loss, gradient } = await session.gradient(examples)
      for (let step = 1; step < STEPS; step++) await session.epoch(examples, inOrder(count), count, RMSPROP)
      const last = await session.epoch(examples, inOrder(count), count, RMSPROP)
      return { loss, gradient, trained: last.loss }
    })
  const [found, expected] = [await of(engine), await of(plain)]
  let [difference, size] = [0, 0]
  for (let i = 0; i < expected.gradient.length; i++) {
    difference += (found.gradient[i] - expected.gradient[i]) * (found.gradient[i] - expected.gradient[i])
    size += expected.gradient[i] * expected.gradient[i]
  }
  return {
    loss: Math.abs(found.loss / expected.loss - 1),
    gradient: Math.sqrt(difference / size),
    training: Math.abs(found.trained / expected.trained - 1)
  }
}

/** Images per second of whole training steps: of a full batch, or of a smaller one that takes a third of a second. */
export function rateOf(engine: AnyEngine, network: Network, batch: number): Promise<number> {
  const examples = examplesFor(network, batch)
  return withSession(engine, network, async (session) => {
    const step = async (size: number, times: number) => {
      const start = performance.now()
      for (let i = 0; i < times; i++) await session.epoch(examples, inOrder(size), size, RMSPROP)
      return (performance.now() - start) / 1000 / times
    }
    for (let size = Math.min(2, batch); ; size = Math.min(4 * size, batch)) {
      const first = await step(size, 1) // also compiles and allocates
      const seconds = first > 1 ? first : await step(size, 1)
      if (size < batch && seconds < 0.3) continue
      if (seconds > 0.15) return size / seconds
      return size / (await step(size, Math.ceil(0.3 / seconds)))
    }
  })
}
