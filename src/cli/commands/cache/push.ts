/** `pipeline cache push [TARGETS] REMOTE`: results that are here, for others. */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { Signer } from "../../../cache/remote/signing.ts"
import { pushAll } from "../../../cache/remote/transfer.ts"
import { knownOutputs } from "../../../graph/plan.ts"
import { RemoteFailed, UsageError } from "../../errors.ts"
import { named } from "../../hints.ts"
import { attempt, bytes, plural, print, printJson } from "../../output.ts"
import { signerHere } from "../../remote.ts"
import { withPlan, workspaceFlags } from "../../workspace.ts"
import { cacheFlags } from "./flags.ts"
import { countSteps, type Ends, endsOf, transferArgument, withTransport } from "./transfer.ts"

export const push = Command.make(
  "push",
  { words: transferArgument, ...workspaceFlags, json: cacheFlags.json },
  Effect.fn(function* ({ words, ...flags }) {
    const ends = yield* attempt<Ends, UsageError>(() => endsOf(words, "push"))
    const signer = yield* attempt<Signer | undefined, UsageError>(signerHere)
    const { targets, name } = ends
    yield* withPlan(targets, flags, ({ plan, selection }) =>
      Effect.gen(function* () {
        const keys = selection.all.flatMap((index) => {
          const decision = plan.decisions[index]
          return decision === undefined || knownOutputs(decision) === undefined ? [] : (decision.key ?? [])
        })
        if (keys.length === 0) {
          const problem = `there is nothing to push: no result is here. \`pipeline run${named(targets)}\` makes them`
          return yield* new UsageError({ problem })
        }
        const step = countSteps("pushed", keys.length)
        const sum = yield* withTransport(ends, (transport) => pushAll(keys, { transport, signer, step }))
        const { failed, problem } = sum
        if (flags.json)
          printJson({ type: "push", remote: name, ...sum, problem: problem ?? null, missing: plan.runs.length })
        else print(`${name}: ${plural(sum.results, "result")}, ${plural(sum.blobs, "blob")} (${bytes(sum.bytes)}) sent`)
        if (failed === 0) return
        const rest = `${plural(failed, "result")} could not be pushed (${problem}); pushing again goes on with these`
        return yield* new RemoteFailed({ remote: name, problem: rest })
      })
    )
  })
).pipe(
  Command.withDescription("Pushes results that are here, and that the targets need, to a shared cache."),
  Command.withExamples([
    { command: "pipeline cache push quick /mnt/shared/results", description: "To a folder that others mount" },
    { command: "pipeline cache push quick ssh://cluster/~/results", description: "By rsync" }
  ])
)
