/**
 * Threads that help a session: each owns an instance of the module and takes a share of the blocks.
 *
 * Bits do not depend on their number: a share's gradient comes back as sums over whole parts of the tree
 * (kernels/gradient.ts), which go in where the blocks would have gone, and the losses example by example.
 *
 * A session is synchronous, so the two sides meet in shared memory: each sleeps (Atomics.wait) until the other wakes
 * it. What is larger than a few numbers and seldom changes, the examples and their order, comes through a port that
 * the helper looks into when it wakes.
 */
import { once } from "node:events"
import {
  MessageChannel,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  Worker,
  workerData
} from "node:worker_threads"
import type { Images } from "../../data/images.ts"
import { type Network, parameterCount } from "../../network/network.ts"
import type { GivenExamples, Precision, Vector } from "../engine.ts"
import { BLOCK, type Instance, makeInstance, type Span } from "./instance.ts"
import type { MultiplyAdd } from "./multiply-add.ts"

/** Blocks that a thread takes at a time: of a gradient, one chunk of the tree; of an evaluation, some milliseconds. */
export const SHARE = { gradient: 8, score: 64 } as const
export type Work = keyof typeof SHARE

/** Whole parts of the tree that eight blocks in a row may consist of: 1 + 2 + 4 + 1, say. */
const PARTS = 4

/** What a helper found of its share. */
export interface Found {
  readonly correct: number
  readonly losses: Float64Array // of its examples in order
  /** Sums over 2^level blocks each, in order; of no meaning after a score. */
  readonly parts: ReadonlyArray<{ readonly level: number; readonly sum: Vector }>
}

export interface Helper {
  /** Begins with the blocks `first` … `end` of the examples `from` … `to` that were shown. */
  start(work: Work, span: Pick<Span, "from" | "to">, first: number, end: number): void
  /** Waits for its end. What it gives is valid until the next start. */
  finish(): Found
  stop(): void
}

/** The helpers of a session. */
export interface Crew {
  readonly helpers: ReadonlyArray<Helper>
  /** The examples of the shares to come, and their order. */
  show(examples: GivenExamples, order: Uint32Array | undefined): void
  /** The parameters of the shares to come, [P]. */
  publish(parameters: Vector): void
}

/** A helper's control block: numbers of 32 bits, each side writes only while the other sleeps. */
const CONTROL = {
  started: 0,
  ended: 1,
  work: 2,
  first: 3,
  end: 4,
  from: 5,
  to: 6,
  version: 7,
  count: 8,
  correct: 9,
  failed: 10
}
const CONTROLS = Object.keys(CONTROL).length
const STOP = -1
const WORKS: ReadonlyArray<Work> = ["gradient", "score"]

/** What a helper's thread runs, and what that needs to make its instance. */
export interface Helping {
  readonly module: URL
  readonly helperOf: string
  readonly given: unknown
}

/** Sent to a helper when it is made. */
export interface Charge {
  readonly helperOf: string
  readonly given: unknown
  readonly network: Network
  readonly precision: Precision
  readonly control: Int32Array
  readonly parameters: Vector // [P]
  readonly losses: Float64Array
  readonly parts: Vector // [PARTS, P]
  readonly port: MessagePort
}

/** Sent through the port. */
interface Shown {
  readonly examples: GivenExamples
  readonly order: Uint32Array | undefined
}

const sharedVector = (precision: Precision, length: number): Vector =>
  precision === "f32"
    ? new Float32Array(new SharedArrayBuffer(4 * length))
    : new Float64Array(new SharedArrayBuffer(8 * length))

/** The whole parts of the tree that blocks `first` … `end` consist of. */
export function* partsOf(first: number, end: number): Generator<{ readonly first: number; readonly level: number }> {
  for (let at = first; at < end; ) {
    let level = 0
    while (level < 3 && at % (2 << level) === 0 && at + (2 << level) <= end) level++
    yield { first: at, level }
    at += 1 << level
  }
}

export const wasmCrew = (network: Network, precision: Precision, multiplyAdd: MultiplyAdd, count: number) =>
  makeCrew(network, precision, { module: new URL(import.meta.url), helperOf: "wasm", given: multiplyAdd }, count)

/** So many helpers for a network; they end with `stop`, and with the process. */
export async function makeCrew(network: Network, precision: Precision, helping: Helping, count: number): Promise<Crew> {
  const parameters = sharedVector(precision, parameterCount(network))
  const version = { now: 0 }
  const started = Array.from({ length: count }, () => makeHelper(network, precision, helping, parameters, version))
  try {
    await Promise.all(started.map(({ ready }) => ready))
    return {
      helpers: started.map(({ helper }) => helper),
      show(examples, order) {
        // Copies, because a view would take all that it is a view of along.
        const message: Shown = { examples: shared(examples), order: order?.slice() }
        for (const { port } of started) port.postMessage(message)
      },
      publish(given) {
        parameters.set(given)
        version.now++
      }
    }
  } catch (error) {
    for (const { worker } of started) void worker.terminate()
    throw error
  }
}

