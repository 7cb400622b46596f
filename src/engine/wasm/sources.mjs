/**
 * The kernels' modules: what each is compiled of, and what is known of it before it is compiled. Plain JavaScript: npm runs
 * the build with whatever Node the system has.
 *
 * kernels.json, in git, names for each module the digest of its sources and that of what they compile to: the same
 * sources give the same bytes. So keys are known in a fresh clone, and a module is compiled when it is first needed.
 */
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const here = dirname(fileURLToPath(import.meta.url))
export const sources = join(here, "kernels")
export const build = join(here, "build")
const known = join(here, "kernels.json")

export const wasmPath = (name) => join(build, `${name}.wasm`)
/** Beside a module, or in place of one that is not compiled yet: the digest of its bytes, for keys (src/cache/code.ts). */
export const promisePath = (name) => `${wasmPath(name)}.sha256`

/** Files that other ones stand for in modules of an entry: what is imported → what is compiled. */
const STAND_INS = { "train-standard": { "gather.ts": "standard-gather.ts", "plain-gather.ts": "gather.ts" } }

/** Name of a module → its entry and what the kernels want to know (kernels/real.ts). */
const modules = {}
for (const [entry, reals] of Object.entries({
  train: ["f32", "f64"],
  analysis: ["f32", "f64"],
  "second-order": ["f64"],
  "train-standard": ["f32"]
}))
  for (const real of reals) {
    const integer = real === "f32" ? "i32" : "i64"
    modules[`${entry}-${real}`] = { entry, real, integer, fused: 1 }
    modules[`${entry}-${real}-plain`] = { entry, real, integer, fused: 0 }
  }

export const names = Object.keys(modules)

const optionsOf = ({ entry, real, integer, fused }) => [
  `${entry}.ts`,
  ...["--use", `real=${real}`, "--use", `integer=${integer}`, "--use", `FUSED=${fused}`, "--use", "abort="],
  ...["--use", "BLOCKS=1", "--use", "NATIVE=0", "--use", "COLUMNS=2", "--use", "MANY_REGISTERS=0"],
  ...["-O2", "--runtime", "stub", "--noAssert", "--initialMemory", "1", "--maximumMemory", "65536"],
  ...["--enable", "simd", ...(fused ? ["--enable", "relaxed-simd"] : [])],
  // Vectors pass only between kernels; addresses have 32 bits.
  ...["--disableWarning", "112", "--disableWarning", "201"]
]

/** The compiler's options for a module. */
export const options = (name) => optionsOf(modules[name])

/** The file that is compiled where an entry imports one. */
const fileOf = (entry, path) => STAND_INS[entry]?.[path] ?? path

/** The text of a source as a module of an entry has it; undefined if there is none. */
function sourceOf(entry, path) {
  const file = fileOf(entry, path)
  return readdirSync(sources).includes(file) ? readFileSync(join(sources, file), "utf8") : undefined
}

/** The same for a module, by its name. */
export const readSource = (name, path) => sourceOf(modules[name].entry, path)

/** A module's entry and the type of its numbers, and the file that it has where it imports one. */
export const describe = (name) => {
  const { entry, real } = modules[name]
  return { entry, real, fileOf: (path) => fileOf(entry, path) }
}

/** The files that an entry reaches through its imports, in order of name. */
function reached(entry) {
  const found = new Map()
  const visit = (name) => {
    if (found.has(name)) return
    const text = sourceOf(entry, name)
    found.set(name, text)
    for (const [, path] of text.matchAll(/from "\.\/([\w-]+)"/g)) visit(`${path}.ts`)
  }
  visit(`${entry}.ts`)
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1))
}

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex")

export const findCompiler = () => import.meta.resolve("assemblyscript/asc")

/** Name → digest of the sources, the options and the compiler's version. */
export function digestsOfSources() {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", findCompiler()), "utf8"))
  return Object.fromEntries(
    names.map((name) => [name, sha256(JSON.stringify([version, options(name), reached(modules[name].entry)]))])
  )
}

/** Name → { sources, wasm }, the digests of kernels.json. */
export const readKnown = () => (existsSync(known) ? JSON.parse(readFileSync(known, "utf8")) : {})

/** Notes what a module compiles to. */
export function note(name, digests) {
  const all = Object.entries({ ...readKnown(), [name]: digests }).filter(([name]) => name in modules)
  write(known, `${JSON.stringify(Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`)
}

/** Whether a module is there with these bytes. */
export const isBuilt = (name, wasm) => existsSync(wasmPath(name)) && sha256(readFileSync(wasmPath(name))) === wasm

/** Writes a file so that nobody ever sees half of it. */
export function write(path, contents) {
  writeFileSync(`${path}.${process.pid}`, contents)
  renameSync(`${path}.${process.pid}`, path)
}

/** The codes of systems that do not let this user write here. */
export const LOCKED = ["EROFS", "EACCES", "EPERM"]

/** Everything that a module depends on. */
export const inputs = () => [
  ...["sources.mjs", "build.mjs", "kernels.json"].map((name) => join(here, name)),
  join(here, "../../../package.json"),
  sources,
  ...readdirSync(sources).map((name) => join(sources, name))
]
