/**
 * The analysis module: a trained network taken apart, one group of ALL_LANES images at a time. Lane l holds the image,
 * label and target number `exampleOf(l)` (real.ts).
 *
 * `run` passes a group through the network and keeps h_0 … h_d and all slopes. Then, on any planes of the same layout
 * (`newState`): a block's function at another point, its Jacobian at the point that the group passed and the
 * transpose, sums, inner products, and the loss of what the dense layer makes of them.
 */
import { FROZEN_BITS, FROZEN_CURVE, FROZEN_MASKS, initializeBits } from "./activation"
import { convolve, dataGradient } from "./convolution"
import { allocateDense, computeLogits, denseDataGradient, logits } from "./dense"
import { allocateForward, blockForward, forwardPass, layerSlopes, state, sumLayers } from "./forward"
import { initializeGather } from "./gather"
import { clearScore, correct, losses, score } from "./loss"
import { allocate } from "./memory"
import { allocateParameters, arrangeParameters, layerWeightBytes, layerWeights, layerWeightsBack, parameters } from "./parameters"
import { ALL_LANES, BLOCK, LANES, PART, REAL, SHIFT, VECTOR, exampleOf, get, madd, set, splat } from "./real"
import { addScaled, multiplied } from "./scale"
import {
  CROSS_ENTROPY, RELU, TILE, activation, channels, classes, clearAround, depth, filters, height, layers, loss, pixel, plane, scale,
  setShape, tilesY, width, winograd
} from "./shape"
import { D, M, V, allocateWinograd, stripRows } from "./winograd"
import { allocateZeroWindows } from "./zero-windows"
import { backwardProducts, forwardProducts } from "./winograd-products"
import { addTransposedInput, transformInput } from "./winograd-input"
import { gradientThroughCurve, gradientThroughRelu, saveRows, transformOutput } from "./winograd-output"
import { backThroughActivation } from "./weight-gradient"

export { layerCurve, layerRectify, layerKeep, stemCurve, stemKeep, stemRectify, addLinear, linear } from "./convolution"
export { tenLogits, fiveLogits, twoLogits, oneLogit, firstTen, nextTen, nextFive, nextTwo, nextOne } from "./dense"
export { violations } from "./memory"
export { fused } from "./real"
export { descriptionAt } from "./shape"
export { multiply, multiplyAdd } from "./winograd-products"
export { addTransposed6, addTransposed7, addTransposed8, transformInput6, transformInput7, transformInput8 } from "./winograd-input"
export {
  gradientThroughCurve, gradientThroughRelu, outputCurve, outputCurveFirst, outputKeep, outputKeepFirst, outputRectify, outputRectifyFirst
} from "./winograd-output"

let groupPixels: usize = 0
let groupLabels: usize = 0
let groupTargets: usize = 0
let groupValues: usize = 0
let dz: usize = 0
/** Where λ is not 1: what a branch gives before it is multiplied, or what it is given after. */
let branch: usize = 0
/** Where the gradients of biases go, which nobody wants here. */
let biasSums: usize = 0

export function setup(): void {
  setShape()
  initializeBits()
  initializeGather()
  allocateParameters()
  allocateDense()
  allocateForward()
  if (winograd) {
    allocateWinograd()
    allocateZeroWindows()
  }
  dz = newState()
  if (scale != 1) branch = newState()
  biasSums = allocate(<usize>filters << SHIFT)
  const examples = (BLOCKS - 1) * BLOCK + LANES
  groupPixels = allocate(<usize>(examples * channels * height * width + 3))
  groupLabels = allocate(<usize>examples << 2)
  if (loss != CROSS_ENTROPY) groupTargets = allocate(<usize>(examples * classes) << REAL)
  groupValues = allocate(<usize>ALL_LANES << 3)
}

export function parametersAt(): usize {
  return parameters
}
export function pixelsAt(): usize {
  return groupPixels
}
export function labelsAt(): usize {
  return groupLabels
}
export function targetsAt(): usize {
  return groupTargets
}
/** Results that are one f64 an image. */
export function valuesAt(): usize {
  return groupValues
}
export function logitsAt(): usize {
  return logits
}
export function arrange(): void {
  arrangeParameters()
}

/** How many times LANES images a group has. */
export function blocksAtOnce(): i32 {
  return BLOCKS
}

/** Planes for a state, zero. */
export function newState(): usize {
  return allocate(<usize>stateBytes())
}
export function stateBytes(): i32 {
  return <i32>(<usize>filters * plane)
}

/** Passes the group through the network, stem to logits. */
export function run(): void {
  forwardPass(groupPixels, true)
}
/** h_j of the group that passed. */
export function stateAt(j: i32): usize {
  return state(j)
}

/** out = λ f_j(h), the block's layers without the identity. */
export function block(j: i32, h: usize, out: usize): void {
  blockForward(j, h, 0, out, false)
}

/** out += λ Σ f_i(h) over the layers first ≤ i < end. */
export function addLayers(first: i32, end: i32, h: usize, out: usize): void {
  const each = layers / depth
  for (let from = first; from < end; ) {
    const j = from / each + 1, to = min(end, j * each)
    if (scale == 1) sumLayers(j, h, out, out, from, to, false)
    else {
      sumLayers(j, h, 0, branch, from, to, false)
      addScaled(out, branch, out)
    }
    from = to
  }
}

export function frozenMasks(v: usize, weights: usize, base: usize, out: usize, slopes: usize): void {
  convolve(FROZEN_MASKS, true, v, filters, weights, filters, 0, base, out, slopes)
}
export function frozenCurve(v: usize, weights: usize, base: usize, out: usize, slopes: usize): void {
  convolve(FROZEN_CURVE, true, v, filters, weights, filters, 0, base, out, slopes)
}
export function frozenBitsTiled(M: usize, base: usize, out: usize, slopes: usize, from: i32, to: i32): void {
  transformOutput(FROZEN_BITS, true, M, 0, base, out, slopes, from, to)
}
export function frozenCurveTiled(M: usize, base: usize, out: usize, slopes: usize, from: i32, to: i32): void {
  transformOutput(FROZEN_CURVE, true, M, 0, base, out, slopes, from, to)
}

