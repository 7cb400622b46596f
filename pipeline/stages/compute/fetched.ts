/** The artifact of `fetch`: a file of sets, to which images are written as they are read, so that no set is too large. */
import { join } from "node:path"
import type { LabelList } from "../../../src/data/files/labels.ts"
import { decodeAll, type ImageFile, type SizeRule } from "../../../src/data/files/pictures.ts"
import { type NamedSets, openNamedSets, type SplitLabels } from "../../../src/data/files/set.ts"
import { noteReached, reached } from "../../../src/data/stored.ts"
import type { ComputeContext, OutputFile } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"

type Context = ComputeContext<FetchParameters>

/** Writes a data set's file: all but the images, and those by `put`. Rejects with `DataError`. */
export async function fetched(
  context: Context,
  labels: SplitLabels,
  put: (sets: NamedSets) => void | Promise<void>
): Promise<{ readonly dataset: OutputFile }> {
  const { source, shape } = context.parameters.dataset
  const path = join(context.scratch("key"), "dataset.safetensors")
  const sets = openNamedSets(path, shape, labels, {
    classes: shape.classes,
    names: "names" in source ? source.names : undefined
  })
  try {
    await put(sets)
  } finally {
    sets.close()
  }
  return { dataset: { path } }
}

export interface Pictures {
  readonly labels: ReadonlyArray<LabelList>
  readonly count: number
  /** The files, in order; those that an earlier attempt has decoded are not read again. */
  readonly files: () => Iterable<ImageFile> | AsyncIterable<ImageFile>
}

/** Pictures that are decoded before they are written. */
const MOST_AT_ONCE = 512
/** Bytes of them, decoded; of their files, where these are in memory. */
const BYTES_AT_ONCE = 32 << 20

/** Decodes pictures on all threads; a later attempt goes on where this one ended. Rejects with `DataError`. */
export function decoded(
  context: Context,
  rule: SizeRule,
  { train, test }: { readonly train: Pictures; readonly test?: Pictures }
): Promise<{ readonly dataset: OutputFile }> {
  const { shape } = context.parameters.dataset
  const pixels = shape.channels * shape.height * shape.width
  const note = join(context.scratch("key"), "reached")
  const total = train.count + (test?.count ?? 0)
  const before = Math.min(total, reached(note))
  let done = before
  const tell = () => {
    if (++done % 100 === 0 || done === total) context.progress({ done, total, unit: "images" })
  }
  const most = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(BYTES_AT_ONCE / pixels)))
  const images = new Uint8Array(most * pixels)
  const put = async (sets: NamedSets, split: "train" | "test", { files }: Pictures, start: number) => {
    let first = 0 // of those that wait, in their set
    let waiting: Array<ImageFile> = []
    let kept = 0
    const flush = async () => {
      if (waiting.length === 0) return
      await decodeAll(images, waiting, shape, { rule, threads: context.threads, done: tell })
      sets.put(split, first, images.subarray(0, waiting.length * pixels))
      sets.sync()
      first += waiting.length
      noteReached(note, start + first)
      waiting = []
      kept = 0
    }
    for await (const file of files()) {
      if (start + first < before) {
        first++
        continue
      }
      waiting.push(file)
      kept += file.kept ?? 0
      if (waiting.length === most || kept > BYTES_AT_ONCE) await flush()
    }
    await flush()
  }
  const labels = { train: train.labels, test: test?.labels ?? [] }
  return fetched(context, labels, async (sets) => {
    await put(sets, "train", train, 0)
    if (test !== undefined) await put(sets, "test", test, train.count)
  })
}
