import { tfjsNode } from "../../../src/engine/tfjs/node.ts"
import { evaluateWith } from "./scores.ts"

export default evaluateWith(tfjsNode)
