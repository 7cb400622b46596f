import { tfjsCpu } from "../../../src/engine/tfjs/cpu.ts"
import { evaluateWith } from "./scores.ts"

export default evaluateWith(tfjsCpu)
