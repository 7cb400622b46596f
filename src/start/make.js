/** Makes bundles (bundle.js): a program with all that it imports, and what it imports when it runs. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path"
import { bundlesOf, digestOf, INDEX, look, MANIFEST, modules, PROGRAMS, root, store } from "./places.js"

/** Packages that become part of a bundle, with what they need; all others are imported as ever. */
const TOGETHER = /^(effect|@effect\/platform-node|@effect\/platform-node-shared|fast-glob|@stdlib\/[^/]+)(\/|$)/

/** What the command line imports by its path. */
const DECLARATIONS = ["pipeline/pipeline.ts", "pipeline/config.ts"]

/** These decide what a bundle is like, beside its sources. */
const MAKERS = ["src/start/make.js", "src/start/places.js"]

const slashed = (path) => path.split(sep).join("/")

/** Modules that stages and engines name by `new URL("…", import.meta.url)`: workers import them by their paths. */
function computing() {
  const named = new Set()
  for (const top of ["pipeline", "src/engine"]) {
    for (const file of readdirSync(join(root, top), { recursive: true }).filter((file) => file.endsWith(".ts"))) {
      const path = join(root, top, file)
      for (const [, target] of readFileSync(path, "utf8").matchAll(/new URL\("(\.[^"]+\.ts)", import\.meta\.url\)/g)) {
        const module = resolve(dirname(path), target)
        if (existsSync(module)) named.add(slashed(relative(root, module)))
      }
    }
  }
  return [...named].sort()
}

/** The first file of a bundle: what is imported by its path is given by name, then the program begins. */
function indexOf(program) {
  const given =
    program === "cli"
      ? DECLARATIONS.filter((path) => existsSync(join(root, path)))
      : program === "compute"
        ? computing()
        : []
  const entries = given.map(
    (path) => `bundled.set(${JSON.stringify(path)}, () => import(${JSON.stringify(`./${path}`)}))`
  )
  const begin =
    program === "compute" ? "export { bundled }" : `await import(${JSON.stringify(`./${PROGRAMS[program]}`)})`
  const from = program === "compute" ? "const bundled = new Map()" : `import { bundled } from "./src/start/modules.js"`
  return [from, ...entries, begin].join("\n")
}

/** Every chunk has packages that ask for it `require`, and each source its own place instead of the bundle's. */
const BANNER = `import { createRequire as requireOf } from "node:module"
const require = requireOf(import.meta.url)
const metaOf = (file) => {
  const url = new URL(file, globalThis.pipelineRoot)
  return { url: url.href, filename: url.pathname, dirname: new URL(".", url).pathname, resolve: (name) => import.meta.resolve(name) }
}`

/** Keeps the digests of the sources that are read, and gives each its own `import.meta`. */
const sourcesOf = (looked) => ({
  name: "sources",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) =>
      TOGETHER.test(path) || importer.includes("node_modules") ? undefined : { path, external: true }
    )
    build.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path }) => {
      if (path.includes(`${sep}node_modules${sep}`)) return undefined
      const found = look(path)
      const text = readFileSync(path, "utf8")
      if (digestOf(text) !== found.digest) throw new Error(`${path} has just been edited`)
      const file = slashed(relative(root, path))
      looked.set(file, found)
      // On the first line, so that lines keep their numbers.
      const meta = text.includes("import.meta") ? `const importMeta = metaOf(${JSON.stringify(file)});` : ""
      return { contents: `${meta}${text}`, loader: path.endsWith("ts") ? "ts" : "js" }
    })
  }
})

/** Only what Node would find in the same place is put together: no link, no other ending. */
function checkPlaces({ inputs }) {
  for (const [file, { imports }] of Object.entries(inputs)) {
    if (file.includes("node_modules")) continue
    if (file.startsWith("..") || isAbsolute(file)) throw new Error(`${file} lies outside the project`)
    for (const { path, original, external } of imports)
      if (!external && original?.startsWith(".") && path !== slashed(join(dirname(file), original)))
        throw new Error(`${file} imports ${original}, which is ${path}`)
  }
}

