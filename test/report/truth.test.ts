/**
 * Claims' sentences about studies whose truth is known: simulated a thousand times each, read as they stand on the page,
 * they say what is false no more often than they admit (5 %, and the noise of so many repetitions).
 */
import { describe, expect, it } from "vitest"
import type { Network } from "../../src/network/network.ts"
import { choiceClaims, choicesOf } from "../../src/report/depth/choice.ts"
import { comparisonsOf } from "../../src/report/evidence/comparisons.ts"
import { inScopes } from "../../src/report/evidence/scope.ts"
import type { Trial, Unplaced } from "../../src/report/evidence/trial.ts"
import { equalityOf } from "../../src/report/evidence/verdicts.ts"
import { type Claim, questionText } from "../../src/report/page/claims.ts"
import { paperClaims } from "../../src/report/paper/claims.ts"
import type { GridTrial } from "../../src/report/paper/trial.ts"
import { claimsOf } from "../../src/report/trials/claims.ts"
import { mulberry } from "../support/random.ts"

const REPETITIONS = 1000
const MOST = 0.05 + 2 * Math.sqrt((0.05 * 0.95) / REPETITIONS)

interface Study {
  /** Layers and filters of each configuration. */
  readonly shapes: ReadonlyArray<readonly [layers: number, filters: number]>
  readonly seeds: number
  /** True mean differences, parallel − sequential: nats, ln of the training loss, fractions. */
  readonly validation?: number
  readonly training?: number
  readonly accuracy?: number
  /** How far the validation loss's differences spread about it, by configuration; their mean is the truth. */
  readonly configurations?: number
  /** How far scores spread about their means. */
  readonly noise?: number
  /** Depths beside 1 and N. */
  readonly between?: ReadonlyArray<number>
  readonly hasRun?: (configuration: number, seed: number) => boolean
  /** Networks are right in as many validation images as one that guesses. */
  readonly guessing?: true
  /** So many of a hundred have learned nothing of their training images. */
  readonly unlearned?: number
}

const SHARE = 0.12 // of the most frequent class
const IMAGES = 2000

/** A study as values; `r` gives its random numbers. */
function simulate(study: Study, r: number): ReadonlyArray<Trial> {
  const { shapes, seeds, validation = 0, training = 0, accuracy = 0, between = [], unlearned = 0 } = study
  const uniform = mulberry(1 + r)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const raw = shapes.map(normal)
  const centre = raw.reduce((a, b) => a + b, 0) / raw.length
  const effects = raw.map((e) => (study.configurations ?? 0.005) * (e - centre))
  const ofSeeds = Array.from({ length: seeds }, () => [0.006 * normal(), 0.006 * normal(), 0.002 * normal()])
  const noise = () => (study.noise ?? 0.008) * normal()
  const trials = shapes.flatMap(([layers, filters], c) =>
    ofSeeds.flatMap((shared, seed) =>
      [layers, 1, ...between].map((depth, d): Unplaced => {
        const shape = { channels: 1, height: 28, width: 28, classes: 10 }
        const network: Network = { ...shape, layers, depth, filters, kernel: 3, activation: "relu", residual: true }
        const settings = { layers, depth, filters, kernel: 3, activation: "relu", residual: true, seed, epochs: 1 }
        const guess = { train: SHARE, validation: SHARE, entropy: 2.3 }
        const base = { dataset: "digits", network, seed, settings, examples: 8000, nodes: {}, moments: [] }
        const side = depth === 1 ? 1 : 0
        const loss = 0.3 + side * (validation + effects[c] + shared[0]) + noise()
        const ln = Math.log(0.2) + side * (training + shared[1]) + noise()
        // Independent images, all as hard: the spread of a binomial.
        const guessed = SHARE + Math.sqrt((SHARE * (1 - SHARE)) / IMAGES) * normal()
        const right = study.guessing ? guessed : 0.9 + side * (accuracy + shared[2]) + 0.2 * noise()
        const learned = (seed * 31 + c * 17 + d * 7) % 100 >= unlearned
        const metrics = {
          status: "finished",
          ...{ epochs: 1, parameters: 1, overdetermination: 1 },
          train: { count: 8000, loss: Math.exp(ln), accuracy: learned ? 0.93 : SHARE },
          validation: { count: IMAGES, loss, accuracy: right }
        } as const
        const ran = study.hasRun?.(c, seed) ?? true
        return { ...base, guessing: guess, history: undefined, metrics: ran ? metrics : undefined }
      })
    )
  )
  return inScopes(trials)
}

