/** What reads bytes from outside, each with whole files to begin with and the errors that it may give. */
import { gzipSync } from "node:zlib"
import { zipSync } from "fflate"
import { isConsistent, type JournalRecord, lineOf, readRecord } from "../../src/cache/record.ts"
import { readCifar } from "../../src/data/cifar.ts"
import { DataError } from "../../src/data/errors.ts"
import { type ImageSet, readImageSets, writeImageSets } from "../../src/data/examples.ts"
import { readIdxImages, writeIdx } from "../../src/data/idx.ts"
import { readMedMnist } from "../../src/data/npz.ts"
import { readSafetensors, writeSafetensors } from "../../src/data/safetensors.ts"
import { unpack } from "../../src/data/unpack.ts"
import { gunzip } from "../../src/foreign/gzip.ts"
import { Malformed } from "../../src/foreign/malformed.ts"
import { fileNameProblem, nodeNameProblem } from "../../src/foreign/names.ts"
import { endBlocks, entryBlocks } from "../../src/foreign/tar.ts"
import { keyOf, sha256 } from "../../src/graph/key.ts"
import { checkedSet } from "./check.ts"
import { random } from "./mutate.ts"

export interface Target {
  readonly name: string
  readonly files: ReadonlyArray<Uint8Array>
  /** Reads bytes, and throws a plain error if what it gives cannot be. */
  readonly read: (bytes: Buffer) => void | Promise<void>
  readonly allowed: (error: unknown) => boolean
}

const AT_MOST = 1 << 20

const isDataError = (error: unknown) => error instanceof DataError
const isMalformed = (error: unknown) => error instanceof Malformed

const next = random(7)
const bytes = (count: number, below: number) => Uint8Array.from({ length: count }, () => Math.floor(next() * below))

const images = writeIdx({ shape: [6, 3, 2], data: bytes(36, 256) })
const labels = writeIdx({ shape: [6], data: bytes(6, 2) })
const set: ImageSet = {
  count: 6,
  channels: 1,
  height: 3,
  width: 2,
  classes: 2,
  images: bytes(36, 256),
  labels: bytes(6, 2)
}

