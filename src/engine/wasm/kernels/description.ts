/**
 * How a network is described to the kernels: a block of numbers, f64 each, which the engine fills before `setup`.
 *
 * The engine's TypeScript and the kernels' AssemblyScript both read this file, so that a place, a code or their
 * number is written down once. A network that has one thing more takes a place here, a line in shape.ts that reads
 * it and one in ../modules.ts that writes it.
 */

// Places in the block.
export const CHANNELS = 0 // C
export const HEIGHT = 1 // H
export const WIDTH = 2 // W
export const CLASSES = 3 // M
export const LAYERS = 4 // N
export const DEPTH = 5 // d
export const FILTERS = 6 // F
export const KERNEL = 7 // K
export const ACTIVATION = 8 // one of the activations below
export const RESIDUAL = 9 // 1 or 0
export const SCALE = 10 // λ
export const LOSS = 11 // one of the losses below
export const PLACES = 12

// Activations.
export const RELU = 0
export const TANH = 1
export const SIGMOID = 2
export const IDENTITY = 3

// Losses.
export const CROSS_ENTROPY = 0
export const KL_DIVERGENCE = 1
export const SQUARED_ERROR = 2
