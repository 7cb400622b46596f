/**
 * The scheduler: runs what a plan says, as much at once as there are slots, longest critical path first.
 *
 * One loop owns all state. Tasks run elsewhere and report into its mailbox; whatever has finished meanwhile is
 * committed together, and only what is committed is announced. Interrupting it stops the workers; what was committed
 * stays.
 */
import { join } from "node:path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import { BlobDamaged } from "../cache/blobs.ts"
import { Cache } from "../cache/cache.ts"
import { CacheWriteError, PublishError, problemOf } from "../cache/errors.ts"
import { whyUnwritable } from "../cache/files.ts"
import { DiskFull } from "../cache/space.ts"
import type { Node } from "../graph/graph.ts"
import type { Knowledge, OutputArtifacts, Plan } from "../graph/plan.ts"
import { makeBatches } from "./batches.ts"
import type { Budget, Limit } from "./budget.ts"
import { openFreshCheckpoints, wouldGoOn } from "./checkpoints.ts"
import { answerTo } from "./compute.ts"
import type { Listener } from "./events.ts"
import { Executor, WorkerLost } from "./executor.ts"
import type { Gpus } from "./gpus.ts"
import { runTasks } from "./group.ts"
import { append, logPath } from "./logs.ts"
import { criticalPaths, predictAll } from "./predict.ts"
import { publish } from "./publish.ts"
import { recordMade } from "./record.ts"
import { shareSpare } from "./spare.ts"
import { makeRunState, type Outcome, type Ready } from "./state.ts"
import type { Answer, Done, FromWorker } from "./task.ts"
import { checkpointsOf, type Hints, taskOf } from "./task-of.ts"

export interface ExecuteOptions {
  readonly project: string
  readonly knowledge: Knowledge
  readonly forced: ReadonlySet<number>
  readonly listen: Listener
  /** Start nothing more after the first failure. */
  readonly failFast: boolean
  /** A stage that fails so often in the same way starts nothing more. */
  readonly maxFailures?: number
  readonly gpus: Gpus
  readonly hints?: Hints
  readonly budget?: Budget
}

export interface Summary {
  readonly executed: number
  readonly reused: number
  readonly failed: ReadonlyArray<{ readonly name: string; readonly message: string; readonly log: string }>
  readonly skipped: number
  /** Portions that the budget left for another time. */
  readonly left: number
  /** What of the budget is not spent; undefined where there was none. */
  readonly rest: Limit | undefined
}

interface Message {
  readonly ready: Ready
  readonly together: boolean // with others
  readonly answer: Answer | WorkerLost
}

/** How often other runs' results are looked for while they compute what this one needs. */
const POLL_MS = 200
/** In-process stages run this long before their results are committed together. */
const INLINE_MS = 25
/** An artifact that keeps getting lost is not made again for ever. */
const REMAKES = 3

