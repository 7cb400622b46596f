/** `pipeline cancel`, `pipeline pause`, `pipeline resume`: what becomes of a run on other machines. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { setWorkers, stopRun } from "../../cluster/coordinator.ts"
import { UsageError } from "../errors.ts"
import { needStore } from "../on.ts"
import { attempt, plural, tell } from "../output.ts"
import { remoteFlags } from "../remote-flags.ts"
import { type FoundRun, theRun } from "../runs.ts"

const flags = {
  run: Argument.String("run").pipe(
    Argument.optional,
    Argument.withDescription("Its name, or the beginning of it (default: the only one that is open)")
  ),
  ...remoteFlags
}

const find = (typed: { readonly run: Option.Option<string>; readonly remote: Option.Option<string> }) =>
  attempt<FoundRun, UsageError>(() => theRun(needStore(typed), Option.getOrUndefined(typed.run)))

const stop = (name: "pause" | "cancel", state: "paused" | "cancelled", about: string) =>
  Command.make(
    name,
    flags,
    Effect.fn(function* (typed) {
      const { folder, plan, wanted } = yield* find(typed)
      if (wanted.state === "ended" || wanted.state === "cancelled") return tell(`${plan.id} is ${wanted.state} already`)
      yield* stopRun(folder, plan, wanted, state)
      const goesOn = state === "paused" ? `\`pipeline resume ${plan.id}\` has it go on` : "what is done is kept"
      tell(`${plan.id} is ${state}: its workers end, their checkpoints stay; ${goesOn}`)
    })
  ).pipe(Command.withDescription(about))

export const pause = stop(
  "pause",
  "paused",
  "Has the workers of a run end, with their checkpoints kept, until it is resumed."
)
export const cancel = stop("cancel", "cancelled", "Ends a run on other machines; what is done is kept.")

export const resume = Command.make(
  "resume",
  flags,
  Effect.fn(function* (typed) {
    const { folder, plan, wanted } = yield* find(typed)
    if (wanted.state !== "paused")
      return yield* new UsageError({ problem: `${plan.id} is ${wanted.state}, not paused` })
    const started = yield* setWorkers(folder, plan, wanted, wanted.workers)
    tell(
      `${plan.id} goes on with ${plural(wanted.workers, "worker")}${started === undefined ? "" : `: started ${started}`}`
    )
  })
).pipe(Command.withDescription("Has a run that was paused go on."))
