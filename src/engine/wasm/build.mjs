/**
 * Compiles kernels: `node src/engine/wasm/build.mjs [NAME…]`, all that are not built where no name is given. A training
 * or an analysis that needs one has it compiled (modules.ts).
 *
 * What was compiled of sources that kernels.json does not know is noted there, to be committed with them.
 */
import { once } from "node:events"
import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parentPort, Worker, workerData } from "node:worker_threads"
import { announce } from "./announce.mjs"
import {
  build,
  digestsOfSources,
  findCompiler,
  isBuilt,
  LOCKED,
  names,
  note,
  options,
  promisePath,
  readKnown,
  readSource,
  sha256,
  wasmPath,
  write
} from "./sources.mjs"

/** Compiles one module. */
async function compile(name) {
  const asc = (await import(findCompiler())).default
  let bytes
  const { error, stderr } = await asc.main([...options(name), "--outFile", "module.wasm"], {
    readFile: (path) => readSource(name, path) ?? null,
    writeFile: (_, contents) => {
      bytes = contents
    },
    listFiles: () => []
  })
  if (error) throw new Error(`The kernel module ${name} does not compile:\n${stderr}`)
  return bytes
}

/** Compiles a module in a thread of its own and puts it in place. */
async function make(name, digest) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { module: name } })
  const [bytes] = await once(worker, "message")
  const wasm = sha256(bytes)
  const { [name]: promised } = readKnown()
  if (promised?.sources !== digest) note(name, { sources: digest, wasm })
  else if (promised.wasm !== wasm)
    throw new Error(
      `The kernel module ${name} compiles to other bytes here than kernels.json says; keys would be wrong.`
    )
  write(promisePath(name), wasm)
  write(wasmPath(name), bytes)
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 100))

/** How long a module may take on a slow machine. */
const PATIENCE_MS = 300_000

/** Several processes may need a module at once: one compiles it, the others wait. */
async function alone(name, use) {
  const lock = join(build, `${name}.lock`)
  const begin = Date.now()
  const holderLives = () => {
    try {
      process.kill(Number(readFileSync(lock, "utf8")) || process.pid, 0)
      return true
    } catch (error) {
      return error.code === "EPERM"
    }
  }
  while (true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" })
      break
    } catch (error) {
      if (error.code !== "EEXIST") throw error
    }
    if (!holderLives() || Date.now() - begin > PATIENCE_MS) rmSync(lock, { force: true })
    else await pause()
  }
  try {
    await use()
  } finally {
    rmSync(lock, { force: true })
  }
}

async function compileMissing(asked) {
  const digests = digestsOfSources()
  const isThere = (name) => {
    const { sources, wasm } = readKnown()[name] ?? {}
    return sources === digests[name] && isBuilt(name, wasm)
  }
  const queue = asked.filter((name) => !isThere(name))
  if (queue.length === 0) return
  mkdirSync(build, { recursive: true })
  accessSync(build, constants.W_OK)
  process.stderr.write(`compiling ${queue.length === 1 ? `the kernels ${queue[0]}` : "the kernels"} (once)…\n`)
  const next = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const one = name
      await alone(one, async () => {
        if (!isThere(one)) await make(one, digests[one])
      })
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, next))
}

if (workerData?.module !== undefined) parentPort.postMessage(await compile(workerData.module))
else {
  try {
    const asked = process.argv.slice(2)
    const unknown = asked.find((name) => !names.includes(name))
    if (unknown !== undefined) throw new Error(`there is no kernel module ${unknown}; there are ${names.join(", ")}`)
    await compileMissing(asked.length > 0 ? asked : names)
    announce()
  } catch (error) {
    const problem = LOCKED.includes(error.code)
      ? `the kernels have to be compiled, and ${build} cannot be written. Run \`node ${fileURLToPath(import.meta.url)}\` once as somebody who may write there.`
      : error.message
    process.stderr.write(`pipeline: ${problem}\n`)
    process.exit(1)
  }
}
