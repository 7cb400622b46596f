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
import type { Labels } from "./examples.ts"
import { type StoredTensor, safetensorsLayout } from "./safetensors.ts"

export interface PlannedSet {
  readonly labels: Labels
  readonly targets?: Float32Array | undefined // [n, M]
  /** What stands beside them, by the tensor's whole name. */
  readonly more?: Readonly<Record<string, StoredTensor>>
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
  for (const [name, { labels, targets, more }] of Object.entries(sets)) {
    const count = labels.length
    tensors[`${prefix(name)}images`] = { shape: [count, channels, height, width], data: new Uint8Array() }
    tensors[`${prefix(name)}labels`] = { shape: [count], data: labels }
    if (targets !== undefined) tensors[`${prefix(name)}targets`] = { shape: [count, classes], data: targets }
    Object.assign(tensors, more)
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

/** Images that are written at a time, and bytes of them. */
const IMAGES_AT_ONCE = 256
const BYTES_AT_ONCE = 16 << 20

/** Writes a file of one set: `make` puts the image of a number, [C, H, W], at a place of `to`. */
export function writeSet(
  path: string,
  shape: ImageShape,
  planned: PlannedSet,
  make: (image: number, to: Uint8Array, at: number) => void
): void {
  const pixels = shape.channels * shape.height * shape.width
  const total = planned.labels.length
  const most = Math.max(1, Math.min(IMAGES_AT_ONCE, Math.floor(BYTES_AT_ONCE / pixels)))
  const some = new Uint8Array(most * pixels)
  const file = openSetsFile(path, shape, { "": planned })
  try {
    for (let first = 0; first < total; first += most) {
      const count = Math.min(most, total - first)
      for (let i = 0; i < count; i++) make(first + i, some, i * pixels)
      file.put("", first, some.subarray(0, count * pixels))
    }
  } finally {
    file.close()
  }
}

/** How far work has come, in a file beside what was written: a number, of which all before it is on disk. */
export const reached = (path: string): number => (existsSync(path) ? Number(readFileSync(path, "utf8")) || 0 : 0)
export const noteReached = (path: string, done: number): void => writeFileSync(path, String(done))
