/** Who is alive: processes by id and start time, since ids are used again. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Start time of a process in clock ticks since boot; empty where the system does not say (not Linux), undefined if there is no such process. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    // A zombie has ended, though nobody has taken note of it yet.
    return fields[0] === "Z" ? undefined : fields[19]
  } catch {
    if (process.platform === "linux") return undefined
    try {
      process.kill(pid, 0)
      return ""
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM" ? "" : undefined
    }
  }
}

export function isAlive(pid: number, start: string): boolean {
  const found = startOf(pid)
  return found !== undefined && found === start
}

/** Names this process among all, in file names: id and start time. */
export const ownName = `${process.pid}-${startOf(process.pid) ?? ""}`

/** True if the process of that name is alive. */
export function isNameAlive(name: string): boolean {
  const [pid, start] = name.split("-")
  return isAlive(Number(pid), start)
}

/** Notes that this process has the cache open; the returned function takes the note away. */
export function markOpen(cache: string): () => void {
  const path = join(cache, "open", ownName)
  mkdirSync(join(cache, "open"), { recursive: true })
  writeFileSync(path, "")
  return () => rmSync(path, { force: true })
}

/** True if another living process has the cache open. Notes of dead ones are removed. */
export function openElsewhere(cache: string): boolean {
  let names: ReadonlyArray<string>
  try {
    names = readdirSync(join(cache, "open"))
  } catch {
    return false
  }
  let alive = false
  for (const name of names) {
    if (name === ownName) continue
    if (isNameAlive(name)) alive = true
    else remove(join(cache, "open", name))
  }
  return alive
}

/** Where the cache can only be read, notes of the dead stay. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {}
}
