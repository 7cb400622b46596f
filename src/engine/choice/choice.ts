/**
 * The engine `auto`: for each shape of network the engine that trains it fastest on this machine. Measured once, in a
 * process of its own, and remembered in the user's cache folder, outside of every project: a choice is made before any
 * key, which then names the engine itself. Both ends of the family, sequential and parallel, share one choice, so that
 * a pair never mixes engines.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs"
import { availableParallelism, cpus, homedir, hostname } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { replaceFile } from "../../cache/out-file.ts"
import { named, number, parse, record, text } from "../../data/json.ts"
import type { Network } from "../../network/network.ts"
import { descriptorOf, ENGINES, type EngineName } from "../engines.ts"
import { missingPackages, needPackages } from "../packages.ts"
import { addonPath } from "../tfjs/native/places.ts"
import { EngineUnavailable } from "../unavailable.ts"

/** What a choice depends on; of depth and activation it does not. */
export type Shape = Pick<
  Network,
  "channels" | "height" | "width" | "classes" | "layers" | "filters" | "kernel" | "residual"
> & { readonly batch: number }

/** Images per second of this machine, by engine, all its processors or GPUs at work; only of engines that work. */
export type Rates = Readonly<Partial<Record<EngineName, number>>>

/** What is remembered: rates by shape, for one state of the machine. */
export interface Memory {
  readonly machine: string
  readonly rates: Readonly<Record<string, Rates>>
}

export const memoryPath = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pipeline", "engines.json")

export const shapeName = ({ channels, height, width, classes, layers, filters, kernel, residual, batch }: Shape) =>
  `${height}×${width}×${channels}→${classes} layers=${layers} filters=${filters} kernel=${kernel} batch=${batch}${residual ? "" : " residual=false"}`

const contenders = ENGINES.map(descriptorOf).filter(({ contends }) => contends)

/** Where Linux shows a GPU; other systems have one. */
const seesGpu = () => process.platform !== "linux" || ["/dev/dri", "/dev/nvidiactl", "/dev/dxg"].some(existsSync)

/** Installs the engines that may be faster than the kernels here; without npm the choice is among those that are there. */
function needContenders(): void {
  const promising = contenders.filter(({ needs, device }) =>
    needs === "TensorFlow" ? addonPath() !== undefined : device === "gpu" && seesGpu()
  )
  try {
    needPackages(promising)
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error
    process.stderr.write(`engine auto: goes on without ${error.engine}: ${error.reason}\n`)
  }
}

/** The state of the machine: anything here that changes may change which engine is fastest. */
function machineName(): string {
  const addon = addonPath()
  let built = "none"
  try {
    if (addon !== undefined) built = `${addon} ${statSync(addon).mtimeMs}`
  } catch {}
  const { CUDA_VISIBLE_DEVICES: gpus = "all" } = process.env
  const absent = contenders.filter((engine) => missingPackages(engine).length > 0).map(({ name }) => name)
  return [
    ...[hostname(), cpus()[0]?.model, availableParallelism(), process.version],
    ...[`GPUs ${gpus}`, `addon ${built}`, `not installed ${absent.join(" ") || "none"}`]
  ].join(", ")
}

export function readMemory(): Memory {
  const machine = machineName()
  try {
    const memory = parse(readFileSync(memoryPath()), record({ machine: text, rates: named(named(number)) }))
    if (memory.machine === machine) return memory
  } catch {} // not there, or not to be read: measured again
  return { machine, rates: {} }
}

export function writeMemory(memory: Memory): void {
  const path = memoryPath()
  mkdirSync(dirname(path), { recursive: true })
  replaceFile(path, JSON.stringify(memory))
}

/** The fastest engine for each of the shapes; measures those that are new, and says on stderr what it chose. */
export function fastest(shapes: ReadonlyArray<Shape>): ReadonlyMap<string, EngineName> {
  needContenders()
  let memory = readMemory()
  const unknown = shapes.filter((shape) => memory.rates[shapeName(shape)] === undefined)
  if (unknown.length > 0) {
    const measure = fileURLToPath(new URL("./measure.ts", import.meta.url))
    const { status, signal } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", measure], {
      input: JSON.stringify(unknown),
      stdio: ["pipe", "ignore", "inherit"]
    })
    if (status !== 0) {
      const how = signal === null ? `exit code ${status}` : `the signal ${signal}`
      throw new EngineUnavailable(
        "auto",
        `measuring the engines ended with ${how}`,
        "`pipeline doctor` tries each of them."
      )
    }
    memory = readMemory()
  }
  const chosen = new Map(shapes.map((shape) => [shapeName(shape), best(memory.rates[shapeName(shape)] ?? {})]))
  tell(chosen)
  return chosen
}

/** The first of equals in the order of `ENGINES`; the first of all where nothing was measured. */
const best = (rates: Rates): EngineName =>
  ENGINES.reduce<EngineName>(
    (found, engine) => ((rates[engine] ?? 0) > (rates[found] ?? 0) ? engine : found),
    ENGINES[0]
  )

const told = new Set<string>()

function tell(chosen: ReadonlyMap<string, EngineName>): void {
  const fresh = [...chosen].filter(([shape]) => !told.has(shape))
  if (fresh.length === 0) return
  for (const [shape] of fresh) told.add(shape)
  const lines = ENGINES.flatMap((engine) => {
    const shapes = fresh.filter(([, name]) => name === engine).map(([shape]) => shape)
    if (shapes.length === 0) return []
    const which = shapes.length > 3 ? `${shapes.length} shapes of networks` : shapes.join("; ")
    return [`engine auto: ${engine} for ${which}`]
  })
  process.stderr.write(`${lines.join("\n")}\n(measured on this machine, kept in ${memoryPath()})\n`)
}
