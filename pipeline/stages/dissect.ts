import * as Schema from "effect/Schema"
import { evaluations, orderWithin } from "../../src/analysis/terms.ts"
import { useOf } from "../../src/engine/engines.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { calibrate } from "./calibrate.ts"
import { TrainParameters } from "./schemas.ts"
import { examplesOf, weightsAfter } from "./train.ts"
import { forwardOperations, trialAxes, trialLabel } from "./trial.ts"

/** Evaluations of a block, an example, that the exact terms may take: all orders of 13 blocks, T_3 of 32. */
const MOST = 8_192

const number = (value: number) => value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",")

export const DissectParameters = Schema.Struct({
  /** Its epochs say when: 0 is before training. */
  trial: TrainParameters,
  /** Highest order of the exact terms; the other two views always have all orders. */
  order: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  /** Validation images, a sample that is the same for all trials. */
  examples: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 })),
  precision: Schema.Literals(["f32", "f64"])
}).check(
  Schema.makeFilter(({ trial: { depth, residual }, order }) => {
    if (!residual) return "only residual networks have a Taylor expansion: residual is false"
    if (order > depth) return `order ${order} is more than the network has blocks, ${depth}`
    const price = evaluations(depth, order)
    return price <= MOST
      ? undefined
      : `the exact terms of ${depth} blocks up to order ${order} cost ${number(price)} evaluations of a block for each example; at most ${number(MOST)} are allowed, which reach order ${orderWithin(depth, MOST)}`
  })
)
export type DissectParameters = typeof DissectParameters.Type

/** The Taylor-term analysis in full, at one moment of a training. */
export const dissect = defineStage({
  name: "dissect",
  description: "splits a network's output and gradient by order, exactly and linearized, and measures its blocks",
  parameters: DissectParameters,
  label: ({ trial }) => `${trialLabel(trial)},epochs=${trial.epochs}`,
  axes: ({ trial }) => trialAxes(trial),
  inputs: ({ trial }) => ({
    weights: weightsAfter(trial),
    validation: examplesOf(trial).output("validation")
  }),
  analyses: true,
  outputs: {
    expansion: { extension: "json", description: "the measures of SCIENCE's views A, B and C, and of the blocks" }
  },
  compute: () => new URL("./compute/dissect.ts", import.meta.url),
  engine: ({ precision }) => useOf("wasm", "analysis", precision),
  /** Passes through one block: exact terms, spectrum and gradient in all orders, power iterations, single paths. */
  work: ({ trial, order, examples, precision }) => {
    const { depth } = trial
    const blocks = evaluations(depth, order) + depth * (depth + 40) + (depth <= 8 ? 2 ** depth : 0)
    const block = (examples * forwardOperations(trial)) / depth
    return 1e-9 * blocks * block * (precision === "f64" ? 2 : 1)
  },
  paceClass: ({ trial: { filters, kernel } }) => `filters=${filters},kernel=${kernel}`,
  calibrate
})
