#!/usr/bin/env node
// The command `pipeline`, in plain JavaScript so that any Node can start it: where it is too old, it hands over to the
// Node that the project names, which runs the TypeScript sources as they are.
import { basename, relative } from "node:path"
import { installNode, isInstalled, nodeServes, ownNode } from "../install/packages.js"
import { handOver } from "./hand-over.js"

// How it was called, for the commands that messages name: they can be pasted.
process.env.PIPELINE_CALLED ||= called()

function called() {
  if (process.env.npm_command !== undefined) return "npx pipeline"
  const path = process.argv[1]
  if (/^pipeline(\.cmd)?$/.test(basename(path))) return "pipeline"
  const near = relative(process.cwd(), path)
  return `node ${near.startsWith("..") ? path : near}`
}

if (!isInstalled()) {
  process.stderr.write("pipeline: its packages are not installed yet. Run `npm start`, or `npm install`.\n")
  process.exit(1)
}
if (nodeServes()) {
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
  await import("./main.ts")
} else {
  handOver(ownNode() ?? firstNode())
}

/** The project's own Node is installed when the system's turns out to be too old. */
function firstNode() {
  process.stderr.write(`installing the Node that this needs: the one here is ${process.version} (once)…\n`)
  try {
    return installNode()
  } catch (error) {
    process.stderr.write(
      `pipeline: needs Node 24 or newer, found ${process.version}, and npm cannot install one: ${error.message}\n`
    )
    process.exit(1)
  }
}
