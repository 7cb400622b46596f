/**
 * exp, tanh and log, the same bits everywhere.
 *
 * After S. L. Moshier's Cephes library (expf.c, exp.c, tanhf.c, tanh.c). Arguments of exp are never positive here.
 * NaN gives NaN.
 */
import { add, madd, mul, splat, sub } from "./real"

/** e^x for x <= 0; zero below -87 (f32) or -708 (f64), where e^x would no longer be a normal number. */
export function exp(x: v128): v128 {
  const single = sizeof<real>() == 4
  const lowest = splat(single ? -87 : -708)
  const tooLow = v128.lt<real>(x, lowest)
  const y = v128.bitselect(lowest, x, tooLow)
  // x = n ln 2 + r, |r| <= ln 2 / 2. Adding 1.5·2^23 (2^52) leaves n in the low bits.
  const magic = splat(single ? 12582912 : 6755399441055744)
  const shifted = madd(y, splat(<real>1.4426950408889634), magic)
  const n = sub(shifted, magic)
  let r: v128
  let e: v128
  if (single) {
    r = madd(n, splat(<real>-0.693359375), y)
    r = madd(n, splat(<real>2.1219444e-4), r)
    e = splat(<real>1.9875691500e-4)
    e = madd(e, r, splat(<real>1.3981999507e-3))
    e = madd(e, r, splat(<real>8.3334519073e-3))
    e = madd(e, r, splat(<real>4.1665795894e-2))
    e = madd(e, r, splat(<real>1.6666665459e-1))
    e = madd(e, r, splat(<real>5.0000001201e-1))
    e = add(madd(mul(e, r), r, r), splat(1))
  } else {
    r = madd(n, splat(<real>-6.93145751953125e-1), y)
    r = madd(n, splat(<real>-1.42860682030941723212e-6), r)
    const z = mul(r, r)
    let p = madd(z, splat(<real>1.26177193074810590878e-4), splat(<real>3.02994407707441961300e-2))
    p = mul(r, madd(p, z, splat(<real>9.99999999999999999910e-1)))
    let q = madd(z, splat(<real>3.00198505138664455042e-6), splat(<real>2.52448340349684104192e-3))
    q = madd(q, z, splat(<real>2.27265548208155028766e-1))
    q = madd(q, z, splat(<real>2.0))
    e = madd(splat(2), v128.div<real>(p, sub(q, p)), splat(1))
  }
  const scaled = v128.add<integer>(e, v128.shl<integer>(v128.sub<integer>(shifted, magic), single ? 23 : 52))
  return v128.bitselect(x, v128.andnot(scaled, tooLow), v128.ne<real>(x, x))
}

/** tanh x: a polynomial (f32) or quotient of polynomials (f64) below 0.625, (1 - e) / (1 + e) with e = exp -2|x| above. */
export function tanh(x: v128): v128 {
  const z = mul(x, x)
  let small: v128
  if (sizeof<real>() == 4) {
    small = splat(<real>-5.70498872745e-3)
    small = madd(small, z, splat(<real>2.06390887954e-2))
    small = madd(small, z, splat(<real>-5.37397155531e-2))
    small = madd(small, z, splat(<real>1.33314422036e-1))
    small = madd(small, z, splat(<real>-3.33332819422e-1))
  } else {
    let p = madd(splat(<real>-9.64399179425052238628e-1), z, splat(<real>-9.92877231001918586564e1))
    p = madd(p, z, splat(<real>-1.61468768441708447952e3))
    let q = add(z, splat(<real>1.12811678491632931402e2))
    q = madd(q, z, splat(<real>2.23548839060100448583e3))
    q = madd(q, z, splat(<real>4.84406305325125486048e3))
    small = v128.div<real>(p, q)
  }
  small = madd(mul(small, z), x, x)
  const magnitude = v128.abs<real>(x)
  const e = exp(mul(splat(-2), magnitude))
  const large = v128.div<real>(sub(splat(1), e), add(splat(1), e))
  const signed = v128.or(large, v128.and(x, splat(-0.0)))
  return v128.bitselect(signed, small, v128.gt<real>(magnitude, splat(<real>0.625)))
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: v128): v128 {
  const e = exp(v128.neg<real>(v128.abs<real>(x)))
  const numerator = v128.bitselect(e, splat(1), v128.lt<real>(x, splat(0)))
  return v128.div<real>(numerator, add(splat(1), e))
}

/** Natural logarithm of a normal number > 0: 2 artanh((m - 1) / (m + 1)) + n ln 2, m in [√½, √2]. */
export function log(x: f64): f64 {
  if (!(x < Infinity)) return x
  const bits = reinterpret<u64>(x)
  let n = <i32>(bits >> 52) - 1023
  let m = reinterpret<f64>((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000)
  if (m > 1.4142135623730951) {
    m *= 0.5
    n++
  }
  const s = (m - 1) / (m + 1)
  const z = s * s
  let sum: f64 = 0
  for (let k = 23; k >= 1; k -= 2) sum = sum * z + 1 / <f64>k
  return 2 * s * sum + <f64>n * 0.6931471805599453
}
