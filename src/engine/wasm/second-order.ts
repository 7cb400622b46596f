/**
 * Second-order objectives by the engine `wasm`. Loss and gradient come from its training module; products with the
 * curvature from a module of their own (kernels/second-order.ts), so that its digest is in no other keys.
 *
 * Products are computed in f64 whatever the precision, and rounded to it. They go one after the other through the
 * examples, in one thread: the same bits for any number.
 */
import { copyImage } from "../../data/images.ts"
import { lossOf, type Network, parameterCount } from "../../network/network.ts"
import type { Precision, Session } from "../engine.ts"
import type { Objective, SecondOrder } from "../second-order.ts"
import { targetsOf } from "../targets.ts"
import { training } from "./engine.ts"
import { type Builds, load } from "./modules.ts"
import { type MultiplyAdd, multiplyAddHere, numericClassOf, readClass } from "./multiply-add.ts"

/** BLOCK in kernels/second-order.ts. */
const BLOCK = 64

/** Exports of kernels/second-order.ts; addresses in bytes. */
interface Kernels {
  parametersAt(): number
  directionAt(): number
  productAt(): number
  pixelsAt(): number
  labelsAt(): number
  targetsAt(): number
  begin(): void
  addBlock(count: number, gaussNewton: number): void
  end(count: number): void
}

const BUILDS: Builds = {
  fused: new URL("./build/second-order-f64.wasm", import.meta.url),
  plain: new URL("./build/second-order-f64-plain.wasm", import.meta.url)
}

/** Second-order objectives in one numeric class. Throws `EngineUnavailable` if this process cannot compute in it. */
export function secondOrder(numericClass: string): SecondOrder {
  const { precision, multiplyAdd } = readClass(numericClass)
  return {
    numericClass,
    open: (network, { threads = 1 } = {}) => open(network, precision, multiplyAdd, threads)
  }
}

/** In this precision, as this process multiplies and adds. `threads`: for loss and gradient. */
export const objective = (
  network: Network,
  { precision, threads = 1 }: { readonly precision: Precision; readonly threads?: number }
): Promise<Objective> => open(network, precision, multiplyAddHere(), threads)

async function open(network: Network, precision: Precision, multiplyAdd: MultiplyAdd, threads: number) {
  const session = await training(numericClassOf(precision, multiplyAdd)).open(network, { precision, threads })
  return objectiveOf(session, precision, multiplyAdd)
}

/** Loss and gradient by a session; products by the kernels here. */
export function objectiveOf(session: Session, precision: Precision, multiplyAdd: MultiplyAdd): Objective {
  const { network } = session
  let products: (Kernels & { readonly memory: WebAssembly.Memory }) | undefined
  const P = parameterCount(network)
  const size = network.channels * network.height * network.width

  return {
    network,
    value(parameters, examples, indices) {
      session.load({ parameters })
      const { loss, count, gradient } = session.gradient(examples, indices)
      return { loss: loss / count, gradient }
    },
    product(curvature, parameters, direction, examples, indices) {
      const { count: all, images, labels } = examples
      const copyTargets = targetsOf(network, examples)
      const kernels = (products ??= load<Kernels>(BUILDS, multiplyAdd, network))
      const { buffer } = kernels.memory
      const count = indices?.length ?? all
      const pixels = new Uint8Array(buffer, kernels.pixelsAt(), BLOCK * size)
      const blockLabels = new Int32Array(buffer, kernels.labelsAt(), BLOCK)
      const classes = lossOf(network) === "cross-entropy" ? 0 : network.classes
      const blockTargets = new Float64Array(buffer, kernels.targetsAt(), BLOCK * classes)
      new Float64Array(buffer, kernels.parametersAt(), P).set(parameters)
      new Float64Array(buffer, kernels.directionAt(), P).set(direction)
      kernels.begin()
      for (let from = 0; from < count; from += BLOCK) {
        const given = Math.min(BLOCK, count - from)
        for (let i = 0; i < BLOCK; i++) {
          // The lanes of the last vector that have no image of their own repeat the last one.
          const at = from + Math.min(i, given - 1)
          const index = indices === undefined ? at : indices[at]
          copyImage(images, index, size, pixels, i * size)
          blockLabels[i] = labels[index]
          copyTargets?.(index, blockTargets, i * classes)
        }
        kernels.addBlock(given, curvature === "gauss-newton" ? 1 : 0)
      }
      kernels.end(count)
      const product = new Float64Array(buffer, kernels.productAt(), P)
      return precision === "f32" ? Float32Array.from(product) : product.slice()
    },
    score(parameters, examples, indices) {
      session.load({ parameters })
      return session.evaluate(examples, indices)
    },
    close: () => session.close()
  }
}
