/** What the paper does not state and every study has to choose, and the optimizer that they have in common. */
import type { Optimizer } from "../stages/schemas.ts"

/** Keras's defaults, which the paper does not state. */
export const RHO = 0.9
export const EPSILON = 1e-7

/** RMSprop, as the paper has it, but for the rate. */
export const rmsprop = (learningRate: number, rho = RHO, epsilon = EPSILON) =>
  ({ method: "rmsprop", learningRate, rho, epsilon }) satisfies typeof Optimizer.Type

export const preprocessing = { name: "preprocessing", value: "pixel / 255", why: "not stated" }

export const initialValues = {
  name: "initial values",
  value: "Glorot uniform, zero biases, equal for both architectures",
  why: "equality is stated, the distribution is not"
}

export const stem = {
  name: "stem",
  value: "one convolution from the image's channels to the filters, with the layers' kernel and activation",
  why: "not stated; it is outside of the expansion"
}

export const splitOff = {
  name: "validation set",
  value: "split off the training images, stratified",
  why: "nothing is selected on a test set"
}

/** Of the studies that take the paper's own networks; whatever selects refuses it (stages/selection.ts). */
export const officialTest = {
  name: "validation set",
  value: "the official test set",
  why: "not stated; nothing is selected on it"
}
