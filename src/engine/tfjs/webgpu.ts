import type { DeviceEngine } from "../engine.ts"
import { EngineUnavailable } from "../unavailable.ts"
import { tfjsEngine } from "./session.ts"

export const tfjsWebgpu: DeviceEngine = tfjsEngine("tfjs-webgpu", "webgpu", () => {
  throw new EngineUnavailable("tfjs-webgpu", "not yet", "")
})
export const facts = (): Record<string, string> => ({})
