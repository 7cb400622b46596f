/** Starts the build of native kernels beside whatever runs; how they are built is build.ts. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { EngineUse } from "../../graph/compute.ts"
import { standing } from "./places.ts"

/** Once for these sources and this processor, if any of the uses is served by native kernels. It ends by itself. */
export function startBuild(uses: Iterable<EngineUse>): void {
  if (![...uses].some(({ standIn }) => standIn !== undefined) || standing().is !== "missing") return
  const script = fileURLToPath(new URL("./build.ts", import.meta.url))
  const child = spawn(process.execPath, [script], { detached: true, stdio: "ignore" })
  child.on("error", () => {}) // WASM serves on
  child.unref()
}
