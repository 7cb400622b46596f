/** The engine `wasm` owes what every engine owes. */
import { wasm } from "../../src/engine/wasm/engine.ts"
import {
  agreesWithReference,
  ignoresDepthOfOneLayer,
  repeatsItself,
  survivesDivergence,
  trainsLikeReference
} from "./suite.ts"

agreesWithReference(wasm, "f64", 1e-10, 100)
agreesWithReference(wasm, "f32", 1e-5, 100)
trainsLikeReference(wasm, "f64", 1e-9)
trainsLikeReference(wasm, "f32", 1e-3)
for (const precision of ["f32", "f64"] as const) {
  repeatsItself(wasm, precision)
  ignoresDepthOfOneLayer(wasm, precision)
  survivesDivergence(wasm, precision)
}
