/**
 * The code part of a key: what a compute module reaches, and the engine that it is given.
 *
 * esbuild bundles both, shakes off what they do not reach, drops types, comments and layout, and leaves npm packages
 * outside. The digest is taken of what is left, file by file (so that `why` can name the file), with the
 * exact version of each package and the content of each file that is read by `new URL("…", import.meta.url)`; of one
 * that is made when it is first read, the digest that is promised.
 * A fingerprint holds as long as none of the files it was made from has changed.
 */
import { existsSync, readFileSync, realpathSync } from "node:fs"
import { dirname, isAbsolute, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { type Computing, computingName } from "../graph/compute.ts"
import { sha256 } from "../graph/key.ts"
import { CodeError } from "./errors.ts"
import type { IndexStore } from "./index-store.ts"
import { equal, isSettled, type Stat, type StatCache } from "./stat-cache.ts"

/** How sources are read for a bundle: as they are, packages named and not followed; nothing is written. */
export const BUNDLE = {
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  target: "esnext",
  packages: "external"
} as const

/** What is reached, by part: a source file, `package:NAME`, or `file:PATH`. */
export interface Code {
  readonly digest: string
  /** Part → digest of its code, exact version, or digest of its content. */
  readonly parts: Readonly<Record<string, string>>
}

interface Fingerprint extends Code {
  /** Every file it was made from, with its state then. */
  readonly made: ReadonlyArray<readonly [path: string, stat: Stat]>
}

/** Packages whose version cannot change a result. */
const INFRASTRUCTURE = new Set(["effect", "@effect/platform-node", "lmdb", "fast-glob", "esbuild"])

export interface CodeReader {
  /** The code that is reached. Rejects with `CodeError`. */
  fingerprint(of: Computing): Promise<Code>
  /**
   * False if what is reached has changed since its fingerprint was taken, and for ever after: a process may
   * have loaded what stood there meanwhile. Files that were touched, and no more, are read again. Throws `DiskFull`.
   */
  unchanged(of: Computing): Promise<boolean>
}

export function makeCodeReader(
  project: string,
  store: IndexStore,
  stats: StatCache,
  id: string,
  save: (write: () => void) => void
): CodeReader {
  const done = new Map<string, Promise<Fingerprint>>()
  const taken = new Map<string, Fingerprint>()
  const holds = (fingerprint: Fingerprint) =>
    fingerprint.made.every(([path, then]) => {
      const now = stats.stat(path)
      return now !== undefined && equal(now, then)
    })

  const make = async ({ module, engine }: Computing): Promise<Fingerprint> => {
    const pathOf = (url: URL) => relative(project, fileURLToPath(url))
    const entry: Entry = {
      module: pathOf(module),
      engine: engine && { module: pathOf(engine.module), role: engine.role }
    }
    const entryId = `m ${id} ${[entry.module, ...(entry.engine ? [entry.engine.role, entry.engine.module] : [])].join(" ")}`
    const known = stats.rehash ? undefined : (store.stats.get(entryId) as Fingerprint | undefined)
    if (known !== undefined && holds(known)) return known
    let before: Fingerprint | undefined
    while (true) {
      const begin = Date.now()
      const { declarations, ...fresh } = await bundle(project, entry, stats)
      // A file that is edited just now may have been noted with its state after the edit and bundled with its text
      // before: such a fingerprint is made until it comes out twice alike, and is not kept.
      const settled = fresh.made.every(([, stat]) => isSettled(stat, begin))
      if (settled || fresh.digest === before?.digest) {
        save(() => {
          if (settled) store.stats.put(entryId, fresh)
          store.codes.put(fresh.digest, { ...fresh.parts, ...declarations })
        })
        return fresh
      }
      before = fresh
    }
  }

  return {
    async fingerprint(of) {
      const name = computingName(of)
      let promise = done.get(name)
      if (promise === undefined) done.set(name, (promise = make(of)))
      const fingerprint = await promise
      taken.set(name, fingerprint)
      return fingerprint
    },
    async unchanged(of) {
      const name = computingName(of)
      const fingerprint = taken.get(name)
      if (fingerprint === undefined) return false
      if (holds(fingerprint)) return true
      const now = await make(of).catch((error) => {
        if (error instanceof CodeError) return undefined // gone, or half edited
        throw error
      })
      if (now?.digest !== fingerprint.digest) taken.delete(name)
      else taken.set(name, now)
      return taken.has(name)
    }
  }
}

/** A fingerprint with the digests of the declarations in each file, `FILE#NAME`: not in the key, for `why` alone. */
type Detailed = Fingerprint & { readonly declarations: Readonly<Record<string, string>> }

/** `Computing` by paths relative to the project. */
interface Entry {
  readonly module: string
  readonly engine: { readonly module: string; readonly role: string } | undefined
}

/**
 * Text of a module that uses all exports of the compute module and the one of the engine's, so that what neither reaches
 * falls away.
 */
function joint(module: string, engine: NonNullable<Entry["engine"]>): string {
  const from = (path: string) => `from ${JSON.stringify(`./${path.replaceAll("\\", "/")}`)}`
  return `import * as compute ${from(module)}
import { ${engine.role} as engine } ${from(engine.module)}
export default [compute, engine]`
}

/** What esbuild calls it. */
const JOINT = "<stdin>"

async function bundle(project: string, { module: entry, engine }: Entry, stats: StatCache): Promise<Detailed> {
  const esbuild = await import("esbuild")
  const absolute = resolve(project, entry)
  for (const path of [entry, ...(engine ? [engine.module] : [])])
    if (!existsSync(resolve(project, path))) throw new CodeError({ module: path, problem: "there is no such file" })
  const result = await esbuild
    .build({
      ...(engine === undefined
        ? { entryPoints: [absolute] }
        : { stdin: { contents: joint(entry, engine), resolveDir: project, loader: "ts" } }),
      absWorkingDir: project,
      ...BUNDLE,
      treeShaking: true,
      legalComments: "none",
      metafile: true,
      logLevel: "silent",
      // The user's own tsconfig must not reach into keys.
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } }
    })
    .catch((error: { errors?: ReadonlyArray<{ text: string; location?: { file: string; line: number } | null }> }) => {
      const first = error.errors?.[0]
      const where = first?.location ? ` (${first.location.file}, line ${first.location.line})` : ""
      throw new CodeError({ module: entry, problem: `${first?.text ?? String(error)}${where}` })
    })
  const output = Object.values(result.metafile.outputs)[0]
  const used = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const sources = await splitBySource(
    result.outputFiles[0].text,
    used.map(([path]) => path),
    (code) =>
      esbuild.transform(code, { minifyWhitespace: true, legalComments: "none", target: "esnext" }).then((r) => r.code)
  )

  const parts: Record<string, string> = {}
  const declarations: Record<string, string> = {}
  const made = new Map<string, Stat>()
  const note = (path: string) => {
    const stat = stats.stat(path)
    if (stat !== undefined) made.set(path, stat)
  }
  const contents: Array<string> = []
  for (const { path, code, text } of sources) {
    if (path === JOINT) continue
    parts[path] = sha256(code)
    for (const [name, piece] of declarationsIn(text)) declarations[`${path}#${name}`] = sha256(piece).slice(0, 16)
    contents.push(parts[path])
    for (const match of code.matchAll(/new URL\((["'`])([^"'`$]+)\1,import\.meta\.url\)/g)) {
      const file = relative(project, resolve(project, dirname(path), match[2]))
      const digest = stats.digest(file) ?? promised(project, file)
      if (digest === undefined)
        throw new CodeError({ module: entry, problem: `${path} reads ${file}, which is not there` })
      parts[`file:${file}`] = digest
      contents.push(`${match[2]} ${digest}`)
      note(file)
      note(promiseOf(file))
    }
  }
  const packages = new Set(
    output.imports.filter((i) => i.external && !i.path.startsWith("node:")).map((i) => packageOf(i.path))
  )
  for (const name of [...packages].sort()) {
    if (INFRASTRUCTURE.has(name)) continue
    const manifest = findManifest(dirname(absolute), name)
    if (manifest === undefined) throw new CodeError({ module: entry, problem: `the package ${name} is not installed` })
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string }
    parts[`package:${name}`] = version
    contents.push(`${name}@${version}`)
    note(isAbsolute(manifest) ? relative(project, manifest) : manifest)
  }
  // All files that were parsed, not only those that are left: an edit may bring one in.
  for (const path of Object.keys(result.metafile.inputs)) note(path)
  return { digest: sha256(contents.join("\n")), parts, declarations, made: [...made] }
}

/** Beside a file that is made when it is first read may stand, before, the digest that it will have: `FILE.sha256`. */
const promiseOf = (file: string) => `${file}.sha256`

function promised(project: string, file: string): string | undefined {
  try {
    const text = readFileSync(join(project, promiseOf(file)), "utf8")
    return /^[0-9a-f]{64}$/.exec(text)?.[0]
  } catch {
    return undefined
  }
}

/** The bundle's text, file by file, each without layout and comments, in the order of the bundle. */
async function splitBySource(text: string, paths: ReadonlyArray<string>, normalize: (code: string) => Promise<string>) {
  const markers = new Set(paths.map((path) => `// ${path}`))
  const pieces: Array<{ path: string; lines: Array<string> }> = []
  let exports: Array<string> = []
  for (const line of text.split("\n")) {
    if (markers.has(line)) pieces.push({ path: line.slice(3), lines: (exports = []) })
    else exports.push(line)
  }
  return Promise.all(
    pieces.map(async ({ path, lines }) => {
      const text = lines.join("\n")
      return { path, text, code: await normalize(text) }
    })
  )
}

/**
 * The top-level declarations of a piece of a bundle, by name; other statements under no name. esbuild prints them
 * alike, each starting at the beginning of a line.
 */
function declarationsIn(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  let name = ""
  for (const line of text.split("\n")) {
    if (/^[A-Za-z_$([{"'`]/.test(line))
      name = /^(?:async )?(?:var|let|const|function\*?|class) ([\w$]+)/.exec(line)?.[1] ?? ""
    if (line !== "") found.set(name, `${found.get(name) ?? ""}${line}\n`)
  }
  return found
}

const packageOf = (specifier: string) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")

function findManifest(from: string, name: string): string | undefined {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name, "package.json")
    if (existsSync(path)) return path
    if (folder === dirname(folder)) return undefined
  }
}
