import { tfjsCpu } from "../../../src/engine/tfjs/cpu.ts"
import { trainWith } from "./training.ts"

export default trainWith(tfjsCpu)
