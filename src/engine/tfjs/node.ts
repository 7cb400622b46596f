/** The engine `tfjs-node`: native TensorFlow on the processor, one thread unless $TF_NUM_INTRAOP_THREADS says more. */
import { facts, loadAddon } from "./native/addon.ts"
import { type TfjsEngine, tfjsEngine } from "./session.ts"

export const tfjsNode: TfjsEngine = tfjsEngine(
  "tfjs-node",
  "tensorflow",
  () => void loadAddon("tfjs-node", "cpu"),
  facts
)
