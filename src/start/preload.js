// Preloaded into a script of the project that runs in a process of its own: it starts out of its bundle (bundle.js).
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { isMainThread } from "node:worker_threads"
import { bundleOf } from "./bundle.js"
import { PROGRAMS, root } from "./places.js"

const program = Object.keys(PROGRAMS).find((name) => PROGRAMS[name] && join(root, PROGRAMS[name]) === process.argv[1])
const index = isMainThread && program !== undefined ? await bundleOf(program) : undefined
if (index !== undefined) {
  const script = pathToFileURL(process.argv[1]).href
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === script ? { url: index, format: "module", shortCircuit: true } : next(specifier, context)
  })
}
