/**
 * Checkpoints: states from which a long node can go on, as files `checkpoints/FAMILY/EXTENT`. A family is all nodes
 * that are equal but for their extent (epochs): a longer training goes on from a shorter one. The first line of a file
 * is the digest of the rest, so that a damaged one is passed over. They are conveniences: losing all of them costs
 * time, never a result. Plain TypeScript: workers use it.
 */
import { randomUUID } from "node:crypto"
import { closeSync, constants, existsSync, fstatSync, readdirSync, readFileSync, readSync, rmSync } from "node:fs"
import { join } from "node:path"
import { ensureFolder, kindAt, setAside } from "../cache/aside.ts"
import { writeDurably } from "../cache/blobs.ts"
import { problemOf } from "../cache/errors.ts"
import { openPlain } from "../cache/files.ts"
import { isOwn } from "../cache/names.ts"
import { DiskFull } from "../cache/space.ts"
import type { Checkpoints } from "../graph/compute.ts"
import type { Node } from "../graph/graph.ts"
import { sha256 } from "../graph/key.ts"
import type { Parts } from "../graph/plan.ts"

/** What nodes have in common that share checkpoints: everything of the key but the extent. None for stages without. */
export function familyOf(
  node: Pick<Node, "encoded" | "numericClass"> & {
    readonly stage: { readonly name: string; readonly extent?: string | undefined }
  },
  { code, inputs, files }: Parts
): string | undefined {
  const { name, extent } = node.stage
  if (extent === undefined) return undefined
  const { [extent]: _, ...rest } = JSON.parse(node.encoded) as Record<string, unknown>
  return sha256(JSON.stringify([name, rest, { code, inputs, files }, node.numericClass ?? null]))
}

/** Folder of a family's checkpoints. */
export const checkpointsFolder = (cache: string, family: string) => join(cache, "checkpoints", family)

export interface FreshCheckpoints {
  familyOf(node: { readonly index: number }, family: string): string
  /** Removes them all. */
  close(): void
}

/**
 * Forced nodes begin at the beginning, so they have families of their own for as long as their run lasts: from what
 * others left they would go on, and answer with a result that is there already.
 */
export function openFreshCheckpoints(cache: string, forced: ReadonlySet<number>): FreshCheckpoints {
  const run = randomUUID()
  const families = new Set<string>()
  return {
    familyOf({ index }, family) {
      if (!forced.has(index)) return family
      const fresh = sha256(`${family} ${run}`)
      families.add(fresh)
      return fresh
    },
    close: () =>
      families.forEach((family) => {
        try {
          rmSync(checkpointsFolder(cache, family), { recursive: true, force: true })
        } catch {} // garbage collection takes it
      })
  }
}

/** A state is kept when this long has passed since the last one; PIPELINE_CHECKPOINT_SECONDS says otherwise. */
const CHECKPOINT_SECONDS = 5

const seconds = () => Number(process.env.PIPELINE_CHECKPOINT_SECONDS ?? CHECKPOINT_SECONDS)

const KEEP = ".end"

const statesIn = (folder: string): ReadonlyArray<{ readonly extent: number; readonly file: string }> => {
  try {
    return readdirSync(folder)
      .filter(isOwn.checkpoint)
      .map((file) => ({ extent: Number.parseInt(file, 10), file }))
      .sort((a, b) => b.extent - a.extent)
  } catch {
    return []
  }
}

/** Whether a node of this extent would go on from a state, not begin again; whether that is whole shows when it is read. */
export const wouldGoOn = (cache: string, task: { readonly family: string; readonly extent: number }): boolean =>
  statesIn(checkpointsFolder(cache, task.family)).some(({ extent }) => extent > 0 && extent <= task.extent)

/** Bytes of the first line. */
const HEADER = 65
/** Node reads no larger file at once. */
const MOST_BYTES = 2 ** 31 - 1

/** Undefined for whatever is no whole state: another kind of file, one that cannot be read, a damaged one. */
function readState(path: string): Uint8Array | undefined {
  try {
    const file = openPlain(path, constants.O_RDONLY)
    try {
      const header = Buffer.alloc(HEADER)
      readSync(file, header, 0, HEADER, 0)
      // A file of some other kind is not read to its end, which may be far.
      if (!/^[0-9a-f]{64}\n$/.test(header.toString("latin1")) || fstatSync(file).size > MOST_BYTES) return undefined
      const state = readFileSync(file).subarray(HEADER)
      return sha256(state) === header.toString("latin1", 0, HEADER - 1) ? state : undefined
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}

/** The furthest state that a running or stopped node has left; changes nothing. */
export function latestState(
  cache: string,
  family: string,
  extent: number
): { readonly extent: number; readonly bytes: Uint8Array } | undefined {
  const folder = checkpointsFolder(cache, family)
  for (const state of statesIn(folder)) {
    const bytes = state.extent > extent ? undefined : readState(join(folder, state.file))
    if (bytes !== undefined) return { extent: state.extent, bytes }
  }
  return undefined
}

/** Removes a state that is of no use; what else stands in its place is moved aside. What can do neither is passed over. */
function discard(cache: string, path: string): void {
  try {
    if (kindAt(path) === "file") rmSync(path)
    else if (kindAt(path) !== "nothing") setAside(cache, path)
  } catch {}
}

/** `notice`: told once, where states cannot be kept. `hurry`: a file that asks, while it is there, for one at once. */
export function openCheckpoints(
  cache: string,
  task: { readonly family: string; readonly extent: number } | undefined,
  notice: (message: string) => void,
  hurry?: string
): Checkpoints {
  if (task === undefined) return { latest: () => undefined, offer: () => {} }
  const folder = checkpointsFolder(cache, task.family)
  let last = performance.now()
  let told = false
  let hurried = false
  const isTime = () => {
    const isHurry = hurry !== undefined && !hurried && existsSync(hurry)
    hurried ||= isHurry
    return isHurry || performance.now() - last >= seconds() * 1000
  }
  const keepState = (file: string, state: Uint8Array) => {
    ensureFolder(cache, folder)
    writeDurably(cache, join(folder, file), Buffer.concat([Buffer.from(`${sha256(state)}\n`), state]))
  }
  return {
    latest() {
      for (const { extent, file } of statesIn(folder)) {
        if (extent > task.extent) continue
        const bytes = readState(join(folder, file))
        if (bytes !== undefined) return { extent, bytes }
        discard(cache, join(folder, file))
      }
      return undefined
    },
    offer(extent, bytes, keep) {
      if (keep !== "always" && !isTime()) return
      const state = bytes()
      const file = `${extent}${keep === "always" ? KEEP : ""}`
      last = performance.now()
      try {
        keepState(file, state)
      } catch (error) {
        // A convenience: the node itself goes on. That the disk is full is told when it is done, if it still is.
        if (!told && !(error instanceof DiskFull))
          notice(`its checkpoints cannot be kept in ${folder} (${problemOf(error)}); stopped, it would begin again`)
        told = true
        return
      }
      // What a later state supersedes goes; ends of finished runs stay, for longer ones to start from.
      for (const other of statesIn(folder)) {
        if (other.extent < extent && !other.file.endsWith(KEEP)) discard(cache, join(folder, other.file))
      }
    }
  }
}
