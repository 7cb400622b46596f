/**
 * Native kernels beside WASM on random networks, batches, optimizers and threads, bit by bit, until the time is up. The
 * compiler is that of native builds ($CC); its further options are the arguments after `--`, as in
 * `-O1 -fsanitize=undefined -fsanitize-undefined-trap-on-error`.
 *
 *     npm run fuzz:native -- [--minutes 10] [--seed 1] [--widths 1,2,4] [--modules train-f32,…] [-- OPTION…]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import fc from "fast-check"
import type { Examples, FirstOrder, Precision } from "../../../src/engine/engine.ts"
import { sourceOf, widthsFor } from "../../../src/engine/native/build.ts"
import { compile, findCompiler } from "../../../src/engine/native/compiler.ts"
import { openNative, openNativeProducts } from "../../../src/engine/native/engine.ts"
import { nativeKernels } from "../../../src/engine/native/instance.ts"
import { headers, isModule, MODULES, type Module, type Width } from "../../../src/engine/native/places.ts"
import { type AnalysisKernels, analysisBy, analyze } from "../../../src/engine/wasm/analysis.ts"
import { training } from "../../../src/engine/wasm/engine.ts"
import { openStandardized, type StandardKernels, standardized } from "../../../src/engine/wasm/standard.ts"
import type { Network } from "../../../src/network/network.ts"
import { optimizers } from "../bits.ts"
import { anyNetwork } from "../problem.ts"
import { randomExamples, randomParameters } from "../random.ts"
import { dissected, everything, multiplied } from "./everything.ts"

const { values, positionals: more } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    widths: { type: "string", default: "1,2,4" },
    modules: { type: "string", default: MODULES.join() }
  }
})
const widths = values.widths.split(",").map((width) => Number(width) as Width)
const compiler = await findCompiler()
const folder = mkdtempSync(join(tmpdir(), "pipeline-fuzz-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))

const addons: Array<{ readonly module: Module; readonly width: Width; readonly addon: string }> = []
for (const module of values.modules.split(",").filter(isModule)) {
  const source = join(folder, `${module}.c`)
  writeFileSync(source, sourceOf(module))
  const wanted = widthsFor(module, { widths })
  await Promise.all(
    wanted.map(async (width) => {
      const addon = join(folder, `${module}-${width}.node`)
      await compile(compiler, width, { source, addon, headers, more })
      addons.push({ module, width, addon })
    })
  )
}

const decay = [undefined, { kind: "l2", rate: 1e-3 }, { kind: "decoupled", rate: 1e-2 }] satisfies Array<
  FirstOrder["decay"]
>

/** Larger than those of the tests now and then: strips, tiles and channels in every remainder. */
const network: fc.Arbitrary<Network> = fc.oneof(
  { weight: 3, arbitrary: anyNetwork },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        anyNetwork,
        fc.integer({ min: 8, max: 33 }),
        fc.integer({ min: 8, max: 33 }),
        fc.integer({ min: 1, max: 34 })
      )
      .map(([some, height, width, filters]) => ({ ...some, height, width, filters }))
  }
)
const size = fc.oneof(
  fc.constant(1),
  fc.integer({ min: 2, max: 63 }),
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom(0, 0, 1, 3, 4, 37, 63)).map(([k, rest]) => 64 * k + rest)
)
const one = fc.record({
  network,
  count: size,
  batch: size,
  optimizer: fc
    .constantFrom(...optimizers)
    .chain((method) => fc.constantFrom(...decay).map((decay) => ({ ...method, decay }))),
  threads: fc.constantFrom(1, 1, 2, 3, 4)
})

interface Case {
  readonly network: Network
  readonly examples: Examples
  readonly batch: number
  readonly optimizer: FirstOrder
  readonly threads: number
}

/** What a module computes in a case, by an addon or by WASM. */
async function found(module: Module, addon: string | undefined, of: Case): Promise<string> {
  const { network, examples, batch, optimizer, threads } = of
  const precision: Precision = module.endsWith("f32") ? "f32" : "f64"
  const numericClass = `wasm-${precision}`
  if (module === "second-order-f64") {
    const { filters, kernel, height, width, layers } = network
    const work = (filters * kernel) ** 2 * height * width * layers // multiplications of one convolution each
    const products = addon === undefined ? undefined : await openNativeProducts(network, addon, threads)
    const result = multiplied(network, examples, products, Math.max(5, Math.floor(2e8 / work)))
    products?.close()
    return result
  }
  if (module.startsWith("analysis")) {
    const double = randomParameters(network, 1)
    const parameters = precision === "f32" ? Float32Array.from(double) : double
    if (addon === undefined) return dissected(analyze(network, parameters, precision), examples)
    return dissected(
      analysisBy(nativeKernels<AnalysisKernels>(addon, network), network, parameters, precision),
      examples
    )
  }
  const session = await (() => {
    if (module !== "train-standard-f32")
      return addon === undefined
        ? training(numericClass).open(network, { precision })
        : openNative(network, precision, addon, threads)
    const numbers = Array.from({ length: network.channels }, (_, c) => 0.2 + 0.1 * c)
    const options = { precision, statistics: { mean: numbers, deviation: numbers } }
    return addon === undefined
      ? standardized(numericClass).open(network, options)
      : openStandardized(network, options, () => nativeKernels<StandardKernels>(addon, network))
  })()
  const result = everything(session, examples, batch, optimizer).join()
  session.close()
  return result
}

const until = performance.now() + Number(values.minutes) * 60_000
const cases = new Map<Module, number>()
let wrong = 0
for (let seed = Number(values.seed); performance.now() < until; seed++)
  for (const { network, count, batch, optimizer, threads } of fc.sample(one, { seed, numRuns: 20 })) {
    if (performance.now() > until) break
    const examples = randomExamples(network, count, seed)
    const steps = Math.max(batch, Math.ceil(count / 20)) // at most twenty an epoch
    const all = { network, examples, batch: steps, optimizer, threads }
    const expected = new Map<Module, string>()
    for (const { module, width, addon } of addons) {
      if (!expected.has(module)) expected.set(module, await found(module, undefined, all))
      cases.set(module, (cases.get(module) ?? 0) + 1)
      if ((await found(module, addon, all)) === expected.get(module)) continue
      wrong++
      console.error(
        `${module}: ${128 * width} bits differ: ${JSON.stringify({ seed, network, count, batch: steps, optimizer, threads })}`
      )
    }
  }
const told = [...cases].map(([module, number]) => `${number} of ${module}`).join(", ")
console.log(`${compiler.name}: ${told}; ${wrong} differ`)
process.exitCode = wrong === 0 ? 0 : 1
