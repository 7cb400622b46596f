/** The networks that the benchmark of the engines runs. */
export interface Cell {
  readonly channels: number
  readonly size: number // height and width
  readonly layers: number
  readonly filters: number
  readonly kernel: number
  readonly architecture: "sequential" | "parallel"
  readonly batch: number
}

export const depthOf = ({ architecture, layers }: Cell) => (architecture === "sequential" ? layers : 1)

export const cellName = ({ channels, size, layers, filters, kernel, architecture }: Cell) =>
  `${size}×${size}×${channels} N${layers} F${filters} K${kernel} ${architecture}`

const mnist = { channels: 1, size: 28 }
const cifar = { channels: 3, size: 32 }

function both(image: typeof mnist, layers: number, filters: number, kernel: number): ReadonlyArray<Cell> {
  const cell = { ...image, layers, filters, kernel, batch: 512 }
  const sequential: Cell = { ...cell, architecture: "sequential" }
  // With one layer both architectures are the same network.
  return layers === 1 ? [sequential] : [sequential, { ...cell, architecture: "parallel" }]
}

/** A small and a large network of each kind of image. */
export const quick: ReadonlyArray<Cell> = [
  ...both(mnist, 4, 1, 3),
  ...both(cifar, 16, 1, 3),
  ...both(mnist, 16, 16, 3),
  ...both(cifar, 4, 32, 3)
]

const widths = [1, 2, 4, 8, 16, 32]

export const grid: ReadonlyArray<Cell> = [
  ...[mnist, cifar].flatMap((image) =>
    [1, 4, 16].flatMap((layers) => widths.flatMap((filters) => both(image, layers, filters, 3)))
  ),
  ...[5, 7].flatMap((kernel) => [
    ...both(mnist, 4, 1, kernel),
    ...both(mnist, 4, 8, kernel),
    ...both(mnist, 16, 16, kernel),
    ...both(cifar, 4, 32, kernel)
  ])
]

/**
 * Useful operations of one image's training step, a multiplication and an addition counted as two: forward, gradient
 * by the weights, and by the input where it is needed, all convolutions counted as direct ones with full borders.
 */
export function operations({ channels: C, size, layers: N, filters: F, kernel: K }: Cell): number {
  const pixels = size * size
  const stem = 2 * K * K * C * F * pixels
  const layer = 2 * K * K * F * F * pixels
  const dense = 2 * F * pixels * 10
  return 2 * stem + 3 * N * layer + 3 * dense
}
