/** Whether kernels compute the same bits: of everything that a session, a product or an analysis can do. */
import type { Analysis } from "../../../src/engine/analysis.ts"
import type { Examples, FirstOrder, Session } from "../../../src/engine/engine.ts"
import { curvatureKernels, productsOf } from "../../../src/engine/wasm/products.ts"
import type { Products } from "../../../src/engine/wasm/second-order.ts"
import type { Network } from "../../../src/network/network.ts"
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
  const { parameters: like } = session.save()
  const start = randomParameters(session.network, 1)
  session.load({ parameters: like instanceof Float32Array ? Float32Array.from(start) : start })
  const first = bitsOfScore(session.epoch(examples, order, batch, optimizer))
  const left = session.save()
  const second = bitsOfScore(session.epoch(examples, some, batch, optimizer))
  const { gradient, ...score } = session.gradient(examples, some)
  const found = [first, second, bits(gradient), bitsOfScore(score), bitsOfScore(session.evaluate(examples))]
  found.push(bits(session.logits(examples, some)), bitsOfState(session.save()))
  session.load(left)
  return [...found, bitsOfScore(session.epoch(examples, some, batch, optimizer)), bitsOfState(session.save())]
}

/** Products of both curvatures, over all examples and over some (at most `most`); by WASM unless others are given. */
export function multiplied(network: Network, examples: Examples, given?: Products, most = examples.count): string {
  const product = given?.product ?? productsOf(curvatureKernels(network, "fused"), network)
  const [parameters, direction] = [randomParameters(network, 1), randomParameters(network, 2)]
  const order = shuffled(examples.count, 3)
  const some = order.subarray(0, Math.min(most, Math.ceil(examples.count * 0.6)))
  return bits(
    product("hessian", parameters, direction, examples, order.subarray(0, most)),
    product("gauss-newton", parameters, direction, examples, some)
  )
}

/** All that an analysis computes of a few groups, the last of them not full. */
export function dissected(analysis: Analysis, examples: Examples): string {
  const { network, lanes } = analysis
  const { depth, layers } = network
  const [a, b, c, d] = Array.from({ length: 4 }, () => analysis.state())
  const found: Array<ArrayBufferView | number> = []
  for (let from = 0; from < Math.min(examples.count, 3 * lanes); from += lanes) {
    const count = Math.min(lanes, examples.count - from)
    analysis.run(
      examples,
      Array.from({ length: count }, (_, i) => from + i)
    )
    for (let j = 1; j <= depth; j++) {
      analysis.block(j, analysis.trajectory(j - 1), a)
      analysis.addJacobian(j, a, b)
      analysis.addTransposedJacobian(j, b, c)
      analysis.combine(d, 0.5, c, 1 / j)
    }
    analysis.addLayers(0, layers, a, d)
    const { losses, correct } = analysis.score(d)
    found.push(losses, correct, analysis.logits(a), analysis.inner(b, c))
    analysis.lossGradient(d, a)
    for (let l = 0; l < count; l++) for (const state of [a, b, c, d]) found.push(analysis.read(state, l))
  }
  return bits(...found)
}
