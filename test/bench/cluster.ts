/**
 * A simulated cluster: many workers with the claims, and the store, of a real run on a real folder; only time, and what is
 * computed, are not real. Tells what the run asks of the file system, and what following it costs.
 *
 *     node test/bench/cluster.ts [--workers 1000] [--nodes 100000] [--folder DIR]
 *
 * Half of the nodes are trainings of about ten minutes (log-normal), each with an evaluation that needs it and takes five
 * seconds. One worker in twenty dies; its node is taken over when its lease is over.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { folderTransport } from "../../src/cache/remote/folder.ts"
import { type Claims, makeBook, openClaims } from "../../src/cluster/claims.ts"
import { BEATS } from "../../src/cluster/fleet.ts"
import { makeOthers } from "../../src/cluster/others.ts"
import { type WorkerNote, watchWorkers } from "../../src/cluster/workers.ts"
import type { Graph, Node } from "../../src/graph/graph.ts"
import { sha256 } from "../../src/graph/key.ts"

const LEASE_MS = 180_000
const BEAT_MS = LEASE_MS / BEATS

export interface Simulated {
  readonly workers: number
  readonly nodes: number
  readonly hours: number // simulated
  readonly deaths: number
  /** Trainings that were begun more than once. */
  readonly twice: number
  /** Requests of all workers for claims: files made, files read, folders listed; and files written to tell that they live. */
  readonly requests: { made: number; read: number; listed: number; beats: number }
  /** Traces and artifacts that were put into the store, and read from it. */
  readonly store: { put: number; got: number }
  /** Seconds of processor time of one look at the whole run, and how many there were. */
  readonly look: { seconds: number; times: number }
}

