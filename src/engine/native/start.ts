/** Starts the build of native kernels beside whatever runs; how they are built is build.ts. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { EngineUse } from "../../graph/compute.ts"
import { modulesOf } from "../wasm/compile.ts"
import { isModule, isSettled, standing } from "./places.ts"

/** Once for these sources and this processor, of the modules that the uses are served by. It ends by itself. */
export function startBuild(uses: Iterable<EngineUse>): void {
  const served = [...uses].filter(({ standIn }) => standIn !== undefined)
  const missing = [...new Set(served.flatMap(modulesOf))].filter((name) => isModule(name) && !isSettled(standing(name)))
  if (missing.length === 0) return
  const script = fileURLToPath(new URL("./build.ts", import.meta.url))
  const child = spawn(process.execPath, [script, ...missing], { detached: true, stdio: "ignore" })
  child.on("error", () => {}) // WASM serves on
  child.unref()
}
