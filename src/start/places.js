/** Where bundles are (bundle.js), of what, and what tells that files are as they were. */
import { createHash } from "node:crypto"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** The scripts that are put together. What workers import by the paths that stages name is one of its own. */
export const PROGRAMS = {
  cli: "src/cli/main.ts",
  worker: "src/run/worker.ts",
  probe: "src/cache/probe.ts",
  compute: undefined
}

export const root = fileURLToPath(new URL("../..", import.meta.url))
export const modules = join(root, "node_modules")
export const store = join(modules, ".pipeline", "bundles")

/** The file that a bundle begins with, and the list of all that it is made of. */
export const INDEX = "index.js"
export const MANIFEST = "manifest.json"

export const digestOf = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 32)

/** What tells that a file has not been written since; empty where there is none. */
export function stateOf(path) {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? "" : `${found.size} ${found.mtimeMs} ${found.ctimeMs} ${found.ino}`
}

/** A file's digest, with its state before it was read; both are empty where there is none. */
export function look(path) {
  const state = stateOf(path)
  return { state, digest: state === "" ? "" : digestOf(readFileSync(path)) }
}

/** Names of the bundles of a program. */
export function bundlesOf(program) {
  try {
    return readdirSync(store).filter((name) => name.startsWith(`${program}-`))
  } catch {
    return []
  }
}
