/**
 * How fast each width is for a shape on this machine, measured once and kept beside the addons. Wider vectors take more
 * of the caches, and some processors compute them in halves: which is best depends on filters, kernel and size.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { named, number, parse } from "../../data/json.ts"
import { type Network, parameterCount } from "../../network/network.ts"
import { BLOCK } from "../wasm/instance.ts"
import type { CurvatureKernels } from "../wasm/products.ts"
import { nativeInstance, nativeKernels } from "./instance.ts"
import { folder, type Module, type Width } from "./places.ts"

/** Width → microseconds for the gradient of as many blocks, or for the product of as many groups; one layer. */
export type Speeds = Readonly<Partial<Record<Width, number>>>

const path = (module: Module) => join(folder(module), "speeds.json")

function known(module: Module): Readonly<Record<string, Speeds>> {
  try {
    return existsSync(path(module)) ? parse(readFileSync(path(module)), named(named(number))) : {}
  } catch {
    return {} // half a file is no speed
  }
}

const shapeOf = ({ filters, kernel, channels, height, width, classes }: Network) =>
  `F ${filters}, K ${kernel}, ${height}×${width}×${channels}, M ${classes}`

/** Measures a module's widths that have not been measured for the network's shape. */
export function speedsFor(module: Module, network: Network, addons: ReadonlyMap<Width, string>): Speeds {
  const all = known(module)
  const found: Partial<Record<Width, number>> = { ...all[shapeOf(network)] }
  const missing = [...addons].filter(([width]) => found[width] === undefined)
  if (missing.length === 0) return found
  const shape: Network = { ...network, layers: 1, depth: 1, loss: "cross-entropy" }
  const stepOf = module === "second-order-f64" ? passStep : gradientStep
  for (const [width, addon] of missing) found[width] = measure(stepOf(module, addon, width, shape))
  try {
    writeFileSync(`${path(module)}.${process.pid}`, JSON.stringify({ ...all, [shapeOf(network)]: found }))
    renameSync(`${path(module)}.${process.pid}`, path(module))
  } catch {
    // Measured again the next time.
  }
  return found
}

/** Makes what is to be measured: one step by an addon of this width, for a network of this shape. */
type StepOf = (module: Module, addon: string, width: Width, shape: Network) => () => void

function* various(): Generator<number, never> {
  for (let state = 1; ; ) yield (state = (state * 48271) % 2147483647) / 2147483647
}

function fill(numbers: { length: number; [i: number]: number }, factor: number, start: number): void {
  const next = various()
  for (let i = 0; i < numbers.length; i++) numbers[i] = factor * next.next().value + start
}

/** The gradient of as many blocks as lie side by side. */
const gradientStep: StepOf = (module, addon, width, shape) => {
  const { kernels, parameters, eachBlock } = nativeInstance(addon, shape, module === "train-f64" ? "f64" : "f32")
  const count = width * BLOCK
  const images = new Uint8Array(count * shape.channels * shape.height * shape.width)
  fill(parameters, 0.25, -0.125)
  fill(images, 256, 0)
  const examples = { count, images, labels: new Uint8Array(count) }
  kernels.arrange()
  kernels.begin()
  return () => eachBlock({ examples, order: undefined, from: 0, to: count }, 0, width, kernels.gradientBlock)
}

/** A pass of as many groups, and what it adds to a product. */
const passStep: StepOf = (_, addon, width, shape) => {
  const kernels = nativeKernels<CurvatureKernels>(addon, shape)
  const { buffer } = kernels.memory
  const P = parameterCount(shape)
  fill(new Float64Array(buffer, kernels.parametersAt(), P), 0.25, -0.125)
  fill(new Float64Array(buffer, kernels.directionAt(), P), 0.25, -0.125)
  fill(new Uint8Array(buffer, kernels.pixelsAt(), shape.channels * shape.height * shape.width), 256, 0)
  kernels.begin()
  return () => {
    kernels.pass(2 * width, 0)
    kernels.addGroups(2 * width)
  }
}

const MEASURE_MS = 20

/** Microseconds; the best of a few times: others may be using the processor. */
function measure(step: () => void): number {
  const once = () => {
    const begin = performance.now()
    step()
    return performance.now() - begin
  }
  once() // pages come when they are touched
  const times = [once()]
  for (
    let spent = times[0];
    times.length < 3 || (spent < MEASURE_MS && times.length < 100);
    spent += times[times.length - 1]
  ) {
    times.push(once())
    if (spent > 10 * MEASURE_MS) break
  }
  return 1000 * Math.min(...times)
}

/** The width that takes the least time for so many blocks, one after the other. */
export function bestWidth(speeds: Speeds, blocks: number): Width {
  const cost = (width: Width) => Math.ceil(blocks / width) * (speeds[width] ?? Number.POSITIVE_INFINITY)
  return ([1, 2, 4] as const).reduce((best, width) => (cost(width) < cost(best) ? width : best))
}
