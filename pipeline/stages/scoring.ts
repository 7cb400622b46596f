/** What a trained network is scored on besides training and validation set, as schemas: members of a trial. */
import * as Schema from "effect/Schema"
import { CORRUPTIONS, type CorruptionKind, SEVERITIES, type Severity } from "../../src/data/corruptions/kinds.ts"
import { eachOnce } from "../../src/graph/axis.ts"

export const CorruptionName = Schema.Literals(CORRUPTIONS)
export const SeverityNumber = Schema.Literals(SEVERITIES)

const once = { kinds: eachOnce((kind: CorruptionKind) => kind), severities: eachOnce((one: Severity) => one) }

export const scoring = {
  /** The official test set is scored too, by `evaluate` alone: where validation images are split off. */
  test: Schema.optionalKey(Schema.Literal(true)),
  /** So are the same images corrupted: those of the test set where it is scored, else those of the validation set. */
  corrupt: Schema.optionalKey(
    Schema.Struct({
      kinds: Schema.NonEmptyArray(CorruptionName).check(once.kinds),
      severities: Schema.NonEmptyArray(SeverityNumber).check(once.severities)
    })
  )
}

/** The same as settings of a study, which `--set` changes. */
export const scoringSettings = {
  test: Schema.Boolean,
  /** Kinds of corruption (src/data/corruptions/kinds.ts). */
  corruptions: Schema.Array(CorruptionName).check(once.kinds),
  severities: Schema.NonEmptyArray(SeverityNumber).check(once.severities)
}

interface Scored {
  readonly dataset: {
    readonly name: string
    readonly validation: "test" | number
    readonly shape: { readonly test: number; readonly channels: number }
  }
  readonly test?: true
  readonly corrupt?: { readonly kinds: ReadonlyArray<CorruptionKind> }
  readonly teacher?: unknown
}

/** What cannot be scored: which member says so, and why not. */
export function scoringProblem({ dataset, test, corrupt, teacher }: Scored) {
  const { name, validation, shape } = dataset
  const say = (issue: string, ...path: ReadonlyArray<string | number>) => ({ path, issue })
  if (test === true && validation === "test")
    return say("the official test set validates here: it is scored anyway", "test")
  if (test === true && shape.test === 0) return say(`the data set '${name}' has no official test set`, "test")
  if (teacher !== undefined && (test === true || corrupt !== undefined)) {
    const issue = "a network with a teacher is scored on what that makes of training and validation images alone"
    return say(issue, test === true ? "test" : "corrupt")
  }
  const { channels } = shape
  for (const [i, kind] of (corrupt?.kinds ?? []).entries()) {
    const wanted = kind === "saturate" ? [3] : COLOURED.has(kind) ? [1, 3] : undefined
    if (wanted === undefined || wanted.includes(channels)) continue
    const issue = `expected images of ${wanted.join(" or ")} channels, and those of '${name}' have ${channels}`
    return say(issue, "corrupt", "kinds", i)
  }
  return undefined
}

/** Kinds that take red, green and blue together. */
const COLOURED: ReadonlySet<CorruptionKind> = new Set(["brightness", "mnist-brightness", "jpeg", "saturate"])
