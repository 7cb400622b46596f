/**
 * Random numbers without a state to share: Philox 4×32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011). Block n of a stream is a function of the key and n alone, and the key is made of a seed
 * and a purpose ("initial/stem.weight", "order/epoch=3"): nothing depends on the order in which things run, and two
 * networks with one seed draw the same numbers for the same purpose.
 */
import { createHash } from "node:crypto"

const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
const WEYL_0 = 0x9e3779b9 // golden ratio
const WEYL_1 = 0xbb67ae85 // √3 − 1

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16) // < 2^32
  const carry = aLow * bHigh + (middle & 0xffff) // < 2^32
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0
}

/** One block: 10 rounds over a counter of four words under a key of two. Writes four words to `out` at `offset`. */
export function philox(
  counter: ArrayLike<number>,
  key: ArrayLike<number>,
  out: Uint32Array<ArrayBuffer> = new Uint32Array(4),
  offset = 0
): Uint32Array<ArrayBuffer> {
  let [c0, c1, c2, c3] = [counter[0], counter[1], counter[2], counter[3]]
  let [k0, k1] = [key[0], key[1]]
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0)
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0
    const high1 = multiplyHigh(MULTIPLIER_1, c2)
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + WEYL_0) >>> 0
    k1 = (k1 + WEYL_1) >>> 0
  }
  out[offset] = c0
  out[offset + 1] = c1
  out[offset + 2] = c2
  out[offset + 3] = c3
  return out
}

/** A stream of random numbers for one purpose; always the same for the same seed and purpose. */
export interface Random {
  /** Uniform over 0 … 2^32 − 1. */
  word(): number
  /** Uniform in [0, 1), multiples of 2^−53. */
  uniform(): number
  /** Uniform over 0 … n − 1, without bias; 1 ≤ n ≤ 2^32. */
  below(n: number): number
  /** 0 … n − 1 in random order, every order equally likely. */
  permutation(n: number): Uint32Array<ArrayBuffer>
}

export function random(seed: number, purpose: string): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a whole number, not ${seed}`)
  const digest = createHash("sha256").update(`${seed}\n${purpose}`).digest()
  const key = [digest.readUInt32LE(0), digest.readUInt32LE(4)]
  const block = new Uint32Array(4)
  let blocks = 0
  let used = 4

  const word = () => {
    if (used === 4) {
      philox([blocks >>> 0, Math.floor(blocks / 4294967296), 0, 0], key, block)
      blocks++
      used = 0
    }
    return block[used++]
  }
  const below = (n: number) => {
    const fair = 4294967296 - (4294967296 % n) // a multiple of n; what lies above would favour small numbers
    for (;;) {
      const w = word()
      if (w < fair) return w % n
    }
  }
  return {
    word,
    uniform: () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992,
    below,
    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, i) => i)
      for (let i = n - 1; i > 0; i--) {
        const j = below(i + 1)
        const swap = order[i]
        order[i] = order[j]
        order[j] = swap
      }
      return order
    }
  }
}
