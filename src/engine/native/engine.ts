/**
 * Native kernels in place of the WASM modules of the class `wasm-f32`: the same sources, translated to C and compiled for
 * this processor (build.ts), so the same bits. It stands in where a build is there that has proved that (self-test.ts).
 */
import { resolve } from "node:path"
import type { Network } from "../../network/network.ts"
import type { Engine } from "../engine.ts"
import type { SecondOrder } from "../second-order.ts"
import { firstLine } from "../unavailable.ts"
import * as wasm from "../wasm/engine.ts"
import { BLOCK } from "../wasm/instance.ts"
import { multiplyAddHere } from "../wasm/multiply-add.ts"
import { objectiveOf } from "../wasm/second-order.ts"
import { makeCrew, SHARE } from "../wasm/threads.ts"
import { nativeInstance } from "./instance.ts"
import { folder, standing, WIDTHS, type Width } from "./places.ts"
import { bestWidth, speedsFor } from "./speeds.ts"

type NativeEngine = Engine & { facts(): Readonly<Record<string, string>> }

/** Nothing where this machine has no native kernels, or the class is not that of fused f32. */
export async function training(numericClass: string): Promise<NativeEngine | undefined> {
  if (numericClass !== "wasm-f32" || multiplyAddHere() !== "fused") return undefined
  const found = standing()
  if (found.is !== "built") return undefined
  const addons = new Map(
    WIDTHS.flatMap((width) => (found.works[width] ? [[width, resolve(folder(), found.works[width])] as const] : []))
  )
  if (addons.size === 0) return undefined
  let kernels = ""
  return {
    name: "wasm",
    numericClass,
    facts: () => ({ kernels }),
    async open(network, options) {
      const { precision, threads = 1, batch } = options
      if (precision !== "f32") throw new RangeError(`${numericClass} is the class of f32, not of ${precision}`)
      try {
        const width = widthFor(network, addons, threads, batch)
        kernels = `native, ${128 * width} bits, ${found.compiler}`
        return await openNative(network, addons.get(width)!, threads)
      } catch (error) {
        // Addons that are gone, or no memory: WASM gives the same.
        kernels = `WebAssembly, as native ones failed: ${firstLine(error)}`
        return wasm.training(numericClass).open(network, options)
      }
    }
  }
}

/** Loss and gradient by native kernels; products in f64 as ever. */
export async function secondOrder(numericClass: string): Promise<SecondOrder | undefined> {
  const engine = await training(numericClass)
  return (
    engine && {
      numericClass,
      open: async (network, { threads = 1 } = {}) =>
        objectiveOf(await engine.open(network, { precision: "f32", threads }), "f32", "fused")
    }
  )
}

/** A session of one addon, whose helpers use the same. */
export async function openNative(network: Network, addon: string, threads: number) {
  const helping = { module: new URL("./helper.ts", import.meta.url), helperOf: "native", given: addon }
  const instance = nativeInstance(addon, network)
  const crew = threads > 1 ? await makeCrew(network, "f32", helping, threads - 1) : undefined
  return wasm.openSession(network, "f32", instance, crew)
}

/** By the blocks that a thread takes at a time. `batch`: examples; without it as many as make up a whole share. */
function widthFor(network: Network, addons: ReadonlyMap<Width, string>, threads: number, batch: number | undefined) {
  if (addons.size === 1) return [...addons.keys()][0]
  const blocks = batch === undefined ? SHARE.gradient : Math.ceil(batch / BLOCK / threads)
  return bestWidth(speedsFor(network, addons), Math.min(blocks, SHARE.gradient))
}
