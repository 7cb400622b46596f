/** Whether sessions compute the same bits: of everything that a session can do. */
import type { Examples, FirstOrder, Session } from "../../../src/engine/engine.ts"
import { bits, bitsOfState } from "../bits.ts"
import { randomParameters, shuffled } from "../random.ts"

const bitsOfScore = (score: object) => bits(...Object.values(score).filter((value) => typeof value === "number"))

/** Epochs, a whole gradient, evaluations, logits, and a training that goes on from what another left. */
export function everything(
  session: Session,
  examples: Examples,
  batch: number,
  optimizer: FirstOrder
): ReadonlyArray<string> {
  const order = shuffled(examples.count, 2)
  const some = order.subarray(0, Math.ceil(examples.count * 0.6))
  session.load({ parameters: Float32Array.from(randomParameters(session.network, 1)) })
  const first = bitsOfScore(session.epoch(examples, order, batch, optimizer))
  const left = session.save()
  const second = bitsOfScore(session.epoch(examples, some, batch, optimizer))
  const { gradient, ...score } = session.gradient(examples, some)
  const found = [first, second, bits(gradient), bitsOfScore(score), bitsOfScore(session.evaluate(examples))]
  found.push(bits(session.logits(examples, some)), bitsOfState(session.save()))
  session.load(left)
  return [...found, bitsOfScore(session.epoch(examples, some, batch, optimizer)), bitsOfState(session.save())]
}
