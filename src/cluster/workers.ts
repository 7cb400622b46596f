/**
 * Workers of a run: each has a file `workers/ID` that it writes anew from time to time. Who is alive is judged by the
 * observer's own clock alone: a worker whose file has not changed for the lease's time is dead. So clocks of machines may
 * differ by minutes, and what a file system remembers of a file for a while matters only if the lease is shorter.
 */
import { mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { replaceFile } from "../cache/out-file.ts"
import { places, textOf } from "./places.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
/** It becomes a file's name, and is printed. */
export const WorkerId = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/))

const Doing = Schema.Struct({
  name: Schema.String,
  seconds: Schema.Finite, // since it began
  progress: Schema.optionalKey(
    Schema.Struct({
      done: Schema.Finite,
      total: Schema.Finite,
      unit: Schema.String,
      message: Schema.optionalKey(Schema.String)
    })
  )
})

export const WorkerNote = Schema.Struct({
  id: WorkerId,
  /** How often a worker of this name has begun: claims of earlier ones are free. */
  life: Count,
  /** Raised each time the file is written. */
  beat: Count,
  host: Schema.String,
  pid: Count,
  slots: Count,
  since: Schema.String, // UTC, by the worker's clock
  done: Count, // nodes that it has computed
  failed: Count,
  doing: Schema.Array(Doing),
  /** Why it has ended; null while it is at work. */
  ended: Schema.NullOr(Schema.String)
})
export interface WorkerNote extends Schema.Schema.Type<typeof WorkerNote> {}

const decode = SchemaParser.decodeUnknownResult(Schema.fromJsonString(WorkerNote))

/** What a worker's file says; undefined if there is none, or it is no such file. */
export function readWorker(run: string, id: string): WorkerNote | undefined {
  const text = textOf(join(places(run).workers, id))
  const note = text === undefined ? undefined : decode(text)
  return note !== undefined && Result.isSuccess(note) ? note.success : undefined
}

/** What all workers' files say, by their names. */
export function readWorkers(run: string): ReadonlyArray<WorkerNote> {
  try {
    const names = readdirSync(places(run).workers).filter((name) => !name.startsWith("."))
    return names.sort().flatMap((name) => readWorker(run, name) ?? [])
  } catch {
    return []
  }
}

/** Writes a worker's file. Throws errors of the file system. */
export function writeWorker(run: string, note: WorkerNote): void {
  const { workers } = places(run)
  mkdirSync(workers, { recursive: true })
  replaceFile(join(workers, note.id), JSON.stringify(note))
}

/** A worker's name in claims: `ID.LIFE`. */
export const holderName = ({ id, life }: Pick<WorkerNote, "id" | "life">): string => `${id}.${life}`

const parseHolder = (holder: string) => {
  const dot = holder.lastIndexOf(".")
  const life = Number(holder.slice(dot + 1))
  return dot < 1 || !Number.isSafeInteger(life) ? undefined : { id: holder.slice(0, dot), life }
}

export interface Watch {
  /** Whether a worker has ended, begun again, or been silent for the lease's time since this was first asked. */
  isDead(holder: string): boolean
  /** Whether a worker is at work. */
  isAlive(note: WorkerNote): boolean
}

interface Seen {
  readonly beat: string
  readonly since: number // by the observer's clock, milliseconds
}

/** `now`: milliseconds of a clock that only goes forward. */
export function watchWorkers(
  run: string,
  leaseMs: number,
  now: () => number = () => performance.now(),
  read: typeof readWorker = readWorker
): Watch {
  const seen = new Map<string, Seen>()
  /** Whether something has shown no change for the lease's time. */
  const isSilent = (name: string, beat: string): boolean => {
    const before = seen.get(name)
    if (before !== undefined && before.beat === beat) return now() - before.since >= leaseMs
    seen.set(name, { beat, since: now() })
    return false
  }
  return {
    isDead(holder) {
      const named = parseHolder(holder)
      // A claim that is being written, or was when its writer died.
      if (named === undefined) return isSilent(holder, "")
      const note = read(run, named.id)
      if (note !== undefined && note.life > named.life) return true
      if (note !== undefined && note.life === named.life && note.ended !== null) return true
      return isSilent(holder, note === undefined ? "" : `${note.life}.${note.beat}`)
    },
    isAlive: (note) => note.ended === null && !isSilent(note.id, `${note.life}.${note.beat}`)
  }
}
