/**
 * What every engine owes, as groups of tests that take the engine as a parameter. The oracle is the reference engine;
 * tolerances are relative errors in the 2-norm.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type {
  DeviceEngine,
  DeviceSession,
  Engine,
  Examples,
  FirstOrder,
  Precision,
  Session,
  TrainingState
} from "../../src/engine/engine.ts"
import { type Activation, type Loss, type Network, tensors } from "../../src/network/network.ts"
import { relativeError } from "../support/distance.ts"
import { bits, bitsOfState, optimizers } from "./bits.ts"
import { anyNetwork, network, problem } from "./problem.ts"
import { randomExamples, randomParameters, shuffled } from "./random.ts"
import { reference } from "./reference.ts"

/** Opens a session at the given parameters. */
export async function at<E extends Engine | DeviceEngine>(
  engine: E,
  precision: Precision,
  net: Network,
  parameters: Float64Array
): Promise<E extends Engine ? Session : DeviceSession> {
  const session = await engine.open(net, { precision })
  session.load({ parameters: precision === "f32" ? Float32Array.from(parameters) : parameters })
  return session as Awaited<ReturnType<typeof at<E>>>
}

/** Products of one image's forward pass, to keep the reference's time in bounds. */
const products = ({ layers: N, filters: F, channels: C, kernel: K, height: H, width: W }: Network) =>
  K * K * H * W * F * (C + N * F)

/** Loss, hits, gradient and logits over the examples on both engines, and how far they are apart. */
async function compare(engine: Engine, precision: Precision, net: Network, count: number, distance: number) {
  const { parameters, examples } = problem(net, count, distance)
  const session = await at(engine, precision, net, parameters)
  const oracle = await at(reference, "f64", net, parameters)
  const indices = shuffled(count, 7).subarray(0, Math.ceil(count * 0.8))
  const found = session.gradient(examples, indices)
  const score = session.evaluate(examples, indices)
  const expected = oracle.gradient(examples, indices)
  const errors = {
    gradient: relativeError(found.gradient, expected.gradient),
    loss: Math.abs(found.loss / expected.loss - 1),
    evaluated: Math.abs(score.loss / expected.loss - 1),
    logits: relativeError(session.logits(examples, indices), oracle.logits(examples, indices))
  }
  const { gradient: _, ...counted } = found
  session.close()
  return { errors, counts: [counted, score], expected }
}

/** The same numbers as plain loops in f64, whatever the shape and the number of examples. */
export function agreesWithReference(engine: Engine, precision: Precision, tolerance: number, runs: number) {
  const distance = precision === "f32" ? 3e-5 : 1e-10
  describe(`${engine.name} ${precision} agrees with plain loops to ${tolerance}`, () => {
    const check = async (net: Network, count: number) => {
      const { errors, counts, expected } = await compare(engine, precision, net, count, distance)
      for (const [what, error] of Object.entries(errors))
        expect(error, `${what} of ${count} examples, ${JSON.stringify(net)}`).toBeLessThan(tolerance)
      for (const { count, correct } of counts) expect({ count, correct }).toEqual({ count, correct: expected.correct })
    }

    for (const activation of ["relu", "tanh", "sigmoid", "identity"] satisfies Array<Activation>)
      for (const residual of [true, false])
        it(`${activation}, ${residual ? "residual" : "no residual"}: every depth, one to many filters`, async () => {
          for (const depth of [1, 2, 4])
            for (const [filters, kernel] of [
              [1, 3],
              [2, 5],
              [4, 3],
              [5, 3],
              [8, 3],
              [4, 5],
              [4, 7]
            ])
              await check(network({ activation, residual, depth, filters, kernel, height: 9, width: 6 }), 3)
        })

    it("one layer, one channel, one image", () => check(network({ layers: 1, depth: 1, filters: 1, channels: 1 }), 1))

    it("any number of examples, below and above every block", async () => {
      for (const filters of [1, 4])
        for (const count of [2, 5, 15, 16, 17, 33, 64, 65, 129, 257, 520])
          await check(network({ layers: 2, depth: 2, height: 4, width: 3, filters }), count)
    })

    it("the shapes of MNIST and CIFAR10", async () => {
      for (const [channels, size] of [
        [1, 28],
        [3, 32]
      ])
        for (const [filters, kernel] of [
          [1, 3],
          [2, 3],
          [8, 3],
          [4, 5],
          [1, 7]
        ])
          await check(
            network({ channels, height: size, width: size, classes: 10, layers: 2, depth: 1, filters, kernel }),
            2
          )
    })

    it("any shape", () =>
      fc.assert(
        fc.asyncProperty(anyNetwork, fc.integer({ min: 1, max: 40 }), (net, count) =>
          check(net, Math.max(1, Math.min(count, Math.floor(2e6 / products(net)))))
        ),
        { numRuns: runs, seed: 2309_08414 }
      ))

    it("a class that is wrong by construction costs what it should", async () => {
      const net = network({ classes: 5 })
      const { parameters, examples } = problem(net, 24, distance)
      const hopeless = 2
      parameters[parameters.length - net.classes + hopeless] = -1000
      const session = await at(engine, precision, net, parameters)
      const of = (wanted: boolean) =>
        Uint32Array.from([...examples.labels.keys()].filter((i) => (examples.labels[i] === hopeless) === wanted))
      const { count, correct, loss } = session.evaluate(examples, of(true))
      expect(correct).toBe(0)
      expect(loss / count).toBeGreaterThan(950)
      const oracle = await at(reference, "f64", net, parameters)
      const all = session.gradient(examples)
      const expected = oracle.gradient(examples)
      expect(Math.abs(all.loss / expected.loss - 1)).toBeLessThan(tolerance)
      expect(relativeError(all.gradient, expected.gradient)).toBeLessThan(tolerance)
      expect(all.correct).toBe(session.evaluate(examples, of(false)).correct)
      session.close()
    })

    it("of equal logits the first counts", async () => {
      const net = network({ classes: 4 })
      const examples = { ...randomExamples(net, 8, 1), labels: Uint8Array.of(0, 1, 2, 3, 0, 0, 1, 2) }
      const session = await at(engine, precision, net, new Float64Array(randomParameters(net, 1).length))
      expect(session.evaluate(examples).correct).toBe(3)
      session.close()
    })

    it("labels of more than 256 classes", async () => {
      const net = network({ classes: 300, height: 2, width: 2 })
      const { parameters, examples } = problem(net, 3, distance)
      const wide: Examples = { ...examples, labels: Uint16Array.of(299, 256, 7) }
      const session = await at(engine, precision, net, parameters)
      const oracle = await at(reference, "f64", net, parameters)
      expect(relativeError(session.gradient(wide).gradient, oracle.gradient(wide).gradient)).toBeLessThan(tolerance)
      session.close()
    })
  })
}

