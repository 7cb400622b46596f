/** Logs: what each node wrote when it last ran, a file each. A log that cannot be kept never fails its node. */
import { accessSync, closeSync, constants, mkdirSync, rmSync, writeSync } from "node:fs"
import { dirname, join } from "node:path"
import { ensureFolder, kindAt, setAside } from "../cache/aside.ts"
import { problemOf } from "../cache/errors.ts"
import { openPlain } from "../cache/files.ts"
import { isWindowsOnly } from "../foreign/names.ts"
import { sha256 } from "../graph/key.ts"

/**
 * `LOGS/train/mnist/layers=4.log`, LOGS being the folder of the project's logs. Parts too long for a file system are cut
 * and told apart by a digest.
 */
export function logPath(logs: string, name: string): string {
  const safe = name
    .split("/")
    .map((part) => (part === "." || part === ".." ? "_" : part))
    .map((part) => (isWindowsOnly(part) ? `${part}~` : part))
    .map((part) => (part.length <= 200 ? part : `${part.slice(0, 180)}~${sha256(part).slice(0, 12)}`))
  return join(logs, ...safe.slice(0, -1), `${safe[safe.length - 1]}.log`)
}

/** A node begins: its last log goes, and what else stands in its place is moved aside. Gives why no log can be kept, if none can. */
export function startLog(cache: string, log: string): string | undefined {
  try {
    ensureFolder(cache, dirname(log))
    if (kindAt(log) === "file") rmSync(log)
    else if (kindAt(log) !== "nothing") setAside(cache, log)
    accessSync(dirname(log), constants.W_OK)
    return undefined
  } catch (error) {
    return problemOf(error)
  }
}

/** Adds to a node's log, if it can be written. */
export function append(log: string, text: string | Uint8Array): void {
  try {
    mkdirSync(dirname(log), { recursive: true })
    const file = openPlain(log, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT)
    try {
      const bytes = Buffer.from(text)
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
    } finally {
      closeSync(file)
    }
  } catch {}
}