export const execute = Effect.fn("execute")(function* (plan: Plan, options: ExecuteOptions) {
  const { project, knowledge, listen, gpus, hints = {}, budget } = options
  const cache = yield* Cache
  const executor = yield* Executor
  const { graph } = plan
  const { traces, leases } = cache
  const paths = criticalPaths(graph, plan.runs, traces.pace)
  const state = makeRunState(plan, knowledge, options.forced, paths, budget?.waiting)
  const mailbox = yield* Queue.unbounded<Message>()
  const running = new Map<number, Ready>()
  /** Nodes that another process is computing. */
  const elsewhere = new Map<number, Ready>()
  /** How often what went wrong has been tried again: a killed worker's node, a damaged artifact. */
  const retries = new Map<string, number>()
  /** One that failed among several is tried again by itself. */
  const isAlone = ({ name }: Node) => retries.has(name)
  const batches = makeBatches({ graph, state, paceOf: traces.pace, isAlone })
  const failed: Array<Summary["failed"][number]> = []
  let free = executor.slots
  let executed = 0
  let skipped = 0
  let reused = plan.selection.filter((index) => plan.decisions[index]?.action === "reuse").length
  let gaveUp = false
  let stopping = false

  const fresh = openFreshCheckpoints(cache.folder, options.forced)
  yield* Effect.addFinalizer(() => Effect.sync(fresh.close))
  const stopped = makeStops(options.maxFailures)
  yield* Effect.addFinalizer((exit) =>
    Effect.sync(() => {
      if (Exit.isSuccess(exit) || !Cause.hasInterruptsOnly(exit.cause)) return
      const open = plan.runs.filter((index) => state.settled(index) === undefined).length
      const goOn = [...running.values()].filter(({ node, parts }) => {
        const states = options.forced.has(node.index) ? undefined : checkpointsOf(node, parts, fresh)
        return states !== undefined && wouldGoOn(cache.folder, states)
      }).length
      listen({ type: "interrupted", finished: executed, goOn, left: open - goOn })
    })
  )

  const told = new Set<string>()
  /** Nothing can be done here but to wait for others: says for whom, once each. */
  const tellOfWaiting = () => {
    for (const { node, decision } of elsewhere.values()) {
      const holder = leases?.holderOf(decision.key)
      if (holder === undefined || told.has(holder)) continue
      told.add(holder)
      listen({ type: "notice", message: `waits for ${holder}, which computes ${node.name}` })
    }
  }

  const publishNode = (node: Node) =>
    Effect.forEach(node.publish, (folder) => publishInto(node, folder), { discard: true })

  const publishInto = (node: Node, folder: string) =>
    Effect.gen(function* () {
      const standing = state.settled(node.index)
      if (standing?.state !== "there") return
      const path = join(project, folder)
      const failure = (problem: string) => new PublishError({ path, node: node.name, problem })
      const result = yield* Effect.try({
        try: () => publish(cache, project, folder, standing.outputs),
        catch: (error) =>
          error instanceof BlobDamaged || error instanceof DiskFull ? error : failure(whyUnwritable(path, error))
      }).pipe(Effect.result)
      if (Result.isSuccess(result)) {
        const { written, outside } = result.success
        for (const place of outside)
          listen({
            type: "notice",
            message: `${folder} leads out of the project: a link took what was written to ${place}`
          })
        return listen({ type: "published", name: node.name, folder, written })
      }
      const error = result.failure
      if (!(error instanceof BlobDamaged)) return yield* Effect.fail(error)
      if (cache.readOnly || !retry(error.digest, REMAKES)) return yield* failure(error.message)
      cache.artifacts.refresh()
      listen({ type: "notice", message: `${error.message}; it is made again` })
      yield* announce(state.remake(node.index))
    })

  /** Tells of nodes that were settled by what happened to others. */
  const announce = (outcomes: ReadonlyArray<Outcome>): Effect.Effect<void, PublishError | DiskFull> =>
    Effect.forEach(
      outcomes,
      (outcome) => {
        const { node } = outcome
        const { name } = node
        if (outcome.type === "skipped") {
          skipped++
          budget?.lose(node.index)
          listen({ type: "skipped", name, stage: node.stage.name, because: outcome.because })
          return Effect.void
        }
        if (plan.decisions[node.index]?.action === "run")
          listen({ type: "reused", name, stage: node.stage.name, key: outcome.key })
        reused += plan.decisions[node.index]?.action === "run" ? 1 : 0
        budget?.finish(node.index, 0)
        return publishNode(node)
      },
      { discard: true }
    )

  /** Takes leases, and sorts out what another process has made, or is making, meanwhile. */
  const claim = Effect.fnUntraced(function* (candidates: ReadonlyArray<Ready>) {
    const granted = leases?.take(candidates.map((ready) => ready.decision.key))
    traces.refresh()
    const mine: Array<Ready> = []
    for (const ready of candidates) {
      const { node, decision } = ready
      const outputs = decision.cause === "forced" ? undefined : traces.outputs(decision.key)
      if (outputs !== undefined && Object.values(outputs).every(({ digest }) => has(digest))) {
        leases?.release([decision.key])
        elsewhere.delete(node.index)
        const outcome = { type: "reused", node, key: decision.key, outputs } as const
        yield* announce([outcome, ...state.settle(node.index, { state: "there", key: decision.key, outputs })])
      } else if (granted !== undefined && !granted.has(decision.key)) elsewhere.set(node.index, ready)
      else {
        elsewhere.delete(node.index)
        mine.push(ready)
      }
    }
    return mine
  })
  const has = (digest: string) => {
    if (cache.artifacts.has(digest)) return true
    cache.artifacts.refresh()
    return cache.artifacts.has(digest)
  }

  /** Whether a node's code is still that of its key. */
  const unchanged = (node: Node) =>
    Effect.tryPromise({ try: () => cache.code.unchanged(node), catch: writeError(cache.folder) })

  const slotsOf = (node: Node) => Math.min(node.stage.slots?.(node.parameters as never) ?? 1, executor.slots)

  const usesGpu = ({ stage, parameters }: Node) => stage.gpu?.(parameters as never) ?? false

  /** Starts a node, or several that are computed together. */
  const launch = Effect.fnUntraced(function* (group: ReadonlyArray<Ready>, slots: number) {
    for (const ready of group) {
      const { node, decision } = ready
      const { index, name, stage } = node
      running.set(index, ready)
      budget?.start(index)
      const { key, cause, reason } = decision
      const own = options.forced.has(index) ? checkpointsOf(node, ready.parts, fresh) : undefined
      listen({ type: "start", name, stage: stage.name, key, cause, reason, ...(own && { family: own.family }) })
    }
    const { inline } = group[0].node.stage
    const gpu = usesGpu(group[0].node) ? gpus.take() : undefined
    const tasks = group.map((ready) => taskOf(ready, { graph, cache, project, slots, gpu, hints, fresh }))
    const open = new Set(group)
    const together = group.length > 1
    const release = () => {
      if (gpu !== undefined) gpus.give(gpu)
      if (!inline) free += slots
    }
    const tell = ({ task, ...report }: FromWorker) => {
      const ready = group[task]
      if (report.type === "progress") {
        const { done, total, unit, message } = report
        return listen({ type: "progress", name: ready.node.name, done, total, unit, ...(message && { message }) })
      }
      if (report.type === "notice") return listen({ type: "notice", message: `${ready.node.name}: ${report.message}` })
      open.delete(ready)
      if (open.size === 0) release()
      Queue.offerUnsafe(mailbox, { ready, together, answer: report })
    }
    if (inline) return yield* Effect.promise(() => runTasks(tasks, tell))
    free -= slots
    return yield* Effect.forkScoped(
      executor.run(tasks, tell).pipe(
        Effect.catchDefect((defect) => Effect.succeed(answerTo(defect, cache.folder))),
        Effect.catchTag("WorkerLost", Effect.succeed),
        Effect.map((answer) => {
          if (answer === undefined || open.size === 0) return
          release()
          for (const ready of open) Queue.offerUnsafe(mailbox, { ready, together, answer })
        })
      )
    )
  })

  /** While slots would stay free, lets the budget's next portions in. */
  const admit = (slots: number) => {
    while (budget !== undefined && slots > 0 && state.peek() === undefined) {
      const nodes = budget.admit()
      if (nodes === undefined) return
      listen({ type: "admitted", run: state.activate(nodes) })
    }
  }

  /** Starts what fits; in-process stages run here and now, for a little while. */
  const startReady = Effect.fnUntraced(function* () {
    const until = performance.now() + INLINE_MS
    while (!stopping) {
      const candidates: Array<ReadonlyArray<Ready>> = []
      let slots = free
      let freeGpus = gpus.free()
      /** Ready but for a GPU, or for company: what stands behind them need not wait. */
      const passed: Array<Ready> = []
      const atWork = () => [...running.keys(), ...candidates.flat().map(({ node }) => node.index)]
      const peek = () => {
        if (passed.length === 0) admit(slots)
        return state.peek()
      }
      for (let next = peek(); next !== undefined && candidates.length + passed.length < 64; next = peek()) {
        const first = stopped.by(next.node.stage.name)
        if (first !== undefined) {
          const { node } = state.take()
          const outcome = { type: "skipped", node, because: first } as const
          yield* announce([outcome, ...state.settle(node.index, { state: "skipped" })])
          continue
        }
        if ((usesGpu(next.node) && freeGpus === 0) || batches.waits(next, atWork)) {
          passed.push(state.take())
          continue
        }
        if (!next.node.stage.inline) {
          if (slots < slotsOf(next.node)) break
          slots -= slotsOf(next.node)
        }
        if (usesGpu(next.node)) freeGpus--
        candidates.push(batches.take())
      }
      passed.forEach(state.again)
      if (candidates.length === 0) return
      const claimed = new Set(yield* claim(candidates.flat()))
      const mine = candidates
        .map((group) => group.filter((ready) => claimed.has(ready)))
        .filter((group) => group.length > 0)
      const firsts = mine.map(([{ node }]) => node)
      const starting = mine.flat().map(({ node }) => node)
      const taken = firsts.reduce((sum, node) => sum + (node.stage.inline ? 0 : slotsOf(node)), 0)
      const extra = shareSpare(starting, free - taken, { plan, state, running: new Set(running.keys()) })
      for (const [i, group] of mine.entries()) {
        const node = firsts[i]
        if (performance.now() > until && node.stage.inline) {
          const rest = mine.slice(i).flat()
          leases?.release(rest.map((ready) => ready.decision.key))
          rest.forEach(state.again)
          return
        }
        yield* launch(group, slotsOf(node) + (extra.get(node.index) ?? 0))
      }
      if (performance.now() > until) return
    }
  })

  const failNode = (ready: Ready, message: string, detail: string) => {
    const { node, decision } = ready
    const log = logPath(cache.logs, node.name)
    append(log, `${detail}\n`)
    failed.push({ name: node.name, message, log })
    if (!cache.readOnly)
      traces.fail(node, { name: node.name, key: decision.key, message, log, finished: new Date().toISOString() })
    leases?.release([decision.key])
    budget?.lose(node.index)
    listen({ type: "failed", name: node.name, stage: node.stage.name, message, log })
    if (options.failFast) stopping = true
    const times = stopped.note(node, message)
    if (times !== undefined)
      listen({
        type: "notice",
        message: `${node.stage.name} failed ${times} times in the same way: no more of it is started (--max-failures)`
      })
    return announce(state.settle(node.index, { state: "failed" }))
  }

  /** One more attempt at something, or none if there were so many. */
  const retry = (what: string, atMost: number): boolean => {
    const count = (retries.get(what) ?? 0) + 1
    retries.set(what, count)
    return count <= atMost
  }

  /** Commits all that is done, then tells, then settles the rest. */
  const handle = Effect.fnUntraced(function* (messages: ReadonlyArray<Message>) {
    const done: Array<{ readonly ready: Ready; readonly done: Done }> = []
    const rest: Array<Message> = []
    for (const message of messages) {
      const { ready, answer } = message
      running.delete(ready.node.index)
      if (answer instanceof WorkerLost || answer.type !== "done") rest.push(message)
      else if (yield* unchanged(ready.node)) done.push({ ready, done: answer })
      else rest.push({ ready, together: false, answer: edited })
    }
    if (done.length > 0) {
      yield* Effect.try({
        try: () => traces.commit(done.map((one) => recordMade(one.ready, one.done, { graph, cache }))),
        catch: writeError(cache.folder)
      })
      leases?.release(done.map(({ ready }) => ready.decision.key))
      cache.artifacts.add(done.flatMap((one) => Object.values(one.done.outputs).map(({ artifact }) => artifact.digest)))
      for (const { ready, done: answer } of done) {
        const { node, decision } = ready
        executed++
        if (plan.decisions[node.index]?.action === "reuse") reused-- // its artifact was found damaged
        budget?.finish(node.index, answer.seconds * answer.threads)
        // What counts is what stands under the key: the first trace, if its artifacts are still there.
        const outputs = traces.outputs(decision.key)!
        const digests = Object.fromEntries(Object.entries(outputs).map(([name, { digest }]) => [name, digest]))
        listen({
          type: "done",
          name: node.name,
          stage: node.stage.name,
          key: decision.key,
          seconds: answer.seconds,
          outputs: digests
        })
        if (differs(answer, outputs)) listen({ type: "notice", message: `${node.name}: ${DIFFERENT}` })
        const outcomes = state.settle(node.index, { state: "there", key: decision.key, outputs })
        yield* publishNode(node)
        yield* announce(outcomes)
      }
    }
    for (const { ready, together, answer } of rest) {
      const lost = answer instanceof WorkerLost
      const killed = lost && answer.signal === "SIGKILL" && answer.timeout === null
      // What failed among several may be another's doing, or their number's.
      if ((killed || (together && (lost || answer.type === "failed"))) && retry(ready.node.name, 1)) {
        const how = together ? "it is tried once more, by itself" : "it is tried once more"
        listen({ type: "notice", message: `${ready.node.name}: ${answer.message}; ${how}` })
        leases?.release([ready.decision.key])
        state.again(ready)
      } else if (lost) {
        yield* failNode(ready, answer.message, answer.message)
      } else if (answer.type === "damaged") {
        cache.artifacts.refresh()
        listen({ type: "notice", message: `${answer.message}; it is made again` })
        leases?.release([ready.decision.key])
        if (retry(`${ready.node.name} ${answer.digest}`, REMAKES))
          yield* announce(state.remakeInput(ready, answer.digest))
        else yield* failNode(ready, answer.message, answer.message)
      } else if (answer.type === "full") {
        // The next ones would meet it too, after hours of work perhaps.
        return yield* Effect.fail(new DiskFull(answer.path, answer.needed, answer.free, answer.shortage))
      } else if (answer.type === "failed") yield* failNode(ready, answer.message, answer.detail)
    }
  })

  if (plan.runs.length > 0) cache.hold(reusedDigests(plan))
  listen({ type: "plan", run: plan.runs.length, reused, seconds: predictAll(graph, plan.runs, traces.pace) })
  for (const index of plan.selection) {
    yield* publishNode(graph.nodes[index])
  }
  yield* announce(state.first)
  while (true) {
    yield* startReady()
    const waiting = yield* Queue.clear(mailbox)
    if (waiting.length > 0) yield* handle(waiting)
    else if (running.size > 0 && elsewhere.size === 0) yield* handle(yield* Queue.takeAll(mailbox))
    else if (stopping && running.size === 0) break
    else if (elsewhere.size > 0) {
      if (running.size === 0) tellOfWaiting()
      yield* Effect.race(Queue.peek(mailbox), Effect.sleep(POLL_MS))
      const taken = yield* claim([...elsewhere.values()])
      taken.forEach(state.again)
      leases?.release(taken.map((ready) => ready.decision.key))
    } else if (state.peek() === undefined) {
      // What the budget leaves is missing where results are collected; those come last.
      if (budget === undefined || gaveUp) break
      gaveUp = true
      yield* announce(state.giveUpRest())
    }
  }
  yield* announce(state.spared())
  if (stopping) skipped += plan.selection.filter((index) => state.settled(index) === undefined).length
  return { executed, reused, failed, skipped, left: budget?.left() ?? 0, rest: budget?.rest() } satisfies Summary
}, Effect.scoped)

