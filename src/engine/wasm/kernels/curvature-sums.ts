/**
 * The sums over examples in products with the curvature: what each group that has passed (second-order.ts) adds.
 *
 * A lane of a sum is one chain, pixel after pixel and group after group, whatever is computed side by side before: so
 * groups come in their order, and here vectors go part by part (parts.ts).
 */
import { addPairs, addParts, loadPair, loadPart, loadTwice, maddPairs, maddParts, storePair, storePart } from "./parts"
import { PART, SHIFT, VECTOR } from "./real"
import { classes, filters, height, kernel, pixel, pixels, plane, row, width } from "./shape"

/** A sum that nobody reads. */
const SPARE = memory.data(16, 16)

/** acc[ky][kx] += Σ dz · in[y + ky][x + kx] for a pair of channels, kernel 3; at `biases` += Σ dz. */
export function nineParts(input: usize, dz: usize, acc: usize, biases: usize): void {
  const down = row
  let a0 = loadPart(acc, 0), a1 = loadPart(acc, PART), a2 = loadPart(acc, 2 * PART)
  let a3 = loadPart(acc, 3 * PART), a4 = loadPart(acc, 4 * PART), a5 = loadPart(acc, 5 * PART)
  let a6 = loadPart(acc, 6 * PART), a7 = loadPart(acc, 7 * PART), a8 = loadPart(acc, 8 * PART)
  let bias = loadPart(biases, 0)
  for (let y = 0; y < height; y++) {
    let d = dz + pixel(y, 0), p = input + pixel(y - 1, -1), x = width
    // Two pixels at a time, so that each is loaded once for both.
    for (; x >= 2; x -= 2, p += 2 * VECTOR, d += 2 * VECTOR) {
      const q = p + down, r = q + down, z = loadPart(d, 0), n = loadPart(d, VECTOR)
      bias = addParts(addParts(bias, z), n)
      a0 = maddParts(z, loadPart(p, 0), a0)
      let v = loadPart(p, VECTOR)
      a0 = maddParts(n, v, a0)
      a1 = maddParts(z, v, a1)
      v = loadPart(p, 2 * VECTOR)
      a1 = maddParts(n, v, a1)
      a2 = maddParts(z, v, a2)
      a2 = maddParts(n, loadPart(p, 3 * VECTOR), a2)
      a3 = maddParts(z, loadPart(q, 0), a3)
      v = loadPart(q, VECTOR)
      a3 = maddParts(n, v, a3)
      a4 = maddParts(z, v, a4)
      v = loadPart(q, 2 * VECTOR)
      a4 = maddParts(n, v, a4)
      a5 = maddParts(z, v, a5)
      a5 = maddParts(n, loadPart(q, 3 * VECTOR), a5)
      a6 = maddParts(z, loadPart(r, 0), a6)
      v = loadPart(r, VECTOR)
      a6 = maddParts(n, v, a6)
      a7 = maddParts(z, v, a7)
      v = loadPart(r, 2 * VECTOR)
      a7 = maddParts(n, v, a7)
      a8 = maddParts(z, v, a8)
      a8 = maddParts(n, loadPart(r, 3 * VECTOR), a8)
    }
    if (x) {
      const q = p + down, r = q + down, z = loadPart(d, 0)
      bias = addParts(bias, z)
      a0 = maddParts(z, loadPart(p, 0), a0)
      a1 = maddParts(z, loadPart(p, VECTOR), a1)
      a2 = maddParts(z, loadPart(p, 2 * VECTOR), a2)
      a3 = maddParts(z, loadPart(q, 0), a3)
      a4 = maddParts(z, loadPart(q, VECTOR), a4)
      a5 = maddParts(z, loadPart(q, 2 * VECTOR), a5)
      a6 = maddParts(z, loadPart(r, 0), a6)
      a7 = maddParts(z, loadPart(r, VECTOR), a7)
      a8 = maddParts(z, loadPart(r, 2 * VECTOR), a8)
    }
  }
  storePart(biases, bias, 0)
  storePart(acc, a0, 0)
  storePart(acc, a1, PART)
  storePart(acc, a2, 2 * PART)
  storePart(acc, a3, 3 * PART)
  storePart(acc, a4, 4 * PART)
  storePart(acc, a5, 5 * PART)
  storePart(acc, a6, 6 * PART)
  storePart(acc, a7, 7 * PART)
  storePart(acc, a8, 8 * PART)
}

