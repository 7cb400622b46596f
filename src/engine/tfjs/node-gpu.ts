/** The engine `tfjs-node-gpu`: native TensorFlow on a GPU, the first that $CUDA_VISIBLE_DEVICES names. */
import type { BatchedEngine } from "../batched.ts"
import { type DeviceEngine, inClass } from "../engine.ts"
import { batched } from "./batched/session.ts"
import { facts, loadAddon } from "./native/addon.ts"
import { type TfjsEngine, tfjsEngine } from "./session.ts"

export const tfjsNodeGpu: TfjsEngine = tfjsEngine(
  "tfjs-node-gpu",
  "tensorflow",
  () => void loadAddon("tfjs-node-gpu", "gpu"),
  facts
)

export const training = (numericClass: string): DeviceEngine => inClass(tfjsNodeGpu, numericClass)

export const groups = (numericClass: string): BatchedEngine => inClass(batched(tfjsNodeGpu), numericClass)
