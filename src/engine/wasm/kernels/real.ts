/**
 * Numbers and vectors of numbers.
 *
 * The build names three things (`asc --use`): `real`, the type of every number, f32 or f64; `integer`, the integer
 * of the same size; FUSED, 1 where relaxed SIMD multiplies and adds with one rounding, 0 where plain SIMD must do.
 *
 * A vector (v128) holds the same quantity of LANES images, so no kernel ever shuffles lanes or meets a border.
 */

/** Images in a vector: 4 in f32, 2 in f64. */
export const LANES: i32 = 16 / sizeof<real>()

/** log2 of the size of a number in bytes. */
export const REAL: usize = sizeof<real>() == 4 ? 2 : 3

/** Bytes of a vector, for addresses. */
export const VECTOR: usize = 16

/** a b + c, rounded once (FUSED) or twice. The only place where the two kinds of build differ. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return FUSED ? v128.relaxed_madd<real>(a, b, c) : v128.add<real>(v128.mul<real>(a, b), c)
}

// @ts-ignore: decorator
@inline
export function add(a: v128, b: v128): v128 {
  return v128.add<real>(a, b)
}

// @ts-ignore: decorator
@inline
export function sub(a: v128, b: v128): v128 {
  return v128.sub<real>(a, b)
}

// @ts-ignore: decorator
@inline
export function mul(a: v128, b: v128): v128 {
  return v128.mul<real>(a, b)
}

/** The number x in all lanes. */
// @ts-ignore: decorator
@inline
export function splat(x: real): v128 {
  return v128.splat<real>(x)
}

/** The i-th number from p. */
// @ts-ignore: decorator
@inline
export function get(p: usize, i: i32): real {
  return load<real>(p + (<usize>i << REAL))
}

// @ts-ignore: decorator
@inline
export function set(p: usize, i: i32, x: real): void {
  store<real>(p + (<usize>i << REAL), x)
}

/** Sum of the lanes of the vector at p, in a fixed order. */
// @ts-ignore: decorator
@inline
export function sumLanes(p: usize): real {
  return LANES == 4 ? get(p, 0) + get(p, 1) + (get(p, 2) + get(p, 3)) : get(p, 0) + get(p, 1)
}

/** Whether multiply-add rounds once on this machine, as `madd` of a FUSED build assumes: (1 + ε)² − (1 + 2ε) = ε². */
export function fused(): bool {
  const e: real = sizeof<real>() == 4 ? 1.0 / 4096 : 1.0 / 134217728
  const a = splat(1 + e)
  return v128.extract_lane<real>(madd(a, a, splat(-(1 + 2 * e))), 0) == e * e
}
