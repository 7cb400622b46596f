/**
 * The network's shape, set once, and the layout of its planes.
 *
 * A plane is one channel of LANES images, `[y][x]` vectors, with a frame of zeros as wide as the convolution reaches
 * beyond the image, so that 'same' padding is there in memory. Where the layers are computed in tiles of 4×4
 * outputs, height and width are rounded up to whole tiles; the pixels beyond the image are zero as well.
 * Channels follow each other: `[channel][y][x][lane]`.
 */
import { ACTIVATION, CHANNELS, CLASSES, DEPTH, FILTERS, HEIGHT, KERNEL, LAYERS, LOSS, PLACES, RESIDUAL, SCALE, WIDTH } from "./description"
import { REAL, SHIFT, VECTOR } from "./real"

/** The description of the network, PLACES numbers. */
const description = memory.data(PLACES * 8, 16)

export let channels: i32 = 0 // C
export let height: i32 = 0 // H
export let width: i32 = 0 // W
export let classes: i32 = 0 // M
export let layers: i32 = 0 // N
export let depth: i32 = 0 // d
export let filters: i32 = 0 // F
export let kernel: i32 = 0 // K
export let activation: i32 = 0 // RELU, TANH, SIGMOID or IDENTITY
export let residual: bool = false
export let scale: f64 = 1 // λ
export let loss: i32 = 0 // CROSS_ENTROPY, KL_DIVERGENCE or SQUARED_ERROR

export { RELU, TANH, SIGMOID, IDENTITY, CROSS_ENTROPY, KL_DIVERGENCE, SQUARED_ERROR } from "./description"

/** Winograd's method (winograd.ts), in tiles of 4×4 outputs, or direct convolution: the shape alone decides. */
export let winograd: bool = false
export const TILE: i32 = 4
/** Points of interpolation: a tile takes points × points pixels. 6, 8, 7 for kernels 3, 5, 7. */
export let points: i32 = 0
/** Kernel 7 is cut into splits × splits parts. */
export let splits: i32 = 1

export let reach: i32 = 0 // (K - 1) / 2
export let tilesX: i32 = 0
export let tilesY: i32 = 0
/** Tiles of input in a row: as many as of output, and one more if the kernel is split. */
export let gridX: i32 = 0
export let innerWidth: i32 = 0 // W, or whole tiles
export let innerHeight: i32 = 0
export let row: usize = 0 // bytes from a pixel to the one below
export let plane: usize = 0 // bytes from a channel to the next

// Numbers in the flat vector of parameters (network.ts `tensors`): stem, then layers, then dense.
export let stemSize: i32 = 0
export let layerSize: i32 = 0
export let denseStart: i32 = 0
export let pixels: i32 = 0 // F·H·W, inputs of the dense layer
export let parameterCount: i32 = 0 // P

/** Where the description goes, before `setup`. */
export function descriptionAt(): usize {
  return description
}

function described(place: i32): f64 {
  return load<f64>(description + (<usize>place << 3))
}

/** Takes the network's shape from its description. */
export function setShape(): void {
  channels = <i32>described(CHANNELS)
  height = <i32>described(HEIGHT)
  width = <i32>described(WIDTH)
  classes = <i32>described(CLASSES)
  layers = <i32>described(LAYERS)
  depth = <i32>described(DEPTH)
  filters = <i32>described(FILTERS)
  kernel = <i32>described(KERNEL)
  activation = <i32>described(ACTIVATION)
  residual = described(RESIDUAL) != 0
  scale = described(SCALE)
  loss = <i32>described(LOSS)
  const C = channels, H = height, W = width, M = classes, N = layers, F = filters, K = kernel
  winograd = (K == 3 && F >= 4) || (K == 5 && F >= 2) || (K == 7 && F >= 2)
  points = K == 3 ? 6 : K == 5 ? 8 : 7
  splits = winograd && K == 7 ? 2 : 1
  reach = (K - 1) / 2
  tilesX = (W + TILE - 1) / TILE
  tilesY = (H + TILE - 1) / TILE
  gridX = tilesX + splits - 1
  innerWidth = winograd ? tilesX * TILE : W
  innerHeight = winograd ? tilesY * TILE : H
  const beyond = splits > 1 ? 1 : 0 // the last tile of a split kernel takes one pixel more than the frame has
  row = <usize>(innerWidth + 2 * reach + beyond) << SHIFT
  plane = row * <usize>(innerHeight + 2 * reach + beyond)
  stemSize = K * K * C * F + F
  layerSize = K * K * F * F + F
  pixels = F * H * W
  denseStart = stemSize + N * layerSize
  parameterCount = denseStart + pixels * M + M
}

/** Bytes from the start of a plane to pixel (y, x) of the image. */
// @ts-ignore: decorator
@inline
export function pixel(y: i32, x: i32): usize {
  return <usize>(y + reach) * row + (<usize>(x + reach) << SHIFT)
}

/** Bytes from the start of the parameters to the weights of layer i; its biases follow them. */
// @ts-ignore: decorator
@inline
export function layerStart(i: i32): usize {
  return <usize>(stemSize + i * layerSize) << REAL
}

/** Zeroes what lies around the images of F planes. */
export function clearAround(planes: usize): void {
  const zero = v128.splat<real>(0), gap = row - (<usize>width << SHIFT)
  for (let c = 0; c < filters; c++) {
    const p = planes + <usize>c * plane
    memory.fill(p, 0, pixel(0, 0))
    for (let y = 0; y < height - 1; y++) {
      // From the end of a line to the beginning of the next.
      const from = p + pixel(y, width)
      for (let x: usize = 0; x < gap; x += VECTOR) v128.store(from + x, zero)
    }
    const rest = pixel(height - 1, width)
    memory.fill(p + rest, 0, plane - rest)
  }
}
