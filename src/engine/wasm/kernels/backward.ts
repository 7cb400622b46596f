/** The backward pass of one group, after `forwardPass(…, true)` and `score(…, true)`. */
import { dataGradient } from "./convolution"
import { denseBackward } from "./dense"
import { images, layerSlopes, state } from "./forward"
import { layerSums, stemSums } from "./gradient"
import { allocate } from "./memory"
import { layerWeightBytes, layerWeightsBack } from "./parameters"
import { RELU, activation, channels, depth, filters, kernel, layers, plane, residual, tilesX, tilesY, winograd } from "./shape"
import { D, FREQUENCIES, M, Uback, V, frequencyStep, stripRows, weightStep } from "./winograd"
import { fetchAhead, multiply, multiplyAdd, outerProduct } from "./winograd-products"
import { addTransposedInput, gradientThroughCurve, gradientThroughRelu, saveRow, transformInput } from "./winograd-transforms"
import { backThroughActivation, weightGradient } from "./weight-gradient"

/** The loss's gradient by h_j, `[F]` planes, and the one by h_{j-1} while it is made. */
let g: usize = 0
let other: usize = 0
/** Gradient by a pre-activation. */
let dz: usize = 0

export function allocateBackward(): void {
  const bytes = <usize>filters * plane
  g = allocate(bytes)
  other = allocate(bytes)
  dz = allocate(bytes)
}

function direct(h: usize, first: i32, end: i32): void {
  const taps = kernel * kernel
  // All layers of a block read g, so only a single one may add to it in place.
  const to = residual && end - first == 1 ? g : other
  for (let i = first; i < end; i++) {
    const sums = layerSums(i), base = i > first ? to : residual ? g : 0
    backThroughActivation(g, layerSlopes(i), dz, sums + (<usize>(taps * filters * filters) << 4))
    weightGradient(h, filters, dz, filters, sums)
    dataGradient(dz, filters, layerWeightsBack + <usize>i * layerWeightBytes(), filters, base, to)
  }
  if (to != g) exchange()
}

/** `below`: h of the block that comes next, or 0. */
function tiled(h: usize, below: usize, first: i32, end: i32): void {
  const step = frequencyStep, weights = weightStep(), product = <usize>(filters * filters) << 4
  const to = residual ? g : other
  if (!residual) memory.fill(other, 0, <usize>filters * plane)
  for (let top = 0; top < tilesY; top += stripRows) {
    const bottom = min(top + stripRows, tilesY), tiles = (bottom - top) * tilesX
    const next = bottom < tilesY ? h : below, nextTop = bottom < tilesY ? bottom : 0
    transformInput(h, V, top, bottom)
    for (let i = first; i < end; i++) {
      const sums = layerSums(i), biases = sums + FREQUENCIES * product
      if (activation == RELU) gradientThroughRelu(g, layerSlopes(i), D, biases, top, bottom)
      else gradientThroughCurve(g, layerSlopes(i), D, biases, top, bottom)
      for (let f = 0; f < FREQUENCIES; f++)
        outerProduct(D + <usize>f * step, V + <usize>f * step, sums + <usize>f * product, tiles)
      const u = Uback + <usize>(i * FREQUENCIES) * weights
      for (let f = 0; f < FREQUENCIES; f++) {
        if (i == first) multiply(u + <usize>f * weights, D + <usize>f * step, M + <usize>f * step, tiles)
        else multiplyAdd(u + <usize>f * weights, D + <usize>f * step, M + <usize>f * step, tiles)
        if (i == end - 1) fetchAhead(next, f, nextTop, min(nextTop + stripRows, tilesY))
      }
    }
    if (bottom < tilesY) saveRow(g, bottom * 4)
    addTransposedInput(M, to, top, bottom)
  }
  if (to != g) exchange()
}

function exchange(): void {
  const swap = g
  g = other
  other = swap
}

/** Nothing of earlier groups may grow in what lies around the image. */
function clearAround(): void {
  memory.fill(g, 0, <usize>filters * plane)
}

export function backwardPass(): void {
  if (winograd) clearAround()
  denseBackward(state(depth), g)
  const width = layers / depth
  for (let j = depth; j >= 1; j--) {
    if (winograd) tiled(state(j - 1), j > 1 ? state(j - 2) : 0, (j - 1) * width, j * width)
    else direct(state(j - 1), (j - 1) * width, j * width)
  }
  backThroughActivation(g, layerSlopes(-1), dz, stemSums + (<usize>(kernel * kernel * channels * filters) << 4))
  weightGradient(images, channels, dz, filters, stemSums)
}
