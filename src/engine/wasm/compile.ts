/** Kernels are compiled when a training or an analysis first needs them (build.mjs). */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import type { EngineUse } from "../../graph/compute.ts"
import { EngineUnavailable } from "../unavailable.ts"

/** Modules by what they do, as build.mjs calls them. */
const MODULES: Readonly<Record<string, string>> = {
  training: "train",
  standardized: "train-standard",
  analysis: "analysis",
  secondOrder: "second-order"
}

/** The module that a use of an engine computes with; undefined for engines without kernels of their own. */
function moduleOf({ role, numericClass }: EngineUse): string | undefined {
  const [, build] = /^wasm-(f(?:32|64)(?:-plain)?)$/.exec(numericClass) ?? []
  return build === undefined ? undefined : `${MODULES[role]}-${build}`
}

const isCompiled = (name: string) => existsSync(new URL(`./build/${name}.wasm`, import.meta.url))

/** Compiles what these need and what is not there yet. Rejects with `EngineUnavailable`. */
export async function compileKernels(uses: Iterable<EngineUse>, tell: (line: string) => void): Promise<void> {
  const missing = [...new Set([...uses].flatMap((use) => moduleOf(use) ?? []))].filter((name) => !isCompiled(name))
  if (missing.length === 0) return
  tell(`compiling the kernels ${missing.sort().join(", ")} (once)…`)
  const build = fileURLToPath(new URL("./build.mjs", import.meta.url))
  const child = spawn(process.execPath, [build, ...missing], { stdio: ["ignore", "ignore", "pipe"] })
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve))
  const said = await text(child.stderr)
  if ((await ended) === 0) return
  const problem = said.trim().split("pipeline: ").at(-1) ?? ""
  throw new EngineUnavailable("wasm", `its kernels ${missing.join(", ")} were not compiled`, problem)
}
