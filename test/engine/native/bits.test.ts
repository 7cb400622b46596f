/**
 * Native kernels give the bits of the WASM modules: over the whole family, every width that this machine runs, and 512
 * bits put together of narrower vectors where it has none so wide. Without a C compiler what remains is to say so.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import type { Session } from "../../../src/engine/engine.ts"
import { sourceOf } from "../../../src/engine/native/build.ts"
import { compile, findCompiler } from "../../../src/engine/native/compiler.ts"
import * as native from "../../../src/engine/native/engine.ts"
import { headers, MODULES, type Module, folder as placeOf, type Width } from "../../../src/engine/native/places.ts"
import { firstDifference } from "../../../src/engine/native/self-test.ts"
import { translate } from "../../../src/engine/native/translate.mjs"
import { wasm } from "../../../src/engine/wasm/engine.ts"
import { objective } from "../../../src/engine/wasm/second-order.ts"
import { readSource } from "../../../src/engine/wasm/sources.mjs"
import type { Network } from "../../../src/network/network.ts"
import { executed, makeProject } from "../../support/project.ts"
import { bits, bitsOfState, optimizers } from "../bits.ts"
import { anyNetwork, network } from "../problem.ts"
import { randomExamples, randomParameters, shuffled } from "../random.ts"
import { everything, multiplied } from "./everything.ts"

const compiler = await findCompiler().catch((error: Error) => error)
const folder = mkdtempSync(join(tmpdir(), "pipeline-native-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** The widths of this processor, and 512 bits. */
const WIDTHS: ReadonlyArray<Width> = compiler instanceof Error ? [] : [...new Set([...compiler.widths, 4 as const])]
const addonOf = (width: Width, module: Module = "train-f32") => join(folder, `${module}-${width}.node`)

/** Unoptimized code is compiled sooner, and its bits are the same. */
async function make(module: Module, width: Width, addon: string, text = sourceOf(module)): Promise<void> {
  if (compiler instanceof Error) throw compiler
  const source = `${addon}.c`
  writeFileSync(source, text)
  await compile(compiler, width, { source, addon, headers, more: ["-O1"] })
}

/** Modules that are compiled here beside the first; of the others the translation is tried, and `npm run fuzz:native` is for all. */
const FURTHER: ReadonlyArray<readonly [Module, Width]> = [
  ["train-f64", 2],
  ["second-order-f64", 2],
  ["second-order-f64", 4],
  ["analysis-f32", 1]
]

beforeAll(async () => {
  if (compiler instanceof Error) return
  const wanted = [...WIDTHS.map((width) => ["train-f32", width] as const), ...FURTHER]
  await Promise.all(wanted.map(([module, width]) => make(module, width, addonOf(width, module))))
}, 600_000)

it("any network, any number of examples, any batch, any optimizer, one to four threads", async () => {
  if (compiler instanceof Error) return expect(compiler.message).toMatch(/compiler|processor|Windows/)
  await fc.assert(
    fc.asyncProperty(
      anyNetwork,
      fc.integer({ min: 1, max: 330 }),
      fc.integer({ min: 1, max: 330 }),
      fc.constantFrom(...optimizers),
      fc.constantFrom(1, 1, 1, 2, 3, 4),
      async (net, count, batch, optimizer, threads) => {
        const examples = randomExamples(net, count, 7)
        const open = await wasm.open(net, { precision: "f32" })
        const expected = everything(open, examples, Math.max(batch, 20), optimizer)
        for (const width of WIDTHS) {
          const session = await native.openNative(net, "f32", addonOf(width), threads)
          expect(everything(session, examples, Math.max(batch, 20), optimizer), `${128 * width} bits`).toEqual(expected)
          session.close()
        }
      }
    ),
    { numRuns: 40, seed: 19 }
  )
})

it("products of any network, over any examples, in one to four threads", async () => {
  if (compiler instanceof Error) return expect(WIDTHS).toEqual([])
  await fc.assert(
    fc.asyncProperty(
      anyNetwork,
      fc.integer({ min: 1, max: 90 }),
      fc.constantFrom(1, 1, 2, 4),
      async (net, count, threads) => {
        const examples = randomExamples(net, count, 7)
        const expected = multiplied(net, examples, undefined)
        for (const width of [2, 4] as const) {
          const products = await native.openNativeProducts(net, addonOf(width, "second-order-f64"), threads)
          expect(multiplied(net, examples, products), `${128 * width} bits`).toEqual(expected)
          products.close()
        }
      }
    ),
    { numRuns: 15, seed: 21 }
  )
})

it("the self-test passes what is right, and sees what is not", async () => {
  if (compiler instanceof Error) return expect(WIDTHS).toEqual([])
  for (const [module, width] of [...FURTHER, ["train-f32", WIDTHS[0]] as const])
    expect(await firstDifference(module, addonOf(width, module)), module).toBeUndefined()
  const module = "second-order-f64"
  const wrong = join(folder, "wrong.node")
  await make(module, 2, wrong, sourceOf(module).replace("0.22726554820815503", "0.22726554821")) // exp
  expect(await firstDifference(module, wrong)).toBeDefined()
})

it("every module of kernels is translated", () => {
  for (const module of MODULES) expect(sourceOf(module), module).toContain("call_descriptionAt")
  expect(sourceOf("train-standard-f32")).toContain("call_statisticsAt")
})

