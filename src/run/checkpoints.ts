/**
 * Checkpoints: states from which a long node can go on, as files `checkpoints/FAMILY/EXTENT`. A family is all nodes
 * that are equal but for their extent (epochs): a longer training goes on from a shorter one. The first line of a file
 * is the digest of the rest, so that a damaged one is passed over. They are conveniences: losing all of them costs
 * time, never a result. Plain TypeScript: workers use it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { writeDurably } from "../cache/blobs.ts"
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

/** A state is kept when this long has passed since the last one; PIPELINE_CHECKPOINT_SECONDS says otherwise. */
const CHECKPOINT_SECONDS = 5

const seconds = () => Number(process.env.PIPELINE_CHECKPOINT_SECONDS ?? CHECKPOINT_SECONDS)

const KEEP = ".end"

const extentsIn = (folder: string): ReadonlyArray<{ readonly extent: number; readonly file: string }> => {
  try {
    return readdirSync(folder)
      .map((file) => ({ extent: Number.parseInt(file, 10), file }))
      .filter(({ extent }) => Number.isInteger(extent))
      .sort((a, b) => b.extent - a.extent)
  } catch {
    return []
  }
}

function readState(path: string): Uint8Array | undefined {
  try {
    const bytes = readFileSync(path)
    const state = bytes.subarray(65)
    return sha256(state) === bytes.subarray(0, 64).toString("latin1") ? state : undefined
  } catch {
    return undefined
  }
}

export function openCheckpoints(
  cache: string,
  task: { readonly family: string; readonly extent: number } | undefined
): Checkpoints {
  if (task === undefined) return { latest: () => undefined, offer: () => {} }
  const folder = checkpointsFolder(cache, task.family)
  let last = performance.now()
  return {
    latest() {
      for (const { extent, file } of extentsIn(folder)) {
        if (extent > task.extent) continue
        const bytes = readState(join(folder, file))
        if (bytes !== undefined) return { extent, bytes }
        rmSync(join(folder, file), { force: true })
      }
      return undefined
    },
    offer(extent, bytes, keep) {
      if (keep !== "always" && performance.now() - last < seconds() * 1000) return
      const state = bytes()
      const file = `${extent}${keep === "always" ? KEEP : ""}`
      try {
        mkdirSync(folder, { recursive: true })
        writeDurably(cache, join(folder, file), Buffer.concat([Buffer.from(`${sha256(state)}\n`), state]))
      } catch (error) {
        if (!(error instanceof DiskFull)) throw error
        return // a convenience; the node itself goes on
      }
      // What a later state supersedes goes; ends of finished runs stay, for longer ones to start from.
      for (const other of extentsIn(folder)) {
        if (other.extent < extent && !other.file.endsWith(KEEP)) rmSync(join(folder, other.file), { force: true })
      }
      last = performance.now()
    }
  }
}
