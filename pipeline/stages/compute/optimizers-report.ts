/** The pages about methods of training, from the artifacts of their nodes. */
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting, Input } from "../../../src/graph/compute.ts"
import { type MethodRates, type PassKind, passRateOf } from "../../../src/network/cost.ts"
import type { Outcome } from "../../../src/report/optimizers/outcome.ts"
import { optimizersReport } from "../../../src/report/optimizers/page.ts"
import { nodesOf } from "../../../src/results/artifact.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readMetrics } from "../../../src/results/metrics.ts"
import { readMethodRates } from "../../../src/results/rates.ts"
import { readSteps } from "../../../src/results/steps.ts"
import { METHOD_RATES } from "../method-rates.ts"
import type { OptimizersCollections, OptimizersParameters } from "../optimizers-report.ts"
import type { TrainParameters } from "../schemas.ts"
import { forwardOperations, networkOf, trainingExamples, trialBefore } from "../trial.ts"

type Course = Pick<Outcome, "curve" | "ended" | "negative">

/** Seconds of a pass of each kind. */
type Seconds = (pass: PassKind) => number

/** Forward and backward are three times forward; products are counted as the same, at a rate of their own. */
const secondsOf = (rates: MethodRates, trial: TrainParameters): Seconds => {
  const operations = 3 * forwardOperations(trial) * trainingExamples(trial.dataset)
  return (pass) => operations / passRateOf(rates, pass, trial)
}

/** A pass of loss and gradient: by mini-batches, or over all examples in the method's precision. */
function passOf({ optimizer, batch, dataset }: TrainParameters): PassKind {
  if ("precision" in optimizer) return `whole-${optimizer.precision}`
  return batch === trainingExamples(dataset) ? "whole-f32" : "batches-f32"
}

/** Of a training by steps of first order: an epoch is a pass, its loss that of its batches. */
function byEpochs(history: Input, each: number): Course {
  const curve = readHistory(history).history.flatMap(({ loss, epoch, ...line }) => {
    const { validationLoss, validationAccuracy, gradientNorm } = line
    if (loss === null) return []
    return [{ passes: epoch, seconds: epoch * each, loss, validationLoss, validationAccuracy, gradientNorm }]
  })
  return { curve, ended: undefined, negative: 0 }
}

/** Of a training by a method of second order. */
function bySteps(history: Input, each: number, product: number): Course {
  if (readHistory(history).divergence !== undefined) return byEpochs(history, each)
  const lines = readSteps(history)
  return {
    curve: lines.map(({ evaluations, products, loss, validationLoss, validationAccuracy, gradientNorm }) => ({
      passes: evaluations + products,
      seconds: evaluations * each + products * product,
      ...{ loss, validationLoss, validationAccuracy, gradientNorm }
    })),
    ended: lines[lines.length - 1].ended ?? undefined,
    negative: lines[lines.length - 1].negative
  }
}

function courseOf(history: Input | undefined, trial: TrainParameters, seconds: Seconds): Course {
  if (history === undefined) return { curve: [], ended: undefined, negative: 0 }
  const each = seconds(passOf(trial))
  return "precision" in trial.optimizer ? bySteps(history, each, seconds("product")) : byEpochs(history, each)
}

/** What a training by this trial costs in all. */
const priceOf = (trial: TrainParameters, seconds: Seconds): number =>
  trial.epochs * seconds(trial.optimizer.method === "newton-cg" ? "product" : passOf(trial))

/** A course behind that of the training that it goes on from, whose passes through fewer images count as parts of passes. */
function behind(course: Course, before: Course, share: number): Course {
  const last = before.curve.at(-1)
  if (last === undefined) return course
  return {
    ...course,
    curve: course.curve.map((moment) => ({
      ...moment,
      passes: moment.passes + share * last.passes,
      seconds: moment.seconds + last.seconds
    }))
  }
}

const compute: Collecting<OptimizersParameters, OptimizersCollections> = ({ parameters, collections, files }) => {
  const { about, title, question, assumptions, usual } = parameters
  const rates = readMethodRates(files[METHOD_RATES]())
  const outcomes = withCollected(parameters.trainings, collections.trainings).map(
    ([{ method, wayOf, task, trial }, { before, history, metrics }]): Outcome => {
      const seconds = secondsOf(rates, trial)
      const prior = trialBefore(trial)
      const examples = trainingExamples(trial.dataset)
      const course = courseOf(history, trial, seconds)
      const price = priceOf(trial, seconds)
      return {
        method,
        ...(wayOf !== undefined && { wayOf }),
        dataset: trial.dataset.name,
        examples,
        task: task ?? {},
        network: networkOf(trial),
        seed: trial.seed,
        nodes: nodesOf({ train: history, evaluate: metrics }),
        metrics: metrics && readMetrics(metrics),
        ...(prior === undefined
          ? { ...course, price }
          : {
              ...behind(
                course,
                courseOf(before, prior, secondsOf(rates, prior)),
                trainingExamples(prior.dataset) / examples
              ),
              price: price + priceOf(prior, secondsOf(rates, prior))
            })
      }
    }
  )
  return optimizersReport({ about, title, question, assumptions, usual, processor: rates.processor, outcomes })
}

export default compute
