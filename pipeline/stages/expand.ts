import * as Schema from "effect/Schema"
import { evaluations, orderWithin } from "../../src/analysis/terms.ts"
import { useOf } from "../../src/engine/engines.ts"
import { eachOnce } from "../../src/graph/axis.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { VIEWS, type View } from "../../src/results/expansion.ts"
import { trialAxes } from "./axes.ts"
import { pace } from "./cost.ts"
import { TrainParameters } from "./schemas.ts"
import { examplesOf, weightsAfter } from "./train.ts"
import { forwardOperations, trialLabel } from "./trial.ts"

/** Evaluations of a block, an example, that the exact terms may take: all orders of 13 blocks, T_3 of 32. */
const MOST = 8_192

/** Kernels of the analysis know pixel / 255 alone. */
export const NOT_STANDARDIZED = "networks of standardized images are not taken apart: leave `standardize` out"

/** How many validation images an expansion is computed on, a sample that is the same for all trials. */
export const ExpansionExamples = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))

const number = (value: number) => value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",")

export const ExpandParameters = Schema.Struct({
  /** Its epochs say when: 0 is before training. */
  trial: TrainParameters,
  /** Highest order of the exact terms; the other views always have all orders. */
  order: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  /** What is looked at besides the exact terms. */
  views: Schema.Array(Schema.Literals(VIEWS)).check(eachOnce((view: View) => view)),
  examples: ExpansionExamples,
  precision: Schema.Literals(["f32", "f64"])
}).check(
  Schema.makeFilter(({ trial: { dataset, depth, residual }, order }) => {
    if (dataset.standardize === true) return NOT_STANDARDIZED
    if (!residual) return "only residual networks have a Taylor expansion: residual is false"
    if (order > depth) return `order ${order} is more than the network has blocks, ${depth}`
    const price = evaluations(depth, order)
    return price <= MOST
      ? undefined
      : `the exact terms of ${depth} blocks up to order ${order} cost ${number(price)} evaluations of a block for each example; at most ${number(MOST)} are allowed, which reach order ${orderWithin(depth, MOST)}`
  })
)
export type ExpandParameters = typeof ExpandParameters.Type

/** Passes through one block that a view of a network of so many blocks takes, an example. */
const passes: Readonly<Record<View, (depth: number) => number>> = {
  spectrum: (depth) => (depth * depth) / 2,
  gradient: (depth) => (depth * depth) / 2 + (depth <= 8 ? 2 ** depth : 0),
  // About 20 steps of a bidiagonalization, each there and back.
  strength: (depth) => 40 * depth
}

/** A network's Taylor expansion at one moment of its training. */
export const expand = defineStage({
  name: "expand",
  description: "splits a network's output, and its gradient, by order of its Taylor expansion, and measures its blocks",
  parameters: ExpandParameters,
  label: ({ trial }) => `${trialLabel(trial)},epochs=${trial.epochs}`,
  axes: ({ trial }) => trialAxes(trial),
  inputs: ({ trial }) => ({
    weights: weightsAfter(trial),
    validation: examplesOf(trial).output("validation")
  }),
  analyses: true,
  outputs: {
    expansion: {
      extension: "json",
      description: "size, share and remainder of each term, scores of the truncated sums; what else was looked at"
    }
  },
  compute: () => new URL("./compute/expand.ts", import.meta.url),
  engine: ({ precision }) => useOf("wasm", "analysis", precision),
  work: ({ trial, order, views, examples, precision }) => {
    const { depth } = trial
    const blocks = evaluations(depth, order) + views.reduce((sum, view) => sum + passes[view](depth), 0)
    const block = (examples * forwardOperations(trial)) / depth
    return 1e-9 * blocks * block * (precision === "f64" ? 2 : 1)
  },
  paceClass: ({ trial: { filters, kernel } }) => `filters=${filters},kernel=${kernel}`,
  pace
})
