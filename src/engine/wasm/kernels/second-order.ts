/**
 * The second-order module: products of the loss's curvature with a vector, exact.
 *
 * B. A. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994): H v is the derivative of
 * the gradient in the direction v, so every quantity of the forward and the backward pass is computed together with
 * its rate of change when the parameters move along v. A rate obeys the rules of derivatives:
 *
 *     z = W * h + b          rate z = W * rate h + V * h + c          (V, c: weights and biases of the direction)
 *     h' = h + f(z)          rate h' = rate h + f'(z) · rate z
 *     dz = f'(z) · g         rate dz = f'(z) · rate g + f''(z) · rate z · g
 *     g' = g + Wᵀ dz         rate g' = rate g + Wᵀ rate dz + Vᵀ dz
 *     dW = dz hᵀ             rate dW = rate dz hᵀ + dz (rate h)ᵀ
 *
 * (with λ f for f where the branch has a scale; the losses are in logit-rates.ts).
 *
 * Gauss and Newton's matrix leaves out the curvature of the network and keeps that of the loss: the same with a
 * gradient of the logits of 0, whose rate is what it is.
 *
 * Convolutions are direct, whatever the shape: eight where the gradient has three.
 */
import { bend, unbend } from "./bend"
import { addLinear, dataGradient, linear } from "./convolution"
import { addDense, addWeights } from "./curvature-sums"
import { allocateLogits, computeLogits, logitRates, logits, logitsBackward, scoreLogits } from "./logit-rates"
import { initializeGather, gather } from "./gather"
import { allocate } from "./memory"
import { BLOCK, LANES, PART, REAL, SHIFT, get, set, sumLanes } from "./real"
import {
  CROSS_ENTROPY, channels, classes, denseStart, depth, filters, height, kernel, layerSize, layers, loss, parameterCount, plane, residual, scale,
  setShape, stemSize, width
} from "./shape"

export { addLinear, linear } from "./convolution"
export { fiveParts, nineParts, onePart, sevenParts } from "./curvature-sums"
export { oneLogit, twoLogits } from "./logit-rates"
export { violations } from "./memory"
export { descriptionAt } from "./shape"
export { fused } from "./real"

/** θ, v and the product: [P] each. */
let parameters: usize = 0
let direction: usize = 0
let product: usize = 0
/** For each parameter the lanes of a block: its part of the product, lane by lane. */
let sums: usize = 0

/** Weights as the convolutions want them (parameters.ts), of θ, and at `directionShift` from there those of v. */
let stemWeights: usize = 0
let layerWeights: usize = 0
let layerWeightsBack: usize = 0
let directionShift: usize = 0

let blockPixels: usize = 0
let blockLabels: usize = 0
let blockTargets: usize = 0
let images: usize = 0
/** h_0 … h_d and their rates, `[d + 1][F]` planes. */
let states: usize = 0
let stateRates: usize = 0
/** f'(z) of the stem and of the layers, and f''(z) · rate z: `[N + 1][F]` planes. The backward pass leaves dz and its rate. */
let slopes: usize = 0
let bends: usize = 0
/** Gradient by a state, and that by the one before while it is made; `[F]` planes, and rates. */
let g: usize = 0
let gRate: usize = 0
let other: usize = 0
let otherRate: usize = 0

