/** Who is alive: processes by id and start time, since ids are used again. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
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

/** Differs after every restart of the machine; undefined where the system has none. */
export function bootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
  } catch {
    return undefined
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

const folderOf = (cache: string) => join(cache, "open")

/**
 * Notes that this process has the cache open, and since when (milliseconds since 1970); the returned function takes
 * the note away.
 */
export function markOpen(cache: string): () => void {
  const path = join(folderOf(cache), ownName)
  mkdirSync(folderOf(cache), { recursive: true })
  writeFileSync(path, `${Date.now()}\n`)
  return () => rmSync(path, { force: true })
}

/** Notes artifacts that this process is going to read, so that no garbage collection takes them away meanwhile. */
export function hold(cache: string, digests: Iterable<string>): void {
  appendFileSync(join(folderOf(cache), ownName), [...digests, ""].join("\n"))
}

/** Notes of other living processes that have the cache open, by path. Those of dead ones are removed. */
function others(cache: string): ReadonlyArray<string> {
  let names: ReadonlyArray<string>
  try {
    names = readdirSync(folderOf(cache))
  } catch {
    return []
  }
  return names.flatMap((name) => {
    if (name === ownName) return []
    const path = join(folderOf(cache), name)
    if (isNameAlive(name)) return [path]
    remove(path)
    return []
  })
}

/** True if another living process has the cache open. */
export const openElsewhere = (cache: string): boolean => others(cache).length > 0

/** What other living processes need: when the first of them opened the cache, and the artifacts that they hold. */
export function heldElsewhere(cache: string): { readonly since: number; readonly digests: ReadonlySet<string> } {
  let since = Number.POSITIVE_INFINITY
  const digests = new Set<string>()
  for (const path of others(cache)) {
    const [opened, ...held] = readFileSync(path, "utf8").trimEnd().split("\n")
    since = Math.min(since, Number(opened))
    for (const digest of held) digests.add(digest)
  }
  return { since, digests }
}

/** Where the cache can only be read, notes of the dead stay. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {}
}
