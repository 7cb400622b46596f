/**
 * Who is alive: processes by id and start time, since ids are used again, and by where the id counts: containers (PID
 * namespaces) have ids of their own, and so have machines. Of a process elsewhere nothing can be asked of the system. It
 * keeps touching its note in `open/` instead, and is taken for dead when it has not done so for a while.
 */
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { hostname } from "node:os"
import { basename, join } from "node:path"
import { sha256 } from "../graph/key.ts"

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

/** The container's: `pid:[4026531836]`, of which the number; empty where there are none. */
function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? ""
  } catch {
    return ""
  }
}

const machine = sha256(bootId() ?? hostname()).slice(0, 12)
const own = `${machine}-${namespace()}`

/** Names this process among all, in file names: id, start time, machine, container. */
export const ownName = `${process.pid}-${startOf(process.pid) ?? ""}-${own}`

interface Named {
  readonly pid: number
  readonly start: string
  readonly machine: string
  readonly isHere: boolean // in this container of this machine
}

/** Undefined for what is no such name. Earlier versions named id and start time alone. */
function parse(name: string): Named | undefined {
  const found = /^(\d+)-(\d*)(?:-([0-9a-f]{12})-(\d*))?$/.exec(name)
  if (found === null) return undefined
  const [, pid, start, on = machine, within] = found
  return { pid: Number(pid), start, machine: on, isHere: within === undefined || `${on}-${within}` === own }
}

/** A process touches its note this often. */
const BEAT_MS = 2_000
/** One elsewhere that is silent for so long is dead to those who wait for it: what it computes is done again. */
const SILENT_MS = 20_000
/** Nothing that it needs is taken away before it has been silent for so long: it may be busy, or stopped for a while. */
const FORGOTTEN_MS = 300_000
/** Whether a process on another machine is alive is seen by its touching its note, within this time. */
const WATCH_MS = 7_000

const folderOf = (cache: string) => join(cache, "open")
const noteOf = (cache: string, name: string) => join(folderOf(cache), name)

/** Milliseconds since a file was touched; undefined if there is none. Of what seems to lie ahead, the clock was set back. */
function silenceOf(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && Math.max(0, Date.now() - found.mtimeMs)
}

/**
 * True if the process of that name is alive. Of one elsewhere the note counts, or another file that it wrote, and
 * whether it was silent for less than `patience` milliseconds.
 */
export function isNameAlive(cache: string, name: string, file = noteOf(cache, name), patience = SILENT_MS): boolean {
  const named = parse(name)
  if (named === undefined) return false
  if (named.isHere) return startOf(named.pid) === named.start
  const silence = silenceOf(file)
  return silence !== undefined && silence < patience
}

/** True if a file that the process of that name was writing may still be written. */
export const isBeingWritten = (cache: string, name: string, file: string): boolean =>
  isNameAlive(cache, name, file, FORGOTTEN_MS)

/** A process in words: "process 12", "process 12 on HOST, in another container". */
export function describe(cache: string, name: string): string {
  const named = parse(name)
  if (named === undefined) return "a process unknown"
  const { pid, machine: on, isHere } = named
  if (isHere) return `process ${pid}`
  return `process ${pid} on ${hostOf(cache, name)}, ${on === machine ? "in another container" : "another machine"}`
}

function hostOf(cache: string, name: string): string {
  try {
    return readFileSync(noteOf(cache, name), "utf8").split("\n", 1)[0].split(" ")[1] ?? "some host"
  } catch {
    return "some host" // it has just ended
  }
}

/** Another living process has this one's id, in a container of its own, which LMDB cannot bear: readers are told apart by it. */
export class ProcessIdTaken extends Error {
  readonly _tag = "ProcessIdTaken"
}

/**
 * Notes that this process has the cache open, and since when (milliseconds since 1970), and goes on touching the note;
 * the returned function takes it away. To be called in turn (turns.ts). Throws `ProcessIdTaken`, and an error if a
 * process on another machine has the cache open: an index of LMDB serves one machine at a time.
 */
export function markOpen(cache: string): () => void {
  const path = noteOf(cache, ownName)
  const isNamesake = (other: Named | undefined) => other?.pid === process.pid && other.machine === machine
  if (others(cache).map(parseName).some(isNamesake)) throw new ProcessIdTaken()
  refuseOtherMachines(cache)
  mkdirSync(folderOf(cache), { recursive: true })
  writeFileSync(path, `${Date.now()} ${hostname()}\n`)
  const timer = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date())
    } catch {} // the next time is soon enough
  }, BEAT_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    rmSync(path, { force: true })
  }
}

/** Waits until it is clear that no process on another machine goes on touching its note. */
function refuseOtherMachines(cache: string): void {
  const foreign = others(cache).filter((path) => parseName(path)?.machine !== machine)
  const touched = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs
  const before = new Map(foreign.map((path) => [path, touched(path)]))
  const until = performance.now() + WATCH_MS
  while (before.size > 0 && performance.now() < until) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    for (const [path, then] of before) {
      const now = touched(path)
      if (now === undefined) before.delete(path)
      else if (now !== then)
        throw new Error(
          `${describe(cache, basename(path))}, has it open, and its index can be used by one machine at a time; wait for that one to end`
        )
    }
  }
  for (const path of before.keys()) rmSync(path, { force: true })
}

/** Notes artifacts that this process is going to read, so that no garbage collection takes them away meanwhile. */
export function hold(cache: string, digests: Iterable<string>): void {
  appendFileSync(noteOf(cache, ownName), [...digests, ""].join("\n"))
}

const parseName = (path: string) => parse(basename(path))

/** Notes of other living processes that have the cache open, by path. */
function others(cache: string): ReadonlyArray<string> {
  let names: ReadonlyArray<string>
  try {
    names = readdirSync(folderOf(cache))
  } catch {
    return []
  }
  return names
    .filter((name) => name !== ownName && isBeingWritten(cache, name, noteOf(cache, name)))
    .map((name) => noteOf(cache, name))
}

/** True if another living process has the cache open. */
export const openElsewhere = (cache: string): boolean => others(cache).length > 0

/** What other living processes need: when the first of them opened the cache, and the artifacts that they hold. */
export function heldElsewhere(cache: string): { readonly since: number; readonly digests: ReadonlySet<string> } {
  let since = Number.POSITIVE_INFINITY
  const digests = new Set<string>()
  for (const path of others(cache)) {
    const [opened, ...held] = readFileSync(path, "utf8").trimEnd().split("\n")
    since = Math.min(since, Number(opened.split(" ")[0]))
    for (const digest of held) digests.add(digest)
  }
  return { since, digests }
}
