import { batched } from "../../../src/engine/tfjs/batched/session.ts"
import { tfjsNode } from "../../../src/engine/tfjs/node.ts"
import { batchWith } from "./training-batched.ts"

export const batch = batchWith(batched(tfjsNode))
