/**
 * The training module: loss, gradient and update of one network.
 *
 * The network's description goes to `descriptionAt()` (description.ts), then `setup`. Images and labels of up to BLOCK
 * examples at a time go to `pixelsAt()` and `labelsAt()`, what other losses than cross-entropy aim at to
 * `targetsAt()`, and `gradientBlock` or `scoreBlock` takes them. Kernels are exported so that the optimizer does not inline them into
 * one function too large for V8's compiler.
 */
import { initializeBits } from "./activation"
import { allocateBackward, backwardPass } from "./backward"
import { allocateDense, allocateDenseGradient, logits } from "./dense"
import { allocateForward, forwardPass } from "./forward"
import { initializeGather } from "./gather"
import { allocateGradient, beginSum, clearBlock, endBlock, endSum, fresh, putBlocks, putPart, total } from "./gradient"
import { clearScore, correct, losses, score } from "./loss"
import { allocate } from "./memory"
import { allocateOptimizer, slot0, slot1 } from "./optimizer"
import { allocateParameters, arrangeParameters, parameters } from "./parameters"
import { exampleOf, get, set, ALL_LANES, BLOCK, LANES, REAL, SHIFT } from "./real"
import { CROSS_ENTROPY, channels, classes, height, loss, setShape, width, winograd } from "./shape"
import { allocateWinograd } from "./winograd"
import { allocateZeroWindows } from "./zero-windows"

export { addLinear, layerCurve, layerKeep, layerRectify, linear, stemCurve, stemKeep, stemRectify } from "./convolution"
export { firstTen, nextTen, nextFive, nextTwo, nextOne, tenLogits, fiveLogits, twoLogits, oneLogit, weightGradientRow } from "./dense"
export { gather } from "./gather"
export { fused } from "./real"
export { mean, penalize, rmsprop, adam, momentum, shrink } from "./optimizer"
export { descriptionAt } from "./shape"
export { violations } from "./memory"
export {
  fiveTaps, nineTaps, nineTapsThroughCurve, nineTapsThroughRelu, oneTap, sevenTaps, tapOfEight, throughCurve, throughRelu
} from "./weight-gradient"
export { multiply, multiplyAdd, outerProduct } from "./winograd-products"
export { addTransposed6, addTransposed7, addTransposed8, transformInput6, transformInput7, transformInput8 } from "./winograd-input"
export {
  gradientThroughCurve, gradientThroughRelu, outputCurve, outputCurveFirst, outputKeep, outputKeepFirst, outputRectify, outputRectifyFirst
} from "./winograd-output"

let blockPixels: usize = 0
let blockLabels: usize = 0
let blockTargets: usize = 0
let blockLogits: usize = 0
let blockLosses: usize = 0

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
  allocateBackward()
  allocateDenseGradient()
  allocateGradient()
  allocateOptimizer()
  const examples = BLOCKS * BLOCK
  blockPixels = allocate(<usize>(examples * channels * height * width + 3))
  blockLabels = allocate(<usize>examples << 2)
  if (loss != CROSS_ENTROPY) blockTargets = allocate(<usize>(examples * classes) << REAL)
  blockLogits = allocate(<usize>(examples * classes) << REAL)
  blockLosses = allocate(<usize>examples << 3)
}

// Addresses. [P] numbers each; the images of a block, uint8; its labels, i32; its targets and
// its logits [BLOCK, M]; its losses, f64.
export function parametersAt(): usize {
  return parameters
}
export function gradientAt(): usize {
  return total
}
export function slotAt(i: i32): usize {
  return i ? slot1 : slot0
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
export function logitsAt(): usize {
  return blockLogits
}
export function lossesAt(): usize {
  return blockLosses
}
/** Where the next part of the sum goes; another buffer after each one. */
export function partAt(): usize {
  return fresh
}

/** After every change of the parameters. */
export function arrange(): void {
  arrangeParameters()
}

/** Before the first block. */
export function begin(): void {
  clearScore()
  beginSum()
}

/** Scores the group whose first example is number i of the `count` of the block, and notes its losses. */
function scoreGroup(i: i32, count: i32, gradient: bool): void {
  score(blockLabels + (<usize>i << 2), blockTargets + (<usize>(i * classes) << REAL), count - i, gradient)
  for (let l = 0; l < ALL_LANES; l++)
    store<f64>(blockLosses + (<usize>(i + exampleOf(l)) << 3), load<f64>(losses + (<usize>l << 3)))
}

/**
 * Adds the gradient of the first `count` examples, and leaves their losses; further lanes must hold some image. They
 * fill one block after the other, and the blocks are computed side by side.
 */
export function gradientBlock(count: i32): void {
  clearBlock()
  const size = <usize>(channels * height * width)
  for (let i = 0; i < min(count, BLOCK); i += LANES) {
    forwardPass(blockPixels + <usize>i * size, true)
    scoreGroup(i, count, true)
    backwardPass()
    for (let b = 0; b < BLOCKS; b++) {
      const rest = min(count - b * BLOCK, BLOCK) - i
      if (rest > 0 && rest <= LANES) endBlock(b)
    }
  }
  putBlocks((count + BLOCK - 1) / BLOCK)
}

/** Adds the gradient at `partAt()`, another instance's sum over the next 2^level blocks. */
export function addPart(level: i32): void {
  putPart(level)
}

/** After the last block: the sum of the gradients is at `gradientAt()`. */
export function end(): void {
  endSum()
}

/** Leaves the losses and logits of the first `count` examples. */
export function scoreBlock(count: i32): void {
  const size = <usize>(channels * height * width)
  for (let i = 0; i < min(count, BLOCK); i += LANES) {
    forwardPass(blockPixels + <usize>i * size, false)
    for (let k = 0; k < classes; k++)
      for (let l = 0; l < ALL_LANES; l++)
        set(blockLogits, (i + exampleOf(l)) * classes + k, get(logits + (<usize>k << SHIFT), l))
    scoreGroup(i, count, false)
  }
}

/** How many blocks lie side by side: so many times BLOCK examples go to `gradientBlock` or `scoreBlock`. */
export function blocksAtOnce(): i32 {
  return BLOCKS
}

export function correctCount(): i32 {
  return correct
}
