/**
 * The axes on which a trial has its place: every parameter that it has or will ever have, by a name of its own. Plain
 * functions, which compute modules use too.
 */
import type { Axes, AxisValue } from "../../src/graph/stage.ts"
import type { BuildParameters, TrainParameters } from "./schemas.ts"
import { stepAxes } from "./steps.ts"
import { corruptionsText, fromLabel, teacherLabel, trainingExamples, untilText } from "./trial.ts"

/** What parameters that were added later mean where they are left out. */
export const AS_BEFORE = {
  scale: 1,
  loss: "cross-entropy",
  schedule: { kind: "constant", warmup: 0 }
} as const

/** Members of a choice that say which it is: `{ method: "sgd", … }` is `optimizer=sgd`. */
const TAGS = ["method", "kind"] as const

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isValue = (value: unknown): value is AxisValue =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"

/** "depth=16,epochs=10", in the order of the names. */
const brief = (value: unknown): string =>
  isRecord(value)
    ? Object.keys(value)
        .sort()
        .map((name) => `${name}=${brief(value[name])}`)
        .join(",")
    : isValue(value)
      ? String(value)
      : JSON.stringify(value)

/** Sets each parameter of an object on an axis: `learningRate` of the optimizer, `decayRate` of its decay. */
function place(axes: Record<string, AxisValue>, parameters: Readonly<Record<string, unknown>>, prefix: string): void {
  for (const [name, value] of Object.entries(parameters)) {
    const axis = prefix === "" ? name : `${prefix}${name[0].toUpperCase()}${name.slice(1)}`
    if (value === undefined) continue
    if (isValue(value)) axes[axis] = value
    else if (!isRecord(value)) axes[axis] = brief(value)
    else {
      const tag = TAGS.find((one) => typeof value[one] === "string")
      if (tag === undefined) axes[axis] = brief(value)
      else {
        const { [tag]: which, ...members } = value
        axes[axis] = String(which)
        // Of the optimizer's parameters everybody speaks as of the trial's own.
        place(axes, members, axis === "optimizer" ? "" : axis)
      }
    }
  }
}

/** The values of a trial on all axes, for conditions, names, sums and reports. */
export function trialAxes(trial: BuildParameters & Partial<TrainParameters>): Axes {
  const { dataset, deviceMemory: _, ...parameters } = trial
  const { depth, layers } = parameters
  const trains = depth !== undefined
  const axes: Record<string, AxisValue> = {
    dataset: dataset.name,
    examples: trainingExamples(dataset),
    validation: dataset.validation,
    splitSeed: dataset.splitSeed,
    ...stepAxes(dataset)
  }
  if (trains) axes.architecture = depth === layers ? "sequential" : depth === 1 ? "parallel" : "between"
  place(axes, { ...(trains ? AS_BEFORE : {}), ...parameters }, "")
  if (parameters.from !== undefined) axes.from = fromLabel(parameters.from)
  if (parameters.until !== undefined) axes.until = untilText(parameters.until)
  if (parameters.corrupt !== undefined) axes.corrupt = corruptionsText(parameters.corrupt)
  if (parameters.teacher !== undefined) axes.teacher = teacherLabel(parameters.teacher)
  return axes
}