/** Numbers between 0 and 1 that depend on the seed alone (Marsaglia's xorshift32). */
function randomFrom(seed: number) {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Things that happen, in the order of their times. */
class Agenda {
  readonly #heap: Array<readonly [number, () => void]> = []
  now = 0
  at(time: number, action: () => void) {
    const heap = this.#heap
    let i = heap.push([time, action]) - 1
    while (i > 0 && heap[(i - 1) >> 1][0] > heap[i][0]) {
      const above = (i - 1) >> 1
      ;[heap[i], heap[above]] = [heap[above], heap[i]]
      i = above
    }
  }
  next(): boolean {
    const heap = this.#heap
    if (heap.length === 0) return false
    const [time, action] = heap[0]
    const last = heap.pop()!
    if (heap.length > 0) {
      heap[0] = last
      for (let i = 0; ; ) {
        let least = i
        for (const child of [2 * i + 1, 2 * i + 2])
          if (child < heap.length && heap[child][0] < heap[least][0]) least = child
        if (least === i) break
        ;[heap[i], heap[least]] = [heap[least], heap[i]]
        i = least
      }
    }
    this.now = time
    action()
    return true
  }
}

/** The graph of so many trials: a training, and an evaluation that needs it. */
function graphOf(trials: number): Pick<Graph, "nodes" | "dependents"> {
  const nodes: Array<Node> = []
  for (let i = 0; i < trials; i++) {
    const input = { name: "weights", collection: undefined, sources: [{ node: 2 * i, output: "weights" }] }
    for (const [place, stage] of ["train", "evaluate"].entries())
      nodes.push({
        index: 2 * i + place,
        name: `${stage}/${i}`,
        inputs: place === 0 ? [] : [input]
      } as unknown as Node)
  }
  return { nodes, dependents: nodes.map(({ index }) => (index % 2 === 0 ? [index + 1] : [])) }
}

const TRAINING_MS = 600_000
const EVALUATION_MS = 5000
const SPREAD = 0.5
const MORTALITY = 0.05

export async function simulate(
  folder: string,
  workers: number,
  nodes: number,
  mortality = MORTALITY
): Promise<Simulated> {
  const random = randomFrom(20260314)
  const trials = Math.floor(nodes / 2)
  const graph = graphOf(trials)
  const share = graph.nodes.map(({ index }) => index)
  const book = makeBook(graph.nodes.map(({ name }) => name))
  const trainings = graph.nodes.filter(({ index }) => index % 2 === 0)
  const agenda = new Agenda()
  // Here a second of the simulation may take minutes.
  const store = folderTransport(folder, { answerMs: 3_600_000, bytesPerSecond: 1 })
  const count = { put: 0, got: 0, deaths: 0, twice: 0, looks: 0, lookSeconds: 0 }
  const begun = new Uint8Array(graph.nodes.length)
  const ways: Array<Promise<void>> = []
  /** By worker: when it died. All others beat on. */
  const died = new Map<string, number>()
  const noteOf = (id: string): WorkerNote => ({
    id,
    life: 0,
    beat: Math.floor(Math.min(agenda.now, died.get(id) ?? Number.POSITIVE_INFINITY) / BEAT_MS),
    host: id,
    pid: 1,
    slots: 1,
    since: "",
    done: 0,
    failed: 0,
    doing: [],
    ended: null
  })
  const now = () => agenda.now
  const joined = (id: string) =>
    openClaims(
      `${folder}/claims`,
      `${id}.0`,
      watchWorkers("", LEASE_MS, now, (_, of) => noteOf(of)),
      book
    )
  const all: Array<Claims> = []
  let over = false
  let ended = 0

  const put = (name: string) => {
    for (const kind of ["cas", "ac"] as const) {
      count.put++
      const bytes = Buffer.from(name.padEnd(1000))
      ways.push(store.write({ kind, name: sha256(`${kind} ${name}`) }, bytes.length, () => once(bytes)))
    }
  }

  const startWorker = (number: number) => {
    const id = `w${number}`
    const claims = joined(id)
    all.push(claims)
    const others = makeOthers({ graph, share, claims, leaseMs: LEASE_MS, holder: `${id}.0`, made: () => {}, now })
    // Each goes its own way through the trials, as it would by its ranks.
    const step = coprime(1 + Math.floor(random() * (trials - 1)), trials)
    const begin = Math.floor(random() * trials)
    const dies = random() < mortality ? random() * (nodes / workers) * TRAINING_MS : Number.POSITIVE_INFINITY
    /** Evaluations that others have; of the trainings it may be any. */
    const elsewhere = new Map<number, Node>()
    let way = 0

    const isOurs = (node: Node) => {
      const standing = others.claim([node]).get(node.index)!.is
      if (standing === "ours") elsewhere.delete(node.index)
      else if (node.index % 2 === 1) elsewhere.set(node.index, node)
      return standing === "ours"
    }
    const compute = (node: Node) => {
      if (begun[node.index]++ > 0) count.twice++
      const ms = node.index % 2 === 0 ? TRAINING_MS * Math.exp(SPREAD * gauss(random) - SPREAD ** 2 / 2) : EVALUATION_MS
      if (agenda.now + ms >= dies) {
        died.set(id, dies)
        count.deaths++
        return
      }
      agenda.at(agenda.now + ms, () => {
        put(node.name)
        claims.done(node.index)
        ended++
        const [after] = graph.dependents[node.index]
        if (after !== undefined && isOurs(graph.nodes[after])) compute(graph.nodes[after])
        else next()
      })
    }
    const next: () => void = () => {
      if (over) return
      while (way < trials) {
        const node = graph.nodes[2 * ((begin + way++ * step) % trials)]
        if (isOurs(node)) return compute(node)
      }
      idle()
    }
    /** Nothing is free: what others do is looked at now and then. */
    const idle: () => void = () => {
      if (over) return
      if (agenda.now >= dies) {
        died.set(id, dies)
        count.deaths++
        return
      }
      for (const index of others.news([...trainings, ...elsewhere.values()])) {
        const node = graph.nodes[index]
        if (isOurs(node)) return compute(node)
        // Its trace and its bytes are read, and what needs it is ready here.
        elsewhere.delete(index)
        if (index % 2 === 1) continue
        count.got += 2
        const [after] = graph.dependents[index]
        if (after !== undefined && isOurs(graph.nodes[after])) return compute(graph.nodes[after])
      }
      if (others.isOver()) over = true
      else agenda.at(agenda.now + others.pollMs(), idle)
    }
    agenda.at(random() * 60_000, next)
  }
  for (let number = 0; number < workers; number++) startWorker(number)

  const coordinator = joined("coordinator")
  const follow = () => {
    const before = process.cpuUsage()
    coordinator.look()
    const done = graph.nodes.filter(({ index }) => coordinator.stateOf(index) === "done").length
    const { user, system } = process.cpuUsage(before)
    count.looks++
    count.lookSeconds += (user + system) / 1e6
    if (done === graph.nodes.length) over = true
    // Fewer looks than there would be: each costs what it costs.
    else agenda.at(agenda.now + 10 * LEASE_MS, follow)
  }
  agenda.at(0, follow)
  while (!over && agenda.next()) if (ways.length > 256) await Promise.all(ways.splice(0))
  await Promise.all(ways)
  store.close()
  if (ended < graph.nodes.length) throw new Error(`only ${ended} of ${graph.nodes.length} nodes ended`)
  const sum = (of: keyof Claims["requests"]) => all.reduce((total, { requests }) => total + requests[of], 0)
  return {
    workers,
    nodes: graph.nodes.length,
    hours: agenda.now / 3_600_000,
    deaths: count.deaths,
    twice: count.twice,
    requests: {
      made: sum("made"),
      read: sum("read"),
      listed: sum("listed"),
      beats: Math.round((workers * agenda.now) / BEAT_MS)
    },
    store: { put: count.put, got: count.got },
    look: { seconds: count.lookSeconds / count.looks, times: count.looks }
  }
}

async function* once(bytes: Uint8Array) {
  yield bytes
}

/** Normally distributed (Box and Muller 1958). */
const gauss = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

function coprime(from: number, to: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  let step = from
  while (divisor(step, to) !== 1) step++
  return step
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      workers: { type: "string", default: "1000" },
      nodes: { type: "string", default: "100000" },
      folder: { type: "string", default: tmpdir() }
    }
  })
  const folder = mkdtempSync(join(values.folder, "pipeline-cluster-"))
  try {
    console.log(JSON.stringify(await simulate(folder, Number(values.workers), Number(values.nodes)), undefined, 2))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
