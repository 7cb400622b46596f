/**
 * Where native kernels lie and how they stand: a folder for these sources and this processor in the user's cache folder, so
 * that checkouts share it, and in it one for each module. Nothing of it is in any key: the kernels give the bits of the WASM
 * modules, or are not used.
 */
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { cpus, homedir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** Blocks side by side: vectors of 128, 256, 512 bits. */
export const WIDTHS = [1, 2, 4] as const
export type Width = (typeof WIDTHS)[number]

/** The modules that are built, by the names of their WASM modules; each when it is first needed. */
export const MODULES = [
  ...["train-f32", "train-f64", "second-order-f64", "analysis-f32", "analysis-f64", "train-standard-f32"]
] as const
export type Module = (typeof MODULES)[number]

export const isModule = (name: string): name is Module => MODULES.some((module) => module === name)

/** What a build left behind so far: of each width, the addon's name, or why it is not used. */
export interface Built {
  readonly compiler: string
  readonly seconds: number // of the build and of the test
  /** Whether all widths have been built; those that are ready serve before that. */
  readonly whole: boolean
  readonly works: Readonly<Partial<Record<Width, string>>>
  readonly refused: Readonly<Partial<Record<Width, string>>>
}

/** How native kernels stand here. */
export type Standing =
  | { readonly is: "off" } // by $PIPELINE_NATIVE
  | { readonly is: "missing" } // not built
  | { readonly is: "failed"; readonly reason: string; readonly remedy: string }
  | ({ readonly is: "built" } & Built)

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
export const sources = here("../wasm/kernels")
export const headers = here("./c")

/** What the processor is and can do, as the system tells it. */
function processor(): string {
  try {
    const told = readFileSync("/proc/cpuinfo", "utf8")
    return ["model name", "flags", "CPU part", "Features"]
      .flatMap((name) => new RegExp(`^${name}\\s*:.*`, "m").exec(told) ?? [])
      .join("\n")
  } catch {
    return cpus()[0]?.model ?? "unknown"
  }
}

let named: string | undefined

/** `native/DIGEST/MODULE` in the user's cache folder: of what is compiled, how, and what for. */
export function folder(module: Module): string {
  if (named === undefined) {
    const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n${processor()}\n`)
    const texts = (of: string) =>
      readdirSync(of)
        .sort()
        .map((name) => join(of, name))
    const ways = ["./translate.mjs", "./compiler.ts", "../wasm/sources.mjs"].map(here)
    for (const path of [...texts(sources), ...texts(headers), ...ways]) hash.update(readFileSync(path))
    named = hash.digest("hex").slice(0, 20)
  }
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache")
  return join(caches, "pipeline", "native", named, module)
}

export const statePath = (module: Module) => join(folder(module), "state.json")

/** Whether $PIPELINE_NATIVE says that only WASM is to be used. */
export const isOff = () => process.env.PIPELINE_NATIVE === "off"

export function standing(module: Module): Standing {
  if (isOff()) return { is: "off" }
  try {
    const found: unknown = JSON.parse(readFileSync(statePath(module), "utf8"))
    if (isStanding(found)) return found
  } catch {
    // There is none, or half of one.
  }
  return { is: "missing" }
}

/** Whether there is anything to build. */
export const isSettled = (standing: Standing) =>
  standing.is !== "missing" && (standing.is !== "built" || standing.whole)

const isStanding = (value: unknown): value is Standing =>
  typeof value === "object" && value !== null && "is" in value && (value.is === "failed" || value.is === "built")
