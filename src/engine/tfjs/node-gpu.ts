/** The engine `tfjs-node-gpu`: native TensorFlow on a GPU, the first that $CUDA_VISIBLE_DEVICES names. */
import type { DeviceEngine } from "../engine.ts"
import { facts, loadAddon } from "./native/addon.ts"
import { tfjsEngine } from "./session.ts"

export const tfjsNodeGpu: DeviceEngine = tfjsEngine(
  "tfjs-node-gpu",
  "tensorflow",
  () => void loadAddon("tfjs-node-gpu", "gpu"),
  facts
)
