/** All engines by name. Compute modules import the one that they use; this is for what looks at all of them. */
import type { DeviceEngine, Engine } from "./engine.ts"

export const ENGINES = ["wasm", "tfjs-node-gpu", "tfjs-webgpu", "tfjs-node", "tfjs-wasm", "tfjs-cpu"] as const
export type EngineName = (typeof ENGINES)[number]

export const loadEngine: Record<EngineName, () => Promise<Engine | DeviceEngine>> = {
  wasm: async () => (await import("./wasm/engine.ts")).wasm,
  "tfjs-node-gpu": async () => (await import("./tfjs/node-gpu.ts")).tfjsNodeGpu,
  "tfjs-webgpu": async () => (await import("./tfjs/webgpu.ts")).tfjsWebgpu,
  "tfjs-node": async () => (await import("./tfjs/node.ts")).tfjsNode,
  "tfjs-wasm": async () => (await import("./tfjs/wasm.ts")).tfjsWasm,
  "tfjs-cpu": async () => (await import("./tfjs/cpu.ts")).tfjsCpu
}
