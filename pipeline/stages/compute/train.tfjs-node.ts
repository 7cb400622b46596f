import { tfjsNode } from "../../../src/engine/tfjs/node.ts"
import { trainWith } from "./training.ts"

export default trainWith(tfjsNode)
