/**
 * What a run tells other shells: its events as a file of JSON Lines (`runs/BEGIN-PROCESS.jsonl`), each with the
 * time, and beside it what it is doing now (`….now`), which goes when it ends. Both are conveniences: where they cannot be
 * written, the run goes on without.
 */
import { closeSync, constants, readdirSync, readFileSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { ensureFolder } from "../cache/aside.ts"
import { putInPlace } from "../cache/blobs.ts"
import { openPlain } from "../cache/files.ts"
import { isOwn } from "../cache/names.ts"
import { isNameAlive, ownName } from "../cache/process.ts"
import { Digest } from "../graph/trace.ts"
import type { Estimate } from "./estimate.ts"
import type { Listener } from "./events.ts"

const Count = Schema.Finite

const RunningNode = Schema.Struct({
  name: Schema.String,
  key: Schema.String,
  since: Count, // milliseconds since 1970
  /** Of its checkpoints, where that is not the one that its parameters give: it was forced. */
  family: Schema.optionalKey(Digest),
  /** How far it is, where it says so, and how far it was when it first did, at `from`. */
  progress: Schema.optionalKey(
    Schema.Struct({
      done: Count,
      total: Count,
      unit: Schema.String,
      message: Schema.optionalKey(Schema.String),
      first: Count,
      from: Count // milliseconds since 1970
    })
  )
})
export type RunningNode = typeof RunningNode.Type

const LiveRun = Schema.Struct({
  targets: Schema.Array(Schema.String), // studies and variants
  since: Count, // milliseconds since 1970
  done: Count, // nodes
  total: Count,
  left: Schema.NullOr(Count), // seconds
  running: Schema.Array(RunningNode)
})
export interface LiveRun extends Schema.Schema.Type<typeof LiveRun> {}

const read = SchemaParser.decodeUnknownResult(Schema.fromJsonString(LiveRun))

const folderOf = (cache: string) => join(cache, "runs")

/** Files of the runs of all projects, the oldest first. */
function filesIn(folder: string): ReadonlyArray<string> {
  try {
    return readdirSync(folder).filter(isOwn.run).sort()
  } catch {
    return []
  }
}

/** `20260314T150926-PROCESS` */
const processOf = (file: string) => file.slice(file.indexOf("-") + 1, file.lastIndexOf("."))

/** What runs on this cache are doing now, whatever shell or project they were started from. */
export function liveRuns(cache: string): ReadonlyArray<LiveRun> {
  return filesIn(folderOf(cache)).flatMap((file) => {
    if (!file.endsWith(".now") || !isNameAlive(cache, processOf(file))) return []
    try {
      const run = read(readFileSync(join(folderOf(cache), file), "utf8"))
      return Result.isSuccess(run) ? [run.success] : []
    } catch {
      return [] // it has just ended
    }
  })
}

/** Events of so many runs are kept, and of each at most so many bytes. */
const RUNS = 50
const MOST_BYTES = 16 << 20
const EVERY_MS = 1000
/** Its number among the temporary files of this process: artifacts are counted from 0. */
const TEMPORARY = 999_999_999

export interface ChronicleOptions {
  readonly cache: string
  readonly targets: ReadonlyArray<string>
  readonly total: number
  readonly estimate: Estimate
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface Chronicle {
  readonly listen: Listener
  readonly close: () => void
}

export function openChronicle({ cache, targets, total, estimate, now }: ChronicleOptions): Chronicle {
  const since = now()
  const folder = folderOf(cache)
  const begin = new Date(since).toISOString().replace(/[-:]/g, "").slice(0, 15)
  const path = join(folder, `${begin}-${ownName}`)
  const running = new Map<string, { -readonly [K in keyof RunningNode]: RunningNode[K] }>()
  let events: number | undefined
  let bytes = 0
  let done = 0
  let all = total
  let written = 0
  let changed = true

  const quietly = (write: () => void) => {
    try {
      write()
    } catch {}
  }
  quietly(() => {
    ensureFolder(cache, folder)
    prune(cache)
    events = openPlain(`${path}.jsonl`, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT)
  })

  const note = (event: object) => {
    if (events === undefined || bytes > MOST_BYTES) return
    const line = `${JSON.stringify({ time: new Date(now()).toISOString(), ...event })}\n`
    bytes += Buffer.byteLength(line)
    const text = bytes > MOST_BYTES ? `${JSON.stringify({ type: "notice", message: "no more is kept" })}\n` : line
    quietly(() => void writeSync(events!, text))
  }

  const tellNow = () => {
    if (!changed && now() - written < 5 * EVERY_MS) return
    changed = false
    written = now()
    const live: LiveRun = {
      targets,
      since,
      done,
      total: all,
      left: estimate.remaining() ?? null,
      running: [...running.values()]
    }
    quietly(() => {
      const temporary = join(cache, "tmp", `${ownName}-${TEMPORARY}`)
      const file = openPlain(temporary, constants.O_WRONLY | constants.O_TRUNC | constants.O_CREAT)
      try {
        writeSync(file, JSON.stringify(live))
      } finally {
        closeSync(file)
      }
      putInPlace(cache, temporary, `${path}.now`)
    })
  }
  const timer = setInterval(tellNow, EVERY_MS)
  timer.unref()

  return {
    listen(event) {
      changed = true
      if (event.type === "progress") {
        const node = running.get(event.name)
        const { name: _, type: __, ...progress } = event
        const first = node?.progress ?? { first: event.done, from: now() }
        if (node !== undefined) node.progress = { ...progress, first: first.first, from: first.from }
        return
      }
      note(event)
      if (event.type === "admitted") all += event.run
      if (event.type === "start") {
        const { name, key, family } = event
        running.set(name, { name, key, since: now(), ...(family !== undefined && { family }) })
      }
      if (["done", "reused", "failed", "skipped"].includes(event.type)) {
        done++
        if ("name" in event) running.delete(event.name)
      }
      if (event.type === "start") tellNow()
    },
    close() {
      clearInterval(timer)
      quietly(() => rmSync(`${path}.now`, { force: true }))
      if (events !== undefined) quietly(() => closeSync(events!))
      events = undefined
    }
  }
}

/** Removes what ended runs have left, but for the events of the latest. */
const prune = (cache: string): void => leftByRuns(cache, RUNS - 1).forEach((path) => rmSync(path, { force: true }))

/** Files that ended runs have left, but for the events of so many of the latest. */
export function leftByRuns(cache: string, but: number): ReadonlyArray<string> {
  const files = filesIn(folderOf(cache)).filter((file) => !isNameAlive(cache, processOf(file)))
  const events = files.filter((file) => file.endsWith(".jsonl"))
  const kept = new Set(events.slice(Math.max(0, events.length - but)))
  return files.filter((file) => !kept.has(file)).map((file) => join(folderOf(cache), file))
}
