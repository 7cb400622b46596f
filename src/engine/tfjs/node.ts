/** The engine `tfjs-node`: native TensorFlow on the processor, one thread unless $TF_NUM_INTRAOP_THREADS says more. */
import type { DeviceEngine } from "../engine.ts"
import { facts, loadAddon } from "./native/addon.ts"
import { tfjsEngine } from "./session.ts"

export const tfjsNode: DeviceEngine = tfjsEngine(
  "tfjs-node",
  "tensorflow",
  () => void loadAddon("tfjs-node", "cpu"),
  facts
)
