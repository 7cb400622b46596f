/** Declarations as a user writes them: their members are known, and what is wrong is said with its file and line. */
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { inSources } from "../start/modules.js"
import { DeclarationError } from "./errors.ts"
import { hint, nearest } from "./nearest.ts"

/** Where a function was called: "pipeline/datasets/own.ts, line 3". */
export function placeOf(called: (...args: never) => unknown): string | undefined {
  const holder: { stack?: string } = {}
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 1
  Error.captureStackTrace(holder, called)
  Error.stackTraceLimit = limit
  return firstPlace(holder.stack ?? "", () => true)
}

/** What is declared, with its place. */
export const whereDeclared = (what: string, called: (...args: never) => unknown): string =>
  [placeOf(called), what].filter((part) => part !== undefined).join(": ")

/** The first place in a stack whose file fits. */
export function firstPlace(stack: string, fits: (file: string) => boolean): string | undefined {
  for (const [, file, line] of inSources(stack).matchAll(
    /(?:^|\(|\s)(file:\/\/[^\s()]+?|\/[^\s()]+?):(\d+)(?::\d+)?\)?$/gm
  )) {
    const path = file.startsWith("file:") ? fileURLToPath(file.replace(/\?.*$/, "")) : file
    if (!fits(path)) continue
    const near = relative(process.cwd(), path)
    return `${near.startsWith("..") ? path : near}, line ${line}`
  }
  return undefined
}

/** The members of a declaration: those that it must have, and those that it may. */
export type Members<D> = Readonly<Record<keyof D & string, "needed" | "possible">>

/** Throws `DeclarationError` if a declaration has a member that it cannot have, or lacks one that it needs. */
export function checkMembers(
  what: string,
  given: object,
  members: Readonly<Record<string, "needed" | "possible">>,
  called: (...args: never) => unknown
): void {
  const known = Object.keys(members)
  const strange = Object.keys(given).find((name) => !Object.hasOwn(members, name))
  const lacking = known.find((name) => members[name] === "needed" && !Object.hasOwn(given, name))
  if (strange === undefined && lacking === undefined) return
  const name = "name" in given && typeof given.name === "string" ? ` '${given.name}'` : ""
  const where = whereDeclared(`${what}${name}`, called)
  const problem =
    strange === undefined
      ? `lacks the member '${lacking}'`
      : `has no member '${strange}'. ${hint(nearest(strange, known)) || `There are ${known.join(", ")}.`}`
  throw new DeclarationError({ where, problem })
}
