/** The engine `tfjs-node`: native TensorFlow on the processor, one thread unless $TF_NUM_INTRAOP_THREADS says more. */
import type { BatchedEngine } from "../batched.ts"
import { type DeviceEngine, inClass } from "../engine.ts"
import { batched } from "./batched/session.ts"
import { facts, loadAddon } from "./native/addon.ts"
import { type TfjsEngine, tfjsEngine } from "./session.ts"

export const tfjsNode: TfjsEngine = tfjsEngine(
  "tfjs-node",
  "tensorflow",
  () => void loadAddon("tfjs-node", "cpu"),
  facts
)

export const training = (numericClass: string): DeviceEngine => inClass(tfjsNode, numericClass)

export const groups = (numericClass: string): BatchedEngine => inClass(batched(tfjsNode), numericClass)
