/**
 * Native kernels give the bits of the WASM modules: over the whole family, every width that this machine runs, and 512
 * bits put together of narrower vectors where it has none so wide. Without a C compiler what remains is to say so.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Session } from "../../../src/engine/engine.ts"
import { compile, findCompiler } from "../../../src/engine/native/compiler.ts"
import { openNative } from "../../../src/engine/native/engine.ts"
import { headers, folder as placeOf, sources, type Width } from "../../../src/engine/native/places.ts"
import { firstDifference } from "../../../src/engine/native/self-test.ts"
import { translate } from "../../../src/engine/native/translate.mjs"
import { wasm } from "../../../src/engine/wasm/engine.ts"
import type { Network } from "../../../src/network/network.ts"
import { executed, makeProject } from "../../support/project.ts"
import { bits, bitsOfState, optimizers } from "../bits.ts"
import { anyNetwork } from "../problem.ts"
import { randomExamples, randomParameters, shuffled } from "../random.ts"
import { everything } from "./everything.ts"

const compiler = await findCompiler().catch((error: Error) => error)
const folder = mkdtempSync(join(tmpdir(), "pipeline-native-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** The widths of this processor, and 512 bits. */
const WIDTHS: ReadonlyArray<Width> = compiler instanceof Error ? [] : [...new Set([...compiler.widths, 4 as const])]
const addonOf = (width: Width) => join(folder, `${width}.node`)

const textOf = (name: string) => readFileSync(join(sources, name), "utf8")

beforeAll(async () => {
  if (compiler instanceof Error) return
  const source = join(folder, "train-f32.c")
  writeFileSync(source, translate("train", textOf, "f32"))
  // Unoptimized code is compiled sooner, and its bits are the same.
  const more = ["-O1"]
  await Promise.all(WIDTHS.map((width) => compile(compiler, width, { source, addon: addonOf(width), headers, more })))
})

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
          const session = await openNative(net, addonOf(width), threads)
          expect(everything(session, examples, Math.max(batch, 20), optimizer), `${128 * width} bits`).toEqual(expected)
          session.close()
        }
      }
    ),
    { numRuns: 40, seed: 19 }
  )
})

it("the self-test passes what is right and sees what is not", async () => {
  if (compiler instanceof Error) return expect(WIDTHS).toEqual([])
  const [width] = WIDTHS
  expect(await firstDifference(addonOf(width))).toBeUndefined()
  const wrong = join(folder, "wrong.c")
  writeFileSync(wrong, translate("train", textOf, "f32").replace("0.6931471805599453", "0.6931471805599454")) // log 2
  await compile(compiler, width, { source: wrong, addon: join(folder, "wrong.node"), headers, more: ["-O1"] })
  expect(await firstDifference(join(folder, "wrong.node"))).toBeDefined()
})

it("in f64, where nothing is built for trainings yet, the translation gives the bits of WASM as well", async () => {
  if (compiler instanceof Error) return expect(WIDTHS).toEqual([])
  const [source, addon] = [join(folder, "train-f64.c"), join(folder, "f64.node")]
  writeFileSync(source, translate("train", textOf, "f64"))
  await compile(compiler, 2, { source, addon, headers, more: ["-O1"] })
  expect(await firstDifference(addon, "f64")).toBeUndefined()
})

it("every module of kernels is translated", () => {
  for (const [entry, real] of [
    ["analysis", "f32"],
    ["analysis", "f64"],
    ["second-order", "f64"]
  ] as const)
    expect(translate(entry, textOf, real)).toContain(`call_setup`)
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
  for (const width of WIDTHS) expect(diverge(await openNative(net, addonOf(width), 1))).toEqual(expected)
})

it("what trains stands in the trace and in no key", async () => {
  const project = makeProject({ pipeline: "own" })
  const target = "train/digits/layers=1,depth=1,filters=1,seed=0"
  const caches = join(folder, "caches")
  process.env.XDG_CACHE_HOME = caches
  const builds = placeOf()
  delete process.env.XDG_CACHE_HOME
  mkdirSync(builds, { recursive: true })
  const ran = async (PIPELINE_NATIVE: string) =>
    executed(await project.json(["run", target], { XDG_CACHE_HOME: caches, PIPELINE_NATIVE }))
  const built = (state: object) => writeFileSync(join(builds, "state.json"), JSON.stringify(state))
  const failed = { is: "failed", reason: "none", remedy: "" }
  const works = Object.fromEntries(WIDTHS.map((width) => [width, addonOf(width)]))
  built(compiler instanceof Error ? failed : { is: "built", compiler: "gcc 12.2", seconds: 1, works, refused: {} })
  expect(await ran("on")).toContain(target)
  const { stdout } = await project.run(["show", target])
  if (!(compiler instanceof Error)) expect(stdout).toMatch(/kernels +native, (128|256|512) bits, gcc 12\.2/)
  expect(await ran("off")).toEqual([])
  built({ is: "built", compiler: "clang 19.1", seconds: 1, works: { 1: works[1] }, refused: {} })
  expect(await ran("on")).toEqual([])
  built(failed)
  expect(await ran("on")).toEqual([])
})

it("what is not known is an error with file and line", () => {
  const edited = (name: string) => (name === "scale.ts" ? `${textOf(name)}\nclass Odd {}\n` : textOf(name))
  const line = textOf("scale.ts").split("\n").length + 1
  expect(() => translate("train", edited, "f32")).toThrow(new RegExp(`scale\\.ts, line ${line}: .*not translated`))
})