/** A sentence as it stands on a page. */
interface Said {
  readonly holds: boolean | undefined
  readonly sentence: string
}
const asked = (claims: ReadonlyArray<Claim>, question: string): Said => {
  const found = claims.find((claim) => questionText(claim).includes(question))
  if (found === undefined) throw new Error(`no claim asks ${question}`)
  return found
}

/** What the reports on trials and on grids say of one study. */
function sayings(trials: ReadonlyArray<Trial>) {
  const comparisons = comparisonsOf(trials)
  const claims = claimsOf({ trials }, comparisons)
  const whole = comparisons.find((c) => c.interval.label === "all" && c.measure.name === "validation loss")
  return {
    validation: asked(claims, "validation loss about equal?"),
    training: asked(claims, "training loss about equal?"),
    accuracy: asked(claims, "validation accuracy about equal?"),
    overfit: asked(claims, "overfit less?"),
    learned: asked(claims, "Did the networks learn?"),
    grid: (whole && equalityOf(whole)) ?? { holds: undefined, sentence: "" }
  }
}

type Falsehoods<Sayings> = { readonly [K in string]: (said: Sayings) => boolean }

/** How often, of 1,000 studies, something false is said. */
function expectSeldom<Sayings>(
  study: Study,
  say: (trials: ReadonlyArray<Trial>) => Sayings,
  falsehoods: Falsehoods<Sayings>
): void {
  const times = new Map(Object.keys(falsehoods).map((name) => [name, 0]))
  for (let r = 0; r < REPETITIONS; r++) {
    const said = say(simulate(study, r))
    for (const [name, isSaid] of Object.entries(falsehoods))
      if (isSaid(said)) times.set(name, (times.get(name) ?? 0) + 1)
  }
  for (const [name, n] of times) expect(n / REPETITIONS, name).toBeLessThan(MOST)
}

/** By the words alone. */
const saysDifference = ({ sentence }: Said) => /networks is (lower|higher) than|networks validate better/.test(sentence)
const saysWithin = ({ sentence, holds }: Said) =>
  holds === true || /are, within|equal, within|but within/.test(sentence)
const saysBeyond = ({ sentence, holds }: Said) => holds === false || /, by more than (±|a factor)/.test(sentence)
const decides = ({ holds }: Said) => holds !== undefined

/** Of one interval of Q, so that all of them together are the only test of a family. */
const shapes: Study["shapes"] = [
  [2, 1],
  [4, 1],
  [8, 1]
]
const seeds = 8
const [AT, TRAINING_AT, ACCURACY_AT] = [0.02, Math.log(1.1), -0.005]

