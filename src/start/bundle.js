/**
 * Programs of this project in one piece each, so that they start quickly: their modules and those of Effect, without
 * types, put together by esbuild into a few files in `node_modules/.pipeline/bundles/`. A bundle is taken only while
 * every source file has the very content that it was made of, and is made anew as soon as one has changed. Where none
 * can be made or kept (a read-only folder, a file that cannot be read), the sources run as they are.
 *
 * Bundles do not know where the project lies: copies of a project that share their packages share them. Packages are told
 * by their versions; who edits one in place removes the folder. Plain JavaScript: launch.js uses it.
 */
import { mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { enableCompileCache } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { bundlesOf, digestOf, INDEX, look, MANIFEST, modules, root, stateOf, store } from "./places.js"

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return undefined
  }
}

/** Where it is noted which bundle a project's program has. */
const noteOf = (program) => join(store, "roots", `${program}-${digestOf(root)}.json`)

/** A file that was written this shortly before it was read may be written again within the clock's grain. */
const GRAIN_MS = 50

/** Notes what a bundle was found to be made of: path → state; next time the files need not be read. */
function note(program, bundle, states, begin) {
  const isSettled = (state) => state === "" || Number(state.split(" ")[2]) < begin - GRAIN_MS
  if (![...states.values()].every(isSettled)) return
  try {
    mkdirSync(join(store, "roots"), { recursive: true })
    const path = noteOf(program)
    writeFileSync(`${path}.${process.pid}`, JSON.stringify({ bundle, states: [...states] }))
    renameSync(`${path}.${process.pid}`, path)
  } catch {} // it is read again next time
}

/** Bundles that nothing has used for so long go when another is made (make.js). */
const REMINDER_MS = 3_600_000

/** Keeps a bundle from being taken for one that nobody uses. */
function remind(bundle) {
  try {
    const now = Date.now()
    if (now - statSync(join(store, bundle)).mtimeMs > REMINDER_MS)
      utimesSync(join(store, bundle), now / 1000, now / 1000)
  } catch {}
}

/** Every file that a bundle is made of and consists of, with its digest: `root` in the project, `modules` in node_modules. */
const filesOf = (bundle, { root: own, modules: packages, files }) => [
  ...Object.entries(own).map(([path, digest]) => [join(root, path), digest]),
  ...Object.entries(packages).map(([path, digest]) => [join(modules, path), digest]),
  ...Object.entries(files).map(([path, digest]) => [join(store, bundle, path), digest])
]

/** The name of a program's bundle as its sources are now, made if there is none. Rejects where none can be had. */
async function find(program) {
  const begin = Date.now()
  const known = read(noteOf(program))
  if (known?.states?.every(([path, state]) => stateOf(path) === state)) {
    remind(known.bundle)
    return known.bundle
  }
  const seen = new Map()
  const digest = (path) => {
    if (!seen.has(path)) seen.set(path, look(path))
    return seen.get(path).digest
  }
  for (const bundle of bundlesOf(program)) {
    const manifest = read(join(store, bundle, MANIFEST))
    if (manifest === undefined || !filesOf(bundle, manifest).every(([path, then]) => digest(path) === then)) continue
    note(program, bundle, new Map(filesOf(bundle, manifest).map(([path]) => [path, seen.get(path).state])), begin)
    remind(bundle)
    return bundle
  }
  const { make } = await import("./make.js")
  const { bundle, states } = await make(program)
  note(program, bundle, states, begin)
  return bundle
}

/**
 * Where a program's bundle begins, as a URL; undefined where none can be had. V8 keeps what it compiles beside it, by
 * `part`: parts of a program use different functions.
 */
export async function bundleOf(program, part = program) {
  // Where none can be made, the sources themselves say best why.
  const bundle = await find(program).catch(() => undefined)
  if (bundle === undefined) {
    enableCompileCache()
    return undefined
  }
  enableCompileCache(join(store, bundle, "v8", part))
  globalThis.pipelineRoot = pathToFileURL(root).href
  return pathToFileURL(join(store, bundle, INDEX)).href
}
