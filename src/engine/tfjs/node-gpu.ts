/** The engine `tfjs-node-gpu`: native TensorFlow on a GPU, the first that $CUDA_VISIBLE_DEVICES names. */
import { facts, loadAddon } from "./native/addon.ts"
import { type TfjsEngine, tfjsEngine } from "./session.ts"

export const tfjsNodeGpu: TfjsEngine = tfjsEngine(
  "tfjs-node-gpu",
  "tensorflow",
  () => void loadAddon("tfjs-node-gpu", "gpu"),
  facts
)
