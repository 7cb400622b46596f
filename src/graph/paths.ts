/**
 * The files that a stage declares: fast-glob patterns, relative to the project. A path is a pattern of which every
 * character means itself: `asPattern` makes it one, whatever its name has in it.
 */
import { isAbsolute, posix } from "node:path"

/** Characters that may mean something in a pattern. */
const SPECIAL = /[\\*?[\](){}!+@]/

/**
 * A path of a file in the project as a pattern. Both slashes part folders on Windows, where no name has a backslash;
 * elsewhere a backslash is a character like any other.
 */
export function asPattern(path: string, platform: NodeJS.Platform = process.platform): string {
  const slashes = platform === "win32" ? path.replaceAll("\\", "/") : path
  return slashes.replace(new RegExp(SPECIAL, "g"), "\\$&")
}

/** A path as it is noted: parted by slashes on every system, without `.` and doubled slashes. */
export const projectPath = (path: string, platform: NodeJS.Platform = process.platform): string =>
  path === "" ? "" : posix.normalize(platform === "win32" ? path.replaceAll("\\", "/") : path)

/** The path that a pattern is; undefined if the pattern may mean several. */
export function plainPath(pattern: string): string | undefined {
  let path = ""
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === "\\" && i + 1 < pattern.length) i++
    else if (SPECIAL.test(pattern[i])) return undefined
    path += pattern[i]
  }
  return posix.normalize(path)
}

/** Says what keeps a path or a pattern from being one of files in the project, if anything. */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "is empty"
  if (path.includes("\0")) return "has a NUL character"
  if (isAbsolute(path)) return "is absolute: paths are relative to the project, which can then be moved"
  if (/[/\\]$/.test(path) && plainPath(path)?.endsWith("/")) return "ends with a slash, as a folder does"
  return undefined
}
