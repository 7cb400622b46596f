/**
 * Publishing: the outputs of a node (a report's files) also stand in a folder of the project. They are restored when
 * they were deleted or changed, and what an earlier version of the report wrote and this one does not have goes.
 */
import { lstatSync, mkdirSync, readdirSync, realpathSync, rmdirSync, rmSync } from "node:fs"
import { dirname, isAbsolute, join, relative } from "node:path"
import { kindAt } from "../cache/aside.ts"
import type { Cache } from "../cache/cache.ts"
import { digestOfFile } from "../cache/files.ts"
import { replaceFile } from "../cache/out-file.ts"
import { asUser } from "../cache/sharing.ts"
import { needRoom } from "../cache/space.ts"
import { fileNameProblem } from "../foreign/names.ts"
import type { OutputArtifacts } from "../graph/plan.ts"

type Store = Pick<Cache["Service"], "artifacts" | "files" | "published">

export interface Publication {
  /** Number of files that were written. */
  readonly written: number
  /** Folders outside the project into which symbolic links led them. */
  readonly outside: ReadonlyArray<string>
}

/** Writes what differs. Throws `BlobDamaged`, `DiskFull`, file system errors, and an error for a path that leaves the folder. */
export function publish(cache: Store, project: string, folder: string, outputs: OutputArtifacts): Publication {
  if (leaves(project, join(project, folder))) throw new Error("it is not in the project")
  for (const name of Object.keys(outputs)) {
    const problem = fileNameProblem(name)
    if (problem !== undefined)
      throw new Error(
        `the file ${JSON.stringify(name)} ${problem}; \`pipeline cache verify\` drops a result with such a name`
      )
  }
  const before = cache.published.files(folder)
  const now: Record<string, string> = {}
  const outside = new Set<string>()
  let written = 0
  for (const name of Object.keys(outputs).sort()) {
    const { digest } = outputs[name]
    const path = join(folder, name)
    now[name] = digest
    if (cache.files.digest(path) === digest) continue
    const bytes = cache.artifacts.read(digest)
    const target = join(project, path)
    if (kindAt(target) === "folder") throw new Error(`${path} is a folder where a file belongs; move it away`)
    asUser(() => mkdirSync(dirname(target), { recursive: true }))
    const place = realpathSync(dirname(target))
    if (leaves(realpathSync(project), place)) outside.add(place)
    needRoom(dirname(target), { bytes: bytes.length, files: 1 })
    replaceFile(target, bytes)
    written++
  }
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(now, name) && fileNameProblem(name) === undefined)
      removeOwn(join(project, folder, name), before[name])
  }
  if (JSON.stringify(before) !== JSON.stringify(now)) cache.published.note(folder, now)
  return { written, outside: [...outside] }
}

/**
 * Takes back what was published into a folder of the project: its files, unless somebody has changed them since, and the
 * folders that are empty then. Gives the number of files that stay.
 */
export function unpublish({ published }: Pick<Store, "published">, project: string, folder: string): number {
  const files = published.files(folder)
  for (const name of Object.keys(files))
    if (fileNameProblem(name) === undefined) removeOwn(join(project, folder, name), files[name])
  published.note(folder, {})
  return removeEmpty(join(project, folder))
}

/** Removes folders without files; gives the number of files. */
function removeEmpty(path: string): number {
  if (kindAt(path) !== "folder" || lstatSync(path).isSymbolicLink()) return kindAt(path) === "nothing" ? 0 : 1
  const left = readdirSync(path).reduce((sum, name) => sum + removeEmpty(join(path, name)), 0)
  if (left === 0) rmdirSync(path)
  return left
}

/** True if a path is not in a folder. */
function leaves(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === ".." || way.startsWith("../") || way.startsWith("..\\") || isAbsolute(way)
}

/** Removes a file that an earlier report wrote, unless somebody has changed it since. */
function removeOwn(path: string, digest: string) {
  try {
    // Only a plain file is read: a pipe would be waited for.
    if (kindAt(path) === "file" && digestOfFile(path, path) === digest) rmSync(path)
  } catch {}
}
