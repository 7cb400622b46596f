/** How many processor slots a command may use. */
import { availableParallelism } from "node:os"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { configuredNumber } from "./config.ts"
import { UsageError } from "./errors.ts"
import { attempt } from "./output.ts"

export const jobsFlag = Flag.Int("jobs").pipe(
  Flag.withAlias("j"),
  Flag.optional,
  Flag.withDescription("Processor slots to use (default: all processors); never changes a result")
)

/** The flag, or what is configured, or all processors. Fails with `UsageError` below one. */
export const jobsOf = Effect.fnUntraced(function* (flag: Option.Option<number>) {
  const jobs =
    Option.getOrUndefined(flag) ??
    (yield* attempt<number | undefined, UsageError>(() => configuredNumber("jobs"))) ??
    availableParallelism()
  if (jobs < 1) return yield* new UsageError({ problem: `--jobs ${jobs}: expected a number of at least 1` })
  return jobs
})
