/** Backpropagation through the blocks and the stem, of the examples that passed last. */
import type { Analysis, State } from "../engine/analysis.ts"
import { type Activation, scaleOf, tensors } from "../network/network.ts"
import { addInputGradient } from "./convolution.ts"
import { clear, copy } from "./states.ts"

/** The derivative of an activation where it gives a value. */
const SLOPES: Readonly<Record<Activation, (value: number) => number>> = {
  relu: (value) => (value > 0 ? 1 : 0),
  tanh: (value) => 1 - value * value,
  sigmoid: (value) => value * (1 - value),
  identity: () => 1
}
export const slopeOf = (activation: Activation): ((value: number) => number) => SLOPES[activation]

/** Tells of the gradient by h_j, from j = depth to 0; the state is written anew after the call. */
type Visit = (j: number, gradient: State) => void

/** Takes a gradient by h_depth back to h_0; the state that it gives is written anew at each call. */
export function backward(analysis: Analysis): (last: State, visit?: Visit) => State {
  const { depth, residual } = analysis.network
  const states = [analysis.state(), analysis.state()]
  return (last, visit) => {
    let [gradient, next] = states
    copy(analysis, gradient, last)
    visit?.(depth, gradient)
    for (let j = depth; j >= 1; j--) {
      if (residual) copy(analysis, next, gradient)
      else clear(analysis, next)
      analysis.addTransposedJacobian(j, gradient, next)
      ;[gradient, next] = [next, gradient]
      visit?.(j - 1, gradient)
    }
    return gradient
  }
}

/** Parameters of a tensor, by name. */
export function tensorOf(analysis: Analysis, parameters: ArrayLike<number>, name: string): Float64Array {
  const { offset, size } = tensors(analysis.network).find((one) => one.name === name)!
  return Float64Array.from({ length: size }, (_, i) => parameters[offset + i])
}

/** Of each value; a loop, since with `Float64Array.from` and a function the mechanisms take twice the time. */
export function mapped(values: ArrayLike<number>, of: (value: number, i: number) => number): Float64Array {
  const out = new Float64Array(values.length)
  for (let i = 0; i < out.length; i++) out[i] = of(values[i], i)
  return out
}

/** From a gradient by h_0 the gradient by what the stem gives before its activation, of an example, [F, H, W]. */
export function throughStem(analysis: Analysis, gradient: State, example: number): Float64Array {
  const slope = slopeOf(analysis.network.activation)
  const h = analysis.read(analysis.trajectory(0), example)
  return mapped(analysis.read(gradient, example), (value, i) => value * slope(h[i]))
}

/** From a gradient by h_0 the gradient by the image, pixel / 255, of an example, [C, H, W]. */
export function inputGradient(analysis: Analysis, parameters: ArrayLike<number>) {
  const { channels, height, width, filters, kernel } = analysis.network
  const weights = tensorOf(analysis, parameters, "stem.weight")
  return (gradient: State, example: number): Float64Array => {
    const out = new Float64Array(channels * height * width)
    const dz = throughStem(analysis, gradient, example)
    addInputGradient({ height, width, kernel }, dz, filters, weights, channels, out)
    return out
  }
}

/** What a layer gave, σ(z) without the scale of the branch, and the slope of σ there, of an example, [F, H, W]. */
export function layerSlopes(analysis: Analysis, out: State, example: number): Float64Array {
  const { activation } = analysis.network
  const [slope, scale] = [slopeOf(activation), scaleOf(analysis.network)]
  return mapped(analysis.read(out, example), (value) => slope(value / scale))
}
