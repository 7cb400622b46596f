/**
 * pipeline/config.ts as defaults of the environment: whoever reads a variable, here or in a worker, finds there what the
 * file says where the environment says nothing. Flags go before both, where a command has them.
 */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import * as Result from "effect/Result"
import * as SchemaParser from "effect/SchemaParser"
import { hint, nearest } from "../graph/nearest.ts"
import { problemsIn } from "../graph/problems.ts"
import { CONFIG, CONFIG_NAMES, Config, type ConfigName } from "../run/config.ts"
import { ProjectError, UsageError } from "./errors.ts"
import { loadDefault } from "./load.ts"
import { projectAbove } from "./project.ts"

export const CONFIG_FILE = join("pipeline", "config.ts")

/** Settings that the file gave, since no variable was set. */
const fromFile = new Set<ConfigName>()

const isConfigName = (name: string): name is ConfigName => Object.hasOwn(CONFIG, name)

/** Paths in the file begin in the project. */
const PATHS: ReadonlySet<string> = new Set(["cache", "dataDir", "remote"])
/** A remote may be an address, too, or `none`. */
const isPath = (name: ConfigName, value: string) => PATHS.has(name) && value !== "none" && !value.includes("://")

/** Those that have one of a few words for a value. */
const WORDS: ReadonlySet<string> = new Set(["multiplyAdd", "native", "remoteMode", "networkCache"])

/** What is wrong with a value, in words; undefined if it is right. */
function problemOf(name: ConfigName, value: unknown): string | undefined {
  const decoded = SchemaParser.decodeUnknownResult(Config.fields[name])(value, { errors: "all" })
  return Result.isSuccess(decoded) ? undefined : problemsIn(decoded.failure, value)[0].message
}

/** Takes the file of the project around this folder, if there is one. Rejects with `ProjectError`. */
export async function adoptConfig(): Promise<void> {
  const project = projectAbove(process.cwd())
  if (project === undefined || !existsSync(join(project, CONFIG_FILE))) return
  const config = await loadDefault(project, CONFIG_FILE)
  if (typeof config !== "object" || config === null)
    throw new ProjectError({ problem: `${CONFIG_FILE}: expected \`export default defineConfig({ … })\`` })
  for (const [name, value] of Object.entries(config)) {
    if (!isConfigName(name)) {
      const help = hint(nearest(name, Object.keys(CONFIG))) || "`pipeline config` shows those that there are."
      throw new ProjectError({ problem: `${CONFIG_FILE}: there is no setting '${name}'. ${help}` })
    }
    const problem = problemOf(name, value)
    if (problem !== undefined)
      throw new ProjectError({ problem: `${CONFIG_FILE}: ${name} = ${JSON.stringify(value)}: ${problem}` })
    const { variable } = CONFIG[name]
    if (process.env[variable] !== undefined) continue
    process.env[variable] = isPath(name, String(value)) ? resolve(project, String(value)) : String(value)
    fromFile.add(name)
  }
}

/** A setting as the file or the environment has it: text. Throws `UsageError` where it is no value of its schema. */
export function configured(name: ConfigName): string | undefined {
  const text = process.env[CONFIG[name].variable]
  if (text === undefined || text === "") return undefined
  const problem = problemOfText(name, text)
  if (problem === undefined) return text
  throw new UsageError({ problem: `${CONFIG[name].variable} is '${text}': ${problem}` })
}

/** What is wrong with a value that was typed; undefined if it is right. */
function problemOfText(name: ConfigName, text: string): string | undefined {
  const isText = problemOf(name, "text") === undefined || WORDS.has(name)
  const number = text.trim() === "" ? Number.NaN : Number(text)
  if (!isText && Number.isNaN(number)) return "expected a number"
  return problemOf(name, isText ? text : number)
}

/** Throws `UsageError` where a variable has no value of its schema, before anything is done. */
export const checkVariables = (): void => CONFIG_NAMES.forEach((name) => void configured(name))

/** A number as the file or the environment has it. Throws `UsageError`. */
export function configuredNumber(name: ConfigName): number | undefined {
  const text = configured(name)
  return text === undefined ? undefined : Number(text)
}

export interface Setting {
  readonly name: ConfigName
  readonly value: string
  /** `--jobs`, `PIPELINE_JOBS`, `pipeline/config.ts`, `default`. */
  readonly source: string
}

/** All settings with their sources; `flags`: what the command line says of them. Throws `UsageError`. */
export const settingsWith = (flags: Partial<Readonly<Record<ConfigName, string>>>): ReadonlyArray<Setting> =>
  CONFIG_NAMES.map((name) => {
    const { variable, flag, otherwise } = CONFIG[name]
    const [typed, value] = [flags[name], configured(name)]
    const problem = typed === undefined ? undefined : problemOfText(name, typed)
    if (problem !== undefined) throw new UsageError({ problem: `${flag} ${typed}: ${problem}` })
    if (typed !== undefined && flag !== undefined) return { name, value: typed, source: flag }
    if (value === undefined) return { name, value: otherwise, source: "default" }
    return { name, value, source: fromFile.has(name) ? CONFIG_FILE : variable }
  })
