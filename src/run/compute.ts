/**
 * Runs one task: calls its compute module with inputs that are read, and verified, when asked for, and stores what it
 * gives. The same in a worker and in the scheduler's own process. Plain TypeScript.
 */
import { closeSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { adoptBlob, BlobDamaged, blobPath, INLINE_BYTES, openBlob, quarantine, readBlob } from "../cache/blobs.ts"
import { whatIsAt } from "../cache/files.ts"
import { keep } from "../cache/keep.ts"
import { asDiskFull, DiskFull, SMALL } from "../cache/space.ts"
import { fileNameProblem } from "../foreign/names.ts"
import { arrange } from "../graph/collection.ts"
import type { Compute, Input, InputFile, Output, OutputFile, Outputs } from "../graph/compute.ts"
import { sha256 } from "../graph/key.ts"
import { importModule, inSources } from "../start/modules.js"
import { openCheckpoints } from "./checkpoints.ts"
import { declaredFiles } from "./declared-files.ts"
import { engineOf } from "./engine.ts"
import type { Answer, Done, Kept, Report, Task, TaskInput } from "./task.ts"
import { moduleAt, statesAt, type Workplace } from "./workplace.ts"

/** Blobs that the last tasks read: trials of a study share their data set. */
const RECENT_BYTES = 512 << 20
const recent = new Map<string, Uint8Array>()
let recentBytes = 0

function read(cache: string, digest: string): Uint8Array {
  const known = recent.get(digest)
  if (known !== undefined) return known
  const bytes = readBlob(cache, digest)
  recent.set(digest, bytes)
  recentBytes += bytes.length
  for (const [oldest, { length }] of recent) {
    if (recentBytes <= RECENT_BYTES || oldest === digest) break
    recent.delete(oldest)
    recentBytes -= length
  }
  return bytes
}

/** Inputs that are larger together are read from their files, as they are needed; what is smaller stays in memory. */
const LARGE_BYTES = 256 << 20

/** Blobs that are open, verified once; those of other nodes' data sets are closed when they are too many. */
const opened = new Map<string, InputFile>()
const MOST_OPEN = 16

function open(cache: string, digest: string): InputFile {
  const known = opened.get(digest)
  if (known !== undefined) return known
  for (const [oldest, { descriptor }] of opened) {
    if (opened.size < MOST_OPEN) break
    opened.delete(oldest)
    closeSync(descriptor)
  }
  const file = openBlob(cache, digest)
  opened.set(digest, file)
  return file
}

type AnyCompute = Compute<unknown, unknown, Output>

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array
const isFile = (value: Output): value is OutputFile =>
  !isBytes(value) && typeof value === "object" && value !== null && typeof value.path === "string"

function check(outputs: Outputs<Output>): Outputs<Output> {
  for (const name in outputs) {
    const problem = fileNameProblem(name)
    if (problem !== undefined)
      throw new TypeError(`the output ${JSON.stringify(name)} ${problem}: its name is that of a file in a folder`)
    if (!isBytes(outputs[name]) && !isFile(outputs[name]))
      throw new TypeError(`the output '${name}' is no Uint8Array: a compute module gives bytes`)
  }
  return outputs
}

/** A record without a prototype: a path may be called `constructor`. */
const named = <A>(entries: Iterable<readonly [string, A]>): Readonly<Record<string, A>> =>
  Object.setPrototypeOf(Object.fromEntries(entries), null)

/** `cache/scratch/DIGEST`: by the node's name, so that the next attempt finds what this one leaves. */
const scratchFolder = ({ name }: Task, { cache }: Workplace) => join(cache, "scratch", sha256(name).slice(0, 16))

/**
 * Never throws: whatever goes wrong is an answer. `together`: the compute function of a node that is computed with
 * others, and how many they are.
 */
export async function runTask(
  task: Task,
  workplace: Workplace,
  tell: (report: Exclude<Report, Answer>) => void,
  together?: { readonly compute: AnyCompute; readonly count: number }
): Promise<Answer> {
  const { project, cache, hints } = workplace
  const sizeOf = ({ digest, value }: TaskInput) =>
    value?.length ?? statSync(blobPath(cache, digest), { throwIfNoEntry: false })?.size ?? 0
  const isLarge = Object.values(task.inputs).reduce((sum, one) => sum + sizeOf(one), 0) > LARGE_BYTES
  const input = ({ node, output, digest, value }: TaskInput): Input => ({
    node,
    output,
    digest,
    bytes: () => value ?? read(cache, digest),
    ...(isLarge && value === undefined && { file: () => open(cache, digest) })
  })
  const member = (members: ReadonlyArray<TaskInput | undefined>) => (place: number) =>
    members[place] && input(members[place])
  const files = declaredFiles(task.files, project)
  let scratch: string | undefined
  let device: Readonly<Record<string, string>> | undefined
  try {
    const compute = together?.compute ?? (await computeIn(task, workplace))
    const engine = task.engine && (await engineOf(task.engine, workplace))
    const start = performance.now()
    const outputs = check(
      await compute({
        parameters: { ...task.parameters, ...given(task.hints, hints) },
        engine,
        inputs: Object.fromEntries(Object.entries(task.inputs).map(([name, one]) => [name, input(one)])),
        collections: Object.fromEntries(
          Object.entries(task.collections).map(([name, { shape, members }]) => [name, arrange(shape, member(members))])
        ),
        files: files.readers,
        absent: named(task.absent.map((path) => [path, whatIsAt(join(project, path))])),
        checkpoints: openCheckpoints(
          statesAt(workplace),
          task.checkpoints,
          (message) => tell({ type: "notice", message }),
          workplace.hurry
        ),
        scratch(whose) {
          scratch = scratchFolder(task, workplace)
          const folder = whose === undefined ? scratch : join(scratch, task.key.slice(0, 16))
          mkdirSync(folder, { recursive: true })
          return folder
        },
        threads: task.threads,
        device: (facts) => void (device = facts),
        progress: (progress) => tell({ type: "progress", ...progress })
      })
    )
    files.check()
    const count = together?.count ?? 1
    const seconds = (performance.now() - start) / 1000 / count
    const kept: Record<string, Kept> = {}
    for (const name of Object.keys(outputs).sort()) kept[name] = keepOutput(cache, outputs[name])
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true })
    return { type: "done", outputs: kept, seconds, threads: task.threads, together: count, ...(device && { device }) }
  } catch (error) {
    return answerTo(error, cache)
  } finally {
    files.close()
  }
}

