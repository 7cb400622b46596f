import { wasm } from "../../../src/engine/wasm/engine.ts"
import { trainWith } from "./training.ts"

export default trainWith(wasm)
