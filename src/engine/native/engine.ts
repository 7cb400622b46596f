/**
 * Native kernels in place of the WASM modules of the classes `wasm-f32` and `wasm-f64`: the same sources, translated to C and
 * compiled for this processor (build.ts), so the same bits. They stand in where a build is there that has proved that
 * (self-test.ts); what is built when a session is opened decides, module by module.
 */
import { resolve } from "node:path"
import type { Network } from "../../network/network.ts"
import type { Analyst } from "../analysis.ts"
import type { Engine, Precision, Session, SessionOptions } from "../engine.ts"
import type { SecondOrder } from "../second-order.ts"
import { firstLine } from "../unavailable.ts"
import { type AnalysisKernels, analysisBy, analyze } from "../wasm/analysis.ts"
import * as wasm from "../wasm/engine.ts"
import { BLOCK } from "../wasm/instance.ts"
import { multiplyAddHere } from "../wasm/multiply-add.ts"
import { makeProductCrew } from "../wasm/product-threads.ts"
import { type CurvatureKernels, productsOf } from "../wasm/products.ts"
import { objectiveOf, openProducts, type Products } from "../wasm/second-order.ts"
import { openStandardized, type StandardKernels, standardized as wasmStandardized } from "../wasm/standard.ts"
import { makeCrew, SHARE } from "../wasm/threads.ts"
import { nativeInstance, nativeKernels } from "./instance.ts"
import { folder, type Module, standing, WIDTHS, type Width } from "./places.ts"
import { bestWidth, speedsFor } from "./speeds.ts"

type Facts = { facts(): Readonly<Record<string, string>> }

/** A module's addons that work here. */
interface Addons {
  readonly module: Module
  readonly compiler: string
  readonly byWidth: ReadonlyMap<Width, string>
}

/** Nothing where there are none. */
function addonsOf(module: Module): Addons | undefined {
  const found = standing(module)
  if (found.is !== "built") return undefined
  const byWidth = WIDTHS.flatMap((width) => {
    const name = found.works[width]
    return name === undefined ? [] : [[width, resolve(folder(module), name)] as const]
  })
  return byWidth.length === 0 ? undefined : { module, compiler: found.compiler, byWidth: new Map(byWidth) }
}

/** The precision of a class that native kernels give the bits of, here. */
function precisionOf(numericClass: string): Precision | undefined {
  const fused = multiplyAddHere() === "fused"
  return fused && numericClass === "wasm-f32" ? "f32" : fused && numericClass === "wasm-f64" ? "f64" : undefined
}

const WASM = "WebAssembly"

/**
 * Makes something of native kernels, or else of those of WASM, which give the same: where there are none, where their addons
 * are gone or there is no memory. Also says which.
 */
async function orWasm<T>(
  module: Module,
  width: (addons: Addons) => Width,
  native: (addon: string) => T | Promise<T>,
  byWasm: () => T | Promise<T>
): Promise<{ readonly made: T; readonly ran: string }> {
  let ran = WASM
  const addons = addonsOf(module)
  if (addons !== undefined)
    try {
      const best = width(addons)
      return {
        made: await native(addons.byWidth.get(best)!),
        ran: `native, ${128 * best} bits, ${addons.compiler}`
      }
    } catch (error) {
      ran = `${WASM}, as native ones failed: ${firstLine(error)}`
    }
  return { made: await byWasm(), ran }
}

/** By the blocks that a thread takes at a time. `batch`: examples; without it as many as make up a whole share. */
const widthFor =
  (network: Network, { threads = 1, batch }: Pick<SessionOptions, "threads" | "batch">) =>
  (addons: Addons) => {
    const blocks = batch === undefined ? SHARE.gradient : Math.ceil(batch / BLOCK / threads)
    return bestOf(addons, network, Math.min(blocks, SHARE.gradient))
  }

function bestOf({ module, byWidth }: Addons, network: Network, blocks: number): Width {
  if (byWidth.size === 1) return [...byWidth.keys()][0]
  return bestWidth(speedsFor(module, network, byWidth), blocks)
}

