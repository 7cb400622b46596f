import { tfjsWasmBatched } from "../../../src/engine/tfjs/batched/wasm.ts"
import { batchWith } from "./training-batched.ts"

export const batch = batchWith(tfjsWasmBatched)
