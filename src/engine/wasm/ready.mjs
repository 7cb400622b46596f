// Imported where a pipeline is declared: the digests of all kernels are known before anything is planned.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { announce } from "./announce.mjs"

const edited = announce()
if (edited.length > 0) {
  const build = fileURLToPath(new URL("./build.mjs", import.meta.url))
  const { status } = spawnSync(process.execPath, [build, ...edited], { stdio: ["ignore", "ignore", "inherit"] })
  if (status !== 0) process.exit(1)
}
