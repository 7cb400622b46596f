/** Commands that messages name, as the user would have to type them: with the cache and the settings that were typed. */

import { readVariant } from "../graph/variant.ts"

/** Flags that say what is meant, by the commands that know them. */
const MEANING = ["--set", "--engine", "--seed", "--where", "--cache", "--data-dir", "--remote"] as const
const OF_GRIDS = ["--set", "--engine", "--seed", "--where", "--cache"]
const OF_NODES = ["--set", "--engine", "--seed", "--cache"]
/** Commands that take a node, which may be a variant's; others name the variant itself. */
const NODES: ReadonlyArray<string> = ["why", "show", "logs", "get"]
const FLAGS: Readonly<Record<string, ReadonlyArray<string>>> = {
  run: MEANING,
  plan: [...OF_GRIDS, "--remote"],
  status: [...OF_GRIDS, "--remote"],
  table: OF_GRIDS,
  compare: OF_GRIDS,
  why: OF_NODES,
  show: OF_NODES,
  logs: [...OF_NODES, "--remote"],
  pause: ["--remote"],
  resume: ["--remote"],
  cancel: ["--remote"],
  get: [...OF_NODES, "--remote"],
  accept: [...OF_NODES, "--data-dir"],
  graph: ["--set", "--engine", "--seed"],
  data: ["--cache"],
  list: ["--cache"],
  drop: ["--cache"],
  cache: ["--cache"]
}

export const shellQuoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

interface Typed {
  readonly flag: string
  readonly value: string
  /** True of a setting of the variant that was typed as a target. */
  readonly of?: true
}
let typed: ReadonlyArray<Typed> = []

/** How this program was called: `npx pipeline`, `pipeline`, `node src/cli/launch.js` (launch.js tells). */
const calledAs = (): string => process.env.PIPELINE_CALLED || "pipeline"

/** Takes note of a command line whose flags stand with their values (`--set=epochs=20`). */
export function remember(args: ReadonlyArray<string>): void {
  const end = args.indexOf("--")
  const flags = (end < 0 ? args : args.slice(0, end)).flatMap((arg, i, all): ReadonlyArray<Typed> => {
    const [, flag, value] = /^(--[a-z-]+)(?:=(.*))?$/s.exec(arg) ?? []
    if (flag === undefined || !MEANING.some((one) => one === flag)) return []
    return [{ flag, value: value ?? all[i + 1] ?? "" }]
  })
  // What is said of one variant's nodes is said with its settings: nodes of others have the same names.
  const variants = args.flatMap((target) => {
    const variant = target.startsWith("-") ? undefined : readVariant(target)
    return variant === undefined ? [] : [Object.entries(variant.overrides)]
  })
  const settings = variants.length === 1 ? variants[0] : []
  typed = [
    ...settings.map(([name, value]) => ({ flag: "--set", value: `${name}=${value}`, of: true as const })),
    ...flags
  ]
}

/** A text in which each command in backquotes has the flags that belong to it. */
export function pasteable(text: string): string {
  return text.replace(/`pipeline ([a-z]+)([^`]*)`/g, (_, command: string, rest: string) => {
    const known = Object.hasOwn(FLAGS, command) ? FLAGS[command] : []
    const flags = typed
      .filter(({ flag, of }) => known.includes(flag) && !rest.includes(`${flag} `) && (!of || NODES.includes(command)))
      .map(({ flag, value }) => ` ${flag} ${shellQuoted(value)}`)
    return `\`${calledAs()} ${command}${rest}${rest.includes("--help") ? "" : flags.join("")}\``
  })
}

/** Targets as they follow a command. */
export const named = (targets: ReadonlyArray<string>): string =>
  targets.map((target) => ` ${shellQuoted(target)}`).join("")
