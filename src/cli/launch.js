#!/usr/bin/env node
// The command `pipeline`, in plain JavaScript so that any Node can start it: hands over to the Node that the project
// pins, which runs the TypeScript sources as they are. npx and a shebang start the system's Node, which may be older.
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { handOver } from "./hand-over.js"

const here = dirname(fileURLToPath(import.meta.url))
const main = join(here, "main.ts")
const wanted = 24

function pinned() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node/package.json")
    const path = join(dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node")
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

if (Number(process.versions.node.split(".")[0]) === wanted) {
  const { enableCompileCache, registerHooks } = await import("node:module")
  enableCompileCache()
  // What effect's two hundred modules and our hundred import is plain to see; Node's own way to find it out (package
  // scopes, links, formats) takes a third of the time until the first line of a command.
  const sources = new URL("..", import.meta.url).href
  const effect = new URL(".", import.meta.resolve("effect/Effect")).href
  const found = (url, format) => ({ url, format, shortCircuit: true })
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith("effect/")) return found(`${effect}${specifier.slice("effect/".length)}.js`, "module")
      if (specifier.startsWith(".")) {
        const { parentURL = "" } = context
        if (parentURL.startsWith(effect)) return found(new URL(specifier, parentURL).href, "module")
        if (parentURL.startsWith(sources) && specifier.endsWith(".ts"))
          return found(new URL(specifier, parentURL).href, "module-typescript")
      }
      return next(specifier, context)
    }
  })
  await import(pathToFileURL(main).href)
} else {
  const node = pinned()
  if (node === undefined) {
    process.stderr.write(
      `pipeline: needs Node ${wanted}, which the project brings along, but it is not installed. Run \`npm install\`.\n`
    )
    process.exit(1)
  }
  handOver(node)
}
