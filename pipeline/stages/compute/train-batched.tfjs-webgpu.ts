import { batched } from "../../../src/engine/tfjs/batched/session.ts"
import { tfjsWebgpu } from "../../../src/engine/tfjs/webgpu.ts"
import { batchWith } from "./training-batched.ts"

export const batch = batchWith(batched(tfjsWebgpu))
