/**
 * The scale λ of the branch, where it is not 1: passes over whole states before or after what the layers do, so that
 * nothing inside their loops knows of it. Frames are zero and stay so.
 */
import { madd, mul, splat, VECTOR } from "./real"
import { filters, plane, scale } from "./shape"

/** out = λ h, `[F]` planes; `out` may be `h`. */
export function multiplied(h: usize, out: usize): void {
  const factor = splat(<real>scale), end = h + <usize>filters * plane
  for (; h < end; h += VECTOR, out += VECTOR) v128.store(out, mul(factor, v128.load(h)))
}

/** out = base + λ h, `[F]` planes; `out` may be either. */
export function addScaled(base: usize, h: usize, out: usize): void {
  const factor = splat(<real>scale), end = h + <usize>filters * plane
  for (; h < end; h += VECTOR, base += VECTOR, out += VECTOR)
    v128.store(out, madd(factor, v128.load(h), v128.load(base)))
}
