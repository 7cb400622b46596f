/** How the loss and the logits change with the image: gradients, Jacobians, along lines between images, under noise. */
import { normals } from "../data/corruptions/noise.ts"
import type { ImageSet } from "../data/examples.ts"
import type { Analysis, State } from "../engine/analysis.ts"
import { random } from "../network/philox.ts"
import type { Mechanisms } from "../results/mechanisms.ts"
import { backward, inputGradient, mapped, tensorOf } from "./backward.ts"
import { sumOf } from "./measures.ts"
import { eachGroup } from "./states.ts"

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
const squareOf = (values: Float64Array): number => inner(values, values)
const distance = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(squareOf(mapped(a, (value, i) => value - b[i])))

/** ‖∂L/∂x‖ and ‖∂z/∂x‖² of the groups that pass. */
export function smoothness(analysis: Analysis, parameters: ArrayLike<number>) {
  const { classes: M, filters, height, width } = analysis.network
  const back = backward(analysis)
  const toImage = inputGradient(analysis, parameters)
  const dense = tensorOf(analysis, parameters, "dense.weight")
  const size = filters * height * width
  const row = analysis.state()
  let [gradient, jacobian, examples] = [0, 0, 0]
  return {
    /** `first`: the gradient of the losses by h_0. */
    take(first: State, count: number) {
      for (let l = 0; l < count; l++) gradient += squareOf(toImage(first, l))
      for (let m = 0; m < M; m++) {
        for (let l = 0; l < count; l++) analysis.write(row, l, dense.subarray(m * size, (m + 1) * size))
        const ofLogit = back(row)
        for (let l = 0; l < count; l++) jacobian += squareOf(toImage(ofLogit, l))
      }
      examples += count
    },
    result: () => ({ inputGradient: Math.sqrt(gradient / examples), inputJacobian: jacobian / examples })
  }
}

/** Lines between images, each with so many steps. */
export interface Along {
  readonly lines: number
  readonly steps: number
}

/**
 * The points of lines from one image to another, whose pixels are whole numbers. All points of a line have the label of
 * its first image.
 */
export function pointsOnLines(examples: ImageSet, { lines, steps }: Along): ImageSet {
  const { channels, height, width, count } = examples
  const size = channels * height * width
  const starts = random(0, "mechanism/lines").permutation(count)
  const number = Math.min(lines, Math.floor(count / 2))
  const images = new Uint8Array(number * (steps + 1) * size)
  const labels = new Uint16Array(number * (steps + 1))
  for (let line = 0; line < number; line++) {
    const [from, to] = [starts[2 * line], starts[2 * line + 1]]
    for (let step = 0; step <= steps; step++) {
      const point = line * (steps + 1) + step
      labels[point] = examples.labels[from]
      for (let i = 0; i < size; i++) {
        const [a, b] = [examples.images[from * size + i], examples.images[to * size + i]]
        images[point * size + i] = Math.round(a + ((b - a) * step) / steps)
      }
    }
  }
  return { channels, height, width, classes: examples.classes, count: labels.length, images, labels }
}

/** How the loss's gradient by the image changes from point to point of lines between images. */
export function lineMeasures(
  analysis: Analysis,
  parameters: ArrayLike<number>,
  examples: ImageSet,
  along: Along
): NonNullable<Mechanisms["lines"]> {
  const { depth } = analysis.network
  const points = pointsOnLines(examples, along)
  const size = points.channels * points.height * points.width
  const back = backward(analysis)
  const toImage = inputGradient(analysis, parameters)
  const last = analysis.state()
  const gradients: Array<Float64Array> = []
  eachGroup(analysis, points, (_, count) => {
    analysis.lossGradient(analysis.trajectory(depth), last)
    const first = back(last)
    for (let l = 0; l < count; l++) gradients.push(toImage(first, l))
  })
  const pixels = (point: number) =>
    mapped(points.images.subarray(point * size, (point + 1) * size), (value) => value / 255)
  let [changes, steps, cosines, turned] = [0, 0, 0, 0]
  for (let point = 1; point < points.count; point++) {
    if (point % (along.steps + 1) === 0) continue // the next line begins
    const [before, here] = [gradients[point - 1], gradients[point]]
    const step = distance(pixels(point), pixels(point - 1))
    if (step === 0) continue
    changes += distance(here, before) / step
    steps++
    const length = Math.sqrt(squareOf(before) * squareOf(here))
    if (length === 0) continue
    cosines += inner(here, before) / length
    turned++
  }
  return { change: steps === 0 ? null : changes / steps, cosine: turned === 0 ? null : cosines / turned }
}

/** Deviations of the normal noise in every pixel, pixels from 0 to 1. */
export interface Noise {
  readonly deviations: ReadonlyArray<number>
}

/** The images with normal noise, in whole numbers from 0 to 255; the same draws for all networks. */
export function noisy(examples: ImageSet, deviation: number): ImageSet {
  const normal = normals(random(0, "mechanism/noise"))
  const images = examples.images.map((value) =>
    Math.max(0, Math.min(255, Math.round(value + 255 * deviation * normal())))
  )
  return { ...examples, images }
}

/** Loss and accuracy on the images with noise. */
export function noisyScores(analysis: Analysis, examples: ImageSet, { deviations }: Noise): Mechanisms["noise"] {
  const { depth } = analysis.network
  return deviations.map((deviation) => {
    let [loss, correct] = [0, 0]
    eachGroup(analysis, noisy(examples, deviation), (_, count) => {
      const score = analysis.score(analysis.trajectory(depth))
      loss += sumOf(score.losses, count)
      correct += score.correct
    })
    return { deviation, loss: loss / examples.count, accuracy: correct / examples.count }
  })
}
