/** The engine `tfjs-cpu`: TensorFlow.js in plain JavaScript. Slow; what the other engines are tested against. */
import type { Engine } from "../engine.ts"
import { tfjsEngine } from "./session.ts"

export const tfjsCpu: Engine = tfjsEngine("tfjs-cpu", "cpu", () => {})
