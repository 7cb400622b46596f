// Installs what is missing before `npm start` and `npm test`, and nothing when all is there. Plain JavaScript without
// imports from packages: it runs in a fresh clone on whatever Node the system has.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const stamp = join(root, "node_modules", ".pipeline-installed")
const wanted = () =>
  createHash("sha256")
    .update(readFileSync(join(root, "package.json")))
    .update(existsSync(join(root, "package-lock.json")) ? readFileSync(join(root, "package-lock.json")) : "")
    .digest("hex")

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted()) {
  process.stderr.write("installing what is missing (once)…\n")
  const npm = process.env.npm_execpath
  const [command, args] = npm === undefined ? ["npm", []] : [process.execPath, [npm]]
  const { status, error } = spawnSync(command, [...args, "install", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", 2, 2]
  })
  if (status !== 0) {
    process.stderr.write(
      `npm install failed${error === undefined ? "" : `: ${error.message}`}; its messages are above.\n`
    )
    process.exit(1)
  }
  try {
    writeFileSync(stamp, wanted())
  } catch (error) {
    process.stderr.write(`installed; that this is so could not be noted (${error.message}).\n`)
  }
}
