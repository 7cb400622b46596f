/** What takes networks apart, in either precision, as this machine multiplies and adds. */
import { analysis } from "../../src/engine/wasm/analysis.ts"
import { multiplyAddHere, numericClassOf } from "../../src/engine/wasm/multiply-add.ts"

export const [f32, f64] = (["f32", "f64"] as const).map((precision) =>
  analysis(numericClassOf(precision, multiplyAddHere()))
)