/**
 * The same for two channels of dz, the second one plane and `pitch` bytes of acc further, as one: natively. Their sums are
 * side by side in registers of twice the size.
 */
function ninePairs(input: usize, dz: usize, acc: usize, pitch: usize, biases: usize, next: usize): void {
  const down = row, more = acc + pitch
  let a0 = loadPair(acc, more, 0), a1 = loadPair(acc, more, PART), a2 = loadPair(acc, more, 2 * PART)
  let a3 = loadPair(acc, more, 3 * PART), a4 = loadPair(acc, more, 4 * PART), a5 = loadPair(acc, more, 5 * PART)
  let a6 = loadPair(acc, more, 6 * PART), a7 = loadPair(acc, more, 7 * PART), a8 = loadPair(acc, more, 8 * PART)
  let bias = loadPair(biases, next, 0)
  for (let y = 0; y < height; y++) {
    let d = dz + pixel(y, 0), p = input + pixel(y - 1, -1)
    for (let x = width; x; x--, p += VECTOR, d += VECTOR) {
      const q = p + down, r = q + down, z = loadPair(d, d + plane, 0)
      bias = addPairs(bias, z)
      a0 = maddPairs(z, loadTwice(p, 0), a0)
      a1 = maddPairs(z, loadTwice(p, VECTOR), a1)
      a2 = maddPairs(z, loadTwice(p, 2 * VECTOR), a2)
      a3 = maddPairs(z, loadTwice(q, 0), a3)
      a4 = maddPairs(z, loadTwice(q, VECTOR), a4)
      a5 = maddPairs(z, loadTwice(q, 2 * VECTOR), a5)
      a6 = maddPairs(z, loadTwice(r, 0), a6)
      a7 = maddPairs(z, loadTwice(r, VECTOR), a7)
      a8 = maddPairs(z, loadTwice(r, 2 * VECTOR), a8)
    }
  }
  storePair(biases, next, bias, 0)
  storePair(acc, more, a0, 0)
  storePair(acc, more, a1, PART)
  storePair(acc, more, a2, 2 * PART)
  storePair(acc, more, a3, 3 * PART)
  storePair(acc, more, a4, 4 * PART)
  storePair(acc, more, a5, 5 * PART)
  storePair(acc, more, a6, 6 * PART)
  storePair(acc, more, a7, 7 * PART)
  storePair(acc, more, a8, 8 * PART)
}