/** Nothing where this machine has no native kernels, or the class is another. */
export async function training(numericClass: string): Promise<(Engine & Facts) | undefined> {
  const precision = precisionOf(numericClass)
  if (precision === undefined || addonsOf(`train-${precision}`) === undefined) return undefined
  let kernels = WASM
  return {
    name: "wasm",
    numericClass,
    facts: () => ({ kernels }),
    async open(network, options) {
      if (options.precision !== precision)
        throw new RangeError(`${numericClass} is the class of ${precision}, not of ${options.precision}`)
      const { made, ran } = await openTraining(network, options)
      kernels = ran
      return made
    }
  }
}

const openTraining = (network: Network, options: SessionOptions) => {
  const { precision, threads = 1 } = options
  return orWasm<Session>(
    `train-${precision}`,
    widthFor(network, options),
    (addon) => openNative(network, precision, addon, threads),
    () => wasm.training(`wasm-${precision}`).open(network, options)
  )
}

/** The same for standardized images. */
export async function standardized(numericClass: string): Promise<(Engine & Facts) | undefined> {
  const module = "train-standard-f32"
  if (precisionOf(numericClass) !== "f32" || addonsOf(module) === undefined) return undefined
  let kernels = WASM
  return {
    name: "wasm",
    numericClass,
    facts: () => ({ kernels }),
    async open(network, options) {
      const { made, ran } = await orWasm<Session>(
        module,
        widthFor(network, { ...options, threads: 1 }),
        (addon) => openStandardized(network, options, () => nativeKernels<StandardKernels>(addon, network)),
        () => wasmStandardized(numericClass).open(network, options)
      )
      kernels = ran
      return made
    }
  }
}

/** Passes of a product go through all examples; of so many groups a width is chosen. */
const GROUPS = 32

/** Where loss and gradient, or products, have native kernels. */
export async function secondOrder(numericClass: string): Promise<SecondOrder | undefined> {
  const precision = precisionOf(numericClass)
  if (precision === undefined) return undefined
  if (addonsOf(`train-${precision}`) === undefined && addonsOf("second-order-f64") === undefined) return undefined
  let facts: Record<string, string> = {}
  return {
    numericClass,
    facts: () => facts,
    async open(network, { threads = 1, products: wanted = true } = {}) {
      const { made: session, ran } = await openTraining(network, { precision, threads })
      facts = { kernels: ran }
      if (!wanted) return objectiveOf(session, precision, undefined)
      const products = await orWasm<Products>(
        "second-order-f64",
        (addons) => bestOf(addons, network, GROUPS),
        (addon) => openNativeProducts(network, addon, threads),
        () => openProducts(network, "fused", threads)
      )
      facts = { kernels: ran, products: products.ran }
      return objectiveOf(session, precision, products.made)
    }
  }
}

/** Networks taken apart. */
export async function analysis(numericClass: string): Promise<(Analyst & Facts) | undefined> {
  const precision = precisionOf(numericClass)
  if (precision === undefined) return undefined
  const addons = addonsOf(`analysis-${precision}`)
  if (addons === undefined) return undefined
  const [[width, addon]] = addons.byWidth
  let kernels = WASM
  return {
    numericClass,
    precision,
    facts: () => ({ kernels }),
    analyze(network, parameters) {
      try {
        const analysis = analysisBy(nativeKernels<AnalysisKernels>(addon, network), network, parameters, precision)
        kernels = `native, ${128 * width} bits, ${addons.compiler}`
        return analysis
      } catch (error) {
        kernels = `${WASM}, as native ones failed: ${firstLine(error)}`
        return analyze(network, parameters, precision, "fused")
      }
    }
  }
}

const HELPER = new URL("./helper.ts", import.meta.url)

/** A session of one addon, whose helpers use the same. */
export async function openNative(network: Network, precision: Precision, addon: string, threads: number) {
  const helping = { module: HELPER, helperOf: "native", given: addon }
  const instance = nativeInstance(addon, network, precision)
  const crew = threads > 1 ? await makeCrew(network, precision, helping, threads - 1) : undefined
  return wasm.openSession(network, precision, instance, crew)
}

/** Products by one addon. */
export async function openNativeProducts(network: Network, addon: string, threads: number): Promise<Products> {
  const helping = { module: HELPER, helperOf: "native products", given: addon }
  const kernels = nativeKernels<CurvatureKernels>(addon, network)
  const crew = threads > 1 ? await makeProductCrew(network, kernels, helping, threads - 1) : undefined
  return { product: productsOf(kernels, network, crew), close: () => crew?.close() }
}
