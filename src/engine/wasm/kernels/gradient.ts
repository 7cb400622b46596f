/**
 * Sums over examples, always in the same order, whatever the number of threads:
 *
 * 1. over pixels, groups and lanes within a block of BLOCK examples, as the kernels do it: the block's gradient;
 * 2. over the eight blocks of a chunk in a binary tree, ((0+1)+(2+3))+((4+5)+(6+7));
 * 3. over chunks, one after the other.
 *
 * The tree keeps one partial sum a level. Blocks that make up a whole part of the tree may be summed elsewhere, by
 * another instance: what it found goes in at that part's level. The order is part of every result: it may never change.
 */
import { clearDenseSums, collectDense } from "./dense"
import { allocate } from "./memory"
import { add, get, set, sumLanes, REAL, VECTOR, SHIFT } from "./real"
import { filters, kernel, layerSize, layers, parameterCount, splits, stemSize, winograd } from "./shape"
import { frequencies, sumStep, transformWeightGradient, transformWeightGradients } from "./winograd"

const LEVELS: i32 = 3

/**
 * Sums of the current block: a vector for each weight of the stem and of layers computed directly, a number for each
 * of `[part][frequency][out][in]` of those in tiles; after them a vector for each bias.
 */
export let stemSums: usize = 0
let firstLayerSums: usize = 0
let layerSumBytes: usize = 0

/** Gradient of the last block, partial sums of the chunk by level, sum of the chunks before: [P] each. */
export let fresh: usize = 0
const partials = memory.data(LEVELS * 8, 16)
/** Gradients of the blocks beside the first, while they wait for their turn. */
const beside = memory.data(BLOCKS * 8, 16)
export let total: usize = 0
let blocks: i32 = 0

const byFrequency = memory.data(64 * 8, 16)

export function allocateGradient(): void {
  const weights = winograd
    ? <usize>BLOCKS * sumStep + VECTOR - 1
    : <usize>(kernel * kernel * filters * filters) << SHIFT
  layerSumBytes = (weights & ~(VECTOR - 1)) + (<usize>filters << SHIFT)
  stemSums = allocate(<usize>stemSize << SHIFT)
  firstLayerSums = allocate(<usize>layers * layerSumBytes)
  const bytes = <usize>parameterCount << REAL
  fresh = allocate(bytes)
  for (let l = 0; l < LEVELS; l++) setPartial(l, allocate(bytes))
  for (let b = 1; b < BLOCKS; b++) store<usize>(beside + (<usize>b << 3), allocate(bytes))
  total = allocate(bytes)
}

function partial(level: i32): usize {
  return load<usize>(partials + (<usize>level << 3))
}

function setPartial(level: i32, buffer: usize): void {
  store<usize>(partials + (<usize>level << 3), buffer)
}

export function layerSums(i: i32): usize {
  return firstLayerSums + <usize>i * layerSumBytes
}

export function layerBiasSums(i: i32): usize {
  return layerSums(i + 1) - (<usize>filters << SHIFT)
}

export function clearBlock(): void {
  memory.fill(stemSums, 0, <usize>stemSize << SHIFT)
  memory.fill(firstLayerSums, 0, <usize>layers * layerSumBytes)
  clearDenseSums()
}

/** Adds up the lanes of `count` vectors. */
function collect(sums: usize, gradient: usize, count: i32, block: i32): void {
  for (let i = 0; i < count; i++) set(gradient, i, sumLanes(sums + (<usize>i << SHIFT), block))
}

/** The sums of a current block as a gradient, [P]. */
function collectBlock(gradient: usize, block: i32): void {
  collect(stemSums, gradient, stemSize, block)
  const pairs = filters * filters
  for (let layer = 0; layer < layers; layer++) {
    const sums = layerSums(layer), to = gradient + (<usize>(stemSize + layer * layerSize) << REAL)
    if (!winograd) {
      collect(sums, to, layerSize, block)
      continue
    }
    for (let part = 0; part < splits * splits; part++)
      if (NATIVE) transformWeightGradients(sums + <usize>block * sumStep, part, to)
      else for (let pair = 0; pair < pairs; pair++) {
        const from = part * frequencies * pairs + pair
        for (let f = 0; f < frequencies; f++) set(byFrequency, f, get(sums + <usize>block * sumStep, from + f * pairs))
        transformWeightGradient(byFrequency, part, to + (<usize>(pair * kernel * kernel) << REAL))
      }
    collect(layerBiasSums(layer), to + (<usize>(pairs * kernel * kernel) << REAL), filters, block)
  }
  collectDense(gradient, block)
}

/** a += b, [P] each. Buffers end at multiples of 64 bytes, so whole vectors may be added. */
function accumulate(a: usize, b: usize): void {
  const end = a + (<usize>parameterCount << REAL)
  for (; a < end; a += VECTOR, b += VECTOR) v128.store(a, add(v128.load(a), v128.load(b)))
}

export function beginSum(): void {
  blocks = 0
  memory.fill(total, 0, <usize>parameterCount << REAL)
}

/** Takes the gradient of block b, whose examples have all been seen. */
export function endBlock(b: i32): void {
  collectBlock(b == 0 ? fresh : load<usize>(beside + (<usize>b << 3)), b)
}

/** Puts the first `count` blocks, which have all ended, into the tree in their order. */
export function putBlocks(count: i32): void {
  putPart(0)
  for (let b = 1; b < count; b++) {
    const swap = load<usize>(beside + (<usize>b << 3))
    store<usize>(beside + (<usize>b << 3), fresh)
    fresh = swap
    putPart(0)
  }
}

/** Puts the sum of the next 2^level blocks, which is in `fresh`, into the tree; their number so far divides by 2^level. */
export function putPart(level: i32): void {
  const size = 1 << level
  for (; level < LEVELS && (blocks >> level) & 1; level++) accumulate(fresh, partial(level))
  blocks += size
  if (level == LEVELS) accumulate(total, fresh)
  else {
    const free = partial(level)
    setPartial(level, fresh)
    fresh = free
  }
}

/** Adds what is left of an unfinished chunk; the sum over all blocks is in `total`. */
export function endSum(): void {
  let rest: usize = 0
  for (let level = 0; level < LEVELS; level++)
    if ((blocks >> level) & 1) {
      if (rest) accumulate(partial(level), rest)
      rest = partial(level)
    }
  if (rest) accumulate(total, rest)
}