/** Epochs take the steps that Keras takes. `tolerance` bounds the relative error of how far the parameters moved. */
export function trainsLikeReference(engine: Engine, precision: Precision, tolerance: number) {
  describe(`${engine.name} ${precision} takes the same steps as plain loops to ${tolerance}`, () => {
    for (const optimizer of optimizers)
      for (const [count, batch] of [
        [20, 20], // one full batch
        [45, 20], // a last, smaller one
        [7, 20] // fewer than a batch
      ])
        it(`${optimizer.method}, ${count} examples in batches of ${batch}, three epochs`, async () => {
          const net = network({ activation: "tanh", filters: 4 })
          const parameters = randomParameters(net, 3)
          const examples = randomExamples(net, 50, 4)
          const sessions = [await at(engine, precision, net, parameters), await at(reference, "f64", net, parameters)]
          for (const epoch of [1, 2, 3]) {
            const order = shuffled(50, epoch).subarray(0, count)
            const [found, expected] = sessions.map((session) => session.epoch(examples, order, batch, optimizer))
            expect({ count: found.count, correct: found.correct }).toEqual({ count, correct: expected.correct })
            expect(Math.abs(found.loss / expected.loss - 1)).toBeLessThan(tolerance)
            expect(Math.abs(found.gradientNorm / expected.gradientNorm - 1)).toBeLessThan(tolerance)
          }
          const [found, expected] = sessions.map((session) => session.save())
          const moved = ({ parameters: now }: TrainingState) => parameters.map((before, i) => now[i] - before)
          expect(relativeError(moved(found), moved(expected))).toBeLessThan(tolerance)
          expect(found.slots.length).toBe(expected.slots.length)
          found.slots.forEach((slot, i) => {
            expect(relativeError(slot, expected.slots[i])).toBeLessThan(tolerance)
          })
          expect(found.step).toBe(expected.step)
          sessions[0].close()
        })
  })
}

