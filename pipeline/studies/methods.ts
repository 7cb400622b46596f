/** Methods of training that studies compare, by the names of their settings, and what such studies have in common. */
import * as Schema from "effect/Schema"
import { Axis } from "../../src/graph/axis.ts"
import type { StudyDeclaration } from "../../src/graph/study.ts"
import { engineAssumption } from "../stages/engines.ts"
import { evaluate } from "../stages/evaluate.ts"
import { type OptimizersParameters, optimizersReport } from "../stages/optimizers-report.ts"
import type { Optimizer, Search } from "../stages/schemas.ts"
import { EPSILON, rmsprop } from "./assumptions.ts"

const NAMES = [
  "cg",
  "lbfgs",
  "newton-cg",
  "rmsprop",
  "adam",
  "rmsprop-whole",
  "adam-whole",
  "cg-f32",
  "lbfgs-f32"
] as const

export const MethodName = Schema.Literals(NAMES)
export type MethodName = typeof MethodName.Type
export const Methods = Axis(MethodName)

interface Method {
  /** What pages call it. */
  readonly title: string
  readonly optimizer: Optimizer
  /** Of first order, but with all examples in each step. */
  readonly whole?: true
  /** The method that it is another way of, in another precision or by other steps. */
  readonly wayOf?: MethodName
}

const f64 = { precision: "f64", gradientNorm: 0 } as const
const f32 = { precision: "f32", gradientNorm: 0 } as const
const cg = { method: "cg", beta: "polak-ribiere" } as const
const lbfgs = { method: "lbfgs", history: 10 } as const
const adam = { method: "adam", learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: EPSILON } as const

/** Learning rates are where searches begin. */
export const METHODS: Readonly<Record<MethodName, Method>> = {
  cg: { title: "CG", optimizer: { ...cg, ...f64 } },
  lbfgs: { title: "L-BFGS", optimizer: { ...lbfgs, ...f64 } },
  "newton-cg": {
    title: "Newton-CG",
    optimizer: { method: "newton-cg", curvature: "gauss-newton", products: 100, ...f64 }
  },
  rmsprop: { title: "RMSprop", optimizer: rmsprop(1e-3) },
  adam: { title: "Adam", optimizer: adam },
  "rmsprop-whole": { title: "RMSprop, all images a step", optimizer: rmsprop(1e-3), whole: true, wayOf: "rmsprop" },
  "adam-whole": { title: "Adam, all images a step", optimizer: adam, whole: true, wayOf: "adam" },
  "cg-f32": { title: "CG in float32", optimizer: { ...cg, ...f32 }, wayOf: "cg" },
  "lbfgs-f32": { title: "L-BFGS in float32", optimizer: { ...lbfgs, ...f32 }, wayOf: "lbfgs" }
}

/** What a training by a method says of it: mini-batches and a search for the rate where it is of first order. */
export function trainingBy(name: MethodName, examples: number, batch: number, search: Search) {
  const { optimizer, whole } = METHODS[name]
  const first = "learningRate" in optimizer
  return { optimizer, batch: first && whole !== true ? batch : examples, ...(first && { search }) }
}

type Parameters = OptimizersParameters

/** What a study that compares methods declares of its nodes: the report on its trainings, and these seed by seed. */
export function reported<S>(
  trainingsOf: (settings: S) => Parameters["trainings"],
  assumptionsOf: (settings: S) => Parameters["assumptions"],
  page: Pick<Parameters, "about" | "title" | "question">
): Required<Pick<StudyDeclaration<S>, "nodes" | "portions">> {
  return {
    nodes: (settings, { name }) => {
      const trainings = trainingsOf(settings)
      const engines = engineAssumption(trainings.map(({ trial }) => trial))
      const assumptions = [...assumptionsOf(settings), engines]
      return [
        optimizersReport.node(
          { ...page, assumptions, usual: METHODS.rmsprop.title, trainings },
          { name, publish: `reports/${name}` }
        )
      ]
    },
    // All of a seed at once: a budget that ends early still has pairs of every method and depth.
    portions: (settings) => {
      const bySeed = Map.groupBy(trainingsOf(settings), ({ trial }) => trial.seed)
      return [...bySeed.values()].map((trainings) => trainings.map(({ trial }) => evaluate.node(trial)))
    }
  }
}
