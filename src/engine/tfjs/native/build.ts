/**
 * Builds the native addon of @tensorflow/tfjs-node-gpu against a TensorFlow of this machine.
 *
 * Its source, which the npm package brings along, uses TensorFlow's C API and Node-API alone, and both keep: compiled as
 * it is, it works with the TensorFlow and the CUDA of today (checked with TensorFlow 2.21 on Node 24).
 */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, resolve } from "node:path"
import { buildFolder, PACKAGE, packageFolder } from "./places.ts"
import { findTensorFlow, LIBRARIES, missingIn, sitesOf, type TensorFlow, usualPlaces } from "./tensorflow.ts"

/** The addon cannot be built or does not work; the message says what is missing and what to do. */
export class BuildFailed extends Error {
  readonly _tag = "BuildFailed"
}

export interface BuildOptions {
  /** A folder `tensorflow`. */
  readonly tensorflow?: string | undefined
  /** A Python in whose packages TensorFlow is. */
  readonly python?: string | undefined
  readonly tell: (line: string) => void
}

/** Builds, checks with `check` and puts in place. Gives the addon's path. Throws `BuildFailed`. */
export async function buildAddon(
  { tensorflow, python, tell }: BuildOptions,
  check: (addon: string) => Promise<string>
): Promise<string> {
  if (process.platform !== "linux") {
    throw new BuildFailed(
      `building the addon has been tried on Linux alone; this is ${process.platform}. The other engines work here: \`pipeline doctor\``
    )
  }
  const source = packageFolder()
  if (source === undefined) {
    throw new BuildFailed(
      `the package ${PACKAGE}, which has the addon's source, is not installed: run \`pipeline doctor --install\``
    )
  }
  const library = whichTensorFlow(tensorflow, python)
  tell(`TensorFlow    ${library.folder}${library.version === undefined ? "" : ` (${library.version})`}`)
  const compiler = whichCompiler()
  tell(`compiler      ${compiler}`)
  const headers = whichHeaders()

  const folder = buildFolder()
  mkdirSync(folder, { recursive: true })
  const work = mkdtempSync(join(folder, "build-"))
  try {
    const addon = join(work, "tfjs_binding.node")
    tell("compiling     about 15 s")
    const { status, stderr, error } = spawnSync(
      compiler,
      [
        ...["-O2", "-w", "-shared", "-fPIC", "-std=c++17", "-DNAPI_VERSION=8"],
        ...[headers, join(library.folder, "include"), source].map((path) => `-I${path}`),
        ...["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => join(source, "binding", file)),
        ...["-o", addon, `-L${library.folder}`, ...LIBRARIES.map((name) => `-l:${name}`)],
        `-Wl,-rpath,${library.folder}`
      ],
      { encoding: "utf8" }
    )
    if (status !== 0) {
      const log = join(folder, "build.log")
      writeFileSync(log, error === undefined ? stderr : `${error.message}\n${stderr ?? ""}`)
      const first = /error: (.*)/.exec(stderr ?? "")?.[1] ?? error?.message ?? "see the log"
      throw new BuildFailed(`${compiler} fails: ${first}\n  log: ${log}`)
    }
    tell(`checking      ${await check(addon)}`)
    const path = join(folder, "tfjs_binding.node")
    renameSync(addon, path)
    writeFileSync(
      join(folder, "built.json"),
      `${JSON.stringify({ tensorflow: library, compiler, node: process.version })}\n`
    )
    return path
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function whichTensorFlow(named: string | undefined, python: string | undefined): TensorFlow {
  if (named !== undefined) {
    const inside = missingIn(resolve(named, "tensorflow")).length === 0
    const folder = inside ? resolve(named, "tensorflow") : resolve(named)
    const missing = missingIn(folder)
    if (missing.length === 0) return findTensorFlow([folder])!
    throw new BuildFailed(
      `${folder} has no ${missing.join(", no ")}: expected the folder \`tensorflow\` in the site-packages of a \`pip install tensorflow\` (2.x)`
    )
  }
  if (python !== undefined) {
    const path = python.includes("/") ? resolve(python) : whichProgram(python)
    if (path === undefined || !existsSync(path)) throw new BuildFailed(`there is no Python at ${python}`)
    const places = sitesOf(path).map((site) => join(site, "tensorflow"))
    const found = findTensorFlow(places)
    if (found !== undefined) return found
    throw new BuildFailed(
      `the Python ${path} has no TensorFlow in ${places.map(dirname).join(", ") || "any site-packages"}: run \`${path} -m pip install tensorflow\` (with a GPU: 'tensorflow[and-cuda]'), or name its folder with --tensorflow DIR`
    )
  }
  const found = findTensorFlow(usualPlaces())
  if (found !== undefined) return found
  throw new BuildFailed(
    "no TensorFlow was found on this machine: run `python3 -m venv ~/tensorflow && ~/tensorflow/bin/pip install tensorflow` (with a GPU: 'tensorflow[and-cuda]') and then `pipeline tfjs build --python ~/tensorflow/bin/python3`; one that is elsewhere is named by --tensorflow DIR or --python PYTHON"
  )
}

function whichProgram(name: string): string | undefined {
  try {
    return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() || undefined
  } catch {
    return undefined
  }
}

function whichCompiler(): string {
  const named = process.env.CXX
  const found = (named === undefined || named === "" ? ["g++", "clang++", "c++"] : [named]).find(whichProgram)
  if (found !== undefined) return found
  throw new BuildFailed(
    named
      ? `$CXX names the compiler ${named}, which is not there`
      : "there is no C++ compiler (g++, clang++): run `apt-get install g++`, `dnf install gcc-c++` or the like"
  )
}

/** Node-API's headers, which every Node since 8.6 agrees on: of the npm package, or of this Node's own folder. */
function whichHeaders(): string {
  const prefix = dirname(dirname(process.execPath))
  const places = [fromHere("node-api-headers/package.json"), join(prefix, "include", "node"), "/usr/include/node"]
  const found = places.find((place) => existsSync(join(place, "node_api.h")))
  if (found !== undefined) return found
  throw new BuildFailed("Node's headers (node_api.h) are not there: run `pipeline doctor --install`")
}

/** The folder `include` of a package. */
function fromHere(manifest: string): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(manifest)), "include")
  } catch {
    return ""
  }
}