/** The same bits on repeat, after a checkpoint, and beside other sessions. */
export function repeatsItself(engine: Engine, precision: Precision) {
  describe(`${engine.name} ${precision} repeats itself bit by bit`, () => {
    const nets = [
      network({ filters: 1, kernel: 3, depth: 4 }),
      network({ filters: 4, kernel: 3, depth: 1, height: 9, width: 7 }),
      network({ filters: 3, kernel: 5, depth: 2 }),
      network({ filters: 8, kernel: 3, depth: 4, height: 8, width: 8 }),
      network({ filters: 4, kernel: 7, depth: 2, activation: "tanh" })
    ]
    const examples = randomExamples(nets[0], 1, 0)
    const epochs = 4
    const start = (net: Network) => at(engine, precision, net, randomParameters(net, 5))
    const data = (net: Network) => randomExamples(net, 37, 6)
    const train = (session: Session, net: Network, optimizer: FirstOrder, epoch: number) => {
      const { loss, correct, gradientNorm } = session.epoch(data(net), shuffled(37, epoch), 16, optimizer)
      return bits(loss, correct, gradientNorm)
    }
    /** Scores of all epochs and the state after each. */
    const history = async (net: Network, optimizer: FirstOrder) => {
      const session = await start(net)
      const list: Array<{ score: string; state: TrainingState }> = []
      for (let epoch = 1; epoch <= epochs; epoch++)
        list.push({ score: train(session, net, optimizer, epoch), state: session.save() })
      session.close()
      return list
    }
    const flat = (list: Awaited<ReturnType<typeof history>>) =>
      list.map(({ score, state }) => `${score} ${bitsOfState(state)}`)

    for (const optimizer of optimizers)
      it(`${optimizer.method}: twice the same training, and again from every epoch's state`, async () => {
        for (const net of nets) {
          const once = await history(net, optimizer)
          expect(flat(await history(net, optimizer))).toEqual(flat(once))
          for (let from = 1; from < epochs; from++) {
            const session = await start(net)
            session.load(once[from - 1].state)
            for (let epoch = from + 1; epoch <= epochs; epoch++)
              expect(train(session, net, optimizer, epoch)).toBe(once[epoch - 1].score)
            expect(bitsOfState(session.save())).toBe(bitsOfState(once[epochs - 1].state))
            session.close()
          }
        }
      })

    it("gradient, evaluation and logits leave a training as it is", async () => {
      for (const net of nets) {
        const once = await history(net, optimizers[0])
        const session = await start(net)
        for (let epoch = 1; epoch <= epochs; epoch++) {
          train(session, net, optimizers[0], epoch)
          session.gradient(data(net))
          session.evaluate(data(net))
          session.logits(data(net))
          session.evaluate(examples, Uint32Array.of())
        }
        expect(bitsOfState(session.save())).toBe(bitsOfState(once[epochs - 1].state))
        session.close()
      }
    })

    it("sessions of other shapes that take turns do not touch each other", async () => {
      const alone = await Promise.all(nets.map((net) => history(net, optimizers[0])))
      const sessions = await Promise.all(nets.map(start))
      for (let epoch = 1; epoch <= epochs; epoch++)
        sessions.forEach((session, i) => {
          expect(train(session, nets[i], optimizers[0], epoch)).toBe(alone[i][epoch - 1].score)
        })
      sessions.forEach((session, i) => {
        expect(bitsOfState(session.save())).toBe(bitsOfState(alone[i][epochs - 1].state))
        session.close()
      })
    })

    it("the state that was saved is a copy", async () => {
      const session = await start(nets[1])
      const before = session.save()
      const bytes = bitsOfState(before)
      train(session, nets[1], optimizers[0], 1)
      expect(bitsOfState(before)).toBe(bytes)
      expect(bitsOfState(session.save())).not.toBe(bytes)
      session.close()
    })
  })
}

/** With all layers but one at zero, the expansion has no second order: depth makes no difference, to the last bit. */
export function ignoresDepthOfOneLayer(engine: Engine, precision: Precision) {
  for (const activation of ["relu", "tanh"] satisfies Array<Activation>)
    it(`${engine.name} ${precision}, ${activation}: with one layer that is not zero, all depths are bit-equal`, async () => {
      for (const [filters, kernel] of [
        [1, 3],
        [2, 3],
        [4, 3],
        [6, 3],
        [4, 5],
        [4, 7]
      ])
        for (const active of [0, 2, 5]) {
          const net = network({ layers: 6, filters, kernel, activation, height: 6, width: 7 })
          const parameters = randomParameters(net, 8)
          const layer = filters * filters * kernel * kernel + filters
          const first = filters * net.channels * kernel * kernel + filters
          for (let i = 0; i < 6; i++) if (i !== active) parameters.fill(0, first + i * layer, first + (i + 1) * layer)
          const examples = randomExamples(net, 19, 9)
          const results = new Set<string>()
          for (const depth of [1, 2, 3, 6]) {
            const session = await at(engine, precision, { ...net, depth }, parameters)
            results.add(bits(session.logits(examples), session.evaluate(examples).loss))
            session.close()
          }
          expect(results.size, `F ${filters}, K ${kernel}, layer ${active}`).toBe(1)
        }
    })
}