/** λ h, in `branch` where λ is not 1. */
function timesScale(h: usize): usize {
  if (scale == 1) return h
  multiplied(h, branch)
  return branch
}

/** out += J_j v, v the direction, J_j = λ Σ slope_i W_i over the layers of block j. `direction` and `out` are different states. */
export function addJacobian(j: i32, direction: usize, out: usize): void {
  const v = timesScale(direction)
  const width = layers / depth, first = (j - 1) * width, end = first + width
  if (!winograd) {
    for (let i = first; i < end; i++) {
      const weights = layerWeights + <usize>i * layerWeightBytes()
      if (activation == RELU) frozenMasks(v, weights, out, out, layerSlopes(i))
      else frozenCurve(v, weights, out, out, layerSlopes(i))
    }
    return
  }
  for (let from = 0; from < tilesY; from += stripRows) {
    const to = min(from + stripRows, tilesY)
    transformInput(v, V, from, to)
    for (let i = first; i < end; i++) {
      forwardProducts(i, to - from, 0, 0, 0)
      if (activation == RELU) frozenBitsTiled(M, out, out, layerSlopes(i), from, to)
      else frozenCurveTiled(M, out, out, layerSlopes(i), from, to)
    }
  }
}

/** out += J_jᵀ u, u the direction. `direction` and `out` are different states. */
export function addTransposedJacobian(j: i32, direction: usize, out: usize): void {
  const u = timesScale(direction)
  const width = layers / depth, first = (j - 1) * width, end = first + width
  if (!winograd) {
    for (let i = first; i < end; i++) {
      backThroughActivation(u, layerSlopes(i), dz, biasSums)
      dataGradient(dz, filters, layerWeightsBack + <usize>i * layerWeightBytes(), filters, out, out)
    }
    return
  }
  for (let from = 0; from < tilesY; from += stripRows) {
    const to = min(from + stripRows, tilesY)
    if (from > 0) saveRows(u, from * TILE)
    for (let i = first; i < end; i++) {
      if (activation == RELU) gradientThroughRelu(u, layerSlopes(i), D, biasSums, from, to)
      else gradientThroughCurve(u, layerSlopes(i), D, biasSums, from, to)
      backwardProducts(i, to - from, i > first)
    }
    addTransposedInput(M, out, from, to)
  }
  clearAround(out)
}

/** to = factor · to + other · from; what `to` held does not matter if the factor is 0. */
export function combine(to: usize, factor: f64, from: usize, other: f64): void {
  const a = splat(<real>factor), b = splat(<real>other), end = to + <usize>filters * plane
  if (factor == 0) memory.fill(to, 0, end - to)
  for (; to < end; to += VECTOR, from += VECTOR) v128.store(to, madd(b, v128.load(from), v128.mul<real>(a, v128.load(to))))
}

/** values = inner products of two states, image by image, summed in f64. */
export function innerProducts(a: usize, b: usize): void {
  let low = f64x2.splat(0), high = low
  const end = a + <usize>filters * plane
  for (; a < end; a += VECTOR, b += VECTOR) {
    const x = v128.load(a), y = v128.load(b)
    if (sizeof<real>() == 4) {
      low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y)))
      const upperX = v128.shuffle<i64>(x, x, 1, 0), upperY = v128.shuffle<i64>(y, y, 1, 0)
      high = f64x2.add(high, f64x2.mul(f64x2.promote_low_f32x4(upperX), f64x2.promote_low_f32x4(upperY)))
    } else low = f64x2.add(low, f64x2.mul(x, y))
  }
  v128.store(groupValues, low)
  if (LANES > 2) v128.store(groupValues, high, PART)
}

/** values = losses of the first `count` images if h were h_d; their logits are at `logitsAt`, `[class][lane]`. */
export function scoreState(h: usize, count: i32): i32 {
  clearScore()
  computeLogits(h, parameters)
  score(groupLabels, groupTargets, exampleOf(count - 1) + 1, false)
  for (let l = 0; l < ALL_LANES; l++) store<f64>(groupValues + (<usize>l << 3), load<f64>(losses + (<usize>l << 3)))
  return correct
}

/** out = gradient by h of the sum of losses of the first `count` images if h were h_d. */
export function lossGradient(h: usize, count: i32, out: usize): void {
  clearScore()
  computeLogits(h, parameters)
  score(groupLabels, groupTargets, exampleOf(count - 1) + 1, true)
  denseDataGradient(out)
}

/** Image l of a state to `[F, H, W]` numbers at `to`, and back. */
export function readImage(h: usize, l: i32, to: usize): void {
  for (let c = 0; c < filters; c++)
    for (let y = 0; y < height; y++) {
      let p = h + <usize>c * plane + pixel(y, 0)
      for (let x = 0; x < width; x++, p += VECTOR, to += sizeof<real>()) store<real>(to, get(p, l))
    }
}
export function writeImage(h: usize, l: i32, from: usize): void {
  for (let c = 0; c < filters; c++)
    for (let y = 0; y < height; y++) {
      let p = h + <usize>c * plane + pixel(y, 0)
      for (let x = 0; x < width; x++, p += VECTOR, from += sizeof<real>()) set(p, l, load<real>(from))
    }
}

/** Room for one image of a state, `[F, H, W]`. */
export function newImage(): usize {
  return allocate(<usize>(filters * height * width) << REAL)
}
