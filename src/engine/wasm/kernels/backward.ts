/** The backward pass of one group, after `forwardPass(…, true)` and `score(…, true)`. */
import { SHIFT } from "./real"
import { inputAhead, nothingAhead, outputAhead } from "./ahead"
import { dataGradient } from "./convolution"
import { denseBackward } from "./dense"
import { images, layerSlopes, state } from "./forward"
import { layerBiasSums, layerSums, stemSums } from "./gradient"
import { allocate } from "./memory"
import { layerWeightBytes, layerWeightsBack } from "./parameters"
import { multiplied } from "./scale"
import { RELU, TILE, activation, channels, clearAround, depth, filters, kernel, layers, plane, residual, scale, tilesY, winograd } from "./shape"
import { D, M, V, stripRows } from "./winograd"
import { gradientProducts } from "./winograd-products"
import { addTransposedInput, transformInput } from "./winograd-input"
import { gradientThroughCurve, gradientThroughRelu, saveRows } from "./winograd-output"
import { parameterGradient } from "./weight-gradient"

/** The loss's gradient by h_j, `[F]` planes, and the one by h_{j-1} while it is made. */
let g: usize = 0
let other: usize = 0
/** λ times the gradient by h_j, where λ is not 1: what the layers of block j are given. */
let scaled: usize = 0
/** Gradient by a pre-activation. */
let dz: usize = 0

export function allocateBackward(): void {
  const bytes = <usize>filters * plane
  g = allocate(bytes)
  other = allocate(bytes)
  dz = allocate(bytes)
  if (scale != 1) scaled = allocate(bytes)
}

/** What the layers of the next block are given: g, or λ g. */
function given(): usize {
  if (scale == 1) return g
  multiplied(g, scaled)
  return scaled
}

function direct(h: usize, first: i32, end: i32): void {
  const from = given()
  // All layers of a block read it, so only a single one may add to it in place.
  const to = residual && end - first == 1 ? g : other
  for (let i = first; i < end; i++) {
    const base = i > first ? to : residual ? g : 0
    parameterGradient(h, filters, from, layerSlopes(i), dz, layerSums(i), layerBiasSums(i))
    dataGradient(dz, filters, layerWeightsBack + <usize>i * layerWeightBytes(), filters, base, to)
  }
  if (to != g) exchange()
}

/** `below`: h of the block that comes next, or 0. */
function tiled(h: usize, below: usize, first: i32, end: i32): void {
  const from = given(), to = residual ? g : other
  const dV = end - first == 1 ? V : M // V is needed for every layer of the block
  if (!residual) memory.fill(other, 0, <usize>filters * plane)
  for (let top = 0; top < tilesY; top += stripRows) {
    const bottom = min(top + stripRows, tilesY), rows = bottom - top
    const next = bottom < tilesY ? h : below, nextTop = bottom < tilesY ? bottom : 0
    transformInput(h, V, top, bottom)
    for (let i = first; i < end; i++) {
      const biases = layerBiasSums(i)
      if (activation == RELU) gradientThroughRelu(from, layerSlopes(i), D, biases, top, bottom)
      else gradientThroughCurve(from, layerSlopes(i), D, biases, top, bottom)
      if (NATIVE) {
        nothingAhead()
        if (i == end - 1 && next) inputAhead(next, nextTop, min(nextTop + stripRows, tilesY))
        if (i == end - 1) outputAhead(nextTop ? from : to, nextTop, min(nextTop + stripRows, tilesY))
      }
      gradientProducts(i, layerSums(i), rows, dV, i > first, i == end - 1 ? next : 0, nextTop, min(nextTop + stripRows, tilesY))
    }
    if (bottom < tilesY) saveRows(from, bottom * TILE)
    addTransposedInput(dV, to, top, bottom)
  }
  if (to != g) exchange()
}

function exchange(): void {
  const swap = g
  g = other
  other = swap
}

export function backwardPass(): void {
  if (winograd) clearAround(g) // nothing of earlier groups may grow there
  denseBackward(state(depth), g)
  const width = layers / depth
  for (let j = depth; j >= 1; j--) {
    if (winograd) tiled(state(j - 1), j > 1 ? state(j - 2) : 0, (j - 1) * width, j * width)
    else direct(state(j - 1), (j - 1) * width, j * width)
  }
  const biasSums = stemSums + (<usize>(kernel * kernel * channels * filters) << SHIFT)
  parameterGradient(images, channels, g, layerSlopes(-1), dz, stemSums, biasSums)
}
