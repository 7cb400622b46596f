/**
 * What processes leave in the cache that were killed: files half written, notes that they have it open. Commands that
 * write take it away; those that read pass it over.
 */
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { isOwn } from "./names.ts"
import { isBeingWritten, ownName } from "./process.ts"

/** Takes away what dead processes left behind, in as far as it can be. */
export function tidy(cache: string): void {
  for (const name of namesIn(join(cache, "tmp"))) {
    const writer = name.slice(0, name.lastIndexOf("-"))
    const path = join(cache, "tmp", name)
    if (isOwn.tmp(name) && !isBeingWritten(cache, writer, path)) remove(path)
  }
  for (const name of namesIn(join(cache, "open"))) {
    const path = join(cache, "open", name)
    if (isOwn.note(name) && name !== ownName && !isBeingWritten(cache, name, path)) remove(path)
  }
  for (const name of namesIn(join(cache, "opening"))) {
    const process = name.slice(0, name.lastIndexOf("."))
    const path = join(cache, "opening", name)
    if (isOwn.ticket(name) && process !== ownName && !isBeingWritten(cache, process, path)) remove(path)
  }
}

function namesIn(folder: string): ReadonlyArray<string> {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** What cannot be removed does no harm. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {}
}
