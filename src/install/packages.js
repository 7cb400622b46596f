/**
 * npm packages that come when they are first asked for: Node itself, where the system's is too old, and those of single
 * engines. package.json names them as optional peers, with their versions.
 *
 * They lie in `node_modules/.pipeline/`, which `npm install` leaves alone, with links where imports look for them; npm
 * removes such links, and the next use makes them again. Plain JavaScript without imports from packages: any Node runs it
 * in a fresh clone.
 */
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const modules = join(root, "node_modules")
const own = join(modules, ".pipeline")

const read = (path) => JSON.parse(readFileSync(path, "utf8"))

/** What keeps packages from being installed, in one line. */
export class InstallFailed extends Error {}

/** npm, with the version of it that runs this, if one does. Gives the first thing that it complains of, if any. */
export function npm(args, cwd, stdio) {
  const { npm_execpath: path, ...env } = process.env
  const [command, before] = path?.endsWith(".js") ? [process.execPath, [path]] : ["npm", []]
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
  // Without a network it says so after seconds, not minutes.
  const patience = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
  const { status, error, stderr } = spawnSync(command, [...before, ...args, ...quiet, ...patience], {
    cwd,
    stdio,
    env,
    encoding: "utf8",
    shell: process.platform === "win32" && command === "npm"
  })
  if (status === 0) return undefined
  const said = (stderr ?? "")
    .split("\n")
    .filter((line) => /^npm (error|ERR!) (?!code|errno|syscall|A complete log)/.test(line))
  return error?.message ?? said[0]?.replace(/^npm (error|ERR!) /, "") ?? `npm ended with ${status ?? "a signal"}`
}

/** Installs packages, name → version, into `node_modules/.pipeline/GROUP`: all of them or none. Throws `InstallFailed`. */
function bring(group, packages) {
  const folder = join(own, group)
  const { overrides } = read(join(root, "package.json"))
  let work
  try {
    mkdirSync(own, { recursive: true })
    work = mkdtempSync(join(own, "new-"))
    chmodSync(work, 0o777 & ~process.umask()) // whoever may use the project may use these: mkdtemp lets its maker alone
    writeFileSync(join(work, "package.json"), JSON.stringify({ private: true, dependencies: packages, overrides }))
    // The versions of what they need in turn.
    copyFileSync(join(root, "package-lock.json"), join(work, "package-lock.json"))
  } catch (error) {
    if (work !== undefined) rmSync(work, { recursive: true, force: true })
    throw new InstallFailed(error.message)
  }
  try {
    const problem = npm(["install", "--ignore-scripts", "--prefix", work], work, ["ignore", "ignore", "pipe"])
    if (problem !== undefined) throw new InstallFailed(problem)
    const old = existsSync(folder) ? mkdtempSync(join(own, "old-")) : undefined
    if (old !== undefined) renameSync(folder, join(old, group))
    renameSync(work, folder)
    if (old !== undefined) rmSync(old, { recursive: true, force: true })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Makes `path` a link to `target`, whatever link stands there. */
function link(target, path) {
  mkdirSync(dirname(path), { recursive: true })
  rmSync(path, { force: true })
  symlinkSync(relative(dirname(path), target), path, process.platform === "win32" ? "junction" : undefined)
}

const isThere = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined && existsSync(path)

/** The version that the project names of a package. */
function versionOf(name) {
  const { peerDependencies } = read(join(root, "package.json"))
  if (peerDependencies[name] === undefined) throw new Error(`package.json names no version of ${name}`)
  return peerDependencies[name]
}

/** `NAME VERSION`, as messages name a package. */
export const titleOf = (name) => `${name} ${versionOf(name)}`

/** Those of the packages that are not installed. Links that npm has removed are made again. */
export function missing(names) {
  const folder = join(own, "engines", "node_modules")
  return names.filter((name) => {
    if (isThere(join(modules, name, "package.json"))) return false
    if (!existsSync(join(folder, name, "package.json"))) return true
    link(join(folder, name), join(modules, name))
    return false
  })
}

/** Installs packages of engines beside those that are there. Throws `InstallFailed`. */
export function install(names) {
  const manifest = join(own, "engines", "package.json")
  const present = existsSync(manifest) ? Object.keys(read(manifest).dependencies) : []
  const all = [...new Set([...present, ...names])].sort()
  bring("engines", Object.fromEntries(all.map((name) => [name, versionOf(name)])))
  for (const name of Object.keys(read(join(root, "package.json")).peerDependencies)) {
    const [path, copy] = [join(modules, name), join(own, "engines", "node_modules", name)]
    if (!existsSync(copy)) continue
    if (!isThere(path)) link(copy, path)
    else if (!lstatSync(path).isSymbolicLink()) {
      // Developers have it among the others already: packages that share it must not have two of it.
      rmSync(copy, { recursive: true, force: true })
      link(path, copy)
    }
  }
}

/** Whether `npm install` has been here. */
export const isInstalled = () => existsSync(join(modules, "effect", "package.json"))

/** The least that the sources run on: it takes their types for what they are. */
const NODE_AT_LEAST = 24

/** Whether this very Node can run the program. */
export const nodeServes = () => Number(process.versions.node.split(".")[0]) >= NODE_AT_LEAST

const { platform, arch } = process
/** The package of a Node for this machine, as the package `node` chooses it. */
const nodePackage = `${platform === "darwin" && arch === "arm64" ? "node-bin" : "node"}-${platform === "win32" ? "win" : platform}-${arch}`
const binary = (name) => join(name, "bin", platform === "win32" ? "node.exe" : "node")

/** The project's own Node, or undefined. It is also where npm's scripts, and the package `node` itself, would have it. */
export function ownNode() {
  const linked = join(modules, binary("node"))
  const path = [join(own, "node", "node_modules", binary(nodePackage)), linked].find(existsSync)
  if (path !== undefined && platform !== "win32") {
    for (const place of [join(modules, ".bin", "node"), linked]) {
      if (place === path || isThere(place)) continue
      try {
        link(path, place)
      } catch {} // only a convenience
    }
  }
  return path
}

/** Installs the Node that package.json names, and gives its path. Throws `InstallFailed`. */
export function installNode() {
  bring("node", { [nodePackage]: versionOf("node") })
  // Headers, for addons that nobody builds here, are a third of it.
  for (const part of ["include", "share", "CHANGELOG.md"])
    rmSync(join(own, "node", "node_modules", nodePackage, part), { recursive: true, force: true })
  return ownNode()
}
