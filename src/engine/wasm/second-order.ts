/**
 * Second-order objectives by the engine `wasm`. Loss and gradient come from its training module; products with the
 * curvature from a module of their own (products.ts), so that its digest is in no other keys.
 *
 * Products are computed in f64 whatever the precision, and rounded to it.
 */
import type { Network } from "../../network/network.ts"
import type { Precision, Session } from "../engine.ts"
import type { Objective, ObjectiveOptions, SecondOrder } from "../second-order.ts"
import { training } from "./engine.ts"
import { type MultiplyAdd, multiplyAddHere, numericClassOf, readClass } from "./multiply-add.ts"
import { wasmProductCrew } from "./product-threads.ts"
import { curvatureKernels, productsOf } from "./products.ts"

/** Second-order objectives in one numeric class. Throws `EngineUnavailable` if this process cannot compute in it. */
export function secondOrder(numericClass: string): SecondOrder {
  const { precision, multiplyAdd } = readClass(numericClass)
  return {
    numericClass,
    open: (network, options) => open(network, precision, multiplyAdd, options)
  }
}

/** In this precision, as this process multiplies and adds. */
export const objective = (
  network: Network,
  { precision, ...options }: ObjectiveOptions & { readonly precision: Precision }
): Promise<Objective> => open(network, precision, multiplyAddHere(), options)

async function open(
  network: Network,
  precision: Precision,
  multiplyAdd: MultiplyAdd,
  { threads = 1, products = true }: ObjectiveOptions = {}
) {
  const session = await training(numericClassOf(precision, multiplyAdd)).open(network, { precision, threads })
  return objectiveOf(session, precision, products ? await openProducts(network, multiplyAdd, threads) : undefined)
}

/** Computes products of one network. */
export interface Products {
  readonly product: ReturnType<typeof productsOf>
  close(): void
}

/** By the kernels of WASM. */
export async function openProducts(network: Network, multiplyAdd: MultiplyAdd, threads: number): Promise<Products> {
  const kernels = curvatureKernels(network, multiplyAdd)
  const crew = threads > 1 ? await wasmProductCrew(network, kernels, multiplyAdd, threads - 1) : undefined
  return { product: productsOf(kernels, network, crew), close: () => crew?.close() }
}

/** Loss and gradient by a session. Throws `RangeError` when a product is asked for where there are none. */
export function objectiveOf(session: Session, precision: Precision, products: Products | undefined): Objective {
  const { network } = session
  return {
    network,
    value(parameters, examples, indices) {
      session.load({ parameters })
      const { loss, count, gradient } = session.gradient(examples, indices)
      return { loss: loss / count, gradient }
    },
    product(...of) {
      if (products === undefined) throw new RangeError("the objective was opened without products")
      const product = products.product(...of)
      return precision === "f32" ? Float32Array.from(product) : product
    },
    score(parameters, examples, indices) {
      session.load({ parameters })
      return session.evaluate(examples, indices)
    },
    close() {
      session.close()
      products?.close()
    }
  }
}
