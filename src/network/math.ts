/**
 * Elementary functions in f64 with the same bits everywhere.
 *
 * The last bits of Math.exp, log, tanh and pow are the JavaScript engine's own choice and change between its versions;
 * a result that is named by the digest of its bytes cannot depend on them. These use + - * / alone, which IEEE 754
 * rounds in one way, and bit patterns. The algorithms are those of fdlibm (Sun Microsystems, 1993), whose errors are
 * below 1 ulp (tanh: 2 ulp).
 */

const LN2_HIGH = 0.6931471803691238 // its last 32 bits are 0, so that k · LN2_HIGH is exact
const LN2_LOW = 1.9082149292705877e-10

const bits = new DataView(new ArrayBuffer(8))

/** 2^k as a double, −1022 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20)
  bits.setUint32(4, 0)
  return bits.getFloat64(0)
}

/** x · 2^k without overflow or early underflow between; k as exp and expm1 have it. */
function scale(x: number, k: number): number {
  if (k > 1023) return x * 2 * powerOfTwo(k - 1)
  if (k < -1022) return x * powerOfTwo(k + 1000) * powerOfTwo(-1000)
  return x * powerOfTwo(k)
}

/** e^x */
export function exp(x: number): number {
  if (!(x <= 709.782712893384)) return x > 0 ? Infinity : x // NaN stays NaN
  if (x < -745.1332191019411) return 0
  // x = k ln 2 + r, |r| ≤ ln 2 / 2; e^r = 1 + r + r c / (2 − c) with c = r − r²·P(r²), a Remez polynomial.
  const k = Math.floor(x * Math.LOG2E + 0.5)
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const t = r * r
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-2.7777777777015593e-3 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))))
  return scale(1 - (low - (r * c) / (2 - c) - high), k)
}

/** e^x − 1, accurate near 0 too. */
export function expm1(x: number): number {
  if (Number.isNaN(x) || x === 0) return x
  if (x > 709.782712893384) return Infinity
  if (x < -56 * Math.LN2) return -1
  const k = x > -0.34657359 && x < 0.34657359 ? 0 : Math.floor(x * Math.LOG2E + 0.5)
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const correction = high - r - low
  const half = 0.5 * r
  const t = r * half
  const r1 =
    1 +
    t *
      (-0.03333333333333313 +
        t *
          (1.5873015872548146e-3 +
            t * (-7.93650757867488e-5 + t * (4.008217827329362e-6 + t * -2.0109921818362437e-7))))
  const s = 3 - r1 * half
  let e = t * ((r1 - s) / (6 - r * s))
  if (k === 0) return r - (r * e - t)
  e = r * (e - correction) - correction - t
  if (k === -1) return 0.5 * (r - e) - 0.5
  if (k === 1) return r < -0.25 ? -2 * (e - (r + 0.5)) : 1 + 2 * (r - e)
  if (k <= -2 || k > 56) return scale(1 - (e - r), k) - 1
  if (k < 20) return scale(1 - powerOfTwo(-k) - (e - r), k)
  return scale(r - (e + powerOfTwo(-k)) + 1, k)
}

/** Natural logarithm; −Infinity at 0, NaN below. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return NaN
  if (x === 0) return -Infinity
  if (x === Infinity) return x
  // x = 2^k (1 + f), √½ < 1 + f < √2
  let k = 0
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984 // 2^54: out of the subnormal numbers
    k = -54
  }
  bits.setFloat64(0, x)
  const top = bits.getUint32(0)
  const mantissa = top & 0xfffff
  const up = (mantissa + 0x95f64) & 0x100000
  bits.setUint32(0, mantissa | (up ^ 0x3ff00000))
  k += (top >>> 20) - 1023 + (up >>> 20)
  const f = bits.getFloat64(0) - 1
  // log(1 + f) = f − f²/2 + s (f²/2 + R(s²)), s = f / (2 + f)
  const s = f / (2 + f)
  const z = s * s
  const r =
    z *
    (0.6666666666666735 +
      z *
        (0.3999999999940942 +
          z *
            (0.2857142874366239 +
              z *
                (0.22222198432149784 +
                  z * (0.1818357216161805 + z * (0.15313837699209373 + z * 0.14798198605116586))))))
  const half = 0.5 * f * f
  return k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f)
}

export function tanh(x: number): number {
  if (Number.isNaN(x)) return x
  const size = Math.abs(x)
  if (size < 3.725290298461914e-9) return x // 2^-28
  let y = 1
  if (size < 22) {
    if (size >= 1) y = 1 - 2 / (expm1(2 * size) + 2)
    else {
      const e = expm1(-2 * size)
      y = -e / (e + 2)
    }
  }
  return x < 0 ? -y : y
}

/** 1 / (1 + e^−x) */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x))
  const e = exp(x)
  return e / (1 + e)
}

/** base^n for a whole number n ≥ 0, by squaring. */
export function power(base: number, n: number): number {
  let result = 1
  for (let b = base, k = n; k > 0; k = Math.floor(k / 2), b *= b) if (k % 2 === 1) result *= b
  return result
}

/** cos πx for 0 ≤ x ≤ 1, by its series or that of the sine. */
export function cosPi(x: number): number {
  if (x > 0.5) return -cosPi(1 - x)
  const near = x <= 0.25
  const r = Math.PI * (near ? x : 0.5 - x)
  const z = r * r
  let sum = 1
  for (let k = 18; k >= 2; k -= 2) sum = 1 - (z / (near ? (k - 1) * k : k * (k + 1))) * sum
  return near ? sum : r * sum
}
