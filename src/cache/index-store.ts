/**
 * The index: LMDB over the journal, so that twenty thousand lookups take milliseconds. Everything in it can be made
 * again, from the journal or by looking; so it is thrown away without regret when it is damaged or of another format.
 *
 * Only synchronous transactions are used: an asynchronous `put` of lmdb 3.5 neither rolls back on a throw nor can its
 * failure on a full disk be caught.
 */
import { spawnSync } from "node:child_process"
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Database, open, type RootDatabase } from "lmdb"
import { FORMAT, identityOf } from "../graph/key.ts"
import type { Artifact, Trace } from "../graph/trace.ts"
import { fromBundle } from "../start/script.ts"
import { setAside } from "./aside.ts"
import { readNote } from "./files.ts"
import type { Journal } from "./journal.ts"
import { FILES } from "./names.ts"
import { bootId } from "./process.ts"
import { entryOf, type JournalRecord, readTrace } from "./record.ts"

/** A failed attempt, kept until its node succeeds. */
export interface Failure {
  readonly name: string
  readonly key: string
  readonly message: string
  readonly log: string
  readonly finished: string
}

/** Work and seconds of a stage's finished nodes, for predictions. */
export interface Pace {
  readonly nodes: number
  readonly work: number
  readonly seconds: number
}

export interface IndexStore {
  readonly root: RootDatabase
  /** key → checksum and JSON of the trace */
  readonly traces: Database<string, string>
  /** key → outputs alone, for planning: `name digest size` lines */
  readonly outputs: Database<string, string>
  /** node name → keys of all traces that it gave */
  readonly names: Database<string, string>
  /** stage and parameters (`identityOf`) → keys of all traces that they gave, whatever the node was called */
  readonly identities: Database<string, string>
  /** digest → small artifact */
  readonly values: Database<Buffer, string>
  /** project, and stage and parameters (`identityOf`) → Failure */
  readonly failures: Database<Failure, string>
  /** key → digests that a later run of the same key gave, where they differ */
  readonly observations: Database<ReadonlyArray<Readonly<Record<string, Artifact>>>, string>
  /** stage; by machine: stage, and stage and pace class → Pace */
  readonly paces: Database<Pace, string>
  /** by project: file → stat and digest; compute module → fingerprint; published folder → its files; its own path */
  readonly stats: Database<unknown, string>
  /** code digest → digest of each source file's part, and package versions */
  readonly codes: Database<unknown, string>
  readonly meta: Database<unknown, string>
}

/** Changed when the index is made of the journal in another way; keys stay as they are. */
const INDEX_FORMAT = `${FORMAT}.2`

/** LMDB's own files are like all others: what the umask leaves (sharing.ts). Its types do not know the option. */
export const PERMISSIONS = { permissionsMode: 0o666 }

const folderOf = (cache: string) => join(cache, "index")
const dataOf = (cache: string) => join(folderOf(cache), "data.mdb")
const cleanOf = (cache: string) => join(folderOf(cache), "clean")

const signature = (cache: string): string => {
  const { size, mtimeNs, ino } = statSync(dataOf(cache), { bigint: true })
  return `${size} ${mtimeNs} ${ino}`
}

/** True if the data file is the one that was last closed in order. */
function closedCleanly(cache: string): boolean {
  try {
    return readNote(cleanOf(cache)) === signature(cache)
  } catch {
    return false
  }
}

/**
 * The journal is on disk before a result is announced; the index need not be, which halves the time of a commit. While
 * the system runs, LMDB's file is whole whatever becomes of the processes. When the machine itself stopped, what was
 * written since it started cannot be relied on, so the boot is noted before the first change.
 */
const boot = bootId()
const bootOf = (cache: string) => join(folderOf(cache), "boot")

/** To be called before a process changes the index for the first time. */
export function noteChange(cache: string): void {
  rmSync(cleanOf(cache), { force: true })
  if (boot === undefined) return
  writeFileSync(bootOf(cache), boot, { flush: true })
  sync(folderOf(cache))
}

/** True if the index was changed before the machine was restarted, and not closed in order since. */
function isFromAnotherBoot(cache: string): boolean {
  const noted = readNote(bootOf(cache))
  return noted !== undefined && noted !== boot
}

/** Notes that the data file is whole as it stands now; without the note it is only looked at once more. */
export function noteClean(cache: string): void {
  try {
    sync(dataOf(cache))
    writeFileSync(cleanOf(cache), signature(cache))
  } catch {}
}

