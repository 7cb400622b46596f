/** Bytes changed as damage and malice change them; the same for the same seed. */

/** Numbers from 0 to 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const NUMBERS = [
  "-1",
  "0",
  "NaN",
  "1e999",
  "99999999999999999999",
  "4294967296",
  "2147483648",
  "null",
  "{}",
  "[]",
  '""',
  "1.5"
]
const TEXTS = [
  "../x",
  "/etc/x",
  "C:\\x",
  "x\\u0000",
  "__proto__",
  "constructor",
  "a".repeat(300),
  "\\ud800",
  "x.",
  "aux"
]

type Mutation = (bytes: Buffer, pick: (below: number) => number) => Buffer

/** Replaces one match of a pattern in the bytes as text. */
const replaced =
  (pattern: RegExp, by: (pick: (below: number) => number) => string): Mutation =>
  (bytes, pick) => {
    const text = bytes.toString("latin1")
    const found = [...text.matchAll(pattern)]
    if (found.length === 0) return bytes
    const { index, 0: match } = found[pick(found.length)]
    return Buffer.from(text.slice(0, index) + by(pick) + text.slice(index + match.length), "latin1")
  }

const spliced = (bytes: Buffer, at: number, cut: number, put: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)])

const MUTATIONS: ReadonlyArray<Mutation> = [
  (bytes, pick) => {
    const copy = Buffer.from(bytes)
    if (copy.length > 0) copy[pick(copy.length)] ^= 1 << pick(8)
    return copy
  },
  (bytes, pick) => {
    const copy = Buffer.from(bytes)
    const extreme = [0, 1, 0x7f, 0x80, 0xff]
    if (copy.length > 0) copy[pick(Math.min(copy.length, 600))] = extreme[pick(extreme.length)]
    return copy
  },
  (bytes, pick) => {
    const copy = Buffer.from(bytes)
    const at = pick(Math.max(1, Math.min(600, copy.length - 4)))
    const extreme = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]
    if (copy.length >= at + 4) copy.writeUInt32BE(extreme[pick(extreme.length)], at)
    return copy
  },
  (bytes, pick) => bytes.subarray(0, pick(bytes.length + 1)),
  (bytes, pick) => spliced(bytes, pick(bytes.length + 1), 0, Buffer.alloc(1 + pick(64), pick(256))),
  (bytes, pick) => spliced(bytes, pick(bytes.length + 1), pick(64), Buffer.alloc(0)),
  (bytes, pick) => {
    const from = pick(bytes.length + 1)
    return spliced(bytes, pick(bytes.length + 1), 0, bytes.subarray(from, from + pick(600)))
  },
  replaced(/\d+/g, (pick) => NUMBERS[pick(NUMBERS.length)]),
  replaced(/"[^"]*"/g, (pick) => `"${TEXTS[pick(TEXTS.length)]}"`),
  replaced(/"[^"]*":/g, (pick) => `"${TEXTS[pick(TEXTS.length)]}":`),
  replaced(/\{[^{}]*\}|\[[^[\]]*\]/g, (pick) => NUMBERS[pick(NUMBERS.length)])
]

/** The bytes after one to four changes. */
export function mutated(bytes: Uint8Array, next: () => number): Buffer {
  const pick = (below: number) => Math.floor(next() * below)
  let result = Buffer.from(bytes)
  for (let i = 1 + pick(4); i > 0; i--) result = Buffer.from(MUTATIONS[pick(MUTATIONS.length)](result, pick))
  return result
}
