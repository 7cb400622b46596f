/** The engine `tfjs-cpu`: TensorFlow.js in plain JavaScript. Slow; what the other engines are tested against. */
import { type DeviceEngine, inClass } from "../engine.ts"
import { type TfjsEngine, tfjsEngine } from "./session.ts"

export const tfjsCpu: TfjsEngine = tfjsEngine("tfjs-cpu", "cpu", () => {})

export const training = (numericClass: string): DeviceEngine => inClass(tfjsCpu, numericClass)
