/**
 * The machine's peak of relaxed-SIMD multiply-add: twelve chains of f32x4.relaxed_madd, enough to hide the latency and
 * few enough for the registers. "Images" are floating-point operations here.
 */
import { serve, type Timing } from "./serve.ts"

const specifier: string = "assemblyscript/asc" // by name only: its types redefine the console of the whole project
const { default: asc } = await import(specifier)

declare const WebAssembly: {
  instantiate(bytes: Uint8Array): Promise<{ readonly instance: { readonly exports: Record<string, unknown> } }>
}

const chains = Array.from({ length: 12 }, (_, i) => i)
const source = `
  export function madd(turns: i32, x: f32, y: f32): f32 {
    const a = f32x4.splat(x), b = f32x4.splat(y);
    ${chains.map((i) => `let s${i} = f32x4.splat(${i});`).join("\n")}
    for (let turn = 0; turn < turns; turn++) {
      ${chains.map((i) => `s${i} = f32x4.relaxed_madd(s${i}, a, b);`).join("\n")}
    }
    return f32x4.extract_lane(${chains.map((i) => `s${i}`).reduce((sum, s) => `f32x4.add(${sum}, ${s})`)}, 0);
  }`

let binary = new Uint8Array()
const { error, stderr } = await asc.main(
  ["madd.ts", "-o", "madd.wasm", "-O3", "--enable", "simd,relaxed-simd", "--runtime", "stub", "--noAssert"],
  {
    readFile: (name: string) => (name === "madd.ts" ? source : null),
    writeFile: (_name: string, contents: unknown) => {
      if (contents instanceof Uint8Array) binary = new Uint8Array(contents)
    },
    listFiles: () => []
  }
)
if (error) throw new Error(`asc: ${error.message}\n${stderr}`)
const { instance } = await WebAssembly.instantiate(binary)
const madd = instance.exports.madd as (turns: number, x: number, y: number) => number

const turns = 1e5
const operations = turns * chains.length * 4 * 2

function train(_variant: string, seconds: number): Timing {
  const begin = performance.now()
  let images = 0
  do {
    madd(turns, 0.5, 1)
    images += operations
  } while (performance.now() - begin < 1000 * seconds)
  return { images, seconds: (performance.now() - begin) / 1000 }
}

await serve(async () => ({ variants: [{ name: "", ...train("", 0.1) }], train }))
