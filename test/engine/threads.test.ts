/** Any number of threads gives the same bits, and none is left behind. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { EpochScore, Examples, Precision, Score, Session } from "../../src/engine/engine.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { partsOf } from "../../src/engine/wasm/threads.ts"
import type { Network } from "../../src/network/network.ts"
import { bits, bitsOfState, optimizers } from "./bits.ts"
import { anyNetwork, network } from "./problem.ts"
import { randomExamples, randomParameters, shuffled } from "./random.ts"

const THREADS = [1, 2, 3, 4, 5]

async function open(net: Network, precision: Precision, threads: number): Promise<Session> {
  const session = await wasm.open(net, { precision, threads })
  reset(session, precision)
  return session
}

function reset(session: Session, precision: Precision): void {
  const parameters = randomParameters(session.network, 1)
  session.load({ parameters: precision === "f32" ? Float32Array.from(parameters) : parameters })
}

const bitsOfScore = (score: Score | EpochScore) => bits(...Object.values(score).filter((v) => typeof v === "number"))

/** Epochs, whole gradients, evaluations: the bits of all that comes out. */
function everything(session: Session, examples: Examples, batch: number): string {
  const order = shuffled(examples.count, 2)
  const some = order.subarray(0, Math.ceil(examples.count * 0.7))
  const found: Array<string> = []
  optimizers.slice(0, 2).forEach((optimizer, i) => {
    found.push(bitsOfScore(session.epoch(examples, i === 0 ? order : some, batch, optimizer)))
  })
  for (const indices of [undefined, some]) {
    const { gradient, ...score } = session.gradient(examples, indices)
    found.push(bits(gradient), bitsOfScore(score), bitsOfScore(session.evaluate(examples, indices)))
  }
  found.push(bits(session.logits(examples, some)), bitsOfState(session.save()))
  return found.join("\n")
}

const nets: ReadonlyArray<Network> = [
  network({ filters: 1, depth: 1 }),
  network({ filters: 4, height: 7, width: 5, activation: "tanh" }),
  network({ filters: 3, kernel: 5, depth: 2, residual: false, classes: 12 }),
  network({ channels: 1, height: 2, width: 2, layers: 1, depth: 1, filters: 2 })
]
const cases = nets.flatMap((net) => (["f32", "f64"] as const).map((precision) => ({ net, precision })))

describe.each(cases)("$precision, $net: one to five threads give the same bits", ({ net, precision }) => {
  let sessions: ReadonlyArray<Session> = []
  beforeAll(async () => {
    sessions = await Promise.all(THREADS.map((threads) => open(net, precision, threads)))
  })
  afterAll(() => sessions.forEach((session) => session.close()))

  /** What each of them makes of it, from the start. */
  const all = <A>(use: (session: Session) => A): ReadonlyArray<A> =>
    sessions.map((session) => {
      reset(session, precision)
      return use(session)
    })

  // A last, smaller batch; blocks that are not whole; fewer blocks than threads; several rounds of a whole set.
  it.each([
    { count: 1229, batch: 512 },
    { count: 700, batch: 300 },
    { count: 300, batch: 64 },
    { count: 90, batch: 100 },
    { count: 3500, batch: 3000 }
  ])("$count examples in batches of $batch", ({ count, batch }) => {
    const examples = randomExamples(net, count, 3)
    const found = all((session) => everything(session, examples, batch))
    for (const other of found) expect(other).toBe(found[0])
  })

  it("a set that takes many rounds", () => {
    const examples = randomExamples(net, net === nets[3] ? 30_000 : 5000, 4)
    const found = all((session) => bitsOfScore(session.evaluate(examples)))
    for (const other of found) expect(other).toBe(found[0])
  })

  it("training goes on from a checkpoint with another number of threads", () => {
    const examples = randomExamples(net, 600, 5)
    const epoch = (session: Session, number: number) =>
      bitsOfScore(session.epoch(examples, shuffled(600, number), 256, optimizers[0]))
    reset(sessions[0], precision)
    const whole = [1, 2, 3].map((number) => epoch(sessions[0], number))
    const end = bitsOfState(sessions[0].save())
    const [, two, three, , five] = sessions
    reset(three, precision)
    expect(epoch(three, 1)).toBe(whole[0])
    five.load(three.save())
    expect(epoch(five, 2)).toBe(whole[1])
    two.load(five.save())
    expect(epoch(two, 3)).toBe(whole[2])
    expect(bitsOfState(two.save())).toBe(end)
  })

  it("training that diverges does so alike, and the session serves on", () => {
    const examples = randomExamples(net, 400, 6)
    const wild = { ...optimizers[0], learningRate: precision === "f32" ? 1e37 : 1e307 }
    const found = all((session) => {
      const scores = [1, 2, 3].map((number) => session.epoch(examples, shuffled(400, number), 256, wild))
      expect(Number.isFinite(scores[2].loss)).toBe(false)
      reset(session, precision)
      return scores.map(({ loss, correct }) => `${loss} ${correct}`).join() + bits(session.gradient(examples).gradient)
    })
    for (const other of found) expect(other).toBe(found[0])
  })
})

