import { describe, expect, it } from "vitest"
import { choiceClaims, choicesOf } from "../../src/report/depth/choice.ts"
import type { Trial } from "../../src/report/evidence/trial.ts"
import { arranged } from "../../src/report/page/claims.ts"
import { claimsOf } from "../../src/report/trials/claims.ts"
import type { Expansion } from "../../src/results/expansion.ts"
import { type Plan, syntheticTrials } from "./fixture.ts"

const plan: Plan = { layers: [1, 2, 4], filters: [{ layers: 4, filters: 8 }], seeds: 8 }

const claim = (trials: ReadonlyArray<Trial>, question: string) => {
  const found = claimsOf({ trials }).filter((c) => c.question.includes(question))
  expect(found, question).toHaveLength(1)
  return found[0]
}

const onTerms = (trials: ReadonlyArray<Trial>, change: (expansion: Expansion) => Expansion): ReadonlyArray<Trial> =>
  trials.map((t) => ({ ...t, moments: t.moments.map((m) => ({ ...m, analysis: m.analysis && change(m.analysis) })) }))

describe("claims follow the data", () => {
  it("parallel and sequential: about equal, one better, the other better, or not to be told", () => {
    const of = (parallelPenalty: number, seeds = 8) =>
      claim(syntheticTrials({ ...plan, parallelPenalty, seeds }), "validation loss about equal?")
    expect(of(-0.005)).toMatchObject({ holds: true, sentence: expect.stringMatching(/about equal, within ±0.02 nats/) })
    // A difference that is surely there, and surely smaller than the margin.
    expect(of(0.001)).toMatchObject({
      holds: true,
      sentence: expect.stringMatching(/of sequential networks is lower .*, but within ±0.02 nats/)
    })
    expect(of(0.3)).toMatchObject({ holds: false, sentence: expect.stringMatching(/of sequential networks is lower/) })
    expect(of(-0.15)).toMatchObject({ holds: false, sentence: expect.stringMatching(/of parallel networks is lower/) })
    const few = of(0.001, 3)
    expect(few).toMatchObject({
      holds: undefined,
      sentence: expect.stringMatching(/test needs 7 seeds in a family of 3 tests, and there are 3/)
    })
    expect(few.sentence.match(/[+−]0\.\d+/g)).toHaveLength(3) // the pairs stand alone
    expect(few.figure).toBe("loss-by-layers-digits")
  })

  it("'about equal' is never said of a comparison that is open", () => {
    for (const { holds, sentence } of claimsOf({ trials: syntheticTrials({ ...plan, seeds: 5 }) })) {
      if (holds !== true) expect(sentence).not.toContain("about equal")
    }
  })

  it("the gap: smaller for parallel networks or not", () => {
    const question = "overfit less?"
    expect(claim(syntheticTrials({ ...plan, parallelPenalty: -0.1 }), question).holds).toBe(true)
    expect(claim(syntheticTrials({ ...plan, parallelPenalty: 0.1 }), question).holds).toBe(false)
  })

  it("the paper's signs: most of them or not", () => {
    const like = syntheticTrials({ ...plan, parallelPenalty: -0.02 })
    const swapped = like.map((t) => ({
      ...t,
      network: { ...t.network, depth: t.network.depth === 1 ? t.network.layers : 1 }
    }))
    const question = "those of the paper?"
    const counts = (trials: ReadonlyArray<Trial>) =>
      [...claim(trials, question).sentence.matchAll(/(\d+) surely ha(?:s|ve)|and (\d+) the other/g)].map(([, a, b]) =>
        Number(a ?? b)
      )
    expect(counts(swapped)).toEqual(counts(like).toReversed())
    expect(counts(like)).not.toEqual(counts(swapped))
  })

  it("two Taylor terms: enough or not", () => {
    const trials = syntheticTrials(plan)
    const left = (remainder: number) =>
      onTerms(trials, (t) => ({
        ...t,
        exact: t.exact.map((term) => (term.order === 1 ? { ...term, remainder } : term))
      }))
    const question = "the first two terms hold"
    expect(claim(left(0.05), question)).toMatchObject({ holds: true })
    expect(claim(left(0.7), question)).toMatchObject({ holds: false })
  })

  it("trained weights side by side: at no cost or not", () => {
    const trials = syntheticTrials(plan)
    const cut = (cost: number) =>
      onTerms(trials, (t) => ({
        ...t,
        exact: t.exact.map((term) => (term.order === 1 ? { ...term, accuracy: t.accuracy - cost } : term))
      }))
    const question = "truncated network classify as well?"
    expect(claim(cut(0.001), question)).toMatchObject({
      holds: true,
      sentence: expect.stringContaining(
        "at most 0.5 points of validation accuracy on the 1,000 images of the analysis in 3 of 3 configurations."
      )
    })
    expect(claim(cut(0.2), question)).toMatchObject({
      holds: false,
      sentence: expect.stringContaining("the dearest is 20.0 points")
    })
  })

  it("learning: or no more than guessing the most frequent class", () => {
    const trials = syntheticTrials(plan)
    const guessing = trials.map((t) => ({
      ...t,
      metrics: { ...t.metrics!, validation: { ...t.metrics!.validation, accuracy: 0.11 } }
    }))
    expect(claim(trials, "learn?").holds).toBe(true)
    expect(claim(guessing, "learn?")).toMatchObject({
      holds: false,
      sentence: expect.stringContaining("no more than guessing: always the most frequent class gives 12.0 %")
    })
  })

  it("of networks that have not learned: nothing about their terms, nor their depths", () => {
    const trials = syntheticTrials({ ...plan, layers: [4], filters: [], between: [2] }).map((t) => ({
      ...t,
      metrics: t.metrics && { ...t.metrics, train: { ...t.metrics.train, accuracy: 0.1 } }
    }))
    const claims = [...claimsOf({ trials }), ...choiceClaims(choicesOf(trials))]
    for (const question of ["first two terms hold", "truncated network classify", "as any depth?"])
      expect(claims.find((c) => c.question.includes(question))).toMatchObject({
        holds: undefined,
        sentence: expect.stringMatching(/^\d+ of \d+ networks finished without having learned/)
      })
  })

  it("each question stands once for all that it is open for, by the names that tell these apart", () => {
    const trainings = [0.001, 0.01].map((learningRate) => ({ learningRate }))
    const open = arranged(claimsOf({ trials: syntheticTrials({ ...plan, seeds: 2, trainings }) })).filter(
      ({ holds, sentence }) => holds === undefined && sentence.startsWith("A test needs")
    )
    expect(open).toHaveLength(1)
    expect(open[0].question).toContain(
      "Is the parallel networks' validation loss about equal? (learningRate=0.001; learningRate=0.01) Is the parallel networks' training loss"
    )
    expect(open[0].sentence).toMatch(/: learningRate=0.001: validation loss, parallel − sequential by seed: /)
  })

  it("one configuration, and one interval of Q, are not spoken of as several", () => {
    const said = claimsOf({ trials: syntheticTrials({ layers: [4], filters: [], seeds: 8, parallelPenalty: 0.3 }) })
    const sentences = said.map(({ sentence }) => sentence).join("\n")
    expect(sentences).toContain("In the one configuration that is compared (4 layers, 1 filter, kernel 3, relu)")
    const [single] = claimsOf({ trials: syntheticTrials({ layers: [1], filters: [], seeds: 1 }) }).slice(-1)
    expect(single.sentence).toMatch(
      /^The one configuration \(.*\) reaches .*, with one seed \(95 % interval for 2,000 images: .*1 of 1 trial learned something of its training images\.$/
    )
    expect(sentences).toContain("In the one interval of Q that has pairs, [10, ∞), the gap")
  })
})