/** Those of the hints that a task asks for. */
const given = (names: ReadonlyArray<string>, hints: Workplace["hints"]) =>
  Object.fromEntries(names.flatMap((name) => (Object.hasOwn(hints, name) ? [[name, hints[name]]] : [])))

async function computeIn({ module }: Task, workplace: Workplace): Promise<AnyCompute> {
  const { default: compute } = (await importModule(moduleAt(workplace, module))) as { default?: AnyCompute }
  if (typeof compute === "function") return compute
  throw new Error(`the compute module ${module} has no default export that is a function`)
}

function keepOutput(cache: string, output: Output): Kept {
  if (!isFile(output)) return keep(cache, output, sha256(output))
  // What is small is kept in the index.
  if (statSync(output.path).size <= INLINE_BYTES) return keepOutput(cache, readFileSync(output.path))
  return { artifact: adoptBlob(cache, output.path), value: undefined }
}

/** What a task answers where something was thrown. */
export function answerTo(error: unknown, cache: string): Exclude<Answer, Done> {
  const known = asDiskFull(error, cache, SMALL)
  if (known instanceof BlobDamaged) {
    quarantine(cache, known.digest)
    return { type: "damaged", digest: known.digest, message: known.message }
  }
  if (known instanceof DiskFull) {
    const { path, needed, free, shortage } = known
    return { type: "full", path, needed, free, shortage }
  }
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  return {
    type: "failed",
    message: message.split("\n")[0] || "it threw an error without a message",
    // Where in the code helps with a defect; what is told by a tag needs no stack.
    detail:
      stack === undefined || (typeof error === "object" && error !== null && "_tag" in error)
        ? message
        : inSources(stack)
  }
}
