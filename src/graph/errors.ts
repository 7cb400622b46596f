/** What can be wrong with a declared pipeline or with what the user asks of it. All of these exit with code 2. */
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { linesOf, Problem } from "./problems.ts"

/** A parameter does not fit its stage's or study's schema. */
export class ParameterError extends Schema.TaggedError<ParameterError>()("ParameterError", {
  where: Schema.String,
  problems: Schema.Array(Schema.String),
  /** The places that a stage's schema refuses: they may come from a setting of a study. */
  places: Schema.optionalKey(Schema.Array(Problem))
}) {
  override get message() {
    return `${this.where}: ${this.problems.join("; ")}`
  }
  override readonly [Runtime.errorExitCode] = 2
}

/** What a schema refuses. */
export const parameterError = (where: string, places: ReadonlyArray<Problem>): ParameterError =>
  new ParameterError({ where, problems: linesOf(places), places })

/** Nodes that need each other. */
export class CycleError extends Schema.TaggedError<CycleError>()("CycleError", { path: Schema.Array(Schema.String) }) {
  override get message() {
    return `the stages form a cycle, so none of them can be first: ${this.path.join(" → ")}. Remove one of these inputs.`
  }
  override readonly [Runtime.errorExitCode] = 2
}

/** The pipeline's declaration contradicts itself. */
export class DeclarationError extends Schema.TaggedError<DeclarationError>()("DeclarationError", {
  where: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.where}: ${this.problem}`
  }
  override readonly [Runtime.errorExitCode] = 2
}

/** A target names nothing. */
export class UnknownTarget extends Schema.TaggedError<UnknownTarget>()("UnknownTarget", {
  target: Schema.String,
  kind: Schema.String,
  suggestions: Schema.Array(Schema.String),
  /** Why there cannot be one, where that is known. */
  reason: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    if (this.reason !== undefined) return `${this.reason}.`
    const help =
      this.suggestions.length > 0
        ? `Did you mean ${this.suggestions.map((s) => `'${s}'`).join(" or ")}?`
        : "`pipeline list` shows the studies, stages and data sets; `pipeline status --all` every node."
    const glob = /[*?[{]/.test(this.target)
    return `no ${this.kind} ${glob ? "fits" : "is called"} '${this.target}'. ${help}`
  }
  override readonly [Runtime.errorExitCode] = 2
}

export type GraphError = ParameterError | CycleError | DeclarationError | UnknownTarget
