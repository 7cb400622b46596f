import { tfjsWebgpu } from "../../../src/engine/tfjs/webgpu.ts"
import { evaluateWith } from "./scores.ts"

export default evaluateWith(tfjsWebgpu)
