#!/usr/bin/env node
// The command `pipeline`, in plain JavaScript so that any Node can start it: where it is too old, it hands over to the
// Node that the project names, which runs the TypeScript sources as they are.
import { existsSync, realpathSync } from "node:fs"
import { basename, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
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
  await import((await bundle()) ?? "./main.ts")
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

/** The command line in one piece, for this project alone; whoever looks into it with a debugger wants the sources. */
async function bundle() {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const isProject = (folder) => existsSync(join(folder, "pipeline", "pipeline.ts"))
  let folder = process.cwd()
  while (!isProject(folder) && folder !== dirname(folder)) folder = dirname(folder)
  const isOther = isProject(folder) && realpathSync(folder) !== realpathSync(root)
  if (isOther || process.execArgv.some((flag) => flag.startsWith("--inspect"))) return undefined
  const { bundleOf } = await import("../start/bundle.js")
  return bundleOf("cli", /^[a-z]+$/.exec(process.argv[2] ?? "")?.[0])
}
