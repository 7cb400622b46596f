/** Finds a TensorFlow whose C library the addon can be linked with: by path, never by importing anything. */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, dirname, join, resolve } from "node:path"

/** A folder `tensorflow` as `pip install tensorflow` makes it. */
export interface TensorFlow {
  readonly folder: string
  /** By the name of the wheel's folder beside it; the library itself says it when it is loaded. */
  readonly version: string | undefined
}

export const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]
const HEADER = join("include", "tensorflow", "c", "eager", "c_api.h")

/** What a folder lacks to be linked with; nothing if it serves. */
export const missingIn = (folder: string): ReadonlyArray<string> =>
  [...LIBRARIES, HEADER].filter((file) => !existsSync(join(folder, file)))

const list = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

const describe = (folder: string): TensorFlow => ({
  folder,
  version: list(dirname(folder))
    .map((name) => /^tensorflow(?:_cpu|_intel|_rocm)?-([\d.]+\w*)\.dist-info$/.exec(name)?.[1])
    .find((version) => version !== undefined)
})

/** Folders for packages of the Python that is installed under `prefix`. */
const sitesUnder = (prefix: string): ReadonlyArray<string> =>
  ["lib", "lib64", "local/lib"].flatMap((lib) =>
    list(join(prefix, lib))
      .filter((name) => /^python3(\.\d+)?$/.test(name))
      .flatMap((name) => ["site-packages", "dist-packages"].map((kind) => join(prefix, lib, name, kind)))
  )

const SITES = `import site, sysconfig
for path in [sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"], site.getusersitepackages()]: print(path)`

/**
 * Folders for packages of a Python: those beside it (as it is called, without following links: a virtual environment's
 * Python is a link to another one's), and those that it names itself, for pyenv and the like.
 */
export function sitesOf(python: string): ReadonlyArray<string> {
  const beside = sitesUnder(dirname(dirname(resolve(python))))
  const { status, stdout } = spawnSync(python, ["-c", SITES], { encoding: "utf8", timeout: 20_000 })
  return [...new Set([...(status === 0 ? stdout.trim().split("\n") : []), ...beside])]
}

const onPath = (name: string): ReadonlyArray<string> =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .filter((path) => existsSync(path))

/** Where TensorFlow may be, the likeliest first. */
export function usualPlaces(): ReadonlyArray<string> {
  const { VIRTUAL_ENV, CONDA_PREFIX, XDG_CACHE_HOME } = process.env
  const home = homedir()
  const prefixes = [VIRTUAL_ENV, CONDA_PREFIX].filter(
    (prefix) => prefix !== undefined && prefix !== ""
  ) as Array<string>
  const sites = [
    ...prefixes.flatMap(sitesUnder),
    ...["python3", "python"].flatMap(onPath).flatMap(sitesOf),
    ...sitesUnder(join(home, ".local")),
    ...["/usr/local", "/usr", "/opt/conda"].flatMap(sitesUnder),
    "/usr/lib/python3/dist-packages",
    ...[".venv", "venv"].flatMap((name) => sitesUnder(resolve(name))),
    join(XDG_CACHE_HOME || join(home, ".cache"), "libtensorflow")
  ]
  return [...new Set(sites.map((site) => join(site, "tensorflow")))]
}

/** The first of these folders that can be linked with. */
export function findTensorFlow(places: ReadonlyArray<string>): TensorFlow | undefined {
  const folder = places.find((place) => missingIn(place).length === 0)
  return folder === undefined ? undefined : describe(folder)
}