describe("of 1,000 studies at most 5 % have a sentence that says", () => {
  it("what is false of loss without a difference, training loss at the margin, accuracy beyond it", () =>
    expectSeldom({ shapes, seeds, training: TRAINING_AT, accuracy: 2 * ACCURACY_AT }, sayings, {
      "no difference in loss": ({ validation }) => saysDifference(validation),
      "no difference in loss, grid": ({ grid }) => saysDifference(grid),
      "training loss at the margin, within": ({ training }) => saysWithin(training),
      "training loss at the margin, beyond": ({ training }) => saysBeyond(training),
      "accuracy beyond the margin": ({ accuracy }) => saysWithin(accuracy)
    }))

  it("what is false of loss at the margin, training loss beyond it, networks that guess", () =>
    expectSeldom({ shapes, seeds, validation: AT, training: 2 * TRAINING_AT, guessing: true }, sayings, {
      "loss at the margin, within": ({ validation }) => saysWithin(validation),
      "loss at the margin, beyond": ({ validation }) => saysBeyond(validation),
      "loss at the margin, within, grid": ({ grid }) => saysWithin(grid),
      "loss at the margin, beyond, grid": ({ grid }) => saysBeyond(grid),
      "training loss beyond": ({ training }) => saysWithin(training),
      "accuracies of guessing": ({ accuracy }) => saysDifference(accuracy),
      "networks that guess have learned": ({ learned }) => learned.holds === true
    }))

  it("what is false of loss beyond the margin, training loss without a difference, accuracy at the margin", () =>
    expectSeldom({ shapes, seeds, validation: 1.5 * AT, accuracy: ACCURACY_AT }, sayings, {
      "loss beyond the margin": ({ validation }) => saysWithin(validation),
      "loss beyond the margin, grid": ({ grid }) => saysWithin(grid),
      "no difference in training loss": ({ training }) => saysDifference(training),
      "accuracy at the margin, within": ({ accuracy }) => saysWithin(accuracy),
      "accuracy at the margin, beyond": ({ accuracy }) => saysBeyond(accuracy)
    }))

  it("more than the margin of a difference within it, or the other side, also with two of eight seeds missing", () => {
    const hasRun = (c: number, s: number) => (s + 3 * c) % 8 > 1
    const study: Study = { shapes, seeds, validation: AT / 2, training: -TRAINING_AT / 2, hasRun }
    const other = ({ sentence }: Said, winner: string) => sentence.includes(` of ${winner} networks is lower`)
    expectSeldom(study, sayings, {
      "loss beyond": ({ validation }) => saysBeyond(validation) || other(validation, "parallel"),
      "training loss beyond": ({ training }) => saysBeyond(training) || other(training, "sequential")
    })
  })

  it("equal, over configurations of which half are there and whose mean is at the margin", () => {
    const many = [2, 4, 8].flatMap((n) => [1, 2, 4, 8].map((f) => [n, f] as const))
    const half = { shapes: many, seeds: 6, validation: AT, configurations: 0.02, hasRun: (c: number) => c % 2 === 0 }
    expectSeldom(half, sayings, { "equal over all": ({ validation }) => saysWithin(validation) })
  })

  it("of two halves of a grid that their gaps differ, where they do not", () => {
    const study: Study = { shapes: [[2, 1], [4, 32]], seeds: 6, configurations: 0 } // biome-ignore format: one line
    const say = (trials: ReadonlyArray<Trial>) => {
      const grid = trials.map((t): GridTrial => ({ ...t, seconds: 1, subset: false }))
      return asked(paperClaims(grid, { kernel: 3, activation: "relu", layers: 4 }), "gap shrink")
    }
    expectSeldom(study, say, { "the gap shrinks or grows": decides })
  })

  it("that one block does as well as any depth, or worse, where it is worse by the margin", () => {
    const study: Study = { shapes: [[8, 1], [8, 4]], seeds: 6, validation: AT, between: [2, 4] } // biome-ignore format: one line
    const say = (trials: ReadonlyArray<Trial>) => choiceClaims(choicesOf(trials))[0]
    expectSeldom(study, say, {
      "as well": ({ holds, sentence }) => holds === true || /nats is depth 1/.test(sentence),
      worse: ({ holds }) => holds === false
    })
    // Where noise is large, the lowest mean is that of one block by chance.
    expectSeldom({ ...study, shapes: [[8, 1]], noise: 0.2 }, say, {
      "as well, by chance": ({ holds }) => holds === true
    })
    expectSeldom({ ...study, validation: 0 }, say, { "worse where it is not": ({ holds }) => holds === false })
  })
})

describe("nothing is said of deep and shallow", () => {
  const open = (study: Study, words: RegExp) => {
    const { validation, training, accuracy } = sayings(simulate(study, 0))
    for (const said of [validation, training, accuracy]) {
      expect(said.holds, said.sentence).toBeUndefined()
      expect(said.sentence).toMatch(words)
    }
  }

  it("where half of the networks have learned nothing", () =>
    open(
      { shapes, seeds, validation: 1, training: 1, accuracy: 0.5, unlearned: 70 },
      /finished without having learned/
    ))

  it("where fewer than half of the pairs are there, however alike", () =>
    open({ shapes: [...shapes, [16, 1], [8, 8]], seeds, configurations: 0, hasRun: (c) => c < 2 }, /fewer than half/))

  it("with fewer seeds than a sentence says are needed, whatever they say; with as many it is", () => {
    const huge = { validation: 1, training: 1, accuracy: 0.5 }
    for (const own of [shapes, [...shapes, [4, 8] as const], [...shapes, [4, 8] as const, [16, 32] as const]]) {
      const of = (seeds: number) => sayings(simulate({ shapes: own, seeds, ...huge }, 1)).validation
      const [, needs] = of(3).sentence.match(/test needs (\d+) seeds/) ?? []
      expect(of(Number(needs)).holds, of(Number(needs)).sentence).toBe(false)
      expect(of(Number(needs) - 1)).toMatchObject({
        holds: undefined,
        sentence: expect.stringMatching(new RegExp(`needs ${needs} seeds|; ${needs} can`))
      })
    }
  })
})
