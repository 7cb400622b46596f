/** The files of a project that patterns mean. */
import { type Dirent, readdirSync, realpathSync } from "node:fs"
import { dirname, relative } from "node:path"
import type { FileSystemAdapter, Options } from "fast-glob"
import { FileUnreadable, problemOf } from "../cache/errors.ts"
import { plainPath } from "../graph/paths.ts"

type Glob = (patterns: Array<string>, options: Options) => ReadonlyArray<string>

/** fast-glob takes a while to load, and most patterns are plain paths, which it would read in its own way. */
export const isDynamic = (pattern: string): boolean => plainPath(pattern) === undefined

/** Paths relative to the project, sorted; plain paths whether there is a file or not. Throws `FileUnreadable`. */
export function matching(
  project: string,
  patterns: ReadonlyArray<string>,
  glob: Glob | undefined
): ReadonlyArray<string> {
  const paths = new Set(patterns.flatMap((pattern) => plainPath(pattern) ?? []))
  const dynamic = patterns.filter(isDynamic)
  if (glob === undefined || dynamic.length === 0) return [...paths].sort()
  try {
    for (const path of glob(dynamic, { cwd: project, dot: true, onlyFiles: true, fs: within(project) })) paths.add(path)
  } catch (error) {
    if (error instanceof FileUnreadable) throw error
    const { path = "." } = error as NodeJS.ErrnoException
    throw new FileUnreadable({ path: relative(project, path) || ".", problem: problemOf(error) })
  }
  return [...paths].sort()
}

/** A file system in which a link that leads back to a folder above it is told of: it would be followed without an end. */
function within(project: string): Partial<FileSystemAdapter> {
  const known = new Map<string, string>()
  const realOf = (path: string): string => {
    const real = known.get(path) ?? realpathSync(path)
    known.set(path, real)
    return real
  }
  const check = (folder: string) => {
    for (let above = dirname(folder); above.length >= project.length; above = dirname(above)) {
      if (realOf(above) === realOf(folder)) {
        const problem = `it is a link that leads back to ${relative(project, above) || "the project itself"}; take the link out`
        throw new FileUnreadable({ path: relative(project, folder), problem })
      }
      if (above === dirname(above)) break
    }
  }
  function read(folder: string, options: { withFileTypes: true }): Array<Dirent>
  function read(folder: string): Array<string>
  function read(folder: string, options?: { withFileTypes: true }) {
    check(folder)
    return options === undefined ? readdirSync(folder) : readdirSync(folder, options)
  }
  return { readdirSync: read }
}
