import { tfjsNodeGpu } from "../../../src/engine/tfjs/node-gpu.ts"
import { trainWith } from "./training.ts"

export default trainWith(tfjsNodeGpu)