it("a session of wide vectors diverges as a narrow one does, and serves on", async () => {
  if (compiler instanceof Error) return expect(WIDTHS).toEqual([])
  const net: Network = {
    channels: 1,
    height: 7,
    width: 6,
    classes: 10,
    layers: 2,
    depth: 2,
    filters: 4,
    kernel: 3,
    activation: "relu",
    residual: true
  }
  const examples = randomExamples(net, 300, 6)
  const wild = { ...optimizers[0], learningRate: 1e37 }
  const diverge = (session: Session) => {
    session.load({ parameters: Float32Array.from(randomParameters(net, 1)) })
    const scores = [1, 2].map((number) => session.epoch(examples, shuffled(300, number), 150, wild))
    const ended = session.save()
    session.load({ parameters: Float32Array.from(randomParameters(net, 1)) })
    return [
      ...scores.map(({ loss, correct }) => `${loss} ${correct}`),
      bitsOfState(ended),
      bits(session.gradient(examples).gradient)
    ]
  }
  const expected = diverge(await wasm.open(net, { precision: "f32" }))
  for (const width of WIDTHS) expect(diverge(await native.openNative(net, "f32", addonOf(width), 1))).toEqual(expected)
})

/** Lets processes with this cache folder find builds; `works`: of each module the widths. */
function pretend(caches: string, compiler: string, works: Partial<Record<Module, ReadonlyArray<Width>>>): void {
  vi.stubEnv("XDG_CACHE_HOME", caches)
  for (const module of MODULES) {
    const widths = works[module] ?? []
    const state =
      widths.length === 0
        ? { is: "failed", reason: "none", remedy: "" }
        : {
            ...{ is: "built", compiler, seconds: 1, whole: true, refused: {} },
            works: Object.fromEntries(widths.map((width) => [width, addonOf(width, module)]))
          }
    mkdirSync(placeOf(module), { recursive: true })
    writeFileSync(join(placeOf(module), "state.json"), JSON.stringify(state))
  }
}

it("what trains stands in the trace and in no key", async () => {
  const project = makeProject({ pipeline: "own" })
  const target = "train/digits/layers=1,depth=1,filters=1,seed=0"
  const caches = join(folder, "caches")
  const ran = async (PIPELINE_NATIVE: string) =>
    executed(await project.json(["run", target], { XDG_CACHE_HOME: caches, PIPELINE_NATIVE }))
  pretend(caches, "gcc 12.2", { "train-f32": WIDTHS })
  expect(await ran("on")).toContain(target)
  const { stdout } = await project.run(["show", target])
  if (!(compiler instanceof Error)) expect(stdout).toMatch(/kernels +native, (128|256|512) bits, gcc 12\.2/)
  expect(await ran("off")).toEqual([])
  pretend(caches, "clang 19.1", { "train-f32": [1] })
  expect(await ran("on")).toEqual([])
  pretend(caches, "clang 19.1", {})
  expect(await ran("on")).toEqual([])
  vi.unstubAllEnvs()
})

it("each module stands in where it is built, and says what has computed", async () => {
  if (compiler instanceof Error) return expect(WIDTHS).toEqual([])
  const caches = join(folder, "parts")
  vi.stubEnv("XDG_CACHE_HOME", caches)
  vi.stubEnv("PIPELINE_NATIVE", "on")
  try {
    const net = network()
    const examples = randomExamples(net, 20, 1)
    const parameters = randomParameters(net, 1)
    const wasmObjective = await objective(net, { precision: "f64" })
    const factsOf = async (builds: Parameters<typeof pretend>[2]) => {
      pretend(caches, "gcc 12.2", builds)
      const engine = await native.secondOrder("wasm-f64")
      if (engine === undefined) return undefined
      const here = await engine.open(net, { threads: 2 })
      expect(here.product("hessian", parameters, parameters, examples)).toEqual(
        wasmObjective.product("hessian", parameters, parameters, examples)
      )
      expect(here.value(parameters, examples)).toEqual(wasmObjective.value(parameters, examples))
      here.close()
      return engine.facts?.()
    }
    expect(await factsOf({})).toBeUndefined()
    expect(await factsOf({ "train-f64": [2] })).toEqual({
      kernels: "native, 256 bits, gcc 12.2",
      products: "WebAssembly"
    })
    const products = "native, 512 bits, gcc 12.2"
    expect(await factsOf({ "second-order-f64": [4] })).toEqual({ kernels: "WebAssembly", products })
    expect(await native.training("wasm-f32")).toBeUndefined()
    expect(await native.training("wasm-f64-plain")).toBeUndefined()
    pretend(caches, "gcc 12.2", { "analysis-f32": [1] })
    const analyst = await native.analysis("wasm-f32")
    analyst?.analyze(net, Float32Array.from(parameters))
    expect(analyst?.facts()).toEqual({ kernels: "native, 128 bits, gcc 12.2" })
  } finally {
    vi.unstubAllEnvs()
  }
})

it("what is not known is an error with file and line", () => {
  const textOf = (name: string) => readSource("train-f32", name)!
  const edited = (name: string) => (name === "scale.ts" ? `${textOf(name)}\nclass Odd {}\n` : textOf(name))
  const line = textOf("scale.ts").split("\n").length + 1
  expect(() => translate("train", edited, "f32")).toThrow(new RegExp(`scale\\.ts, line ${line}: .*not translated`))
})