/** A training that diverges says so by its losses; nothing crashes, and the session serves for the next one. */
export function survivesDivergence(engine: Engine, precision: Precision) {
  const nets = [1, 4, 8].flatMap((filters) => [network({ filters }), network({ filters, activation: "tanh" })])

  for (const { method } of optimizers)
    it(`${engine.name} ${precision}: ${method} that diverges gives losses that are not finite`, async () => {
      const learningRate = precision === "f32" ? 1e37 : 1e307 // overflows within a step or two
      const wild = { ...optimizers.find((one) => one.method === method)!, learningRate }
      for (const net of nets) {
        const parameters = randomParameters(net, 10)
        const examples = randomExamples(net, 40, 11)
        const session = await at(engine, precision, net, parameters)
        const healthy = session.gradient(examples)
        let score = session.epoch(examples, shuffled(40, 1), 16, wild)
        for (let epoch = 2; epoch <= 3; epoch++) score = session.epoch(examples, shuffled(40, epoch), 16, wild)
        expect(Number.isFinite(score.loss)).toBe(false)
        expect(Number.isFinite(score.gradientNorm)).toBe(false)
        expect(session.save().parameters.every(Number.isFinite)).toBe(false)
        session.load({ parameters: precision === "f32" ? Float32Array.from(parameters) : parameters })
        expect(session.gradient(examples)).toEqual(healthy)
        session.close()
      }
    })

  /** Score of a network with one parameter that is no number. */
  const withNaN = async (net: Network, place: number) => {
    const session = await at(engine, precision, net, randomParameters(net, 10).with(place, Number.NaN))
    const score = session.evaluate(randomExamples(net, 19, 11))
    session.close()
    return score
  }

  it(`${engine.name} ${precision}: a NaN in any tensor of parameters reaches the loss`, async () => {
    for (const net of nets)
      for (const { name, offset } of tensors(net)) expect((await withNaN(net, offset)).loss, name).toBeNaN()
  })

  it(`${engine.name} ${precision}: where all logits are NaN no example counts as right`, async () => {
    for (const net of nets) expect((await withNaN(net, 0)).correct).toBe(0)
  })
}

/** Decay of either kind and a rate that changes from batch to batch, with every method: the steps of the plain loops. */
export function trainsWith(engine: Engine | DeviceEngine, precision: Precision, tolerance: number) {
  const decays: ReadonlyArray<FirstOrder["decay"]> = [
    undefined,
    { kind: "l2", rate: 0.05 },
    { kind: "decoupled", rate: 0.5 }
  ]
  for (const [i, { optimizer, decay }] of optimizers
    .flatMap((optimizer) => decays.map((decay) => ({ optimizer, decay })))
    .entries())
    it(`${engine.name} ${precision}: ${optimizer.method}, decay ${decay?.kind ?? "none"}, rates of their own`, async () => {
      const loss = (["cross-entropy", "kl-divergence", "squared-error"] satisfies Array<Loss>)[i % 3]
      const net = network({ activation: "tanh", filters: 4, layers: 2, depth: 2, scale: 0.5, loss })
      const parameters = randomParameters(net, 3)
      const examples = randomExamples(net, 45, 4)
      const rates = [1, 0.5, 2].map((factor) => factor * optimizer.learningRate)
      const sessions = [await at(engine, precision, net, parameters), await at(reference, "f64", net, parameters)]
      for (const epoch of [1, 2]) {
        const order = shuffled(45, epoch)
        const [found, expected] = await Promise.all(
          sessions.map((session) => session.epoch(examples, order, 20, { ...optimizer, decay }, rates))
        )
        expect(Math.abs(found.loss / expected.loss - 1)).toBeLessThan(tolerance)
        expect(Math.abs(found.gradientNorm / expected.gradientNorm - 1)).toBeLessThan(tolerance)
      }
      const [found, expected] = sessions.map((session) => session.save())
      const moved = ({ parameters: now }: TrainingState) => parameters.map((before, i) => now[i] - before)
      expect(relativeError(moved(found), moved(expected))).toBeLessThan(tolerance)
      sessions[0].close()
    })
}

/** A parameter that is no number reaches the loss, whichever it is. */
export function survivesNaN(engine: Engine | DeviceEngine, precision: Precision) {
  it(`${engine.name} ${precision}: a NaN in any tensor of parameters reaches every loss`, async () => {
    for (const loss of ["kl-divergence", "squared-error"] satisfies Array<Loss>) {
      const net = network({ filters: 4, scale: 0.5, loss })
      for (const { name, offset } of tensors(net)) {
        const session = await at(engine, precision, net, randomParameters(net, 10).with(offset, Number.NaN))
        expect((await session.evaluate(randomExamples(net, 19, 11))).loss, `${loss}, ${name}`).toBeNaN()
        session.close()
      }
    }
  })
}
