/** Artifact `mechanisms` of the stage mechanism: how gradients, states and layers of a network are at one moment. */
import { fraction, list, number, numberOrNaN, optional, orNull, type Read, record, text, whole } from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"

const tensor = () =>
  record({
    /** "stem", "layers.0" …, "dense": weights and biases together. */
    name: text,
    /** ‖gradient of the mean loss‖ by them. */
    gradient: numberOrNaN,
    /** ‖θ − θ₀‖ and ‖θ₀‖, from the initial values. */
    moved: numberOrNaN,
    initial: number
  })

const layer = () =>
  record({
    /** Mean over the examples of cos(f_i(h), −∂L/∂h) where the layer sees h; null where one of them is always zero. */
    cosine: orNull(number),
    /** ‖f_i(h)‖ / ‖h‖, a ratio of sums over the examples. */
    size: orNull(number),
    /** Mean over its units of 4 times the variance of their slope over the examples: 0 where all act linearly. */
    active: number
  })

const line = () =>
  record({
    /** Mean of ‖Δg‖ / ‖Δx‖ between neighbouring points, g the gradient by the image. */
    change: orNull(number),
    /** Mean of cos(g, g′) of neighbouring points. */
    cosine: orNull(number)
  })

const mechanisms = () =>
  record({
    examples: whole,
    loss: numberOrNaN,
    accuracy: fraction,
    /** Root mean square over the examples of ‖h_j‖, j = 0 … d. */
    states: list(numberOrNaN),
    /** The same of ‖∂L/∂h_j‖, L the loss of an example. */
    gradients: list(numberOrNaN),
    tensors: list(tensor()),
    layers: list(layer()),
    /** Of the stem, as of layers. */
    stemActive: number,
    /** Mean number of active nonlinearities on a way from image to dense layer, all ways out of a block as likely. */
    pathActive: number,
    /** Mean number of blocks on a path, each length weighted by the norm of its gradient; null without residual connections. */
    pathLength: orNull(number),
    /** Root mean square of ‖∂L/∂x‖, x the image. */
    inputGradient: numberOrNaN,
    /** Mean of ‖∂z/∂x‖², z the logits. */
    inputJacobian: numberOrNaN,
    /** Along lines between two images each. */
    lines: optional(line()),
    /** With normal noise of a deviation in every pixel. */
    noise: list(record({ deviation: number, loss: numberOrNaN, accuracy: fraction }))
  })
export type Mechanisms = Read<typeof mechanisms>

export const writeMechanisms = (found: Mechanisms): Uint8Array => writeJson(found)

/** Throws `ArtifactError`. */
export const readMechanisms = (artifact: Artifact): Mechanisms => readJson(artifact, mechanisms())
