/**
 * Publishing: the outputs of a node (a report's files) also stand in a folder of the project. They are restored when
 * they were deleted or changed, and what an earlier version of the report wrote and this one does not have goes.
 */
import { lstatSync, mkdirSync, readdirSync, realpathSync, rmdirSync, rmSync } from "node:fs"
import { dirname, isAbsolute, join, relative } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Artifacts } from "../cache/artifacts.ts"
import { kindAt } from "../cache/aside.ts"
import { BlobDamaged } from "../cache/blobs.ts"
import { CacheWriteError, PublishError, problemOf } from "../cache/errors.ts"
import { digestOfFile, whyUnwritable } from "../cache/files.ts"
import { replaceFile } from "../cache/out-file.ts"
import type { Published } from "../cache/published.ts"
import { asUser } from "../cache/sharing.ts"
import type { Sources } from "../cache/sources.ts"
import { DiskFull, needRoom } from "../cache/space.ts"
import { fileNameProblem } from "../foreign/names.ts"
import type { OutputArtifacts } from "../graph/plan.ts"

/** What of the cache it needs. */
interface Store {
  readonly artifacts: Pick<Artifacts["Service"], "read">
  readonly sources: Pick<Sources["Service"], "digest">
  readonly published: Pick<Published["Service"], "files" | "note">
}

/** What is published where. */
interface Target {
  readonly node: string // its name
  readonly project: string // absolute path
  readonly folder: string // relative to the project
}

export interface Publication {
  /** Number of files that were written. */
  readonly written: number
  /** Folders outside the project into which symbolic links led them. */
  readonly outside: ReadonlyArray<string>
}

/** Writes what differs. Fails with `BlobDamaged` where an output's bytes are, and with `PublishError` for what cannot be written. */
export const publish = Effect.fnUntraced(function* (store: Store, target: Target, outputs: OutputArtifacts) {
  const { node, project, folder } = target
  const before = store.published.files(folder)
  const path = join(project, folder)
  const publication = yield* Effect.try({
    try: () => writeOutputs(store, target, outputs, before),
    catch: (error) =>
      error instanceof BlobDamaged || error instanceof DiskFull
        ? error
        : new PublishError({ path, node, problem: whyUnwritable(path, error) })
  })
  const now = Object.fromEntries(
    Object.keys(outputs)
      .sort()
      .map((name) => [name, outputs[name].digest])
  )
  if (JSON.stringify(before) !== JSON.stringify(now)) yield* store.published.note(folder, now)
  return publication
})

/** Throws what it meets, and an error for a path that leaves the folder. */
function writeOutputs(
  { artifacts, sources }: Store,
  { project, folder }: Target,
  outputs: OutputArtifacts,
  before: Readonly<Record<string, string>>
): Publication {
  if (leaves(project, join(project, folder))) throw new Error("it is not in the project")
  for (const name of Object.keys(outputs)) {
    const problem = fileNameProblem(name)
    if (problem !== undefined)
      throw new Error(
        `the file ${JSON.stringify(name)} ${problem}; \`pipeline cache verify\` drops a result with such a name`
      )
  }
  const outside = new Set<string>()
  let written = 0
  for (const name of Object.keys(outputs).sort()) {
    const { digest } = outputs[name]
    const path = join(folder, name)
    if (sources.digest(path) === digest) continue
    const bytes = Result.getOrThrow(artifacts.read(digest))
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
    if (!Object.hasOwn(outputs, name) && fileNameProblem(name) === undefined)
      removeOwn(join(project, folder, name), before[name])
  }
  return { written, outside: [...outside] }
}

/**
 * Takes back what was published into a folder of the project: its files, unless somebody has changed them since, and the
 * folders that are empty then. Gives the number of files that stay.
 */
export const unpublish = Effect.fnUntraced(function* (published: Store["published"], project: string, folder: string) {
  const files = published.files(folder)
  const path = join(project, folder)
  const attempt = <A>(action: () => A) =>
    Effect.try({
      try: action,
      catch: (error) =>
        new CacheWriteError({ path: (error as NodeJS.ErrnoException).path ?? path, problem: problemOf(error) })
    })
  yield* attempt(() => {
    for (const name of Object.keys(files))
      if (fileNameProblem(name) === undefined) removeOwn(join(path, name), files[name])
  })
  yield* published.note(folder, {})
  return yield* attempt(() => removeEmpty(path))
})

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
