/**
 * Products with the curvature by kernels of their own (kernels/second-order.ts), in f64. Groups of examples are passed
 * through the network, and what each leaves is added up one after the other, in the order of the examples: passes may be
 * made elsewhere (product-threads.ts), the sums are the same.
 */
import { copyImage } from "../../data/images.ts"
import { lossOf, type Network, parameterCount } from "../../network/network.ts"
import type { GivenExamples, Vector } from "../engine.ts"
import type { Curvature, Objective } from "../second-order.ts"
import { targetsOf } from "../targets.ts"
import { BLOCK } from "./instance.ts"
import { type Builds, load } from "./modules.ts"
import type { MultiplyAdd } from "./multiply-add.ts"

/** Exports of kernels/second-order.ts; addresses in bytes. */
export interface CurvatureKernels {
  readonly memory: { readonly buffer: ArrayBuffer }
  parametersAt(): number
  directionAt(): number
  productAt(): number
  pixelsAt(): number
  labelsAt(): number
  targetsAt(): number
  passedAt(): number
  passedBytes(): number
  begin(): void
  pass(count: number, gaussNewton: number): void
  addGroups(count: number): void
  end(count: number): void
  blocksAtOnce(): number
}

const BUILDS: Builds = {
  fused: new URL("./build/second-order-f64.wasm", import.meta.url),
  plain: new URL("./build/second-order-f64-plain.wasm", import.meta.url)
}

/** The kernels of WASM for a network. */
export const curvatureKernels = (network: Network, multiplyAdd: MultiplyAdd): CurvatureKernels =>
  load<CurvatureKernels>(BUILDS, multiplyAdd, network)

/** What a product is of, but for its examples. */
export interface Point {
  readonly curvature: Curvature
  readonly parameters: Vector // [P]
  readonly direction: Vector // [P]
}

/** The chosen examples, all of a set where there are no indices. */
export interface Chosen {
  readonly examples: GivenExamples
  readonly indices: Uint32Array | undefined
}

/** Examples that lie side by side in one block: two numbers of f64 fill 128 bits. */
const LANES = 2

/** Makes passes of so many examples each. */
export interface Passes {
  readonly kernels: CurvatureKernels
  readonly each: number
  /** What a pass leaves in the kernels' memory. */
  readonly left: Uint8Array
  set(point: Point): void
  /** The passes `first` … `end` through the chosen examples; `visit` is told how many of them are left from each pass on. */
  make(chosen: Chosen, first: number, end: number, visit: (count: number) => void): void
}

/** Threads that help with products (product-threads.ts). */
export interface ProductCrew {
  /** All passes through the chosen examples, for a point that `passes` is set to; adds them up. */
  share(passes: Passes, point: Point, chosen: Chosen, all: number): void
  close(): void
}

export const countOf = ({ examples, indices }: Chosen) => indices?.length ?? examples.count

/** By kernels that are set up for the network. */
export function passesOf(kernels: CurvatureKernels, network: Network): Passes {
  const P = parameterCount(network)
  const size = network.channels * network.height * network.width
  const classes = lossOf(network) === "cross-entropy" ? 0 : network.classes
  const side = kernels.blocksAtOnce()
  const each = side * LANES
  const room = (side - 1) * BLOCK + LANES
  const { buffer } = kernels.memory
  const pixels = new Uint8Array(buffer, kernels.pixelsAt(), room * size)
  const labels = new Int32Array(buffer, kernels.labelsAt(), room)
  const targets = new Float64Array(buffer, kernels.targetsAt(), room * classes)
  const parameters = new Float64Array(buffer, kernels.parametersAt(), P)
  const direction = new Float64Array(buffer, kernels.directionAt(), P)
  let gaussNewton = 0

  /** Copies the examples of a pass to where the kernels look for them. */
  const stage = ({ examples, indices }: Chosen, from: number, given: number) => {
    const copyTargets = targetsOf(network, examples)
    for (let lane = 0; lane < each; lane++) {
      // Lanes that have no image of their own repeat the last one.
      const at = from + Math.min(lane, given - 1)
      const index = indices === undefined ? at : indices[at]
      const place = Math.floor(lane / LANES) * BLOCK + (lane % LANES)
      copyImage(examples.images, index, size, pixels, place * size)
      labels[place] = examples.labels[index]
      copyTargets?.(index, targets, place * classes)
    }
  }
  return {
    kernels,
    each,
    left: new Uint8Array(buffer, kernels.passedAt(), kernels.passedBytes()),
    set(point) {
      parameters.set(point.parameters)
      direction.set(point.direction)
      gaussNewton = point.curvature === "gauss-newton" ? 1 : 0
      kernels.begin()
    },
    make(chosen, first, end, visit) {
      for (let number = first; number < end; number++) {
        const left = countOf(chosen) - number * each
        stage(chosen, number * each, left)
        kernels.pass(left, gaussNewton)
        visit(left)
      }
    }
  }
}

/** Products by these kernels, which are set up for the network; `crew`: who helps with the passes. */
export function productsOf(kernels: CurvatureKernels, network: Network, crew?: ProductCrew) {
  const passes = passesOf(kernels, network)
  const P = parameterCount(network)
  return (...[curvature, parameters, direction, examples, indices]: Parameters<Objective["product"]>): Float64Array => {
    const chosen = { examples, indices }
    const point = { curvature, parameters, direction }
    passes.set(point)
    const all = Math.ceil(countOf(chosen) / passes.each)
    if (crew === undefined) passes.make(chosen, 0, all, kernels.addGroups)
    else crew.share(passes, point, chosen, all)
    kernels.end(countOf(chosen))
    return new Float64Array(kernels.memory.buffer, kernels.productAt(), P).slice()
  }
}
