/**
 * Threads that help with products: they make passes, and this thread adds up what each has left, in the order of the
 * examples (products.ts). So the bits do not depend on their number.
 *
 * Both sides meet in shared memory, as in threads.ts. A helper is given its passes of the next round while those of this
 * one are added up, and leaves them in one half of its room after the other.
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
import { type Network, parameterCount } from "../../network/network.ts"
import type { MultiplyAdd } from "./multiply-add.ts"
import {
  type Chosen,
  type CurvatureKernels,
  countOf,
  curvatureKernels,
  type Point,
  type ProductCrew,
  passesOf
} from "./products.ts"
import { shared } from "./threads.ts"

/** Passes that a helper makes in a round. */
const SHARE = 4

/** A helper's numbers of 32 bits. `rounds`, `made`: how many have been given and made so far; first and end of two rounds. */
const CONTROL = { rounds: 0, made: 1, failed: 2, ranges: 3 }
const CONTROLS = CONTROL.ranges + 4
const STOP = -1

/** What a helper's thread runs, and what that needs to make its kernels. */
interface Helping {
  readonly module: URL
  readonly helperOf: string
  readonly given: unknown
}

/** Sent to a helper when it is made. */
export interface ProductCharge {
  readonly helperOf: string
  readonly given: unknown
  readonly network: Network
  readonly control: Int32Array
  readonly vectors: Float64Array // parameters and direction, [2, P]
  readonly room: Uint8Array // what 2 SHARE passes leave
  readonly port: MessagePort
}

/** Sent through the port before the first round of a product. */
interface Task {
  readonly chosen: Chosen
  readonly curvature: Point["curvature"]
}

export const wasmProductCrew = (network: Network, kernels: CurvatureKernels, multiplyAdd: MultiplyAdd, count: number) =>
  makeProductCrew(
    network,
    kernels,
    { module: new URL(import.meta.url), helperOf: "wasm products", given: multiplyAdd },
    count
  )

/** So many helpers, whose kernels are of the kind of those given; they end with `close`, and with the process. */
export async function makeProductCrew(
  network: Network,
  kernels: CurvatureKernels,
  helping: Helping,
  count: number
): Promise<ProductCrew> {
  const vectors = new Float64Array(new SharedArrayBuffer(16 * parameterCount(network)))
  const bytes = kernels.passedBytes()
  const helpers = Array.from({ length: count }, () => makeHelper(network, helping, vectors, bytes))
  try {
    await Promise.all(helpers.map(({ ready }) => ready))
  } catch (error) {
    for (const { worker } of helpers) void worker.terminate()
    throw error
  }
  /** Passes of a round that are this thread's own: more where it has had to wait, fewer where it has not. */
  let own = 1
  return {
    share(passes, { curvature, parameters, direction }, chosen, all) {
      vectors.set(parameters)
      vectors.set(direction, parameters.length)
      for (const helper of helpers) helper.begin({ chosen, curvature })
      let next = 0
      const deal = () => {
        const first = next
        const end = (next = Math.min(next + own, all))
        const theirs = helpers.map((helper) => {
          const from = next
          next = Math.min(next + SHARE, all)
          if (next > from) helper.start(from, next)
          return { helper, from, to: next }
        })
        return { first, end, theirs }
      }
      for (let round = deal(), following = round; round.first < all; round = following) {
        following = deal()
        passes.make(chosen, round.first, round.end, passes.kernels.addGroups)
        let waited = false
        for (const { helper, from, to } of round.theirs)
          for (let number = from; number < to; number++) {
            waited = helper.take(passes.left) || waited
            passes.kernels.addGroups(countOf(chosen) - number * passes.each)
          }
        own = waited ? Math.min(own + 1, SHARE) : Math.max(own - 1, 0)
      }
    },
    close() {
      for (const helper of helpers) helper.stop()
    }
  }
}

function makeHelper(network: Network, { module, helperOf, given }: Helping, vectors: Float64Array, bytes: number) {
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROLS))
  const room = new Uint8Array(new SharedArrayBuffer(2 * SHARE * bytes))
  const { port1: port, port2 } = new MessageChannel()
  const charge: ProductCharge = { helperOf, given, network, control, vectors, room, port: port2 }
  const worker = new Worker(module, { workerData: charge, transferList: [port2], execArgv: [] })
  let rounds = 0
  let taken = 0
  const start = (first: number, end: number) => {
    control[CONTROL.ranges + 2 * (rounds % 2)] = first
    control[CONTROL.ranges + 2 * (rounds % 2) + 1] = end
    Atomics.store(control, CONTROL.rounds, ++rounds)
    Atomics.notify(control, CONTROL.rounds)
  }
  return {
    worker,
    ready: once(worker, "message").then(() => {
      worker.unref()
      port.unref()
    }),
    begin: ({ chosen: { examples, indices }, curvature }: Task) =>
      port.postMessage({ chosen: { examples: shared(examples), indices: indices?.slice() }, curvature } satisfies Task),
    start,
    /** Waits for the next pass and copies what it left; whether there was anything to wait for. */
    take(to: Uint8Array): boolean {
      let waited = false
      for (let made = Atomics.load(control, CONTROL.made); made === taken; made = Atomics.load(control, CONTROL.made)) {
        waited = true
        Atomics.wait(control, CONTROL.made, made)
      }
      if (control[CONTROL.failed]) throw receiveMessageOnPort(port)?.message
      const at = taken++ % (2 * SHARE)
      to.set(room.subarray(at * bytes, (at + 1) * bytes))
      return waited
    },
    stop() {
      start(STOP, STOP)
      port.close()
    }
  }
}

/** What a helper does all its life. */
export function servePasses({ control, vectors, room, port, network }: ProductCharge, kernels: CurvatureKernels): void {
  const passes = passesOf(kernels, network)
  const bytes = passes.left.length
  const P = vectors.length / 2
  let task: Task | undefined
  let made = 0
  const refresh = () => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      task = next.message as Task
      const [parameters, direction] = [vectors.subarray(0, P), vectors.subarray(P)]
      passes.set({ curvature: task.curvature, parameters, direction })
    }
  }
  parentPort?.postMessage("ready")

  for (let done = 0; ; done++) {
    while (Atomics.load(control, CONTROL.rounds) === done) Atomics.wait(control, CONTROL.rounds, done)
    const [first, end] = control.subarray(CONTROL.ranges + 2 * (done % 2))
    if (first === STOP) return
    try {
      refresh()
      passes.make(task!.chosen, first, end, () => {
        room.set(passes.left, (made % (2 * SHARE)) * bytes)
        Atomics.store(control, CONTROL.made, ++made)
        Atomics.notify(control, CONTROL.made)
      })
    } catch (error) {
      port.postMessage(error)
      control[CONTROL.failed] = 1
      Atomics.store(control, CONTROL.made, ++made)
      Atomics.notify(control, CONTROL.made)
    }
  }
}

// This file is also what a helper's thread runs.
const charge = workerData as ProductCharge | null
if (charge?.helperOf === "wasm products")
  servePasses(charge, curvatureKernels(charge.network, charge.given as MultiplyAdd))
