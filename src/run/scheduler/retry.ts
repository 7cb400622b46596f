/** What becomes of a node that is not done: it is tried again where that may help, or has failed. */
import * as Effect from "effect/Effect"
import { DiskFull } from "../../cache/space.ts"
import { WorkerLost } from "../executor.ts"
import { append } from "../logs.ts"
import type { Ready } from "../state.ts"
import { timestamp } from "../timestamp.ts"
import { logOf } from "../workplace.ts"
import type { Execution, Message } from "./execution.ts"
import { announce } from "./settle.ts"

export const retryOrFail = Effect.fnUntraced(function* (execution: Execution, { ready, grouped, answer }: Message) {
  const { artifacts, leases, state, attempts } = execution
  const { listen } = execution.options
  const { name } = ready.node
  const release = leases.release([ready.decision.key])
  if (mayBeInnocent(grouped, answer) && attempts.nodes.again(name)) {
    const how = grouped ? "it is tried once more, by itself" : "it is tried once more"
    listen({ type: "notice", message: `${name}: ${answer.message}; ${how}` })
    yield* release
    return state.again(ready)
  }
  if (answer instanceof WorkerLost) return yield* fail(execution, ready, answer.message, answer.message)
  switch (answer.type) {
    case "damaged": {
      artifacts.refresh()
      listen({ type: "notice", message: `${answer.message}; it is made again` })
      yield* release
      if (!attempts.inputs.again(`${name} ${answer.digest}`))
        return yield* fail(execution, ready, answer.message, answer.message)
      return yield* announce(execution, state.remakeInput(ready, answer.digest))
    }
    case "full":
      // The next ones would meet it too, after hours of work perhaps.
      return yield* Effect.fail(new DiskFull(answer.path, answer.needed, answer.free, answer.shortage))
    case "failed":
      return yield* fail(execution, ready, answer.message, answer.detail)
  }
})

/** A node that was killed (for want of memory, as a rule), or that failed in a group, may succeed when it runs alone. */
const mayBeInnocent = (
  grouped: boolean,
  answer: Message["answer"]
): answer is Extract<Message["answer"], { readonly message: string }> => {
  if (answer instanceof WorkerLost) return grouped || (answer.signal === "SIGKILL" && answer.timeout === null)
  return grouped && answer.type === "failed"
}

const fail = Effect.fnUntraced(function* (
  execution: Execution,
  { node, decision }: Ready,
  message: string,
  detail: string
) {
  const { executor, failures, leases, state, budget, failed, stops } = execution
  const { listen, failFast, others } = execution.options
  const { name, stage } = node
  const { key } = decision
  const log = logOf(executor.here, node)
  append(log, `${detail}\n`)
  failed.push({ name, message, log })
  others?.failed(node, message)
  yield* failures.note(node, { name, key, message, log, finished: yield* timestamp })
  yield* leases.release([key])
  budget?.lose(node.index)
  listen({ type: "failed", name, stage: stage.name, message, log })
  if (failFast) execution.stopping = true
  const times = stops.note(node, message)
  if (times !== undefined)
    listen({
      type: "notice",
      message: `${stage.name} failed ${times} times in the same way: no more of it is started (--max-failures)`
    })
  yield* announce(execution, state.settle(node.index, { state: "failed" }))
})
