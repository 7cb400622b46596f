/**
 * Copies of a project for one test after another. What a test leaves that did nothing but run commands becomes the copy
 * that the next one gets: all is as in a new one by then, down to the times of the files, and the process that runs its
 * commands is there already.
 */
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { makeServer, type Server } from "./served.ts"

export const repository = fileURLToPath(new URL("../..", import.meta.url))

/** A fixture of test/fixtures, or the repository's own pipeline. */
export type Kind = "words" | "loads" | "fleet" | "own"

export interface Copy {
  readonly kind: Kind
  /** Temporary; the project lies in it. */
  readonly parent: string
  readonly root: string
  readonly server: Server
  /** What it is made of: path → the state of the file. */
  readonly files: Map<string, string>
}

const spare: Array<Copy> = []

/** A copy as if it were new, in a folder of that name. */
export function takeCopy(kind: Kind, folder: string): Copy {
  const place = spare.findIndex((copy) => copy.kind === kind && copy.root === join(copy.parent, folder))
  if (place < 0) return makeCopy(kind, folder)
  const [copy] = spare.splice(place, 1)
  try {
    restore(copy)
    return copy
  } catch {
    removeCopy(copy)
    return makeCopy(kind, folder)
  }
}

/** Gives a copy for the next test. */
export const returnCopy = (copy: Copy): void => void spare.push(copy)

export function removeCopy({ parent, server }: Copy): void {
  server.close()
  removeFolder(parent)
}

const removeFolder = (folder: string) =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })

/** Where in the repository a part of a copy comes from. */
function sourceOf(kind: Kind, path: string): string {
  const isShared = path.startsWith("src") || path === "package.json" || kind === "own"
  return isShared ? join(repository, path) : join(repository, "test/fixtures", kind, path)
}

function makeCopy(kind: Kind, folder: string): Copy {
  const parent = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  const root = join(parent, folder)
  mkdirSync(root)
  const own = kind === "own" ? ["pipeline"] : readdirSync(join(repository, "test/fixtures", kind))
  for (const part of [...own, "src", "package.json"])
    cpSync(sourceOf(kind, part), join(root, part), { recursive: true })
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"))
  const files = new Map([...pathsIn(root)].map((path) => [path, stateOf(join(root, path))]))
  return { kind, parent, root, server: makeServer(join(root, "src/cli/launch.js"), root, parent), files }
}

/** Every file, link and folder, those in a folder before it. */
function* pathsIn(root: string, within = ""): Iterable<string> {
  for (const entry of readdirSync(join(root, within), { withFileTypes: true })) {
    const path = join(within, entry.name)
    if (entry.isDirectory()) yield* pathsIn(root, path)
    yield path
  }
}

/** Nothing but writing to a file, or changing whose it is and who may read it, gives it another state. */
function stateOf(path: string): string {
  const found = lstatSync(path)
  const { size, mtimeMs, ctimeMs, ino, mode, uid } = found
  return (found.isDirectory() ? [mode, uid] : [size, mtimeMs, ctimeMs, ino, mode, uid]).join(" ")
}

/** Takes away what was added, and copies again what is not as it was. */
function restore({ kind, parent, root, files }: Copy): void {
  for (const name of readdirSync(parent)) if (name !== basename(root)) removeFolder(join(parent, name))
  for (const name of readdirSync(root)) if (!files.has(name)) removeFolder(join(root, name))
  for (const path of pathsIn(root)) if (!files.has(path)) rmSync(join(root, path), { recursive: true })
  for (const [path, state] of files) {
    const place = join(root, path)
    const found = lstatSync(place, { throwIfNoEntry: false })
    if (found !== undefined && stateOf(place) === state) continue
    if (path === "node_modules" || found?.isDirectory()) throw new Error(`${path} is not as it was`)
    rmSync(place, { force: true })
    mkdirSync(dirname(place), { recursive: true })
    cpSync(sourceOf(kind, path), place, { recursive: true })
    files.set(path, stateOf(place))
  }
}
