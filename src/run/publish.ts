/**
 * Publishing: the outputs of a node (a report's files) also stand in a folder of the project. They are restored when
 * they were deleted or changed, and what an earlier version of the report wrote and this one does not have goes.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Cache } from "../cache/cache.ts"
import { needSpace } from "../cache/space.ts"
import { sha256 } from "../graph/key.ts"
import type { OutputArtifacts } from "../graph/plan.ts"

type Store = Pick<Cache["Service"], "artifacts" | "files" | "published">

/** Writes what differs; gives the number of files written. Throws `BlobDamaged`, `DiskFull` and file system errors. */
export function publish(cache: Store, project: string, folder: string, outputs: OutputArtifacts): number {
  const before = cache.published.files(folder)
  const now: Record<string, string> = {}
  let written = 0
  for (const name of Object.keys(outputs).sort()) {
    const { digest } = outputs[name]
    const path = join(folder, name)
    now[name] = digest
    if (cache.files.digest(path) === digest) continue
    const bytes = cache.artifacts.read(digest)
    const target = join(project, path)
    mkdirSync(dirname(target), { recursive: true })
    needSpace(dirname(target), bytes.length)
    writeFileSync(`${target}.${process.pid}.new`, bytes)
    renameSync(`${target}.${process.pid}.new`, target)
    written++
  }
  for (const name of Object.keys(before)) if (!(name in now)) removeOwn(join(project, folder, name), before[name])
  if (JSON.stringify(before) !== JSON.stringify(now)) cache.published.note(folder, now)
  return written
}

/** Removes a file that an earlier report wrote, unless somebody has changed it since. */
function removeOwn(path: string, digest: string) {
  try {
    if (sha256(readFileSync(path)) === digest) rmSync(path)
  } catch {}
}
