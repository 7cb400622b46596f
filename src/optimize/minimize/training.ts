/**
 * Training by a method of second order: the loss over all examples, a penalty of the weights where one is asked for, as
 * one function of the parameters. It ends with the first step that brings its passes through the examples to the number
 * asked for, which a longer training passes through.
 */
import { list, number, numberOrNaN, oneOf, optional, orNull, parse, record, whole } from "../../data/json.ts"
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../data/safetensors.ts"
import type { GivenExamples, Precision, Vector } from "../../engine/engine.ts"
import type { Curvature, Objective } from "../../engine/second-order.ts"
import type { Checkpoints, Progress } from "../../graph/compute.ts"
import type { Divergence } from "../../results/history.ts"
import { type StepLine, stepLine } from "../../results/steps.ts"
import { type Beta, conjugateGradient } from "./conjugate-gradient.ts"
import { lbfgs } from "./lbfgs.ts"
import type { Method } from "./method.ts"
import { begin, type Ending, minimize, passesOf, type State } from "./minimize.ts"
import { newtonCg } from "./newton-cg.ts"
import { dot, norm, type Problem, sum } from "./problem.ts"

/** Methods of second order as trials declare them. */
export type SecondOrderMethod = {
  /** Of loss and gradient. Products with the curvature and the method's own vectors are in f64 in either. */
  readonly precision: Precision
  /** ‖gradient‖₂ at which the training ends. */
  readonly gradientNorm: number
  /** ½ rate ‖θ‖² is added to the loss. */
  readonly decay?: { readonly kind: "l2"; readonly rate: number } | undefined
} & (
  | { readonly method: "cg"; readonly beta: Beta }
  | { readonly method: "lbfgs"; readonly history: number }
  /** `products`: at most so many for one step. */
  | { readonly method: "newton-cg"; readonly curvature: Curvature; readonly products: number }
)

export interface Minimization {
  readonly optimizer: SecondOrderMethod
  /** Passes through the examples: evaluations of loss and gradient, and products. */
  readonly epochs: number
}

export interface Minimized {
  readonly parameters: Vector // [P]
  readonly history: ReadonlyArray<StepLine>
  readonly divergence: Divergence | undefined
}

/** A step is recorded when passes have grown by this factor since the last that was: validation costs time too. */
const RECORDED = 1.05

function methodOf(optimizer: SecondOrderMethod): Method {
  switch (optimizer.method) {
    case "cg":
      return conjugateGradient(optimizer.beta)
    case "lbfgs":
      return lbfgs(optimizer.history)
    case "newton-cg":
      return newtonCg(optimizer.products)
  }
}

function problemOf(objective: Objective, train: GivenExamples, optimizer: SecondOrderMethod): Problem {
  const decay = optimizer.decay?.rate ?? 0
  const curvature = optimizer.method === "newton-cg" ? optimizer.curvature : "hessian"
  return {
    // Sums of losses are in f64 in either precision; each of them is off by a few units in its last place.
    rounding: optimizer.precision === "f32" ? 1 / 0x400000 : 1 / 0x4000000000000,
    value(at) {
      const { loss, gradient } = objective.value(at, train)
      if (decay === 0) return { value: loss, gradient }
      return { value: loss + 0.5 * decay * dot(at, at), gradient: sum(gradient, decay, at) }
    },
    product(at, direction) {
      const product = objective.product(curvature, at, direction, train)
      return decay === 0 ? product : sum(product, decay, direction)
    }
  }
}

