/**
 * Native kernels beside WASM on random networks, batches, optimizers and threads, bit by bit, until the time is up. The
 * compiler is that of native builds ($CC); its further options are the arguments after `--`, as in
 * `-O1 -fsanitize=undefined -fsanitize-undefined-trap-on-error`.
 *
 *     npm run fuzz:native -- [--minutes 10] [--seed 1] [--widths 1,2,4] [-- OPTION…]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import fc from "fast-check"
import type { FirstOrder } from "../../../src/engine/engine.ts"
import { compile, findCompiler } from "../../../src/engine/native/compiler.ts"
import { openNative } from "../../../src/engine/native/engine.ts"
import { headers, sources, type Width } from "../../../src/engine/native/places.ts"
import { translate } from "../../../src/engine/native/translate.mjs"
import { training } from "../../../src/engine/wasm/engine.ts"
import type { Network } from "../../../src/network/network.ts"
import { optimizers } from "../bits.ts"
import { anyNetwork } from "../problem.ts"
import { randomExamples } from "../random.ts"
import { everything } from "./everything.ts"

const { values, positionals: more } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    widths: { type: "string", default: "1,2,4" }
  }
})
const widths = values.widths.split(",").map((width) => Number(width) as Width)
const compiler = await findCompiler()
const folder = mkdtempSync(join(tmpdir(), "pipeline-fuzz-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
const addonOf = (width: Width) => join(folder, `${width}.node`)
const source = join(folder, "train-f32.c")
writeFileSync(
  source,
  translate("train", (name) => readFileSync(join(sources, name), "utf8"), "f32")
)
await Promise.all(widths.map((width) => compile(compiler, width, { source, addon: addonOf(width), headers, more })))

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

const until = performance.now() + Number(values.minutes) * 60_000
let cases = 0
let wrong = 0
for (let seed = Number(values.seed); performance.now() < until; seed++)
  for (const { network, count, batch, optimizer, threads } of fc.sample(one, { seed, numRuns: 20 })) {
    if (performance.now() > until) break
    const examples = randomExamples(network, count, seed)
    const steps = Math.max(batch, Math.ceil(count / 20)) // at most twenty an epoch
    const wasm = await training("wasm-f32").open(network, { precision: "f32" })
    const expected = everything(wasm, examples, steps, optimizer).join()
    for (const width of widths) {
      const session = await openNative(network, addonOf(width), threads)
      cases++
      if (everything(session, examples, steps, optimizer).join() !== expected) {
        wrong++
        console.error(
          `${128 * width} bits differ: ${JSON.stringify({ seed, network, count, batch: steps, optimizer, threads })}`
        )
      }
      session.close()
    }
  }
console.log(
  `${compiler.name}: ${cases} sessions of ${widths.map((width) => 128 * width).join(", ")} bits, ${wrong} differ`
)
process.exitCode = wrong === 0 ? 0 : 1
