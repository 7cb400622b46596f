/** Modules that are known by their paths, and places in them: out of a bundle where this runs from one (bundle.js). */
import { readFileSync } from "node:fs"
import { SourceMap } from "node:module"
import { join, relative, sep } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { bundleOf } from "./bundle.js"
import { root, store } from "./places.js"

/** Modules that came with this program: path in the project → its loader. */
export const bundled = new Map()

/** Whether this runs from a bundle. */
const fromBundle = globalThis.pipelineRoot !== undefined

/** What stages compute with, in one piece as well. */
let computing

async function bundledAt(path) {
  if (!fromBundle) return undefined
  const file = relative(root, path).split(sep).join("/")
  if (bundled.has(file)) return bundled.get(file)
  computing ??= bundleOf("compute").then((index) =>
    index === undefined ? new Map() : import(index).then((one) => one.bundled)
  )
  return (await computing.catch(() => new Map())).get(file)
}

/** Imports a module of the project by its absolute path, or its URL. */
export async function importModule(place) {
  const path = place.startsWith("file:") ? fileURLToPath(place) : place
  const load = await bundledAt(path)
  return load === undefined ? import(pathToFileURL(path).href) : load()
}

const PLACE = /(file:\/\/[^\s():]+|\/[^\s():]+):(\d+):(\d+)/g

/** A stack with its places in the sources. */
export function inSources(stack) {
  if (!fromBundle) return stack
  const maps = new Map()
  return stack.replace(PLACE, (place, file, line, column) => {
    const path = file.startsWith("file:") ? fileURLToPath(file) : file
    if (!path.includes(join(".pipeline", "bundles"))) return place
    try {
      if (!maps.has(path)) maps.set(path, new SourceMap(JSON.parse(readFileSync(`${path}.map`, "utf8"))))
      const { originalSource, originalLine, originalColumn } = maps.get(path).findEntry(line - 1, column - 1)
      // Told from where the bundle was made, which stands as this project does.
      return `${pathToFileURL(join(store, originalSource)).href}:${originalLine + 1}:${originalColumn + 1}`
    } catch {
      return place
    }
  })
}
