/**
 * The corruptions that there are, by name, with their constants at severities 1 to 5. Facts of others:
 *
 * - CIFAR-10-C: Hendrycks & Dietterich, "Benchmarking neural network robustness to common corruptions and perturbations"
 *   (ICLR 2019), make_cifar_c.py in the authors' repository hendrycks/robustness;
 * - MNIST-C: Mu & Gilmer, "MNIST-C: a robustness benchmark for computer vision" (2019), corruptions.py in
 *   google-research/mnist-c, which has five severities of each and publishes one (`published`).
 *
 * Left out of CIFAR-10-C: glass blur, zoom blur, snow, frost, fog, elastic transform and spatter; of MNIST-C: glass blur,
 * fog, spatter, dotted line, zigzag and canny edges.
 */

type Five<C> = readonly [C, C, C, C, C]

/** By severity; with the one severity that is published of MNIST-C. */
interface Kind<C> {
  readonly constants: Five<C>
  readonly published?: number
}

const kind = <const C>(constants: Five<C>, more: Omit<Kind<C>, "constants"> = {}): Kind<C> => ({ constants, ...more })

export const KINDS = {
  // CIFAR-10-C; numbers of 0 … 1 unless another unit is named.
  "gaussian-noise": kind([0.04, 0.06, 0.08, 0.09, 0.1]), // deviation
  "shot-noise": kind([500, 250, 100, 75, 50]), // photons of a white pixel
  "impulse-noise": kind([0.01, 0.02, 0.03, 0.05, 0.07]), // share of the values
  "speckle-noise": kind([0.06, 0.1, 0.12, 0.16, 0.2]), // deviation, of a white pixel
  "gaussian-blur": kind([0.4, 0.6, 0.7, 0.8, 1]), // deviation, pixels
  "defocus-blur": kind([
    [0.3, 0.4],
    [0.4, 0.5],
    [0.5, 0.6],
    [1, 0.2],
    [1.5, 0.1]
  ]), // radius and softness, pixels
  "motion-blur": kind([
    [6, 1],
    [6, 1.5],
    [6, 2],
    [8, 2],
    [9, 2.5]
  ]), // radius and deviation, pixels
  brightness: kind([0.05, 0.1, 0.15, 0.2, 0.3]), // added to the value
  contrast: kind([0.75, 0.5, 0.4, 0.3, 0.15]), // factor
  saturate: kind([
    [0.3, 0],
    [0.1, 0],
    [1.5, 0],
    [2, 0.1],
    [2.5, 0.2]
  ]), // factor and summand
  pixelate: kind([0.95, 0.9, 0.85, 0.75, 0.65]), // factor of both sides
  jpeg: kind([80, 65, 58, 50, 40]), // quality
  // MNIST-C.
  "mnist-shot-noise": kind([60, 25, 12, 5, 3], { published: 5 }),
  "mnist-impulse-noise": kind([0.03, 0.06, 0.09, 0.17, 0.27], { published: 4 }),
  "mnist-motion-blur": kind(
    [
      [10, 3],
      [15, 5],
      [15, 8],
      [15, 12],
      [20, 15]
    ],
    { published: 1 }
  ),
  "mnist-brightness": kind([0.1, 0.2, 0.3, 0.4, 0.5], { published: 5 }),
  shear: kind([0.2, 0.4, 0.6, 0.8, 1], { published: 2 }), // radians
  scale: kind([0.9, 0.8, 0.7, 0.6, 0.5], { published: 3 }), // factor
  rotate: kind([0.2, 0.4, 0.6, 0.8, 1], { published: 2 }), // radians
  translate: kind([1, 2, 3, 4, 5], { published: 3 }), // pixels in both directions
  stripe: kind([0.25, 0.25, 0.25, 0.25, 0.25], { published: 1 }) // share of the width on each side; the same at all
} as const

export type CorruptionKind = keyof typeof KINDS

const isKind = (name: string): name is CorruptionKind => Object.hasOwn(KINDS, name)
export const CORRUPTIONS: ReadonlyArray<CorruptionKind> = Object.keys(KINDS).filter(isKind)

export const SEVERITIES = [1, 2, 3, 4, 5] as const
export type Severity = (typeof SEVERITIES)[number]
