/** The forward pass of one group of LANES images. */
import { inputAhead, nothingAhead, outputAhead } from "./ahead"
import { clearSlopes, slopeBytes, stemSlopeBytes } from "./activation"
import { forward } from "./convolution"
import { computeLogits } from "./dense"
import { gather } from "./gather"
import { allocate } from "./memory"
import { layerBiases, layerWeightBytes, layerWeights, parameters, stemBiases, stemWeights } from "./parameters"
import { addScaled, multiplied } from "./scale"
import { channels, depth, filters, layers, plane, residual, scale, tilesY, winograd } from "./shape"
import { M, V, forwardRows, stripRows } from "./winograd"
import { markWindows } from "./zero-windows"
import { forwardProducts } from "./winograd-products"
import { transformInput } from "./winograd-input"
import { output } from "./winograd-output"

/** The images, `[C]` planes. */
export let images: usize = 0
/** h_0 … h_d, `[d + 1][F]` planes; two of them take turns where no backward pass follows. */
let states: usize = 0
/** Slopes of the stem and of every layer. */
let slopes: usize = 0

export function allocateForward(): void {
  images = allocate(<usize>channels * plane)
  states = allocate(<usize>((depth + 1) * filters) * plane)
  const bytes = stemSlopeBytes() + <usize>layers * slopeBytes()
  slopes = allocate(bytes)
  clearSlopes(slopes, bytes)
}

/** h_j */
export function state(j: i32): usize {
  return states + <usize>(j * filters) * plane
}

/** Slopes of layer i; i = -1 is the stem. */
export function layerSlopes(i: i32): usize {
  return i < 0 ? slopes : slopes + stemSlopeBytes() + <usize>i * slopeBytes()
}

/** out = [base +] Σ activation(W_i * h + b_i) over the layers from `first` up to `end`; `base` = 0 for none. */
function direct(h: usize, base: usize, out: usize, first: i32, end: i32, keep: bool): void {
  for (let i = first; i < end; i++) {
    const weights = layerWeights + <usize>i * layerWeightBytes()
    forward(h, filters, weights, filters, layerBiases(i), i > first ? out : base, out, keep ? layerSlopes(i) : 0)
  }
}

/** Rows of tiles in a strip of this pass. */
// @ts-ignore: decorator
@inline
function stripOf(): i32 {
  return NATIVE ? forwardRows : stripRows
}

/** The same in tiles: h is transformed once for all its layers. */
function tiled(h: usize, base: usize, out: usize, first: i32, end: i32, keep: bool): void {
  for (let from = 0; from < tilesY; from += stripOf()) {
    const to = min(from + stripOf(), tilesY)
    transformInput(h, V, from, to)
    for (let i = first; i < end; i++) {
      if (NATIVE) {
        nothingAhead()
        if (i == first) outputAhead(out, from, to)
        if (i == end - 1 && to < tilesY) inputAhead(h, to, min(to + stripOf(), tilesY))
        else if (i == end - 1) inputAhead(out, 0, stripOf())
      }
      forwardProducts(i, to - from, i == first ? out : 0, from, to)
      output(M, layerBiases(i), i > first ? out : base, out, keep ? layerSlopes(i) : 0, from, to)
    }
  }
}

/** out = [base +] λ f_j(h), j = 1 … d. `keep`: slopes, for a backward pass. */
export function blockForward(j: i32, h: usize, base: usize, out: usize, keep: bool): void {
  const width = layers / depth, first = (j - 1) * width
  if (scale == 1) return sumLayers(j, h, base, out, first, first + width, keep)
  sumLayers(j, h, 0, out, first, first + width, keep)
  if (base) addScaled(base, out, out)
  else multiplied(out, out)
}

/** out = [base +] Σ f_i(h) over layers from `first` up to `end`, all of block j. */
export function sumLayers(j: i32, h: usize, base: usize, out: usize, first: i32, end: i32, keep: bool): void {
  if (winograd) {
    markWindows(j, h)
    tiled(h, base, out, first, end, keep)
  } else direct(h, base, out, first, end, keep)
}

/** From LANES uint8 images to the logits. `keep`: for a backward pass. */
export function forwardPass(source: usize, keep: bool): void {
  gather(source, images)
  let h = state(0)
  forward(images, channels, stemWeights, filters, stemBiases(), 0, h, keep ? layerSlopes(-1) : 0)
  for (let j = 1; j <= depth; j++) {
    const next = state(keep ? j : j & 1)
    blockForward(j, h, residual ? h : 0, next, keep)
    h = next
  }
  computeLogits(h, parameters)
}
