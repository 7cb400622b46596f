/**
 * Builds native kernels and tests them, module by module: in the background when one could first be used (start.ts), or in
 * `pipeline doctor`. WASM computes until they are there, and if they never are.
 */
import { execFile } from "node:child_process"
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { availableParallelism, setPriority } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { compileModules } from "../wasm/compile.ts"
import { describe, readSource } from "../wasm/sources.mjs"
import { type Compiler, compile, findCompiler, NoCompiler } from "./compiler.ts"
import {
  type Built,
  folder,
  headers,
  isModule,
  isSettled,
  type Module,
  type Standing,
  standing,
  statePath,
  type Width
} from "./places.ts"
import { translate } from "./translate.mjs"

const run = promisify(execFile)

/** Nobody builds longer. */
const PATIENCE_MS = 180_000

/** Several processes may want a build at once: one makes it, the others wait until it is there. */
export async function build(module: Module): Promise<Standing> {
  mkdirSync(folder(module), { recursive: true })
  const lock = `${folder(module)}.lock`
  for (;;) {
    try {
      writeFileSync(lock, "", { flag: "wx" })
      break
    } catch {
      if (isSettled(standing(module))) return standing(module)
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > PATIENCE_MS)
        rmSync(lock, { force: true })
      else await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const alive = setInterval(() => utimesSync(lock, new Date(), new Date()), 5000)
  try {
    if (!isSettled(standing(module))) await make(module)
    return standing(module)
  } finally {
    clearInterval(alive)
    rmSync(lock, { force: true })
  }
}

async function make(module: Module): Promise<void> {
  try {
    await compileModules([module], () => {}) // what its bits are compared with
    await compileAll(await findCompiler(), module)
  } catch (error) {
    const remedy = error instanceof NoCompiler ? error.remedy : "`pipeline doctor` tries again."
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error)
    note(module, { is: "failed", reason, remedy })
  }
  forgetOld(dirname(dirname(folder(module))))
}

function note(module: Module, state: Standing): void {
  put(statePath(module), (path) => writeFileSync(path, `${JSON.stringify(state, null, 2)}\n`))
}

/** Nobody ever sees half of a file. */
function put(path: string, write: (path: string) => void): void {
  write(`${path}.${process.pid}`)
  renameSync(`${path}.${process.pid}`, path)
}

/** A module's C text. */
export function sourceOf(module: Module): string {
  const { entry, real, fileOf } = describe(module)
  const textOf = (path: string) => {
    const text = readSource(module, path)
    if (text === undefined) throw new Error(`the kernels have no ${path}`)
    return text
  }
  return translate(entry, textOf, real, fileOf)
}

/**
 * The widths that a module is built for, those first that promise most: 256 bits, which no processor that has them is slower
 * with. Single blocks are for trainings by small batches; of an analysis a group has the size that it has in WASM.
 */
export function widthsFor(module: Module, { widths }: Pick<Compiler, "widths">): ReadonlyArray<Width> {
  if (module.startsWith("analysis")) return [1]
  const wide = ([2, 4] as const).filter((width) => widths.includes(width))
  return wide.length === 0 || module.endsWith("f32") ? [...wide, 1] : wide
}

/** As many at once as there are processors; each serves as soon as it has passed. */
async function compileAll(compiler: Compiler, module: Module): Promise<void> {
  const begin = performance.now()
  const source = join(folder(module), `${module}.c`)
  writeFileSync(source, sourceOf(module))
  const works: Partial<Record<Width, string>> = {}
  const refused: Partial<Record<Width, string>> = {}
  const queue = [...widthsFor(module, compiler)]
  const told = (whole: boolean): Built => {
    const seconds = Math.round(performance.now() - begin) / 1000
    return { compiler: compiler.name, seconds, whole, works: { ...works }, refused: { ...refused } }
  }
  const next = async () => {
    for (let width = queue.shift(); width !== undefined; width = queue.shift()) {
      const addon = join(folder(module), `${width}.${process.pid}.node`)
      try {
        await compile(compiler, width, { source, addon, headers })
        await test(module, addon)
        renameSync(addon, join(folder(module), `${width}.node`))
        works[width] = `${width}.node`
        note(module, { is: "built", ...told(false) })
      } catch (error) {
        rmSync(addon, { force: true })
        refused[width] = reasonOf(error)
      }
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, next))
  note(module, { is: "built", ...told(true) })
}

/** Compares an addon's bits with those of WASM, in a process of its own: it may crash. */
const test = (module: Module, addon: string) =>
  run(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      fileURLToPath(new URL("./self-test.ts", import.meta.url)),
      ...[module, addon]
    ],
    { timeout: 600_000 }
  )

function reasonOf(error: unknown): string {
  const { signal, stderr, message } = error as { signal?: string; stderr?: string; message: string }
  if (signal) return `it ended with ${signal}`
  return (
    stderr
      ?.trim()
      .split("\n")
      .find((line) => /error|differ/i.test(line)) ?? message.split("\n")[0]
  ).slice(0, 300)
}

/** Folders of other sources and processors, once nobody has built there for a month. */
function forgetOld(parent: string): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat !== undefined && Date.now() - stat.mtimeMs > 30 * 86_400_000)
      rmSync(path, { recursive: true, force: true })
  }
}

/** As if there had been none. */
export function rebuild(module: Module): Promise<Standing> {
  rmSync(statePath(module), { force: true })
  return build(module)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setPriority(10)
  for (const name of process.argv.slice(2)) if (isModule(name)) await build(name)
}