/** A `.npy` file of version 1. */
function npy(shape: ReadonlyArray<number>, data: Uint8Array): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`.padEnd(117).concat("\n")
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0])
  return Buffer.concat([start, Buffer.from(header, "latin1"), data])
}
const arrays = {
  "train_images.npy": npy([4, 3, 2], bytes(24, 256)),
  "train_labels.npy": npy([4, 1], bytes(4, 2)),
  "val_images.npy": npy([2, 3, 2], bytes(12, 256)),
  "val_labels.npy": npy([2, 1], bytes(2, 2)),
  "other.npy": npy([3], bytes(3, 2))
}

const tar = Buffer.concat([
  ...entryBlocks({ name: "set/a.bin", bytes: bytes(700, 256) }),
  ...entryBlocks({ name: "set/b.bin", bytes: bytes(100, 256) }),
  endBlocks()
])

const small = Buffer.from("small")
const trace = {
  name: "train/digits/layers=1,seed=0",
  stage: "train",
  code: sha256("code"),
  parameters: '{"layers":1,"seed":0}',
  inputs: { dataset: sha256("dataset"), scores: [sha256("one"), "missing", "failed"] },
  sources: { dataset: "fetch/digits:dataset" },
  files: { "data/x.idx": sha256("x") },
  numericClass: "wasm-f32",
  outputs: {
    "metrics.json": { digest: sha256(small), size: small.length },
    "data/x.csv": { digest: sha256("y"), size: 9 }
  },
  circumstances: {
    finished: "2026-01-01T00:00:00.000Z",
    seconds: 1.5,
    threads: 2,
    host: "host",
    cpu: "cpu",
    platform: "linux-x64",
    node: "v24.0.0",
    packages: { "@stdlib/stats": "0.4.1" },
    work: 3,
    paceClass: "filters=1"
  },
  adopted: { key: sha256("k"), code: sha256("c"), sample: ["train/a"], accepted: "2026-01-01T00:00:00Z" }
}
const keyed = (made: typeof trace) => ({
  ...made,
  key: keyOf({ stage: { name: made.stage }, encoded: made.parameters, numericClass: made.numericClass }, made)
})
const record: JournalRecord = { trace: keyed(trace), values: { [sha256(small)]: small.toString("base64") } }

/** A changed record as somebody would write it who knows the form: with its own checksum, and key where it has one. */
function forged(json: string): string {
  let text = json
  try {
    const value = JSON.parse(json)
    text = JSON.stringify({ ...value, trace: keyed(value.trace) })
  } catch {}
  return `${sha256(text).slice(0, 16)} ${text}`
}

function readForged(line: string): void {
  const found = readRecord(line)
  if (typeof found === "string") return
  if (nodeNameProblem(found.trace.name) !== undefined || !isConsistent(found.trace))
    throw new Error("a name got through")
  for (const [name, { digest, size }] of Object.entries(found.trace.outputs)) {
    if (fileNameProblem(name) !== undefined) throw new Error(`the output ${name} got through`)
    if (!/^[0-9a-f]{64}$/.test(digest) || !Number.isSafeInteger(size) || size < 0) throw new Error("a size got through")
  }
  const { seconds, work, host } = found.trace.circumstances
  if (!(seconds >= 0 && work >= 0 && Number.isFinite(seconds + work)) || typeof host !== "string")
    throw new Error("circumstances got through")
}

const named = (given: Uint8Array, name: string) => ({ name, bytes: given, atMost: AT_MOST })

export const targets: ReadonlyArray<Target> = [
  {
    name: "IDX images",
    files: [images, gzipSync(images)],
    read: (given) => checkedSet(readIdxImages(named(given, "x"), named(labels, "y"), { classes: 2, count: 6 })),
    allowed: isDataError
  },
  {
    name: "IDX labels",
    files: [labels, gzipSync(labels)],
    read: (given) => checkedSet(readIdxImages(named(images, "x"), named(given, "y"), { classes: 2, count: 6 })),
    allowed: isDataError
  },
  {
    name: "CIFAR",
    files: [Buffer.concat([bytes(3073, 10), bytes(3073, 10)])],
    read: (given) => checkedSet(readCifar([{ name: "x", bytes: given }], 1, 10)),
    allowed: isDataError
  },
  {
    name: "NPZ",
    files: [zipSync(arrays), zipSync(arrays, { level: 0 })],
    read: (given) => checkedSet(readMedMnist(given, ["train", "val"], { classes: 2, atMost: AT_MOST }, "x")),
    allowed: isDataError
  },
  {
    name: "safetensors",
    files: [
      writeSafetensors({
        a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
        b: { shape: [3], data: Uint8Array.of(1, 2, 3) }
      })
    ],
    read(given) {
      for (const { shape, data } of Object.values(readSafetensors(given, "x").tensors)) {
        if (shape.reduce((a, b) => a * b, 1) !== data.length) throw new Error("a shape that its data do not have")
      }
    },
    allowed: isDataError
  },
  {
    name: "labelled images",
    files: [writeImageSets({ "": set }), writeImageSets({ train: set, test: set })],
    read: (given) => Object.values(readImageSets(given, "x")).forEach(checkedSet),
    allowed: isDataError
  },
  {
    name: "tar and gzip",
    files: [tar, gzipSync(tar)],
    async read(given) {
      const files = await unpack(given, "x.tar", ["a.bin", "b.bin"], AT_MOST)
      for (const file of files.values()) if (file.length > AT_MOST) throw new Error("more than is allowed")
    },
    allowed: isMalformed
  },
  {
    name: "gzip",
    files: [gzipSync(Buffer.alloc(2 * AT_MOST)), gzipSync(images)],
    read(given) {
      if (gunzip(given, AT_MOST).length > AT_MOST) throw new Error("more than is allowed")
    },
    allowed: isMalformed
  },
  {
    name: "records",
    files: [Buffer.from(JSON.stringify(record))],
    read: (given) => readForged(forged(given.toString("utf8"))),
    allowed: () => false
  },
  {
    name: "lines",
    files: [Buffer.from(lineOf(record))],
    read: (given) => readForged(given.toString("utf8")),
    allowed: () => false
  }
]
