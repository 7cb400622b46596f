/** `pipeline cache pull [TARGETS] REMOTE`: what a shared cache has of what the targets need, with all bytes. */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { Artifacts } from "../../../cache/artifacts.ts"
import { CacheFolder } from "../../../cache/folder.ts"
import { Remote } from "../../../cache/remote/remote.ts"
import type { Signer } from "../../../cache/remote/signing.ts"
import { knownOutputs, type Plan } from "../../../graph/plan.ts"
import type { Artifact } from "../../../graph/trace.ts"
import { RemoteFailed, type UsageError } from "../../errors.ts"
import { attempt, plural, print, printJson } from "../../output.ts"
import { signerHere, trustedKeys } from "../../remote.ts"
import { overridesOf, planTargets, withCache, workspaceFlags } from "../../workspace.ts"
import { cacheFlags, writable } from "./flags.ts"
import { countSteps, type Ends, endsOf, transferArgument, withTransport } from "./transfer.ts"

export const pull = Command.make(
  "pull",
  { words: transferArgument, ...workspaceFlags, json: cacheFlags.json },
  Effect.fn(function* ({ words, ...flags }) {
    const ends = yield* attempt<Ends, UsageError>(() => endsOf(words, "pull"))
    const signer = yield* attempt<Signer | undefined, UsageError>(signerHere)
    const trusted = yield* attempt<ReadonlyArray<string>, UsageError>(() => trustedKeys(signer))
    const { targets, name } = ends
    let trouble: string | undefined
    const note = (message: string) => {
      trouble = message
    }
    yield* withCache(flags, (loaded) =>
      Effect.gen(function* () {
        yield* writable(yield* CacheFolder, "nothing can be pulled")
        yield* withTransport(ends, (transport) =>
          Effect.gen(function* () {
            // The plan asks for every result that it would have to run.
            const { plan } = yield* planTargets(loaded, targets, () => overridesOf(flags))
            const { taken } = yield* Remote
            const left = yield* bringAll(plan)
            const results = taken()
            const missing = plan.runs.length
            if (flags.json)
              printJson({ type: "pull", remote: name, results, artifacts: left.brought, absent: left.absent, missing })
            else {
              const there = missing === 0 ? "nothing of the targets would run" : `${plural(missing, "node")} would run`
              print(`${name}: ${plural(results, "result")}, ${plural(left.brought, "artifact")}; ${there}`)
            }
          }).pipe(
            Effect.provide(
              Remote.layer({ transport, writes: false, trusted, tell: note, patienceMs: Number.POSITIVE_INFINITY })
            )
          )
        )
      })
    )
    if (trouble !== undefined)
      return yield* new RemoteFailed({ remote: name, problem: `${trouble}; pulling again goes on` })
  })
).pipe(
  Command.withDescription("Fetches from a shared cache what it has of what the targets need, so that it is here."),
  Command.withExamples([
    { command: "pipeline cache pull paper https://cache.example.org/results", description: "Traces and bytes" }
  ])
)

/** Artifacts that are copied before it is said how far it is. */
const PORTION = 500

/** Copies the bytes of all results of a plan, as far as they are to be had. */
const bringAll = Effect.fnUntraced(function* ({ decisions }: Plan) {
  const remote = yield* Remote
  const artifacts = yield* Artifacts
  const all = new Map<string, Artifact>()
  for (const decision of decisions)
    for (const artifact of Object.values((decision && knownOutputs(decision)) ?? {})) all.set(artifact.digest, artifact)
  yield* remote.look([...all.values()])
  const promised = [...all.keys()].filter(remote.promises)
  const step = countSteps("copied", promised.length)
  for (let from = 0; from < promised.length; from += PORTION) {
    const portion = promised.slice(from, from + PORTION)
    yield* remote.bring(portion)
    step(portion.length)
  }
  const absent = [...all.keys()].filter((digest) => !artifacts.has(digest)).length
  return { brought: promised.filter(artifacts.has).length, absent }
})