export function setup(): void {
  setShape()
  initializeGather()
  const P = <usize>parameterCount
  parameters = allocate(P << REAL)
  direction = allocate(P << REAL)
  product = allocate(P << REAL)
  sums = allocate(P * PART)
  const stem = <usize>(kernel * kernel * channels * filters) << REAL, layer = <usize>layers * layerWeightBytes()
  directionShift = stem + 2 * layer
  stemWeights = allocate(2 * directionShift)
  layerWeights = stemWeights + stem
  layerWeightsBack = layerWeights + layer
  const bytes = <usize>filters * plane
  // What `addGroups` wants of a pass lies side by side (`passedAt`), up to g.
  images = allocate(<usize>channels * plane)
  states = allocate(<usize>(depth + 1) * bytes)
  stateRates = allocate(<usize>(depth + 1) * bytes)
  slopes = allocate(<usize>(layers + 1) * bytes)
  bends = allocate(<usize>(layers + 1) * bytes)
  allocateLogits()
  g = allocate(bytes)
  gRate = allocate(bytes)
  other = allocate(bytes)
  otherRate = allocate(bytes)
  const examples = (BLOCKS - 1) * BLOCK + LANES
  blockPixels = allocate(<usize>(examples * channels * height * width + 3))
  blockLabels = allocate(<usize>examples << 2)
  if (loss != CROSS_ENTROPY) blockTargets = allocate(<usize>(examples * classes) << REAL)
}

export function parametersAt(): usize {
  return parameters
}
export function directionAt(): usize {
  return direction
}
export function productAt(): usize {
  return product
}
export function pixelsAt(): usize {
  return blockPixels
}
export function labelsAt(): usize {
  return blockLabels
}
export function targetsAt(): usize {
  return blockTargets
}

function layerWeightBytes(): usize {
  return <usize>(kernel * kernel * filters * filters) << REAL
}

/** Number of a layer's first parameter; its biases end where the next one's begin. -1 is the stem. */
function start(layer: i32): i32 {
  return layer < 0 ? 0 : stemSize + layer * layerSize
}
function biasStart(layer: i32): i32 {
  return start(layer + 1) - filters
}

/** Weights `[out][in][ky][kx]` of a convolution as `[in][ky][kx][out]`, and `[out][ky][kx][in]` turned by 180°. */
function arrangeLayer(from: usize, inputs: i32, to: usize, back: usize): void {
  const taps = kernel * kernel
  for (let o = 0; o < filters; o++)
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < taps; k++) {
        const x = get(from, (o * inputs + i) * taps + k)
        set(to, (i * taps + k) * filters + o, x)
        if (back) set(back, (o * taps + taps - 1 - k) * inputs + i, x)
      }
}

function arrange(vector: usize, shift: usize): void {
  arrangeLayer(vector, channels, stemWeights + shift, 0)
  for (let i = 0; i < layers; i++) {
    const at = shift + <usize>i * layerWeightBytes()
    arrangeLayer(vector + (<usize>start(i) << REAL), filters, layerWeights + at, layerWeightsBack + at)
  }
}

/** After θ and v are set, before the first block. */
export function begin(): void {
  arrange(parameters, 0)
  arrange(direction, directionShift)
  memory.fill(sums, 0, <usize>parameterCount * PART)
}

/** `[F]` planes number i. */
// @ts-ignore: decorator
@inline
function planes(first: usize, i: i32): usize {
  return first + <usize>(i * filters) * plane
}

/**
 * From z and its rate without biases, where f' and f'' · rate z go: out = base + f(z), with rates; bases may be 0. Layers
 * have λ f for f, the stem (number -1) has not.
 */
function activateLayer(layer: i32, base: usize, baseRate: usize, out: usize, outRate: usize): void {
  const biases = <usize>biasStart(layer) << REAL
  bend(
    planes(slopes, layer + 1), planes(bends, layer + 1), parameters + biases, direction + biases,
    layer < 0 ? 1 : <real>scale, base, baseRate, out, outRate
  )
}

function forward(): void {
  linear(images, channels, stemWeights, filters, slopes)
  linear(images, channels, stemWeights + directionShift, filters, bends)
  activateLayer(-1, 0, 0, states, stateRates)
  const each = layers / depth
  for (let j = 1; j <= depth; j++) {
    const h = planes(states, j - 1), rate = planes(stateRates, j - 1), out = planes(states, j), outRate = planes(stateRates, j)
    for (let i = (j - 1) * each; i < j * each; i++) {
      const weights = layerWeights + <usize>i * layerWeightBytes(), z = planes(slopes, i + 1), zRate = planes(bends, i + 1)
      linear(h, filters, weights, filters, z)
      linear(h, filters, weights + directionShift, filters, zRate)
      addLinear(rate, filters, weights, filters, zRate, zRate)
      const first = i == (j - 1) * each
      activateLayer(i, first ? (residual ? h : 0) : out, first ? (residual ? rate : 0) : outRate, out, outRate)
    }
  }
}

