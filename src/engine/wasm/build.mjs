/**
 * Compiles the kernels, in `npm install` and whenever their sources changed: `node src/engine/wasm/build.mjs`.
 *
 * Plain JavaScript, because npm runs it with whatever Node the system has. A module is compiled again if the digest
 * of its sources and of its options, which stands in build/digests.json, is another; the same sources give the same
 * bytes. Where nothing has to be compiled, nothing has to be written: an installation may be read-only.
 */
import { createHash } from "node:crypto"
import { once } from "node:events"
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { availableParallelism } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parentPort, Worker, workerData } from "node:worker_threads"

const here = dirname(fileURLToPath(import.meta.url))
const sources = join(here, "kernels")
const build = join(here, "build")
const record = join(build, "digests.json")

/** Name of a module → its entry and what the kernels want to know (kernels/real.ts). */
const modules = {}
for (const [entry, reals] of Object.entries({
  train: ["f32", "f64"],
  analysis: ["f32", "f64"],
  "second-order": ["f64"]
}))
  for (const real of reals) {
    const integer = real === "f32" ? "i32" : "i64"
    modules[`${entry}-${real}`] = { entry, real, integer, fused: 1 }
    modules[`${entry}-${real}-plain`] = { entry, real, integer, fused: 0 }
  }

const options = ({ entry, real, integer, fused }) => [
  `${entry}.ts`,
  ...["--use", `real=${real}`, "--use", `integer=${integer}`, "--use", `FUSED=${fused}`, "--use", "abort="],
  ...["-O2", "--runtime", "stub", "--noAssert", "--initialMemory", "1", "--maximumMemory", "65536"],
  ...["--enable", "simd", ...(fused ? ["--enable", "relaxed-simd"] : [])],
  // Vectors pass only between kernels; addresses have 32 bits.
  ...["--disableWarning", "112", "--disableWarning", "201"]
]

/** The files that an entry reaches through its imports, in order of name. */
function reached(entry) {
  const found = new Map()
  const visit = (name) => {
    if (found.has(name)) return
    const text = readFileSync(join(sources, name), "utf8")
    found.set(name, text)
    for (const [, path] of text.matchAll(/from "\.\/([\w-]+)"/g)) visit(`${path}.ts`)
  }
  visit(`${entry}.ts`)
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** True if nothing was written since the record was last confirmed: an answer in a millisecond, at every start. */
function untouched() {
  if (!existsSync(record)) return false
  const confirmed = statSync(record).mtimeMs
  const inputs = [
    fileURLToPath(import.meta.url),
    join(here, "../../../package.json"),
    sources,
    ...readdirSync(sources).map((name) => join(sources, name))
  ]
  const built = Object.keys(modules).map((name) => join(build, `${name}.wasm`))
  return inputs.every((path) => statSync(path).ctimeMs < confirmed) && built.every(existsSync)
}

const findCompiler = () => import.meta.resolve("assemblyscript/asc")

/** Compiles one module, in a thread of its own. */
async function compile(name) {
  const asc = (await import(findCompiler())).default
  let bytes
  const { error, stderr } = await asc.main([...options(modules[name]), "--outFile", "module.wasm"], {
    readFile: (path) => (readdirSync(sources).includes(path) ? readFileSync(join(sources, path), "utf8") : null),
    writeFile: (_, contents) => {
      bytes = contents
    },
    listFiles: () => []
  })
  if (error) throw new Error(`The kernel module ${name} does not compile:\n${stderr}`)
  return bytes
}

/** Writes a file so that nobody ever sees half of it. */
function write(path, contents, time = new Date()) {
  writeFileSync(`${path}.${process.pid}`, contents)
  utimesSync(`${path}.${process.pid}`, time, time)
  renameSync(`${path}.${process.pid}`, path)
}

/** Compiles what is stale, as many modules at once as there are processors. */
async function compileStale() {
  const began = new Date() // what is written from now on may not be in it
  const { version } = JSON.parse(readFileSync(new URL("../package.json", findCompiler()), "utf8"))
  const digestOf = (module) =>
    createHash("sha256")
      .update(JSON.stringify([version, options(module), reached(module.entry)]))
      .digest("hex")
  const known = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : {}
  const current = Object.fromEntries(Object.entries(modules).map(([name, module]) => [name, digestOf(module)]))
  const queue = Object.keys(modules).filter(
    (name) => known[name] !== current[name] || !existsSync(join(build, `${name}.wasm`))
  )
  if (queue.length === 0) return confirm(began)
  mkdirSync(build, { recursive: true })
  accessSync(build, constants.W_OK)
  process.stderr.write("compiling the kernels (once after each change of theirs)…\n")
  const next = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const worker = new Worker(new URL(import.meta.url), { workerData: { module: name } })
      const [bytes] = await once(worker, "message")
      write(join(build, `${name}.wasm`), bytes)
      known[name] = current[name]
      // Not confirmed before all are done: what is interrupted goes on the next time.
      write(record, `${JSON.stringify(known, Object.keys(known).sort(), 2)}\n`, new Date(0))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, next))
  confirm(began)
}

/** The codes of systems that do not let this user write here. */
const LOCKED = ["EROFS", "EACCES", "EPERM"]

/** Notes when the record was true. Where that cannot be noted, the sources are read again at each start. */
function confirm(time) {
  try {
    utimesSync(record, time, time)
  } catch (error) {
    if (!LOCKED.includes(error.code)) throw error
  }
}

if (workerData?.module !== undefined) parentPort.postMessage(await compile(workerData.module))
else if (!untouched()) {
  try {
    await compileStale()
  } catch (error) {
    const problem = LOCKED.includes(error.code)
      ? `the kernels have to be compiled, as their sources in ${sources} are newer than what was built of them, and ${build} cannot be written. Run \`node ${fileURLToPath(import.meta.url)}\` once as somebody who may write there.`
      : error.message
    process.stderr.write(`pipeline: ${problem}\n`)
    process.exit(1)
  }
}
