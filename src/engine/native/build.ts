/**
 * Builds the native kernels and tests them: in the background when a training first could use them (start.ts), or in
 * `pipeline doctor`. Trainings are computed by WASM until they are there, and if they never are.
 */
import { execFile } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { availableParallelism, setPriority } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { compileKernels } from "../wasm/compile.ts"
import { type Compiler, compile, findCompiler, NoCompiler } from "./compiler.ts"
import { type Built, folder, headers, type Standing, sources, standing, statePath, type Width } from "./places.ts"
import { translate } from "./translate.mjs"

const run = promisify(execFile)

/** Nobody builds longer. */
const PATIENCE_MS = 180_000

/** Several processes may want a build at once: one makes it, the others wait until it is there. */
export async function build(more: ReadonlyArray<string> = []): Promise<Standing> {
  mkdirSync(dirname(folder()), { recursive: true })
  const lock = `${folder()}.lock`
  for (;;) {
    try {
      writeFileSync(lock, "", { flag: "wx" })
      break
    } catch {
      if (standing().is !== "missing") return standing()
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > PATIENCE_MS)
        rmSync(lock, { force: true })
      else await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const alive = setInterval(() => utimesSync(lock, new Date(), new Date()), 5000)
  try {
    return standing().is === "missing" ? await make(more) : standing()
  } finally {
    clearInterval(alive)
    rmSync(lock, { force: true })
  }
}

async function make(more: ReadonlyArray<string>): Promise<Standing> {
  const begin = performance.now()
  const work = `${folder()}.${process.pid}`
  mkdirSync(work, { recursive: true })
  let found: Standing
  try {
    await compileKernels(
      [{ module: new URL("../wasm/engine.ts", import.meta.url), role: "training", numericClass: "wasm-f32" }],
      () => {}
    )
    const compiler = await findCompiler()
    const built = await compileAll(compiler, work, more)
    found = { is: "built", ...built, seconds: Math.round(performance.now() - begin) / 1000 }
  } catch (error) {
    const remedy = error instanceof NoCompiler ? error.remedy : "`pipeline doctor` tries again."
    found = { is: "failed", reason: error instanceof Error ? error.message.split("\n")[0] : String(error), remedy }
  }
  // Paths in the state are those of the folder, whose name it has when it is whole.
  writeFileSync(join(work, "state.json"), `${JSON.stringify(found, null, 2)}\n`)
  rmSync(folder(), { recursive: true, force: true })
  renameSync(work, folder())
  forgetOld()
  return found
}

/** Widest first, as many at once as there are processors. */
async function compileAll(
  compiler: Compiler,
  work: string,
  more: ReadonlyArray<string>
): Promise<Omit<Built, "seconds">> {
  const source = join(work, "train-f32.c")
  writeFileSync(
    source,
    translate("train", (name) => readFileSync(join(sources, name), "utf8"), "f32")
  )
  const works: Partial<Record<Width, string>> = {}
  const refused: Partial<Record<Width, string>> = {}
  const queue = [...compiler.widths].sort((a, b) => b - a)
  const next = async () => {
    for (let width = queue.shift(); width !== undefined; width = queue.shift()) {
      const name = `train-f32-${width}.node`
      try {
        await compile(compiler, width, { source, addon: join(work, name), headers, more })
        await test(join(work, name))
        works[width] = name
      } catch (error) {
        refused[width] = reasonOf(error)
      }
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, next))
  return { compiler: compiler.name, works, refused }
}

/** Compares an addon's bits with those of WASM, in a process of its own: it may crash. */
const test = (addon: string) =>
  run(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL("./self-test.ts", import.meta.url)), addon],
    {
      timeout: 600_000
    }
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
function forgetOld(): void {
  const parent = dirname(folder())
  for (const name of readdirSync(parent)) {
    const path = join(parent, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat !== undefined && Date.now() - stat.mtimeMs > 30 * 86_400_000)
      rmSync(path, { recursive: true, force: true })
  }
}

/** As if there had been none. */
export function rebuild(): Promise<Standing> {
  rmSync(statePath(), { force: true })
  return build()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setPriority(10)
  await build()
}
