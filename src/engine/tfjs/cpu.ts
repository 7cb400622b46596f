/** The engine `tfjs-cpu`: TensorFlow.js in plain JavaScript. Slow; what the other engines are tested against. */
import type { DeviceEngine } from "../engine.ts"
import { tfjsEngine } from "./session.ts"

export const tfjsCpu: DeviceEngine = tfjsEngine("tfjs-cpu", "cpu", () => {})