/** initial: [P], in any precision. */
export function train(
  objective: Objective,
  data: { readonly train: GivenExamples; readonly validation: GivenExamples },
  initial: Vector,
  { optimizer, epochs }: Minimization,
  { checkpoints, progress }: { readonly checkpoints: Checkpoints; readonly progress: (progress: Progress) => void }
): Minimized {
  const problem = problemOf(objective, data.train, optimizer)
  const decay = optimizer.decay?.rate ?? 0
  const lineOf = (state: State, epoch: number, ended: Ending | null): StepLine => {
    const { at, value, gradient } = state.point
    const validation = objective.score(at, data.validation)
    const { correct, count } = objective.score(at, data.train)
    const { steps, evaluations, products, step, negative } = state
    return {
      epoch,
      loss: value - 0.5 * decay * dot(at, at),
      accuracy: correct / count,
      gradientNorm: norm(gradient),
      validationLoss: validation.loss / validation.count,
      validationAccuracy: validation.correct / validation.count,
      ...{ steps, evaluations, products, step, negative, ended }
    }
  }

  const reached = checkpoints.latest()
  let { state, history }: Checkpoint =
    reached === undefined ? start(problem, initial, optimizer.precision, lineOf) : readCheckpoint(reached.bytes)
  if (state.ended === "diverged") {
    const { at, value } = state.point
    return {
      parameters: at,
      history,
      divergence: { epoch: 1, loss: String(value), largestWeight: String(largest(at)) }
    }
  }
  const bounds = { passes: epochs, gradientNorm: optimizer.gradientNorm }
  for (state of minimize(problem, methodOf(optimizer), state, bounds)) {
    const passes = passesOf(state)
    const last = history[history.length - 1]
    if (state.ended === undefined && passes >= RECORDED * (last.evaluations + last.products))
      history = [...history, lineOf(state, history.length, null)]
    progress({
      done: Math.min(passes, epochs),
      total: epochs,
      unit: "pass",
      message: `loss ${state.point.value.toPrecision(4)}, gradient ${norm(state.point.gradient).toExponential(1)}, step ${state.step?.toPrecision(2) ?? "–"}`
    })
    const [kept, so] = [state, history]
    if (passes < epochs) checkpoints.offer(passes, () => writeCheckpoint({ state: kept, history: so }))
  }
  // Where a longer training starts from. One that is longer by less than the last step took ends with it too.
  if (reached?.extent !== epochs && epochs > 0)
    checkpoints.offer(epochs, () => writeCheckpoint({ state, history }), "always")
  return { parameters: state.point.at, history: ended(history, state), divergence: undefined }

  /** With the last state as its last line, whether it would have been recorded or not. */
  function ended(lines: ReadonlyArray<StepLine>, state: State): ReadonlyArray<StepLine> {
    const before = lines[lines.length - 1].steps === state.steps ? lines.slice(0, -1) : lines
    return [...before, lineOf(state, before.length, state.ended ?? "passes spent")]
  }
}

/** A state with the lines that are recorded so far; the line of an end is in no checkpoint. */
interface Checkpoint {
  readonly state: State
  readonly history: ReadonlyArray<StepLine>
}

function start(
  problem: Problem,
  initial: Vector,
  precision: Precision,
  lineOf: (state: State, epoch: number, ended: null) => StepLine
): Checkpoint {
  const at = precision === "f32" ? Float32Array.from(initial) : Float64Array.from(initial)
  const state = begin(problem, at)
  return { state, history: [lineOf(state, 0, null)] }
}

/** Largest magnitude of a weight; NaN if one is. */
function largest(vector: Vector): number {
  let found = 0
  for (const weight of vector) found = Math.max(found, Math.abs(weight))
  return found
}

/** Vectors as tensors: parameters, gradient, memory.0 …; all else stands in the metadata, as JSON. */
export function writeCheckpoint({ state, history }: Checkpoint): Uint8Array {
  const { point, memory, ...rest } = state
  const stored: Record<string, StoredTensor> = {}
  const store = (name: string, data: Vector) => {
    stored[name] = { shape: [data.length], data }
  }
  store("parameters", point.at)
  store("gradient", point.gradient)
  for (const [i, vector] of memory.vectors.entries()) store(`memory.${i}`, vector)
  const numbers = { ...rest, value: point.value, memory: memory.numbers }
  return writeSafetensors(stored, { state: JSON.stringify(numbers), history: JSON.stringify(history) })
}

const numbersReader = () =>
  record({
    steps: whole,
    evaluations: whole,
    products: whole,
    step: orNull(number),
    negative: whole,
    ended: optional(oneOf("gradient norm reached", "line search exhausted", "precision reached", "diverged")),
    value: numberOrNaN,
    memory: list(numberOrNaN)
  })

export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, "checkpoint")
  const vector = (name: string) => tensors[name].data as Vector
  const vectors: Array<Float64Array> = []
  for (let i = 0; tensors[`memory.${i}`] !== undefined; i++) vectors.push(vector(`memory.${i}`) as Float64Array)
  const { value, memory, ...rest } = parse(metadata.state, numbersReader())
  return {
    state: {
      ...rest,
      point: { at: vector("parameters"), value, gradient: vector("gradient") },
      memory: { vectors, numbers: memory }
    },
    history: parse(metadata.history, list(stepLine()))
  }
}
