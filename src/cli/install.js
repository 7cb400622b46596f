// Installs what is missing before `npm start`, and with `--tests` before `npm test`; nothing when all is there. Plain
// JavaScript without imports from packages: it runs in a fresh clone on whatever Node the system has.
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { install, installNode, missing, nodeServes, npm, ownNode } from "../install/packages.js"

const root = fileURLToPath(new URL("../..", import.meta.url))
const forTests = process.argv[2] === "--tests"
const manifest = readFileSync(join(root, "package.json"), "utf8")
const { dependencies, devDependencies, peerDependencies } = JSON.parse(manifest)
const stamp = join(root, "node_modules", ".pipeline-installed")
const lock = join(root, "package-lock.json")
const wanted = () => `${manifest}${existsSync(lock) ? readFileSync(lock, "utf8") : ""}`

/** Whether a package lies in node_modules in the version that is named. */
function isInstalled([name, version]) {
  try {
    return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version === version
  } catch {
    return false
  }
}

function fail(problem) {
  process.stderr.write(`npm install failed: ${problem}\n`)
  process.exit(1)
}

const named = Object.entries(forTests ? { ...dependencies, ...devDependencies } : dependencies)
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted() || !named.every(isInstalled)) {
  process.stderr.write("installing what is missing (once)…\n")
  const problem = npm(["install", forTests ? "--include=dev" : "--omit=dev"], root, ["ignore", 2, 2])
  if (problem !== undefined) fail(`${problem}; its messages are above.`)
  try {
    writeFileSync(stamp, wanted())
  } catch (error) {
    process.stderr.write(`installed; that this is so could not be noted (${error.message}).\n`)
  }
}

try {
  if (ownNode() === undefined && !nodeServes()) {
    process.stderr.write(`installing Node ${peerDependencies.node}: this one is ${process.version} (once)…\n`)
    installNode()
  }
  if (forTests) {
    const engines = missing(Object.keys(peerDependencies).filter((name) => name !== "node"))
    if (engines.length > 0) install(engines)
  }
} catch (error) {
  fail(error.message)
}
