/**
 * What a remote has need not be computed, and what it has of a node's inputs has to be here first. Both are seen to before
 * a node starts, and beside the others: nothing waits for a remote but the nodes in question.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { Remote } from "../../cache/remote/remote.ts"
import { digestsIn } from "../../graph/collection.ts"
import { FAILED, MISSING } from "../../graph/key.ts"
import type { Ready } from "../state.ts"
import type { Execution, Prepared } from "./execution.ts"
import { announce } from "./settle.ts"

/** Whether the remote is to be asked about a node, or for what it reads, before it can start. */
export const isUnprepared = (execution: Execution, ready: Ready): boolean =>
  execution.remote !== Remote.none &&
  (isAskedFor(execution, ready) || inputsOf(execution, ready).some(execution.remote.promises))

/** Where other machines do the same plan, they tell what of it is there. */
const isAskedFor = ({ remote, options: { others } }: Execution, { node, decision }: Ready) =>
  decision.cause !== "forced" && remote.isDue(decision.key) && (others === undefined || others.isThere(node))

/** What a node is going to read, by the digests that its key is made of; nothing where its result is here already. */
function inputsOf({ traces, artifacts }: Execution, { decision }: Ready): ReadonlyArray<string> {
  const outputs = decision.cause === "forced" ? undefined : traces.outputs(decision.key)
  if (outputs !== undefined && Object.values(outputs).every(({ digest }) => artifacts.has(digest))) return []
  return Object.values(decision.parts.inputs)
    .flatMap((digest) => (typeof digest === "string" ? [digest] : digestsIn(digest)))
    .filter((digest) => digest !== FAILED && digest !== MISSING)
}

/** Asks about nodes that were taken out of the ready ones; they come back through the mailbox. */
export const prepare = Effect.fnUntraced(function* (execution: Execution, nodes: ReadonlyArray<Ready>) {
  const { remote, mailbox, preparing } = execution
  if (nodes.length === 0) return
  for (const { node } of nodes) preparing.add(node.index)
  const back = (answer: Prepared) => {
    for (const ready of nodes) Queue.offerUnsafe(mailbox, { ready, grouped: false, answer })
  }
  const ask = Effect.gen(function* () {
    yield* remote.ask(nodes.filter((ready) => isAskedFor(execution, ready)).map(({ decision }) => decision.key))
    yield* remote.bring(nodes.flatMap((ready) => inputsOf(execution, ready)))
  })
  yield* Effect.forkScoped(
    Effect.matchCause(ask, {
      onSuccess: () => back({ type: "prepared" }),
      onFailure: (problem) => back({ type: "prepared", problem })
    })
  )
})

/** A node about which the remote was asked is ready again, unless bytes that it reads were promised and did not come. */
export const backFromRemote = Effect.fnUntraced(function* (execution: Execution, ready: Ready, { problem }: Prepared) {
  const { state, artifacts, preparing } = execution
  preparing.delete(ready.node.index)
  if (problem !== undefined) return yield* Effect.failCause(problem)
  const lost = inputsOf(execution, ready).find((digest) => !artifacts.has(digest))
  if (lost === undefined) state.again(ready)
  else yield* announce(execution, state.remakeInput(ready, lost))
})
