import { tfjsWebgpu } from "../../../src/engine/tfjs/webgpu.ts"
import { trainWith } from "./training.ts"

export default trainWith(tfjsWebgpu)
