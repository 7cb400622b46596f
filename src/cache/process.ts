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

export const isAlive = (pid: number, start: string) => startOf(pid) === start

const own = `${process.pid}-${startOf(process.pid) ?? ""}`

/** Notes that this process has the cache open; the returned function takes the note away. */
export function markOpen(cache: string): () => void {
  const path = join(cache, "open", own)
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
    if (name === own) continue
    const [pid, start] = name.split("-")
    if (isAlive(Number(pid), start)) alive = true
    else rmSync(join(cache, "open", name), { force: true })
  }
  return alive
}
