/** Plans with what a remote has: it is asked for what would run, level by level, until it has nothing more to give. */
import * as Effect from "effect/Effect"
import { Remote } from "../cache/remote/remote.ts"
import { type Plan, willRun } from "../graph/plan.ts"
import type { Artifact } from "../graph/trace.ts"

/** Keys that are asked for before the clock is looked at. */
const PORTION = 500

export const planWithRemote = Effect.fnUntraced(function* (make: () => Plan) {
  const remote = yield* Remote.here
  const until = performance.now() + remote.patienceMs
  const asked = new Set<string>()
  let plan = make()
  for (;;) {
    const keys = new Set<string>()
    const absent = new Map<string, Artifact>()
    for (const decision of plan.decisions) {
      if (decision?.action !== "run" || decision.cause === "forced" || decision.key === undefined) continue
      if (!asked.has(decision.key) && remote.isDue(decision.key)) keys.add(decision.key)
      for (const artifact of Object.values(decision.expected ?? {}))
        if (willRun(decision) && !asked.has(artifact.digest)) absent.set(artifact.digest, artifact)
    }
    if (remote === Remote.none || (keys.size === 0 && absent.size === 0) || performance.now() > until) return plan
    for (const name of [...keys, ...absent.keys()]) asked.add(name)
    const list = [...keys]
    for (let from = 0; from < list.length && performance.now() < until; from += PORTION)
      yield* remote.ask(list.slice(from, from + PORTION))
    yield* remote.look([...absent.values()])
    plan = make()
  }
})
