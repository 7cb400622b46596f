/**
 * The engine `wasm`: our own kernels (kernels/, compiled by build.mjs), one instance of a module for each session and
 * each thread of it.
 *
 * Results of one numeric class are the same bits on every machine and for any number of threads, by construction: see
 * kernels/gradient.ts for the order of summation, multiply-add.ts for the classes.
 */
import type { Network } from "../../network/network.ts"
import type {
  Engine,
  EpochScore,
  FirstOrder,
  GivenExamples,
  Precision,
  Score,
  Session,
  TrainingState
} from "../engine.ts"
import { slotCount, stepRate } from "../first-order.ts"
import { blocksIn, type Instance, makeInstance, type Span } from "./instance.ts"
import { multiplyAddHere, numericClassOf, readClass } from "./multiply-add.ts"
import { type Crew, SHARE, type Work, wasmCrew } from "./threads.ts"

/** The engine in one numeric class. Throws `EngineUnavailable` if this process cannot compute in it. */
export function training(numericClass: string): Engine {
  const { precision, multiplyAdd } = readClass(numericClass)
  return {
    name: "wasm",
    numericClass,
    async open(network, { precision: wanted, threads = 1 }) {
      if (wanted !== precision) throw new RangeError(`${numericClass} is the class of ${precision}, not of ${wanted}`)
      const crew = threads > 1 ? await wasmCrew(network, precision, multiplyAdd, threads - 1) : undefined
      return openSession(network, precision, makeInstance(network, precision, multiplyAdd), crew)
    }
  }
}

/** The engine in either precision, as this process multiplies and adds. */
export const wasm: Engine = {
  name: "wasm",
  get numericClass() {
    return numericClassOf("f32", multiplyAddHere())
  },
  open: (network, options) => training(numericClassOf(options.precision, multiplyAddHere())).open(network, options)
}

/** A session of this thread's kernels and those of its helpers. */
export function openSession(
  network: Network,
  precision: Precision,
  instance: Instance,
  crew: Crew | undefined
): Session {
  const { kernels, parameters, slots } = instance
  const { classes: M } = network
  const helpers = crew?.helpers ?? []
  let slotsUsed = 0
  let step = 0
  let stale = true

  const refresh = () => {
    if (!stale) return
    kernels.arrange()
    crew?.publish(parameters)
    stale = false
  }

  /**
   * Scores the examples of a span and, where that is the work, leaves the sum of their gradients with the kernels. The
   * blocks are shared with the helpers, round by round; the first and smallest share is this thread's own.
   */
  const go = (work: Work, span: Span): Score => {
    refresh()
    kernels.begin()
    const blocks = blocksIn(span)
    const threads = helpers.length + 1
    const take = work === "gradient" ? kernels.gradientBlock : kernels.scoreBlock
    let loss = 0
    let correct = 0
    const add = (losses: Float64Array, count: number) => {
      for (let i = 0; i < count; i++) loss += losses[i]
    }
    for (let first = 0; first < blocks; first += SHARE[work] * threads) {
      const round = Math.min(SHARE[work] * threads, blocks - first)
      const busy = Math.min(threads, round)
      const bound = (i: number) => first + Math.floor((i * round) / busy)
      const helping = helpers.slice(0, busy - 1)
      helping.forEach((helper, i) => helper.start(work, span, bound(i + 1), bound(i + 2)))
      instance.eachBlock(span, first, bound(1), (count) => {
        take(count)
        add(instance.losses, count)
      })
      for (const helper of helping) {
        const found = helper.finish()
        add(found.losses, found.losses.length)
        correct += found.correct
        if (work === "score") continue
        for (const { level, sum } of found.parts) {
          instance.part().set(sum)
          kernels.addPart(level)
        }
      }
    }
    if (work === "gradient") kernels.end()
    return { count: span.to - span.from, loss, correct: correct + kernels.correctCount() }
  }

  const update = (optimizer: FirstOrder, learningRate: number) => {
    step++
    stale = true
    slotsUsed = slotCount(optimizer)
    const { decay } = optimizer
    if (decay?.kind === "l2") kernels.penalize(decay.rate)
    if (decay?.kind === "decoupled") kernels.shrink(learningRate * decay.rate)
    const rate = stepRate(optimizer, step, learningRate)
    switch (optimizer.method) {
      case "rmsprop":
        return kernels.rmsprop(rate, optimizer.rho, optimizer.epsilon)
      case "adam":
        return kernels.adam(rate, optimizer.beta1, optimizer.beta2, optimizer.epsilon)
      case "sgd":
        return kernels.momentum(rate, optimizer.momentum)
    }
  }

  return {
    network,
    load(state) {
      parameters.set(state.parameters)
      for (const [i, slot] of slots.entries()) {
        const given = state.slots?.[i]
        if (given === undefined) slot.fill(0)
        else slot.set(given)
      }
      slotsUsed = state.slots?.length ?? 0
      step = state.step ?? 0
      stale = true
    },
    save(): TrainingState {
      return { parameters: parameters.slice(), slots: slots.slice(0, slotsUsed).map((slot) => slot.slice()), step }
    },
    gradient(examples, indices) {
      const span = spanOf(examples, indices)
      crew?.show(examples, indices)
      const score = go("gradient", span)
      kernels.mean(score.count)
      return { ...score, gradient: instance.gradient.slice() }
    },
    epoch(examples, order, batch, optimizer, rates): EpochScore {
      let loss = 0
      let correct = 0
      let squares = 0
      let batches = 0
      crew?.show(examples, order)
      for (let from = 0; from < order.length; from += batch, batches++) {
        const score = go("gradient", { examples, order, from, to: Math.min(from + batch, order.length) })
        squares += kernels.mean(score.count)
        loss += score.loss
        correct += score.correct
        update(optimizer, rates?.[batches] ?? optimizer.learningRate)
      }
      return { count: order.length, loss, correct, gradientNorm: Math.sqrt(squares / batches) }
    },
    evaluate(examples, indices) {
      crew?.show(examples, indices)
      return go("score", spanOf(examples, indices))
    },
    logits(examples, indices) {
      refresh()
      const span = spanOf(examples, indices)
      const result = precision === "f32" ? new Float32Array(span.to * M) : new Float64Array(span.to * M)
      instance.eachBlock(span, 0, blocksIn(span), (count, at) => {
        kernels.scoreBlock(count)
        result.set(instance.logits.subarray(0, count * M), at * M)
      })
      return result
    },
    close() {
      for (const helper of helpers) helper.stop()
    }
  }
}

const spanOf = (examples: GivenExamples, indices: Uint32Array | undefined): Span => ({
  examples,
  order: indices,
  from: 0,
  to: indices?.length ?? examples.count
})
