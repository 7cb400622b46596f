import { tfjsWasm } from "../../../src/engine/tfjs/wasm.ts"
import { trainWith } from "./training.ts"

export default trainWith(tfjsWasm)
