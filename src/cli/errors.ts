/** How errors reach the user: one clear message on stderr and an exit code. */
import { join } from "node:path"
import * as Cause from "effect/Cause"
import * as CliOutput from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { firstPlace } from "../graph/declared.ts"
import { inSources } from "../start/modules.js"
import { faultsOf } from "./invocation.ts"
import { onStderr, tell } from "./output.ts"
import { projectAbove } from "./project.ts"

/** The pipeline's own files cannot be found or loaded. */
export class ProjectError extends Schema.TaggedError<ProjectError>()("ProjectError", { problem: Schema.String }) {
  override get message() {
    return this.problem
  }
  override readonly [Runtime.errorExitCode] = 2
}

/** What was typed cannot be done. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", { problem: Schema.String }) {
  override get message() {
    return this.problem
  }
  override readonly [Runtime.errorExitCode] = 2
}

/** Nodes failed; each was told of already. */
export class RunFailed extends Schema.TaggedError<RunFailed>()("RunFailed", { problem: Schema.String }) {
  override get message() {
    return this.problem
  }
}

/** New code does not give what the old one gave. */
export class NotAccepted extends Schema.TaggedError<NotAccepted>()("NotAccepted", {
  stage: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `the results of '${this.stage}' are not the same under the new code, so none was adopted. ${this.problem}`
  }
}

/** A remote did not do its part where that was all that was asked for. */
export class RemoteFailed extends Schema.TaggedError<RemoteFailed>()("RemoteFailed", {
  remote: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.remote}: ${this.problem}`
  }
}

/** A committed report does not follow from the archive beside it. */
export class ArchiveOutdated extends Schema.TaggedError<ArchiveOutdated>()("ArchiveOutdated", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.path}: ${this.problem}`
  }
}

/** Verification found something. */
export class CacheDamaged extends Schema.TaggedError<CacheDamaged>()("CacheDamaged", {
  path: Schema.String,
  problems: Schema.Finite,
  readOnly: Schema.Boolean
}) {
  override get message() {
    const count = this.problems === 1 ? "1 problem was" : `${this.problems} problems were`
    const help = this.readOnly
      ? "the cache is read-only, so nothing was mended"
      : "`pipeline run` makes again what is needed"
    return `${count} found in ${this.path}; ${help}`
  }
}

export const complain = (message: string) => tell(`${onStderr("red", "pipeline:")} ${message}`)

/** Wrong usage: the problem and where to read on, on stderr; help only where it was asked for. */
export const presenter = CliOutput.layerPresenter({
  present: (event) => {
    if (event._tag !== "InvalidInvocation") return CliOutput.defaultPresenter.present(event)
    return Effect.sync(() => {
      const usage = event.helpDoc.usage
        .split(" ")
        .filter((word) => !/[[<]/.test(word))
        .join(" ")
      for (const fault of faultsOf(event.errors, usage)) complain(fault)
      tell(`\`${usage} --help\` shows what there is.`)
    })
  }
})

/** Exit code of a failed command, after telling the user what the presenter has not told yet. */
export function report(cause: Cause.Cause<unknown>): number {
  if (Cause.hasInterruptsOnly(cause)) return 130
  const error = Cause.squash(cause)
  if (typeof error !== "object" || error === null) {
    complain(String(error))
    return 1
  }
  const { _tag, message, errors } = error as { _tag?: string; message?: string; errors?: ReadonlyArray<unknown> }
  if (_tag === "ShowHelp") return (errors?.length ?? 0) > 0 ? 2 : 0
  const declared = _tag === undefined ? placeInDeclarations(error) : undefined
  if (declared !== undefined && process.env.PIPELINE_DEBUG === undefined) {
    complain(`${declared}: ${message}`)
    return 2
  }
  if (_tag === undefined && process.env.PIPELINE_DEBUG === undefined) {
    complain(
      `something went wrong that should not: ${message ?? error}. Finished work is safe. PIPELINE_DEBUG=1 shows where.`
    )
    return 1
  }
  complain(_tag === undefined ? inSources(Cause.pretty(cause)) : (message ?? _tag))
  return (error as { [Runtime.errorExitCode]?: number })[Runtime.errorExitCode] ?? 1
}

/** Where in the project's declarations something was thrown, if it was there. */
function placeInDeclarations(error: object): string | undefined {
  const project = projectAbove(process.cwd())
  if (!(error instanceof Error) || project === undefined) return undefined
  const [first = ""] = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line) && !/\(?node:/.test(line))
  return firstPlace(first, (file) => file.startsWith(join(project, "pipeline")))
}