/** Stages that are stopped, since what is wrong with them is not wrong with one node. */
function makeStops(most = Number.POSITIVE_INFINITY) {
  const counts = new Map<string, number>()
  const stops = new Map<string, string>()
  return {
    /** Because of which node a stage is stopped. */
    by: (stage: string) => stops.get(stage),
    /** Takes note of a failure; gives how many there were of its kind when that stops the stage. */
    note({ name, stage }: Node, message: string): number | undefined {
      // Names and numbers are the node's own; what is left says what is wrong.
      const label = name.slice(stage.name.length + 1)
      const kind = `${stage.name} ${message.replaceAll(label, "").replace(/\d+/g, "0")}`
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      if (count < most || stops.has(stage.name)) return undefined
      stops.set(stage.name, name)
      return count
    }
  }
}

const DIFFERENT = "it gave other bytes than before; the first result counts, and this one is kept beside it"

const differs = ({ outputs }: Done, standing: OutputArtifacts) =>
  Object.entries(outputs).some(([name, { artifact }]) => artifact.digest !== standing[name]?.digest)

const changed = "its code was edited while it ran; run again"
const edited = { type: "failed", message: changed, detail: changed } as const

const writeError = (path: string) => (error: unknown) =>
  error instanceof DiskFull ? error : new CacheWriteError({ path, problem: problemOf(error) })

function* reusedDigests({ decisions }: Plan) {
  for (const decision of decisions) {
    if (decision?.action === "reuse") for (const name in decision.outputs) yield decision.outputs[name].digest
  }
}
