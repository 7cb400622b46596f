/** Keeping what is done: everything that has finished meanwhile is committed together, and only then told of. */
import * as Effect from "effect/Effect"
import type { OutputArtifacts } from "../../graph/plan.ts"
import { WorkerLost } from "../executor.ts"
import { recordMade } from "../record.ts"
import type { Ready } from "../state.ts"
import type { Done } from "../task.ts"
import { timestamp } from "../timestamp.ts"
import type { Execution, Message } from "./execution.ts"
import { backFromRemote } from "./prepare.ts"
import { retryOrFail } from "./retry.ts"
import { announce, publishNode } from "./settle.ts"

interface Finished {
  readonly ready: Ready
  readonly done: Done
}

/** Commits all that is done, then tells of it, then sees to the rest. */
export const handle = Effect.fnUntraced(function* (execution: Execution, messages: ReadonlyArray<Message>) {
  const { sources, running } = execution
  const finished: Array<Finished> = []
  const rest: Array<Message> = []
  for (const message of messages) {
    const { ready, answer } = message
    const { node } = ready
    if (!(answer instanceof WorkerLost) && answer.type === "prepared") {
      yield* backFromRemote(execution, ready, answer)
      continue
    }
    running.delete(node.index)
    if (answer instanceof WorkerLost || answer.type !== "done") rest.push(message)
    else if (yield* sources.isUnchanged(node)) finished.push({ ready, done: answer })
    else rest.push({ ready, grouped: false, answer: EDITED })
  }
  if (finished.length > 0) yield* commit(execution, finished)
  for (const one of finished) yield* tellOf(execution, one)
  for (const message of rest) yield* retryOrFail(execution, message)
})

/** On disk when it returns. */
const commit = Effect.fnUntraced(function* (execution: Execution, finished: ReadonlyArray<Finished>) {
  const { traces, leases, artifacts, sources, plan } = execution
  const { graph } = plan
  const at = yield* timestamp
  yield* traces.commit(finished.map(({ ready, done }) => recordMade(ready, done, { graph, sources, at })))
  yield* leases.release(finished.map(({ ready }) => ready.decision.key))
  artifacts.add(finished.flatMap(({ done }) => Object.values(done.outputs).map((kept) => kept.artifact.digest)))
})

const tellOf = Effect.fnUntraced(function* (execution: Execution, { ready, done }: Finished) {
  const { plan, traces, budget, count, state } = execution
  const { listen, others } = execution.options
  const { node } = ready
  const { index, name, stage } = node
  const { key } = ready.decision
  count.executed++
  if (others !== undefined) {
    others.made(node, key)
    // What needs it finds its inputs here, and nowhere else as soon.
    execution.goOn(index)
  }
  if (plan.decisions[index]?.action === "reuse") count.reused-- // its artifact was found damaged
  budget?.finish(index, done.seconds * done.threads)
  // What counts is what stands under the key: the first trace, if its artifacts are still there.
  const outputs = traces.outputs(key)!
  const digests = Object.fromEntries(Object.entries(outputs).map(([output, { digest }]) => [output, digest]))
  listen({ type: "done", name, stage: stage.name, key, seconds: done.seconds, outputs: digests })
  if (differs(done, outputs)) listen({ type: "notice", message: `${name}: ${DIFFERENT}` })
  const outcomes = state.settle(index, { state: "there", key, outputs })
  yield* publishNode(execution, node)
  yield* announce(execution, outcomes)
})

const DIFFERENT = "it gave other bytes than before; the first result counts, and this one is kept beside it"

const differs = ({ outputs }: Done, standing: OutputArtifacts) =>
  Object.entries(outputs).some(([name, { artifact }]) => artifact.digest !== standing[name]?.digest)

/** The answer of a node whose key no longer names the code that ran. */
const whatWasEdited = "its code was edited while it ran; run again"
const EDITED = { type: "failed", message: whatWasEdited, detail: whatWasEdited } as const
