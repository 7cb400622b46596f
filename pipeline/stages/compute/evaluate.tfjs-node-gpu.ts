import { tfjsNodeGpu } from "../../../src/engine/tfjs/node-gpu.ts"
import { evaluateWith } from "./scores.ts"

export default evaluateWith(tfjsNodeGpu)
