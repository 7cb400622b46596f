/** Where the addon and its package lie; loads neither. */
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { parse, record, text } from "../../../data/json.ts"

export const PACKAGE = "@tensorflow/tfjs-node-gpu"
export const BUILD = "pipeline tfjs build"
const ADDON = "tfjs_binding.node"

/** Where `pipeline tfjs build` puts what it makes: the user's cache folder, never the project. */
export const buildFolder = () =>
  join(
    process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
    "pipeline",
    "tfjs",
    `${process.platform}-${process.arch}`
  )

const require = createRequire(import.meta.url)

/** Folder of the npm package, which is optional; undefined where it is not installed. */
export function packageFolder(): string | undefined {
  try {
    return dirname(require.resolve(`${PACKAGE}/package.json`))
  } catch {
    return undefined
  }
}

/** The addon that would be loaded: the one that $PIPELINE_TFJS_ADDON names, the one built here, the package's own. */
export function addonPath(): string | undefined {
  const named = process.env.PIPELINE_TFJS_ADDON
  if (named) return named
  const own = packageFolder()
  const places = [join(buildFolder(), ADDON), ...(own === undefined ? [] : [join(own, "lib", "napi-v8", ADDON)])]
  return places.find((path) => existsSync(path))
}

/** The TensorFlow that the addon of `pipeline tfjs build` was linked with; undefined for another one, or none. */
export function linkedTensorFlow(): string | undefined {
  const note = join(buildFolder(), "built.json")
  if (addonPath() !== join(buildFolder(), ADDON) || !existsSync(note)) return undefined
  return parse(readFileSync(note), record({ tensorflow: record({ folder: text }) })).tensorflow.folder
}
