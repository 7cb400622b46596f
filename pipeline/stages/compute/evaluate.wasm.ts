import { wasm } from "../../../src/engine/wasm/engine.ts"
import { evaluateWith } from "./scores.ts"

export default evaluateWith(wasm)
