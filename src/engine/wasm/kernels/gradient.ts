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
import { add, get, set, sumLanes, REAL, VECTOR } from "./real"
import { filters, kernel, layerSize, layers, parameterCount, splits, stemSize, winograd } from "./shape"
import { frequencies, transformWeightGradient } from "./winograd"

/** Examples in a block. */
export const BLOCK: i32 = 64
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
const partials = memory.data(LEVELS * 4, 16)
export let total: usize = 0
let blocks: i32 = 0

const byFrequency = memory.data(64 * 8, 16)

export function allocateGradient(): void {
  const weights = winograd
    ? (<usize>(splits * splits * frequencies * filters * filters) << REAL) + 15
    : <usize>(kernel * kernel * filters * filters) << 4
  layerSumBytes = (weights & ~15) + (<usize>filters << 4)
  stemSums = allocate(<usize>stemSize << 4)
  firstLayerSums = allocate(<usize>layers * layerSumBytes)
  const bytes = <usize>parameterCount << REAL
  fresh = allocate(bytes)
  for (let l = 0; l < LEVELS; l++) setPartial(l, allocate(bytes))
  total = allocate(bytes)
}

function partial(level: i32): usize {
  return load<usize>(partials + (<usize>level << 2))
}

function setPartial(level: i32, buffer: usize): void {
  store<usize>(partials + (<usize>level << 2), buffer)
}

export function layerSums(i: i32): usize {
  return firstLayerSums + <usize>i * layerSumBytes
}

export function layerBiasSums(i: i32): usize {
  return layerSums(i + 1) - (<usize>filters << 4)
}

export function clearBlock(): void {
  memory.fill(stemSums, 0, <usize>stemSize << 4)
  memory.fill(firstLayerSums, 0, <usize>layers * layerSumBytes)
  clearDenseSums()
}

/** Adds up the lanes of `count` vectors. */
function collect(sums: usize, gradient: usize, count: i32): void {
  for (let i = 0; i < count; i++) set(gradient, i, sumLanes(sums + (<usize>i << 4)))
}

/** The current block's sums as a gradient, [P]. */
function collectBlock(gradient: usize): void {
  collect(stemSums, gradient, stemSize)
  const pairs = filters * filters
  for (let layer = 0; layer < layers; layer++) {
    const sums = layerSums(layer), to = gradient + (<usize>(stemSize + layer * layerSize) << REAL)
    if (!winograd) {
      collect(sums, to, layerSize)
      continue
    }
    for (let part = 0; part < splits * splits; part++)
      for (let pair = 0; pair < pairs; pair++) {
        const from = part * frequencies * pairs + pair
        for (let f = 0; f < frequencies; f++) set(byFrequency, f, get(sums, from + f * pairs))
        transformWeightGradient(byFrequency, part, to + (<usize>(pair * kernel * kernel) << REAL))
      }
    collect(layerBiasSums(layer), to + (<usize>(pairs * kernel * kernel) << REAL), filters)
  }
  collectDense(gradient)
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

/** Puts the finished block into the tree. */
export function endBlock(): void {
  collectBlock(fresh)
  putPart(0)
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