function makeHelper(
  network: Network,
  precision: Precision,
  { module, helperOf, given }: Helping,
  parameters: Vector,
  version: { readonly now: number }
) {
  const P = parameters.length
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROLS))
  const losses = new Float64Array(new SharedArrayBuffer(8 * SHARE.score * BLOCK))
  const parts = sharedVector(precision, PARTS * P)
  const { port1: port, port2 } = new MessageChannel()
  const charge: Charge = {
    helperOf,
    given,
    network,
    precision,
    control,
    parameters,
    losses,
    parts,
    port: port2
  }
  const worker = new Worker(module, { workerData: charge, transferList: [port2], execArgv: [] })
  const wake = () => {
    Atomics.add(control, CONTROL.started, 1)
    Atomics.notify(control, CONTROL.started)
  }
  const helper: Helper = {
    start(work, { from, to }, first, end) {
      control[CONTROL.work] = WORKS.indexOf(work)
      control[CONTROL.first] = first
      control[CONTROL.end] = end
      control[CONTROL.from] = from
      control[CONTROL.to] = to
      control[CONTROL.version] = version.now
      wake()
    },
    finish() {
      const turn = control[CONTROL.started]
      for (let seen = Atomics.load(control, CONTROL.ended); seen !== turn; seen = Atomics.load(control, CONTROL.ended))
        Atomics.wait(control, CONTROL.ended, seen)
      if (control[CONTROL.failed]) throw receiveMessageOnPort(port)?.message
      const levels = [...partsOf(control[CONTROL.first], control[CONTROL.end])].map(({ level }) => level)
      return {
        correct: control[CONTROL.correct],
        losses: losses.subarray(0, control[CONTROL.count]),
        parts: levels.map((level, i) => ({ level, sum: parts.subarray(i * P, (i + 1) * P) }))
      }
    },
    stop() {
      control[CONTROL.work] = STOP
      wake()
      port.close()
    }
  }
  const ready = once(worker, "message").then(() => {
    worker.unref()
    port.unref()
  })
  return { worker, port, ready, helper }
}

/** Images that lie in shared memory a second time. Those in a file every thread reads for itself. */
const copies = new WeakMap<Uint8Array, Uint8Array>()

/** Examples to be sent to another thread. */
export function shared({ count, images, labels, targets }: GivenExamples): GivenExamples {
  return { count, images: sharedImages(images), labels: labels.slice(), ...(targets && { targets: targets.slice() }) }
}

function sharedImages(images: Images): Images {
  if (!(images instanceof Uint8Array) || images.buffer instanceof SharedArrayBuffer) return images
  const known = copies.get(images)
  if (known !== undefined) return known
  const copy = new Uint8Array(new SharedArrayBuffer(images.length))
  copy.set(images)
  copies.set(images, copy)
  return copy
}

/** What a helper does all its life. */
export function serve({ control, parameters, losses, parts, port }: Charge, instance: Instance): void {
  const { kernels } = instance
  let version = 0
  let shown: Shown | undefined

  const refresh = () => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
      shown = next.message as Shown
    if (version === control[CONTROL.version]) return
    version = control[CONTROL.version]
    instance.parameters.set(parameters)
    kernels.arrange()
  }
  const share = () => {
    const { examples, order } = shown!
    const span: Span = { examples, order, from: control[CONTROL.from], to: control[CONTROL.to] }
    const [first, end] = [control[CONTROL.first], control[CONTROL.end]]
    let count = 0
    let correct = 0
    const take = (from: number, to: number, visit: (count: number) => void) => {
      kernels.begin()
      instance.eachBlock(span, from, to, (size) => {
        visit(size)
        losses.set(instance.losses.subarray(0, size), count)
        count += size
      })
      correct += kernels.correctCount()
    }
    if (WORKS[control[CONTROL.work]] === "score") take(first, end, kernels.scoreBlock)
    else {
      let at = 0
      for (const part of partsOf(first, end)) {
        take(part.first, part.first + (1 << part.level), kernels.gradientBlock)
        kernels.end()
        parts.set(instance.gradient, at)
        at += instance.gradient.length
      }
    }
    control[CONTROL.count] = count
    control[CONTROL.correct] = correct
  }
  parentPort?.postMessage("ready")

  for (let done = 0; ; ) {
    Atomics.wait(control, CONTROL.started, done)
    const turn = Atomics.load(control, CONTROL.started)
    if (turn === done) continue
    if (control[CONTROL.work] === STOP) return
    control[CONTROL.failed] = 0
    try {
      refresh()
      share()
    } catch (error) {
      port.postMessage(error)
      control[CONTROL.failed] = 1
    }
    done = turn
    Atomics.store(control, CONTROL.ended, turn)
    Atomics.notify(control, CONTROL.ended)
  }
}

// This file is also what a helper's thread runs.
const charge = workerData as Charge | null
if (charge?.helperOf === "wasm")
  serve(charge, makeInstance(charge.network, charge.precision, charge.given as MultiplyAdd))
