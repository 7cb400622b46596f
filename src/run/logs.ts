/** Logs: what each node wrote when it last ran, a file each. */
import { appendFileSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { sha256 } from "../graph/key.ts"

/** `cache/logs/train/mnist/layers=4.log`; parts too long for a file system are cut and told apart by a digest. */
export function logPath(cache: string, name: string): string {
  const safe = name
    .split("/")
    .map((part) => (part === "." || part === ".." ? "_" : part))
    .map((part) => (part.length <= 200 ? part : `${part.slice(0, 180)}~${sha256(part).slice(0, 12)}`))
  return join(cache, "logs", ...safe.slice(0, -1), `${safe[safe.length - 1]}.log`)
}

/** Adds to a node's log; a log that cannot be written must not fail the node. */
export function append(log: string, text: string | Uint8Array): void {
  try {
    mkdirSync(dirname(log), { recursive: true })
    appendFileSync(log, text)
  } catch {}
}