function sync(path: string): void {
  const file = openSync(path, "r")
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Has the index read whole when it is opened next. */
export const distrust = (cache: string): void => rmSync(cleanOf(cache), { force: true })

export function openDatabases(cache: string, readOnly: boolean): IndexStore {
  const root = open({
    path: folderOf(cache),
    readOnly,
    maxDbs: 16,
    noMemInit: false,
    noSync: boot !== undefined,
    ...PERMISSIONS
  })
  const text = (name: string) => root.openDB<string, string>({ name, encoding: "string" })
  const json = <V>(name: string) => root.openDB<V, string>({ name, encoding: "json" })
  return {
    root,
    traces: text("traces"),
    outputs: text("outputs"),
    names: root.openDB<string, string>({ name: "names", encoding: "ordered-binary", dupSort: true }),
    identities: root.openDB<string, string>({ name: "identities", encoding: "ordered-binary", dupSort: true }),
    values: root.openDB<Buffer, string>({ name: "values", encoding: "binary" }),
    failures: json("failures"),
    observations: json("observations"),
    paces: json("paces"),
    stats: json("stats"),
    codes: json("codes"),
    meta: json("meta")
  }
}

/**
 * A damaged LMDB file ends the process that reads it (SIGBUS, SIGSEGV), where no `catch` helps. So a file that was not
 * closed in order is read whole by a child process first. True if it is sound.
 */
function probe(cache: string): boolean {
  const script = fileURLToPath(new URL("./probe.ts", import.meta.url))
  const child = spawnSync(process.execPath, [...fromBundle, script, cache], {
    stdio: "ignore",
    timeout: 120_000
  })
  return child.status === 0
}

export interface Opened {
  readonly store: IndexStore
  /** What had to be mended, in words for the user. */
  readonly notices: ReadonlyArray<string>
  /** True if the data file was read whole, or is a new one: sound, though no note says so yet. */
  readonly checked: boolean
}

/**
 * Opens the index; replaces it when it is damaged or of another format, and brings it up to the journal. To be called
 * in turn (turns.ts). `inUse`: another process has it open, and has looked at it.
 */
export function openIndex(cache: string, journal: Journal, readOnly: boolean, inUse: boolean): Opened {
  const notices: Array<string> = []
  const there = existsSync(dataOf(cache))
  const discard = (why: string, what: () => void) => {
    if (readOnly) throw new Error(`its index ${why} and the folder is read-only`)
    if (inUse) throw new Error(`its index ${why} while another process uses it; wait for that one to end, or stop it`)
    what()
    notices.push(`the cache's index ${why}; it is made again from the journal`)
  }
  const moveAside = () => setAside(cache, folderOf(cache))
  const remove = () => {
    for (const file of FILES) if (file.startsWith("index/")) rmSync(join(cache, file), { force: true })
  }
  const checked = !inUse && !(there && closedCleanly(cache))
  if (there && checked) {
    if (!readOnly && isFromAnotherBoot(cache)) discard("was in use when the machine stopped", remove)
    else if (!probe(cache)) discard("was damaged", moveAside)
  }
  // What LMDB's lock file says of a data file that is gone must not be believed of the next.
  if (!there && (inUse || journal.size() > 0)) discard("was gone", remove)
  if (!readOnly) mkdirSync(folderOf(cache), { recursive: true })
  let store = openDatabases(cache, readOnly)
  const format = store.meta.get("format")
  if (format !== undefined && format !== INDEX_FORMAT) {
    store.root.close()
    discard("was of another format", remove)
    mkdirSync(folderOf(cache), { recursive: true })
    store = openDatabases(cache, readOnly)
  }
  if (!readOnly && (format === undefined || store.meta.get("journal") !== journal.size())) {
    noteChange(cache)
    store.root.transactionSync(() => {
      if (store.meta.get("format") !== undefined) return
      store.meta.put("format", INDEX_FORMAT)
      store.meta.put("journal", 0)
    })
    store.root.transactionSync(() => notices.push(...catchUp(store, journal)))
  }
  return { store, notices, checked }
}

/**
 * Adds what the journal holds beyond the index: a process may have been killed between the two. Inside a transaction,
 * under the lock that every writer of the journal holds. Gives what the user should know.
 */
export function catchUp(store: IndexStore, journal: Journal): ReadonlyArray<string> {
  const from = store.meta.get("journal") as number
  const size = journal.size()
  if (from === size) return []
  if (from > size) {
    const records = [...store.traces.getKeys()].flatMap((key) => recordOf(store, key) ?? [])
    store.meta.put("journal", journal.append(records))
    return ["the cache's journal was shorter than its index; it is written again from the index"]
  }
  let records = 0
  const { end, damaged, problem } = journal.read(from, (record) => {
    putRecord(store, record)
    records++
  })
  store.meta.put("journal", end)
  const notices: Array<string> = []
  if (from === 0 && records > 0) notices.push(`${records} traces were read from the journal`)
  if (damaged > 0)
    notices.push(
      `${damaged} damaged ${damaged === 1 ? "line" : "lines"} of the journal passed over (${problem}): torn when a process was killed, or spoilt; what is missing will run again`
    )
  return notices
}

/**
 * Puts one record into the index; inside a transaction. The first trace under a key wins; other outputs of a later one
 * are observations.
 */
export function putRecord(store: IndexStore, { trace, values, replaces, origin }: JournalRecord): void {
  for (const digest in values) store.values.put(digest, Buffer.from(values[digest], "base64"))
  const outputs = encodeOutputs(trace.outputs)
  const first = store.outputs.get(trace.key)
  if (first !== undefined && first !== outputs) {
    store.observations.put(trace.key, [...(store.observations.get(trace.key) ?? []), trace.outputs])
  }
  if (first !== undefined && (first === outputs || !replaces)) return
  if (origin !== undefined) store.meta.put(originName(trace.key), origin)
  else if (first !== undefined) store.meta.remove(originName(trace.key))
  store.traces.put(trace.key, entryOf(trace))
  store.outputs.put(trace.key, outputs)
  store.names.put(trace.name, trace.key)
  store.identities.put(traceIdentity(trace), trace.key)
  const { work, seconds, threads = 1, paceClass, cpu, platform } = trace.circumstances
  const machine = machineOf({ cpu, platform })
  const classes = paceClass === undefined ? [] : [`${trace.stage} ${paceClass}`]
  for (const name of [trace.stage, ...[trace.stage, ...classes].map((one) => paceName(one, machine))]) {
    const pace = store.paces.get(name) ?? { nodes: 0, work: 0, seconds: 0 }
    store.paces.put(name, {
      nodes: pace.nodes + 1,
      work: FADING * pace.work + work,
      seconds: FADING * pace.seconds + seconds * threads
    })
  }
}

/** The last fifty nodes or so count: code gets faster, and a machine may have been busy once. */
const FADING = 0.98

/** What tells machines of one pace. */
const machineOf = ({ cpu, platform }: Pick<Trace["circumstances"], "cpu" | "platform">) => `${cpu} ${platform}`

/** Paces of one machine; under a stage's name alone stands that of all. */
const paceName = (name: string, machine: string) => `${name}\n${machine}`

const thisMachine = machineOf({ cpu: cpus()[0]?.model ?? "unknown", platform: `${process.platform}-${process.arch}` })

/** What nodes of a stage, or of one of its pace classes, took on this machine. */
export const paceHere = ({ paces }: Pick<IndexStore, "paces">, name: string): Pace | undefined =>
  paces.get(paceName(name, thisMachine))

/** A trace with its small artifacts, as the journal has it; nothing if there is none, or its entry is damaged. */
export function recordOf(store: IndexStore, key: string): JournalRecord | undefined {
  const trace = traceAt(store, key)
  if (trace === undefined) return undefined
  const values: Record<string, string> = {}
  for (const { digest } of Object.values(trace.outputs)) {
    const bytes = store.values.get(digest)
    if (bytes !== undefined) values[digest] = bytes.toString("base64")
  }
  const origin = originAt(store, key)
  return { trace, values, ...(origin !== undefined && { origin }) }
}

export const originName = (key: string) => `origin ${key}`

/** The remote that a trace came from; undefined where it was made here. */
export function originAt({ meta }: Pick<IndexStore, "meta">, key: string): string | undefined {
  const origin = meta.get(originName(key))
  return typeof origin === "string" ? origin : undefined
}

/** The trace under a key; undefined if there is none, or its entry is damaged. */
export function traceAt(store: IndexStore, key: string): Trace | undefined {
  const entry = store.traces.get(key)
  const trace = entry === undefined ? "nothing" : readTrace(entry)
  return typeof trace === "string" ? undefined : trace
}

/** What a trace's node is, whatever it was called. */
export const traceIdentity = ({ stage, parameters }: Pick<Trace, "stage" | "parameters">): string =>
  identityOf({ stage: { name: stage }, encoded: parameters })

export const encodeOutputs = (outputs: Trace["outputs"]): string =>
  Object.entries(outputs)
    .map(([name, { digest, size }]) => `${digest} ${size} ${name}`)
    .join("\n")

export function decodeOutputs(text: string): Record<string, Artifact> {
  const outputs: Record<string, Artifact> = {}
  for (const line of text === "" ? [] : text.split("\n")) {
    const space = line.indexOf(" ", 65)
    outputs[line.slice(space + 1)] = { digest: line.slice(0, 64), size: Number(line.slice(65, space)) }
  }
  return outputs
}
