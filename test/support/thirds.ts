/** Noisy images of one channel, 6×5, in three classes: the brightest third tells which. */
import type { Examples } from "../../src/engine/engine.ts"
import { random } from "../../src/network/philox.ts"

/** noise: grey values below it; light: what is added to the class's third. Easy to learn where they are alike. */
export function thirds(count: number, purpose: string, noise: number, light: number): Examples {
  const stream = random(1, purpose)
  const labels = Uint8Array.from({ length: count }, () => stream.below(3))
  const images = Uint8Array.from(
    { length: count * 30 },
    (_, i) => stream.below(noise) + (Math.floor((i % 30) / 10) === labels[Math.floor(i / 30)] ? light : 0)
  )
  return { count, images, labels }
}
