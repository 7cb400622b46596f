/**
 * How fast each width is for a shape on this machine, measured once and kept beside the addons. Wider vectors take more
 * of the caches, and some processors compute them in halves: which is best depends on filters, kernel and size.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { named, number, parse } from "../../data/json.ts"
import { type Network, parameterCount } from "../../network/network.ts"
import { BLOCK } from "../wasm/instance.ts"
import { nativeInstance } from "./instance.ts"
import { folder, type Width } from "./places.ts"

/** Width → microseconds for the gradient of as many blocks, one layer. */
export type Speeds = Readonly<Partial<Record<Width, number>>>

const path = () => join(folder(), "speeds.json")

function known(): Readonly<Record<string, Speeds>> {
  try {
    return existsSync(path()) ? parse(readFileSync(path()), named(named(number))) : {}
  } catch {
    return {} // half a file is no speed
  }
}

const shapeOf = ({ filters, kernel, channels, height, width, classes }: Network) =>
  `F ${filters}, K ${kernel}, ${height}×${width}×${channels}, M ${classes}`

/** Measures the widths that have not been measured for the network's shape. */
export function speedsFor(network: Network, addons: ReadonlyMap<Width, string>): Speeds {
  const all = known()
  const found: Partial<Record<Width, number>> = { ...all[shapeOf(network)] }
  const missing = [...addons].filter(([width]) => found[width] === undefined)
  if (missing.length === 0) return found
  for (const [width, addon] of missing) found[width] = measure(addon, width, network)
  try {
    writeFileSync(`${path()}.${process.pid}`, JSON.stringify({ ...all, [shapeOf(network)]: found }))
    renameSync(`${path()}.${process.pid}`, path())
  } catch {
    // Measured again the next time.
  }
  return found
}

const MEASURE_MS = 20

/** The best of a few times: others may be using the processor. */
function measure(addon: string, width: Width, shape: Network): number {
  const network = { ...shape, layers: 1, depth: 1, loss: "cross-entropy" } as const
  const { kernels, parameters, eachBlock } = nativeInstance(addon, network)
  const count = width * BLOCK
  let state = 1
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647
  for (let i = 0; i < parameterCount(network); i++) parameters[i] = (next() - 0.5) / 4
  const images = new Uint8Array(count * network.channels * network.height * network.width)
  for (let i = 0; i < images.length; i++) images[i] = 256 * next()
  const examples = { count, images, labels: new Uint8Array(count) }
  kernels.arrange()
  kernels.begin()
  const once = () => {
    const begin = performance.now()
    eachBlock({ examples, order: undefined, from: 0, to: count }, 0, width, kernels.gradientBlock)
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