/** `taps` (7, 5 or 1) taps in a row; `input`: the row of taps' first pixel. */
// @ts-ignore: decorator
@inline
function partsInARow(taps: i32, input: usize, dz: usize, acc: usize, biases: usize): void {
  let a0 = loadPart(acc, 0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0
  if (taps > 1) {
    a1 = loadPart(acc, PART)
    a2 = loadPart(acc, 2 * PART)
    a3 = loadPart(acc, 3 * PART)
    a4 = loadPart(acc, 4 * PART)
  }
  if (taps > 5) {
    a5 = loadPart(acc, 5 * PART)
    a6 = loadPart(acc, 6 * PART)
  }
  let bias = loadPart(biases, 0)
  for (let y = 0; y < height; y++) {
    let d = dz + pixel(y, 0), p = input + <usize>y * row
    for (let x = width; x; x--, p += VECTOR, d += VECTOR) {
      const z = loadPart(d, 0)
      bias = addParts(bias, z)
      a0 = maddParts(z, loadPart(p, 0), a0)
      if (taps > 1) {
        a1 = maddParts(z, loadPart(p, VECTOR), a1)
        a2 = maddParts(z, loadPart(p, 2 * VECTOR), a2)
        a3 = maddParts(z, loadPart(p, 3 * VECTOR), a3)
        a4 = maddParts(z, loadPart(p, 4 * VECTOR), a4)
      }
      if (taps > 5) {
        a5 = maddParts(z, loadPart(p, 5 * VECTOR), a5)
        a6 = maddParts(z, loadPart(p, 6 * VECTOR), a6)
      }
    }
  }
  storePart(biases, bias, 0)
  storePart(acc, a0, 0)
  if (taps > 1) {
    storePart(acc, a1, PART)
    storePart(acc, a2, 2 * PART)
    storePart(acc, a3, 3 * PART)
    storePart(acc, a4, 4 * PART)
  }
  if (taps > 5) {
    storePart(acc, a5, 5 * PART)
    storePart(acc, a6, 6 * PART)
  }
}

export function sevenParts(input: usize, dz: usize, acc: usize, biases: usize): void {
  partsInARow(7, input, dz, acc, biases)
}
export function fiveParts(input: usize, dz: usize, acc: usize, biases: usize): void {
  partsInARow(5, input, dz, acc, biases)
}
export function onePart(input: usize, dz: usize, acc: usize, biases: usize): void {
  partsInARow(1, input, dz, acc, biases)
}

/**
 * acc[co][ci][ky][kx] += Σ_{y,x} dz[co][y][x] · in[ci][y+ky][x+kx], for `inputs` channels of `input` and the F channels
 * of dz; biases[co] += Σ dz, unless `biases` is 0. Of the part that the addresses are of.
 */
export function addWeights(input: usize, inputs: i32, dz: usize, acc: usize, biases: usize): void {
  const taps = kernel * kernel, pitch = <usize>(inputs * taps) * PART
  let co = 0
  if (NATIVE)
    for (; kernel == 3 && co + 2 <= filters; co += 2, acc += pitch)
      for (let ci = 0; ci < inputs; ci++, acc += 9 * PART) {
        const d = dz + <usize>co * plane, from = input + <usize>ci * plane
        if (biases && ci == 0) ninePairs(from, d, acc, pitch, biases + <usize>co * PART, biases + <usize>(co + 1) * PART)
        else ninePairs(from, d, acc, pitch, SPARE, SPARE)
      }
  for (; co < filters; co++)
    for (let ci = 0; ci < inputs; ci++, acc += <usize>taps * PART) {
      const from = input + <usize>ci * plane, d = dz + <usize>co * plane
      const bias = biases && ci == 0 ? biases + <usize>co * PART : SPARE
      if (kernel == 3) nineParts(from, d, acc, bias)
      else
        for (let ky = 0; ky < kernel; ky++) {
          const p = from + <usize>ky * row, a = acc + <usize>(ky * kernel) * PART, b = ky == 0 ? bias : SPARE
          if (kernel == 7) sevenParts(p, d, a, b)
          else if (kernel == 5) fiveParts(p, d, a, b)
          else onePart(p, d, a, b)
        }
    }
}

/**
 * The dense layer's: acc[k][position] += dRate hᵀ + d (hRate)ᵀ, biases dRate, for the first `parts` parts in their order. d,
 * dRate: the loss's gradient by the logits and its rate, [M] vectors.
 */
export function addDense(h: usize, hRate: usize, d: usize, dRate: usize, acc: usize, parts: i32): void {
  let s = acc
  for (let k = 0; k < classes; k++, d += VECTOR, dRate += VECTOR) {
    for (let c = 0; c < filters; c++)
      for (let y = 0; y < height; y++) {
        let at = <usize>c * plane + pixel(y, 0)
        for (let x = width; x; x--, at += VECTOR, s += PART) {
          let sum = loadPart(s, 0)
          for (let b: usize = 0; b < <usize>parts * PART; b += PART) {
            sum = maddParts(loadPart(dRate + b, 0), loadPart(h + at + b, 0), sum)
            sum = maddParts(loadPart(d + b, 0), loadPart(hRate + at + b, 0), sum)
          }
          storePart(s, sum, 0)
        }
      }
    const bias = acc + <usize>(classes * pixels + k) * PART
    for (let b: usize = 0; b < <usize>parts * PART; b += PART)
      storePart(bias, addParts(loadPart(bias, 0), loadPart(dRate + b, 0)), 0)
  }
}
