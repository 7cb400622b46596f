/** The parameters, in the order of network.ts `tensors`, and the layouts that the kernels want of them. */
import { transposeDense } from "./dense"
import { allocate } from "./memory"
import { get, set, REAL } from "./real"
import { channels, filters, kernel, layerStart, layers, parameterCount, winograd } from "./shape"
import { transformWeights } from "./winograd"
import { findSmallBiases } from "./zero-windows"

/** [P] */
export let parameters: usize = 0
/** `[in][ky][kx][out]` */
export let stemWeights: usize = 0
/** Layers computed directly: `[layer][in][ky][kx][out]`, and for the data gradient `[layer][out][ky][kx][in]`, turned by 180°. */
export let layerWeights: usize = 0
export let layerWeightsBack: usize = 0

export function allocateParameters(): void {
  parameters = allocate(<usize>parameterCount << REAL)
  stemWeights = allocate(<usize>(kernel * kernel * channels * filters) << REAL)
  if (winograd) return
  layerWeights = allocate(<usize>layers * layerWeightBytes())
  layerWeightsBack = allocate(<usize>layers * layerWeightBytes())
}

export function layerWeightBytes(): usize {
  return <usize>(kernel * kernel * filters * filters) << REAL
}

export function layerBiases(layer: i32): usize {
  return parameters + layerStart(layer) + layerWeightBytes()
}

export function stemBiases(): usize {
  return parameters + (<usize>(kernel * kernel * channels * filters) << REAL)
}

/** After every change of the parameters. */
export function arrangeParameters(): void {
  const taps = kernel * kernel, F = filters
  for (let o = 0; o < F; o++)
    for (let i = 0; i < channels; i++)
      for (let k = 0; k < taps; k++) set(stemWeights, (i * taps + k) * F + o, get(parameters, (o * channels + i) * taps + k))
  for (let layer = 0; layer < layers; layer++) {
    const w = parameters + layerStart(layer)
    if (winograd) {
      transformWeights(w, layer)
      continue
    }
    const to = layerWeights + <usize>layer * layerWeightBytes(), back = layerWeightsBack + <usize>layer * layerWeightBytes()
    for (let o = 0; o < F; o++)
      for (let i = 0; i < F; i++)
        for (let k = 0; k < taps; k++) {
          const x = get(w, (o * F + i) * taps + k)
          set(to, (i * taps + k) * F + o, x)
          set(back, (o * taps + taps - 1 - k) * F + i, x)
        }
  }
  if (winograd) findSmallBiases(parameters)
  transposeDense(parameters)
}
