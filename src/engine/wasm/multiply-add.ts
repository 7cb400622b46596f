/**
 * How this process multiplies and adds, and the numeric classes that follow from it: of the kernels' two builds one
 * rounds once (fused), one twice (plain). The plain one gives its bits everywhere. The fused one needs a machine whose
 * relaxed multiply-add is fused: it cannot be had by other means.
 */
import type { Precision } from "../engine.ts"
import { EngineUnavailable } from "../unavailable.ts"

export type MultiplyAdd = "fused" | "plain"

/**
 * A module that exports f32 and f64, (a, c) ↦ a·a + c by relaxed multiply-add: of 88 bytes, since it is asked before
 * anything is planned.
 */
const PROBE =
  "AGFzbQEAAAABDQJgAn19AX1gAnx8AXwDAwIAAQcNAgNmMzIAAANmNjQAAQorAhQAIAD9EyAA/RMgAf0T/YUC/R8ACxQAIAD9FCAA/RQgAf0U/YcC/SEACw=="

type Square = (a: number, c: number) => number

let here: MultiplyAdd | undefined

/** What relaxed multiply-add does in this process; plain where relaxed SIMD is missing. Asked once. */
export function multiplyAddHere(): MultiplyAdd {
  if (here !== undefined) return here
  try {
    const module = new WebAssembly.Module(Buffer.from(PROBE, "base64"))
    const { f32, f64 } = new WebAssembly.Instance(module).exports as { readonly f32: Square; readonly f64: Square }
    // (1 + e)² − (1 + 2e) is e² if it is rounded once, and 0 if the square is rounded before.
    const fuses = (square: Square, e: number) => square(1 + e, -(1 + 2 * e)) === e * e
    return (here = fuses(f32, 1 / 4096) && fuses(f64, 1 / 134217728) ? "fused" : "plain")
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error
    return (here = "plain")
  }
}

/** `wasm-f32`, `wasm-f64`, or either with `-plain`. */
export const numericClassOf = (precision: Precision, multiplyAdd: MultiplyAdd): string =>
  `wasm-${precision}${multiplyAdd === "plain" ? "-plain" : ""}`

/** Precision and build of a numeric class. Throws `EngineUnavailable` if this process cannot compute in it. */
export function readClass(numericClass: string): {
  readonly precision: Precision
  readonly multiplyAdd: MultiplyAdd
} {
  for (const precision of ["f32", "f64"] as const) {
    if (numericClass === numericClassOf(precision, "plain")) return { precision, multiplyAdd: "plain" }
    if (numericClass !== numericClassOf(precision, "fused")) continue
    if (multiplyAddHere() === "fused") return { precision, multiplyAdd: "fused" }
    const reason = `results of the class ${numericClass} were asked for, but multiply-add is not fused in this process (the processor lacks it, or Node runs with --no-enable-fma3)`
    const remedy = `Run it where it is fused; or plan with PIPELINE_MULTIPLY_ADD=plain, for results of the class ${numericClassOf(precision, "plain")}, which every machine computes.`
    throw new EngineUnavailable("wasm", reason, remedy)
  }
  throw new RangeError(`the engine wasm computes in no class '${numericClass}'`)
}
