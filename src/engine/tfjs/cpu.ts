/** The engine `tfjs-cpu`: TensorFlow.js in plain JavaScript. Slow; what the other engines are tested against. */
import { type TfjsEngine, tfjsEngine } from "./session.ts"

export const tfjsCpu: TfjsEngine = tfjsEngine("tfjs-cpu", "cpu", () => {})
