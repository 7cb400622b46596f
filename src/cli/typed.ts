/**
 * What was typed, made plain for Effect's parser: it takes whatever begins with `-` for flags, also where a flag waits
 * for its value, and then answers `--where -hot` with the help page.
 */
import type { HelpDoc } from "effect/cli/HelpDoc"
import { UsageError } from "./errors.ts"

/** What Effect's commands are, besides what their types tell. */
interface Described {
  readonly name: string
  readonly alias?: string | undefined
  readonly subcommands: ReadonlyArray<{ readonly commands: ReadonlyArray<unknown> }>
  buildHelpDoc(path: ReadonlyArray<string>): HelpDoc
}

export const isDescribed = (command: unknown): command is Described =>
  typeof command === "object" && command !== null && "buildHelpDoc" in command && "subcommands" in command

/** Flags of every command. */
const EVERYWHERE = ["-h", "--help", "-v", "--version", "--completions"]

/** Flags as they are typed, with the name of their value; undefined where they take none. */
export function flagsOf(command: Described): ReadonlyMap<string, string | undefined> {
  const values = new Map<string, string | undefined>(EVERYWHERE.map((flag) => [flag, undefined]))
  for (const { name, aliases, type } of command.buildHelpDoc([command.name]).flags) {
    const value = type === "boolean" ? undefined : type
    for (const flag of [`--${name}`, ...aliases]) values.set(flag, value)
    if (value === undefined) values.set(`--no-${name}`, undefined)
  }
  return values
}

const isNumber = (text: string) => /^-(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
const mayBeFlag = (text: string) => text.startsWith("-") && text.length > 1 && !isNumber(text)

/** Joins each flag with its value (`--where=-hot`). Throws `UsageError`. */
export function joinValues(root: unknown, args: ReadonlyArray<string>): ReadonlyArray<string> {
  const joined: Array<string> = []
  let command = root
  let path = ""
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--" || !isDescribed(command)) return [...joined, ...args.slice(i)]
    const values = flagsOf(command)
    const typed = args[i]
    const next = args[i + 1]
    if (!mayBeFlag(typed)) {
      const sub = command.subcommands.flatMap(({ commands }) => commands).find((one) => isCalled(one, typed))
      if (sub !== undefined) [command, path] = [sub, `${path} ${typed}`]
    } else if (values.get(typed) !== undefined && next !== undefined) {
      const flag = next.split("=", 1)[0]
      if (values.has(flag)) {
        const problem = `${typed} needs its value, ${values.get(typed)}, and found the flag ${flag}; if that is the value, write ${typed}=${next}`
        throw new UsageError({ problem })
      }
      joined.push(`${typed}=${next}`)
      i++
      continue
    } else if (/^-[^-=]{2,}$/.test(typed)) {
      // Several one-letter flags in one: all of them must be flags.
      const wrong = [...typed.slice(1)].find((letter) => !values.has(`-${letter}`))
      if (wrong !== undefined) {
        const problem = `there is no flag ${typed}: \`pipeline${path} --help\` shows what there is. A name that begins with - goes after --`
        throw new UsageError({ problem })
      }
    }
    joined.push(typed)
  }
  return joined
}

const isCalled = (command: unknown, typed: string) =>
  isDescribed(command) && (command.name === typed || command.alias === typed)
