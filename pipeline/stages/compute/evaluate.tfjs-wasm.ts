import { tfjsWasm } from "../../../src/engine/tfjs/wasm.ts"
import { evaluateWith } from "./scores.ts"

export default evaluateWith(tfjsWasm)
