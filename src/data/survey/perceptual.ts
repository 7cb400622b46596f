/**
 * A picture in 64 bits that change little when it is made lighter, blurred or packed with losses (C. Zauner, Implementation
 * and Benchmarking of Perceptual Image Hash Functions, 2010, section 3.2): the lowest 8×8 frequencies of its cosine
 * transform, without the constant ones, each above their median or not. The transform is taken of the whole picture, which
 * is what scaling it down first stands for.
 */
import { cosPi } from "../../network/math.ts"
import type { ImageShape } from "../../network/network.ts"

const SIDE = 8
const BITS = SIDE * SIDE

/** Two words of 32 bits for each picture. */
export type Hashes = Uint32Array // [n, 2]

/** cos(π (2 x + 1) u / 2 n) of u = 1 … 8, [8, n]. */
function waves(n: number): Float64Array {
  const basis = new Float64Array(SIDE * n)
  for (let u = 1; u <= SIDE; u++) {
    for (let x = 0; x < n; x++) {
      // The cosine has a period of 4 n halves of a pixel, and is the same forwards and backwards.
      const turn = ((2 * x + 1) * u) % (4 * n)
      basis[(u - 1) * n + x] = cosPi(Math.min(turn, 4 * n - turn) / (2 * n))
    }
  }
  return basis
}

/** Writes the hash of a picture [C, H, W] to a place of `to`. Of all channels their sum counts. */
export function makeHasher({ channels, height, width }: Pick<ImageShape, "channels" | "height" | "width">) {
  const across = waves(width)
  const down = waves(height)
  const plane = height * width
  const rows = new Float64Array(height * SIDE)
  const coefficients = new Float64Array(BITS)
  const sorted = new Float64Array(BITS)
  const light = new Float64Array(width)
  return (picture: Uint8Array, to: Hashes, place: number): void => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0
        for (let c = 0; c < channels; c++) sum += picture[c * plane + y * width + x]
        light[x] = sum
      }
      for (let u = 0; u < SIDE; u++) {
        let sum = 0
        for (let x = 0; x < width; x++) sum += light[x] * across[u * width + x]
        rows[y * SIDE + u] = sum
      }
    }
    for (let v = 0; v < SIDE; v++) {
      for (let u = 0; u < SIDE; u++) {
        let sum = 0
        for (let y = 0; y < height; y++) sum += rows[y * SIDE + u] * down[v * height + y]
        coefficients[v * SIDE + u] = sum
      }
    }
    sorted.set(coefficients)
    sorted.sort()
    const median = (sorted[BITS / 2 - 1] + sorted[BITS / 2]) / 2
    for (let word = 0; word < 2; word++) {
      let bits = 0
      for (let i = 0; i < 32; i++) if (coefficients[32 * word + i] > median) bits |= 1 << i
      to[2 * place + word] = bits
    }
  }
}

function ones(word: number): number {
  let w = word - ((word >>> 1) & 0x55555555)
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333)
  return Math.imul((w + (w >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** In how many bits two of them differ. */
export const distance = (hashes: Hashes, i: number, j: number): number =>
  ones(hashes[2 * i] ^ hashes[2 * j]) + ones(hashes[2 * i + 1] ^ hashes[2 * j + 1])

/** Parts of 13 bits (the last has 12): hashes that differ in fewer bits than there are parts have one in common. */
const PARTS = 5
const PART_BITS = 13
export const MOST_BITS = PARTS - 1

function part(hashes: Hashes, i: number, number: number): number {
  const shift = PART_BITS * number
  const [low, high] = [hashes[2 * i], hashes[2 * i + 1]]
  // A shift by 32 would be one by none.
  const bits = shift >= 32 ? high >>> (shift - 32) : shift === 0 ? low : (low >>> shift) | (high << (32 - shift))
  return bits & ((1 << PART_BITS) - 1)
}

/**
 * Pairs i < j of `among` whose hashes differ in at most `MOST_BITS` bits, each once, in order of i, then j. Only those that
 * share a part are compared.
 */
export function* closePairs(hashes: Hashes, among: Uint32Array): Generator<readonly [number, number]> {
  const buckets = Array.from({ length: PARTS }, (_, number) => bucketsOf(hashes, among, number))
  const found: Array<number> = []
  for (let a = 0; a < among.length; a++) {
    const i = among[a]
    found.length = 0
    for (let number = 0; number < PARTS; number++) {
      const { starts, members } = buckets[number]
      const own = part(hashes, i, number)
      for (let k = starts[own + 1] - 1; k >= starts[own] && members[k] > i; k--) {
        const j = members[k]
        if (distance(hashes, i, j) > MOST_BITS) continue
        let isNew = true
        for (let before = 0; before < number && isNew; before++)
          isNew = part(hashes, i, before) !== part(hashes, j, before)
        if (isNew) found.push(j)
      }
    }
    found.sort((x, y) => x - y)
    for (const j of found) yield [i, j]
  }
}

/** Pictures by one part of their hashes: `members` of part p are those from `starts[p]` to `starts[p + 1]`, ascending. */
function bucketsOf(hashes: Hashes, among: Uint32Array, number: number) {
  const parts = 1 << PART_BITS
  const starts = new Uint32Array(parts + 1)
  for (const i of among) starts[part(hashes, i, number) + 1]++
  for (let p = 0; p < parts; p++) starts[p + 1] += starts[p]
  const next = starts.slice()
  const members = new Uint32Array(among.length)
  for (const i of among) members[next[part(hashes, i, number)]++] = i
  return { starts, members }
}
