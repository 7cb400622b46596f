import { batched } from "../../../src/engine/tfjs/batched/session.ts"
import { tfjsNodeGpu } from "../../../src/engine/tfjs/node-gpu.ts"
import { batchWith } from "./training-batched.ts"

export const batch = batchWith(batched(tfjsNodeGpu))
