/** Activations with their first and second derivative, and back through them, for values and their rates. */
import { curve } from "./activation"
import { add, madd, mul, splat, sub, REAL, VECTOR } from "./real"
import { RELU, SIGMOID, TANH, activation, filters, height, pixel, plane, width } from "./shape"

/**
 * out = base + f(z + b) and outRate = baseRate + f'(z + b) · (zRate + c), for the F channels of z; a base of 0 is none.
 * f' takes the place of z, and f'' · (zRate + c) that of zRate. f is `scale` times the activation.
 */
export function bend(
  z: usize, zRate: usize, biases: usize, biasRates: usize, scale: real, base: usize, baseRate: usize, out: usize,
  outRate: usize
): void {
  const factor = splat(scale), one = splat(1), zero = splat(0)
  for (let channel = 0; channel < filters; channel++) {
    const b = v128.load_splat<real>(biases + (<usize>channel << REAL))
    const c = v128.load_splat<real>(biasRates + (<usize>channel << REAL))
    for (let y = 0; y < height; y++) {
      let at = <usize>channel * plane + pixel(y, 0)
      for (let x = width; x; x--, at += VECTOR) {
        const sum = add(v128.load(z + at), b), rate = add(v128.load(zRate + at), c)
        let a: v128, slope: v128, curvature = zero
        if (activation == RELU) {
          const closed = v128.le<real>(sum, zero)
          a = v128.andnot(sum, closed)
          slope = v128.andnot(one, closed)
        } else {
          a = curve(sum, z + at)
          slope = v128.load(z + at)
          if (activation == TANH) curvature = mul(mul(splat(-2), a), slope)
          else if (activation == SIGMOID) curvature = mul(slope, sub(one, add(a, a)))
        }
        a = mul(factor, a)
        slope = mul(factor, slope)
        v128.store(z + at, slope)
        v128.store(zRate + at, mul(mul(factor, curvature), rate))
        v128.store(out + at, base ? add(v128.load(base + at), a) : a)
        const moved = mul(slope, rate)
        v128.store(outRate + at, baseRate ? add(v128.load(baseRate + at), moved) : moved)
      }
    }
  }
}

/** dz = slope · g and dzRate = slope · gRate + bent · g, in the place of the slopes and of what is bent. */
export function unbend(g: usize, gRate: usize, slopes: usize, bent: usize): void {
  for (let channel = 0; channel < filters; channel++)
    for (let y = 0; y < height; y++) {
      let at = <usize>channel * plane + pixel(y, 0)
      for (let x = width; x; x--, at += VECTOR) {
        const slope = v128.load(slopes + at), gradient = v128.load(g + at)
        v128.store(bent + at, madd(slope, v128.load(gRate + at), mul(v128.load(bent + at), gradient)))
        v128.store(slopes + at, mul(slope, gradient))
      }
    }
}