/** The manifests of esbuild and of the packages that became part of it: path in node_modules → what it is like. */
function packagesIn({ inputs }) {
  const real = realpathSync(modules)
  const folders = Object.keys(inputs).flatMap((file) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[0] ?? [])
  const paths = [...new Set(folders)].map((folder) =>
    slashed(relative(real, join(resolve(root, folder), "package.json")))
  )
  return new Map([...paths, "esbuild/package.json"].map((path) => [path, look(join(modules, path))]))
}

/** Makes a program's bundle: its name, and every file that it depends on with its state. Throws where that cannot be. */
export async function make(program) {
  mkdirSync(store, { recursive: true })
  const sources = new Map(MAKERS.map((path) => [path, look(join(root, path))]))
  if (program === "cli") for (const path of DECLARATIONS) sources.set(path, look(join(root, path)))
  const result = await build(program, sources)
  checkPlaces(result.metafile)
  const packages = packagesIn(result.metafile)
  const files = result.outputFiles.map(({ path, contents }) => [basename(path), contents])
  const digests = (list) => Object.fromEntries([...list].map(([path, { digest }]) => [path, digest]).sort())
  const manifest = JSON.stringify({
    root: digests(sources),
    modules: digests(packages),
    files: Object.fromEntries(files.map(([name, contents]) => [name, digestOf(contents)]))
  })
  const bundle = `${program}-${digestOf(manifest)}`
  keep(bundle, [...files, [MANIFEST, manifest]])
  const states = new Map()
  for (const [path, { state }] of sources) states.set(join(root, path), state)
  for (const [path, { state }] of packages) states.set(join(modules, path), state)
  for (const [name] of files) states.set(join(store, bundle, name), look(join(store, bundle, name)).state)
  prune(program)
  return { bundle, states }
}

async function build(program, looked) {
  const esbuild = await import("esbuild")
  // Its process starts with the first call; it is short, and collects its garbage less often.
  const { GOGC } = process.env
  process.env.GOGC = "400"
  const result = esbuild.build({
    stdin: { contents: indexOf(program), resolveDir: root, sourcefile: INDEX },
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "esnext",
    outdir: store,
    entryNames: "index",
    sourcemap: "external",
    sourcesContent: false,
    legalComments: "none",
    logLevel: "silent",
    metafile: true,
    define: { "import.meta": "importMeta" },
    banner: { js: BANNER },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [sourcesOf(looked)]
  })
  if (GOGC === undefined) delete process.env.GOGC
  else process.env.GOGC = GOGC
  return result
}

/** Puts the files into the bundle's folder; of two processes that make the same, the first has done it. */
function keep(bundle, files) {
  const work = mkdtempSync(join(store, "new-"))
  try {
    chmodSync(work, 0o777 & ~process.umask())
    for (const [name, contents] of files) writeFileSync(join(work, name), contents)
    try {
      renameSync(work, join(store, bundle))
    } catch {
      // There is one that was not taken: damaged, or made a moment ago.
      const old = mkdtempSync(join(store, "old-"))
      renameSync(join(store, bundle), join(old, bundle))
      renameSync(work, join(store, bundle))
      rmSync(old, { recursive: true, force: true })
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Bundles and notes that nothing has used for so long are those of sources that are gone. */
const UNUSED_MS = 7 * 24 * 3_600_000

function prune(program) {
  const old = (path) => Date.now() - statSync(path).mtimeMs > UNUSED_MS
  try {
    for (const name of [...bundlesOf(program), ...readdirSync(join(store, "roots")).map((name) => join("roots", name))])
      if (old(join(store, name))) rmSync(join(store, name), { recursive: true, force: true })
  } catch {} // another process does it just now
}
