/** Commands that messages name, as the user would have to type them: with the cache and the settings that were typed. */

/** Flags that say what is meant, by the commands that know them. */
const MEANING = ["--set", "--engine", "--seed", "--where", "--cache"] as const
const OF_NODES = ["--set", "--engine", "--seed", "--cache"]
const FLAGS: Readonly<Record<string, ReadonlyArray<string>>> = {
  run: MEANING,
  plan: MEANING,
  status: MEANING,
  table: MEANING,
  why: OF_NODES,
  show: OF_NODES,
  logs: OF_NODES,
  get: OF_NODES,
  accept: OF_NODES,
  graph: ["--set", "--engine", "--seed"],
  cache: ["--cache"]
}

export const shellQuoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

let typed: ReadonlyArray<readonly [flag: string, value: string]> = []

/** Takes note of a command line whose flags stand with their values (`--set=epochs=20`). */
export function remember(args: ReadonlyArray<string>): void {
  const end = args.indexOf("--")
  typed = (end < 0 ? args : args.slice(0, end)).flatMap((arg, i, all): ReadonlyArray<readonly [string, string]> => {
    const [, flag, value] = /^(--[a-z]+)(?:=(.*))?$/s.exec(arg) ?? []
    if (flag === undefined || !MEANING.some((one) => one === flag)) return []
    return [[flag, value ?? all[i + 1] ?? ""]]
  })
}

/** A text in which each command in backquotes has the flags that belong to it. */
export function pasteable(text: string): string {
  return text.replace(/`pipeline ([a-z]+)([^`]*)`/g, (whole, command: string, rest: string) => {
    const known = Object.hasOwn(FLAGS, command) ? FLAGS[command] : []
    const flags = typed
      .filter(([flag]) => known.includes(flag) && !rest.includes(`${flag} `) && !rest.includes("--help"))
      .map(([flag, value]) => ` ${flag} ${shellQuoted(value)}`)
    return flags.length === 0 ? whole : `\`pipeline ${command}${rest}${flags.join("")}\``
  })
}

/** Targets as they follow a command. */
export const named = (targets: ReadonlyArray<string>): string =>
  targets.map((target) => ` ${shellQuoted(target)}`).join("")