/** dz and its rate of a layer, in the place of its slopes. */
function layerBackward(layer: i32): void {
  unbend(g, gRate, planes(slopes, layer + 1), planes(bends, layer + 1))
}

function backward(): void {
  const each = layers / depth
  for (let j = depth; j >= 1; j--) {
    for (let i = (j - 1) * each; i < j * each; i++) {
      layerBackward(i)
      const dz = planes(slopes, i + 1), dzRate = planes(bends, i + 1)
      const weights = layerWeightsBack + <usize>i * layerWeightBytes(), first = i == (j - 1) * each
      dataGradient(dz, filters, weights, filters, first ? (residual ? g : 0) : other, other)
      dataGradient(dzRate, filters, weights, filters, first ? (residual ? gRate : 0) : otherRate, otherRate)
      addLinear(dz, filters, weights + directionShift, filters, otherRate, otherRate)
    }
    exchange()
  }
  layerBackward(-1)
}

function exchange(): void {
  const swap = g, swapRate = gRate
  g = other
  gRate = otherRate
  other = swap
  otherRate = swapRate
}

/**
 * Passes ALL_LANES examples forward and backward, lane l the one with number `exampleOf(l)` (real.ts). The first `count` of
 * them are used; the lanes of the others must hold some image. It leaves what `addGroups` wants, and adds nothing up.
 */
export function pass(count: i32, gaussNewton: bool): void {
  const dense = <usize>denseStart << REAL, h = planes(states, depth), rate = planes(stateRates, depth)
  gather(blockPixels, images)
  forward()
  computeLogits(h, rate, parameters + dense, direction + dense)
  scoreLogits(blockLabels, blockTargets, count, gaussNewton)
  logitsBackward(parameters + dense, direction + dense, g, gRate)
  backward()
}

/** All that a pass leaves, so that it can be made elsewhere and brought here. */
export function passedAt(): usize {
  return images
}
export function passedBytes(): i32 {
  return <i32>(g - images)
}

/** Rates of the gradients of a layer's weights and biases, of part b. `inputRate`: 0 for the stem, whose input is at rest. */
function addLayer(layer: i32, input: usize, inputRate: usize, inputs: i32, b: usize): void {
  const acc = sums + <usize>start(layer) * PART, biases = sums + <usize>biasStart(layer) * PART
  const dz = planes(slopes, layer + 1) + b, dzRate = planes(bends, layer + 1) + b
  addWeights(input + b, inputs, dzRate, acc, biases)
  if (inputRate) addWeights(inputRate + b, inputs, dz, acc, 0)
}

/** Adds what a pass has left of its first `count` examples: group after group, in their order. */
export function addGroups(count: i32): void {
  const each = layers / depth, parts = min(BLOCKS, (count + LANES - 1) / LANES)
  const dense = sums + <usize>denseStart * PART
  addDense(planes(states, depth), planes(stateRates, depth), logits, logitRates, dense, parts)
  for (let i = -1; i < layers; i++) {
    const j = i / each
    for (let b: usize = 0; b < <usize>parts * PART; b += PART)
      if (i < 0) addLayer(i, images, 0, channels, b)
      else addLayer(i, planes(states, j), planes(stateRates, j), filters, b)
  }
}

/** How many groups lie side by side in a pass. */
export function blocksAtOnce(): i32 {
  return BLOCKS
}

/** After the last block: the product for the mean loss of `count` examples. */
export function end(count: i32): void {
  for (let i = 0; i < parameterCount; i++) set(product, i, sumLanes(sums + <usize>i * PART) / <real>count)
}
