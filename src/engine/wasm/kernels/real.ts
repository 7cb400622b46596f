/**
 * Numbers and vectors of numbers.
 *
 * The build names seven things (`asc --use`): `real`, the type of every number, f32 or f64; `integer`, the integer
 * of the same size; FUSED, 1 where relaxed SIMD multiplies and adds with one rounding, 0 where plain SIMD must do;
 * BLOCKS, 1 here; and what is faster where: NATIVE, 0 here; COLUMNS of a product's sums; MANY_REGISTERS, whether a
 * processor has more than sixteen.
 *
 * A vector (v128) holds the same quantity of LANES images, so no kernel ever shuffles lanes or meets a border.
 *
 * The same sources are translated to C (../../native) for processors with wider vectors. There a v128 has LANES lanes of each
 * of BLOCKS blocks of examples, 1, 2 or 4, side by side: every lane does what it does here. So sizes of vectors are written as VECTOR and SHIFT,
 * and what goes over lanes one by one goes over ALL_LANES, or over those of one block.
 */

/** Images of a block in a vector: 4 in f32, 2 in f64. */
export const LANES: i32 = 16 / sizeof<real>()
export const ALL_LANES: i32 = LANES * BLOCKS

/** Examples in a block: the unit of the order of summation (gradient.ts). */
export const BLOCK: i32 = 64

/** log2 of the size of a number in bytes. */
export const REAL: usize = sizeof<real>() == 4 ? 2 : 3

/** Bytes of a vector, for addresses, and their log2; and those of a block's part of it. */
export const VECTOR: usize = 16 * BLOCKS
export const SHIFT: usize = BLOCKS == 4 ? 6 : BLOCKS == 2 ? 5 : 4
export const PART: usize = 16

/** Which example a lane holds, counted from the one in lane 0. */
// @ts-ignore: decorator
@inline
export function exampleOf(lane: i32): i32 {
  return BLOCKS == 1 ? lane : (lane / LANES) * BLOCK + lane % LANES
}

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

/** a, which stays in a register: C compilers would rather load it again for each of its uses. */
// @ts-ignore: decorator
@inline
export function held(a: v128): v128 {
  return a
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

/** Lane l of a block's vector at p, in all lanes of that block. */
// @ts-ignore: decorator
@inline
export function splatLane(p: usize, l: i32): v128 {
  return splat(get(p, l))
}

/** Copies the lanes of a block from the vector at `from`. */
// @ts-ignore: decorator
@inline
export function copyLanes(to: usize, from: usize, block: i32): void {
  v128.store(to, v128.load(from + PART * <usize>block))
}

/** Sum of the lanes of a block in the vector at p, in a fixed order. */
// @ts-ignore: decorator
@inline
export function sumLanes(p: usize, block: i32 = 0): real {
  p += PART * <usize>block
  return LANES == 4 ? get(p, 0) + get(p, 1) + (get(p, 2) + get(p, 3)) : get(p, 0) + get(p, 1)
}

/** Whether multiply-add rounds once on this machine, as `madd` of a FUSED build assumes: (1 + ε)² − (1 + 2ε) = ε². */
export function fused(): bool {
  const e: real = sizeof<real>() == 4 ? 1.0 / 4096 : 1.0 / 134217728
  const a = splat(1 + e)
  return v128.extract_lane<real>(madd(a, a, splat(-(1 + 2 * e))), 0) == e * e
}
