/**
 * One block's part of a vector: what goes over examples one after the other takes it alone. Here it is the whole vector;
 * in C, where a vector holds the lanes of several blocks, 128 bits of it.
 */
export type part = v128

/** At p + at; `at` is a constant, added last, so that it becomes part of the instruction. */
// @ts-ignore: decorator
@inline
export function loadPart(p: usize, at: usize): part {
  return v128.load(p + at)
}

// @ts-ignore: decorator
@inline
export function storePart(p: usize, x: part, at: usize): void {
  v128.store(p + at, x)
}

// @ts-ignore: decorator
@inline
export function addParts(a: part, b: part): part {
  return v128.add<real>(a, b)
}

/** a b + c, as `madd` (real.ts). */
// @ts-ignore: decorator
@inline
export function maddParts(a: part, b: part, c: part): part {
  return FUSED ? v128.relaxed_madd<real>(a, b, c) : v128.add<real>(v128.mul<real>(a, b), c)
}

/** Parts of two places as one, where registers have room for them: natively (NATIVE). These stand for what C has. */
export type pair = v128

// @ts-ignore: decorator
@inline
export function loadPair(p: usize, q: usize, at: usize): pair {
  unreachable()
  return v128.load(p)
}

/** The same part twice. */
// @ts-ignore: decorator
@inline
export function loadTwice(p: usize, at: usize): pair {
  unreachable()
  return v128.load(p)
}

// @ts-ignore: decorator
@inline
export function storePair(p: usize, q: usize, x: pair, at: usize): void {
  unreachable()
}

// @ts-ignore: decorator
@inline
export function addPairs(a: pair, b: pair): pair {
  unreachable()
  return a
}

// @ts-ignore: decorator
@inline
export function maddPairs(a: pair, b: pair, c: pair): pair {
  unreachable()
  return a
}
