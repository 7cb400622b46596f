/**
 * A shared cache on a machine that is reached by ssh alone: rsync carries files between it and a staging folder of the
 * same form here. What is there already is not sent again, and a file that was cut short goes on where it ended.
 */
import { spawn } from "node:child_process"
import { mkdir, rm, symlink } from "node:fs/promises"
import { join } from "node:path"
import { blobPath } from "../blobs.ts"
import { nameOf, type SshAddress } from "./address.ts"
import { folderTransport } from "./folder.ts"
import { KINDS, type Place, pathOf, type Transport, Trouble } from "./transport.ts"

const OPTIONS = [
  "--recursive",
  "--copy-links",
  "--times",
  "--partial-dir=.partial",
  "--ignore-existing",
  "--chmod=D755,F644",
  "--files-from=-"
]

/**
 * `staging`: a folder of this run. `cache`: the local one, whose blobs are sent from where they lie. Files are fetched by
 * `prefetch`, and sent by `flush`: bytes first.
 */
export function sshTransport(address: SshAddress, staging: string, cache: string): Transport {
  const { host, path, port } = address
  const there = `${host}:${path}/`
  const options = port === undefined ? OPTIONS : [...OPTIONS, "--rsh", `ssh -p ${port}`]
  const staged = folderTransport(staging)
  const written: Array<Place> = []
  return {
    name: nameOf(address),
    read: staged.read,
    // What is there is not known before it is sent.
    size: (place) => (written.length > 0 ? Promise.resolve(undefined) : staged.size(place)),
    async write(place, size, pieces) {
      if (place.kind === "ac") await staged.write(place, size, pieces)
      else {
        await mkdir(join(staging, place.kind), { recursive: true })
        await rm(join(staging, pathOf(place)), { force: true })
        await symlink(blobPath(cache, place.name), join(staging, pathOf(place)))
      }
      written.push(place)
    },
    prefetch: (places) => rsync([...options, "--ignore-missing-args", "--", there, `${staging}/`], places),
    async flush() {
      for (const kind of KINDS)
        await rsync(
          [...options, "--", `${staging}/`, there],
          written.filter((place) => place.kind === kind)
        )
    },
    close() {}
  }
}

/** So much of what it says is kept for a message. */
const SAID = 2000

/** rsync's own: a file vanished while it was read. */
const VANISHED = 24

async function rsync(args: ReadonlyArray<string>, places: ReadonlyArray<Place>): Promise<void> {
  if (places.length === 0) return
  await new Promise<void>((resolve, reject) => {
    const child = spawn("rsync", args, { stdio: ["pipe", "ignore", "pipe"] })
    let said = ""
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-SAID)
    })
    child.on("error", (error: NodeJS.ErrnoException) => {
      const problem = error.code === "ENOENT" ? "rsync is needed for ssh://, and is not installed" : error.message
      reject(new Trouble("refused", problem))
    })
    child.on("close", (code) => {
      if (code === 0 || code === VANISHED) return resolve()
      const [line = ""] = said.split("\n").filter((one) => one.trim() !== "")
      reject(new Trouble("refused", `rsync ended with ${code}: ${line.slice(0, 300)}`))
    })
    child.stdin.on("error", () => {}) // it ended before it had read all; its end tells why
    child.stdin.end(places.map((place) => `${pathOf(place)}\n`).join(""))
  })
}
