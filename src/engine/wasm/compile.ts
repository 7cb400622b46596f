/** Kernels are compiled when a training or an analysis first needs them (build.mjs). */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import type { EngineUse } from "../../graph/compute.ts"
import type { Precision } from "../engine.ts"
import { EngineUnavailable } from "../unavailable.ts"

/** Modules by what is done with them, as build.mjs calls them, and the precision that they are of. */
const MODULES: Readonly<Record<string, (precision: Precision) => ReadonlyArray<readonly [string, Precision]>>> = {
  training: (precision) => [["train", precision]],
  standardized: (precision) => [["train-standard", precision]],
  analysis: (precision) => [["analysis", precision]],
  // Loss and gradient as in training; products with the curvature are in f64 in either (second-order.ts).
  secondOrder: (precision) => [
    ["train", precision],
    ["second-order", "f64"]
  ]
}

/** The modules that a use of an engine computes with; none for engines without kernels of their own. */
export function modulesOf({ role, numericClass }: Pick<EngineUse, "role" | "numericClass">): ReadonlyArray<string> {
  const [, precision, plain = ""] = /^wasm-(f32|f64)(-plain)?$/.exec(numericClass) ?? []
  if (precision === undefined) return []
  return MODULES[role](precision === "f32" ? "f32" : "f64").map(([name, of]) => `${name}-${of}${plain}`)
}

const isCompiled = (name: string) => existsSync(new URL(`./build/${name}.wasm`, import.meta.url))

/** Compiles what these need and what is not there yet. Rejects with `EngineUnavailable`. */
export const compileKernels = (uses: Iterable<EngineUse>, tell: (line: string) => void): Promise<void> =>
  compileModules([...uses].flatMap(modulesOf), tell)

/** Modules by name. */
export async function compileModules(names: Iterable<string>, tell: (line: string) => void): Promise<void> {
  const missing = [...new Set(names)].filter((name) => !isCompiled(name))
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
