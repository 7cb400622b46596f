/**
 * Gradients of convolutions as kernels of our own for a backend that lacks them, or has slow ones. TensorFlow.js hands over
 * tensors and attributes of any kind; these are of four axes, and named as in its own gradients.
 */
import * as tf from "@tensorflow/tfjs"

type Shape = [number, number, number, number]

export interface Gradients {
  /** dy [B, H, W, G] and the filter → dx [B, H, W, F]. */
  readonly byInput: (dy: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor
  /** x [B, H, W, F] and dy [B, H, W, G] → the filter's, of the shape that is given. */
  readonly byFilter: (x: tf.Tensor4D, dy: tf.Tensor4D, shape: Shape) => tf.Tensor
}

const isTensor4D = (value: unknown): value is tf.Tensor4D => value instanceof tf.Tensor && value.rank === 4
const isShape = (value: unknown): value is Shape =>
  Array.isArray(value) && value.length === 4 && value.every((length) => typeof length === "number")

function tensor(value: unknown): tf.Tensor4D {
  if (!isTensor4D(value)) throw new TypeError("a gradient of a convolution wants tensors of four axes")
  return value
}

function shape(value: unknown): Shape {
  if (!isShape(value)) throw new TypeError("a gradient of a convolution wants the shape of its filter, four numbers")
  return value
}

/** Registers them for the backend "wasm", in place of kernels of these names. */
export function registerGradients(
  { byInput, byFilter }: Gradients,
  names: { readonly byInput: string; readonly byFilter: string }
): void {
  const register = (kernelName: string, kernelFunc: tf.KernelFunc) =>
    tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc })
  register(names.byInput, ({ inputs }) => byInput(tensor(inputs.dy), tensor(inputs.filter)))
  register(names.byFilter, ({ inputs, attrs }) =>
    byFilter(tensor(inputs.x), tensor(inputs.dy), shape(attrs?.filterShape))
  )
}
