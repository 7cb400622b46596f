/**
 * Files of labelled images that may be larger than memory: the bytes that `writeImageSets` gives, written image by image.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync
} from "node:fs"
import type { ImageShape } from "../network/network.ts"
import { type Labels, type StoredSet, selectLabels } from "./examples.ts"
import { copyImage } from "./images.ts"
import { type StoredTensor, safetensorsLayout } from "./safetensors.ts"

export interface PlannedSet {
  readonly labels: Labels
  readonly targets?: Float32Array | undefined // [n, M]
}

export interface SetsFile {
  /** Writes images [k, C, H, W] of a set, from its image `first` on. */
  put(set: string, first: number, images: Uint8Array): void
  /** All that was put is on disk when this returns. */
  sync(): void
  close(): void
}

/** A file of sets by name (the name "" has no prefix), in which all but the images stands. */
export function openSetsFile(
  path: string,
  { channels, height, width, classes }: ImageShape,
  sets: Readonly<Record<string, PlannedSet>>,
  metadata: Readonly<Record<string, string>> = {}
): SetsFile {
  const pixels = channels * height * width
  const prefix = (name: string) => (name === "" ? "" : `${name}.`)
  const tensors: Record<string, StoredTensor> = {}
  for (const [name, { labels, targets }] of Object.entries(sets)) {
    const count = labels.length
    tensors[`${prefix(name)}images`] = { shape: [count, channels, height, width], data: new Uint8Array() }
    tensors[`${prefix(name)}labels`] = { shape: [count], data: labels }
    if (targets !== undefined) tensors[`${prefix(name)}targets`] = { shape: [count, classes], data: targets }
  }
  const { head, starts, size } = safetensorsLayout(tensors, { classes: String(classes), ...metadata })
  // What an earlier attempt has written stays.
  const file = openSync(path, existsSync(path) ? "r+" : "w")
  const write = (bytes: Uint8Array, position: number) => {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, position + done)
  }
  ftruncateSync(file, size)
  write(head, 0)
  for (const [name, { data }] of Object.entries(tensors))
    if (data.length > 0) write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), starts[name])
  return {
    put: (set, first, images) => write(images, starts[`${prefix(set)}images`] + first * pixels),
    sync: () => fdatasyncSync(file),
    close: () => closeSync(file)
  }
}

/** Images that are copied at a time. */
const AT_ONCE = 256

/** Writes the chosen examples of a set, in the order of `indices`, to a file of one set. */
export function writeSelected(path: string, set: StoredSet, indices: Uint32Array): void {
  const { channels, height, width, classes } = set
  const pixels = channels * height * width
  const targets = set.targets && new Float32Array(indices.length * classes)
  for (const [to, index] of indices.entries())
    targets?.set(set.targets!.subarray(index * classes, (index + 1) * classes), to * classes)
  const file = openSetsFile(path, set, { "": { labels: selectLabels(set.labels, indices), targets } })
  const some = new Uint8Array(AT_ONCE * pixels)
  for (let first = 0; first < indices.length; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, indices.length - first)
    for (let i = 0; i < count; i++) copyImage(set.images, indices[first + i], pixels, some, i * pixels)
    file.put("", first, some.subarray(0, count * pixels))
  }
  file.close()
}

/** How far work has come, in a file beside what was written: a number, of which all before it is on disk. */
export const reached = (path: string): number => (existsSync(path) ? Number(readFileSync(path, "utf8")) || 0 : 0)
export const noteReached = (path: string, done: number): void => writeFileSync(path, String(done))