it("any network, any number of examples, any batch", () =>
  fc.assert(
    fc.asyncProperty(
      anyNetwork,
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 2, max: 5 }),
      async (net, count, batch, threads) => {
        const examples = randomExamples(net, count, 7)
        const sessions = await Promise.all([1, threads].map((n) => open(net, "f32", n)))
        const [one, many] = sessions.map((session) => everything(session, examples, Math.max(batch, 40)))
        expect(many).toBe(one)
        sessions.forEach((session) => session.close())
      }
    ),
    { numRuns: 20, seed: 512 }
  ))

it("a share of blocks consists of whole parts of the tree, the largest that there are", () =>
  fc.assert(
    fc.property(fc.nat({ max: 1000 }), fc.nat({ max: 8 }), (first, count) => {
      const parts = [...partsOf(first, first + count)]
      expect(parts.length).toBeLessThanOrEqual(4)
      let at = first
      for (const part of parts) {
        expect(part.first).toBe(at)
        expect(part.first % 2 ** part.level).toBe(0)
        at += 2 ** part.level
      }
      expect(at).toBe(first + count)
      for (let i = 1; i < parts.length; i++)
        if (parts[i].level === parts[i - 1].level) expect(parts[i].first % 2 ** (parts[i].level + 1)).toBe(0)
    })
  ))

describe("threads end", () => {
  /** A process with a session of three threads that is left open, and goes on as told. */
  const start = (then: string) => {
    const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
    const program = `
      import { wasm } from ${url("../../src/engine/wasm/engine.ts")}
      import { network } from ${url("./problem.ts")}
      import { randomExamples, randomParameters } from ${url("./random.ts")}
      const net = network({})
      const session = await wasm.open(net, { precision: "f32", threads: 3 })
      session.load({ parameters: randomParameters(net, 1) })
      const examples = randomExamples(net, 500, 1)
      console.log(session.evaluate(examples).count)
      ${then}`
    return spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "pipe"] })
  }

  it.runIf(process.platform === "linux")("when the session is closed", async () => {
    const child = start(`
      import { readdirSync } from "node:fs"
      const threads = () => readdirSync("/proc/self/task").length
      const before = threads()
      session.close()
      for (let i = 0; threads() > before - 2 && i < 500; i++) await new Promise((resolve) => setTimeout(resolve, 10))
      console.log(before - threads())`)
    const written = await text(child.stdout)
    expect(written.trim().split("\n")).toEqual(["500", "2"])
  })

  it("with a process that comes to its end", async () => {
    expect(await once(start(""), "exit")).toEqual([0, null])
  })
  it("with a process that fails", async () => {
    expect(await once(start("throw new Error('no more')"), "exit")).toEqual([1, null])
  })
  it("with a process that is interrupted at work", async () => {
    const child = start("for (;;) session.evaluate(examples)")
    await once(child.stdout, "data")
    child.kill("SIGINT")
    expect(await once(child, "exit")).toEqual([null, "SIGINT"])
  })
})
