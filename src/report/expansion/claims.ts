/**
 * Does the truncation explain how near deep and shallow networks come? Each sentence is decided by a predicate over the
 * networks, and says the opposite where the opposite holds.
 */

import { exp, log } from "../../network/math.ts"
import { mean } from "../../statistics/statistics.ts"
import { distinct } from "../evidence/groups.ts"
import type { Trial } from "../evidence/trial.ts"
import type { Claim } from "../page/claims.ts"
import { capital, count, list, percent, significant } from "../page/format.ts"
import { type Equivalence, equivalencesOf } from "./equivalence.ts"
import {
  accuracyOf,
  analysisAt,
  average,
  type Configuration,
  continuedScores,
  type Expanded,
  exactAt,
  filterSeries,
  last,
  layerSeries,
  moreEpochs,
  type Series,
  spectrumAt,
  strengthAt,
  together
} from "./rows.ts"
import { classifyClaim, cost, each, most, points, range, retrainedClaim, truncationClaim } from "./truncation.ts"

/** The parallel network that was trained itself, beside the truncation that would have to explain it. */
function ownTrainingClaim(configurations: ReadonlyArray<Configuration>): Claim | undefined {
  const compared = configurations.flatMap((configuration) => {
    const found = together(configuration, {
      // Without a readout the truncation is scored on fewer images than the parallel network.
      own: (n) => (n.readout && n.parallel?.status === "finished" ? n.parallel.validation.accuracy : null),
      whole: (n) => accuracyOf(n, null, "trained"),
      cut: (n) => accuracyOf(n, 1, "trained")
    })
    return found === undefined ? [] : [{ configuration, ...found }]
  })
  if (compared.length === 0) return undefined
  const nearer = compared.filter((c) => Math.abs(c.own - c.whole) < Math.abs(c.cut - c.whole)).length
  const [own, whole, cut] = (["own", "whole", "cut"] as const).map((key) => mean(compared.map((c) => c[key])))
  const apart = most(nearer, compared.length)
  return {
    question: "Is a trained parallel network what the truncation predicts?",
    holds: apart === undefined ? undefined : !apart,
    sentence:
      `Mean validation accuracy${each(compared.map((c) => c.configuration))} is ${percent(whole)} % for sequential networks, ${percent(own)} % for parallel ones trained themselves, ${percent(cut)} % for the sequential networks' own T₀ + T₁: ` +
      `in ${nearer} of ${count(compared.length, "configuration")} the trained parallel network is closer to the sequential one than the truncation is` +
      (apart === true
        ? ". It reaches that by its own training, not because it is the first two terms of the other."
        : ".")
  }
}

function trainingClaim(configurations: ReadonlyArray<Configuration>): Claim | undefined {
  const compared = configurations.flatMap((c) => {
    if (c.seeds[0].moments.length < 2) return []
    const at = (moment: number) => (n: Expanded) => analysisAt(n, moment).exact[1].remainder
    return together(c, { before: at(0), after: at(-1) }) ?? []
  })
  if (compared.length === 0) return undefined
  const better = compared.filter(({ before, after }) => after < before).length
  const ratio = exp(mean(compared.map(({ before, after }) => log(after / before))))
  const before = compared.map((c) => c.before)
  const after = compared.map((c) => c.after)
  return {
    question: "Does training bring the networks nearer to their truncation?",
    holds: most(better, compared.length),
    sentence: `From initial values to the end of training R₁ falls in ${better} of ${count(compared.length, "configuration")} (${range(before, significant)} before, ${range(after, significant)} after; its geometric mean is ${significant(ratio)} times what it was).`
  }
}

function axisClaims(configurations: ReadonlyArray<Configuration>): ReadonlyArray<Claim> {
  const R1 = (c: Configuration) => exactAt(c, 1, (o) => o.remainder) ?? Number.NaN
  const finite = ({ networks, over }: Series): Series => ({
    networks: networks.filter((c) => Number.isFinite(R1(c))),
    over
  })
  const claim = (
    question: string,
    { networks, over }: Series,
    at: (c: Configuration) => string
  ): ReadonlyArray<Claim> => {
    if (networks.length < 2) return []
    const steps = networks.slice(1).map((c, i) => R1(c) > R1(networks[i]))
    const holds = steps.every((up) => up) ? true : steps.every((up) => !up) ? false : undefined
    const values = list(networks.map((c) => `${significant(R1(c))} at ${at(c)}`))
    return [{ question, holds, sentence: `R₁ is ${values}${over === "" ? "" : ` (${over})`}.` }]
  }
  const datasets = distinct(configurations.map((c) => c.dataset))
  return datasets.flatMap((dataset) => {
    const own = configurations.filter((c) => c.dataset === dataset)
    const where = datasets.length > 1 ? `${dataset}, ` : ""
    const filters = finite(filterSeries(own, dataset))
    const q = (c: Configuration) => significant(average(c, (n) => n.metrics?.overdetermination) ?? Number.NaN)
    return [
      ...distinct(own.map((c) => c.network.activation)).flatMap((activation) =>
        claim(
          `Does the truncation get worse with depth (${where}${activation})?`,
          finite(layerSeries(own, dataset, activation)),
          (c) => count(c.network.layers, "layer")
        )
      ),
      ...filters.networks
        .slice(0, 1)
        .flatMap(({ network }) =>
          claim(
            `Does it get worse with filters, that is with smaller Q (${where}${count(network.layers, "layer")}, ${network.activation})?`,
            filters,
            (c) => `${count(c.network.filters, "filter")} (Q ${q(c)})`
          )
        )
    ]
  })
}

/** Which part of what is left comes from products of Jacobians, which from masks and curvature. */
function sourceClaim(configurations: ReadonlyArray<Configuration>): Claim | undefined {
  const pairs = configurations.flatMap(
    (c) => together(c, { bent: (n) => spectrumAt(n, 1)?.bent, products: (n) => spectrumAt(n, 1)?.remainder }) ?? []
  )
  if (pairs.length === 0) return undefined
  const larger = pairs.filter(({ products, bent }) => products > bent).length
  const flips = configurations.flatMap((c) => average(c, largestFlip) ?? [])
  const masks =
    flips.length === 0
      ? ""
      : ` In the layer where it is most, ${range(
          flips.map((f) => 100 * f),
          (v) => `${significant(v)} %`
        )} of the ReLU masks flip where layers see x.`
  const [products, bent] = [pairs.map((p) => p.products), pairs.map((p) => p.bent)]
  return {
    question: "Is it the products of layers that the truncation misses, rather than flipped masks or curvature?",
    holds: most(larger, pairs.length),
    sentence: `With the layers linearized where they are passed, the orders from the second on make ${range(products, significant)} of ‖H − x‖, while T₁ differs from its linearized part e₁ by ${range(bent, significant)}; the first is larger in ${larger} of ${count(pairs.length, "configuration")}.${masks}`
  }
}

function largestFlip(network: Expanded): number | null {
  const shares = last(network).strength?.perBlock.flatMap((block) => block.flippedAtInput ?? []) ?? []
  return shares.length === 0 ? null : Math.max(...shares)
}

function strengthClaim(configurations: ReadonlyArray<Configuration>): Claim | undefined {
  const at = (moment: number) => configurations.flatMap((c) => average(c, (n) => strengthAt(n, moment)) ?? [])
  const trained = at(-1)
  if (trained.length === 0) return undefined
  const weak = trained.filter((value) => value < 1).length
  const before =
    configurations[0].seeds[0].moments[0].epoch === 0 ? `; before training it is ${range(at(0), significant)}` : ""
  return {
    question: "Are the layers weak enough for a first-order expansion, N·max‖J‖ < 1?",
    holds: most(weak, trained.length),
    sentence: `After training N·max‖J‖ is ${range(trained, significant)}, below 1 in ${weak} of ${count(trained.length, "configuration")}${before}.`
  }
}

/** All four begin with a fresh optimizer, so that only weights and architecture differ. */
function continuedClaims(configurations: ReadonlyArray<Configuration>): ReadonlyArray<Claim> {
  const score = (kind: Parameters<typeof continuedScores>[1], when: "start" | "end") => (n: Expanded) =>
    continuedScores(n, kind)?.[when].validationAccuracy
  const ways = [
    ["sequential", "parallel", "sequential → parallel"],
    ["parallel", "sequential", "parallel → sequential"]
  ] as const
  return ways.flatMap(([from, to, kind]) => {
    const compared = configurations.flatMap((configuration) => {
      const found = together(configuration, {
        start: score(kind, "start"),
        moved: score(kind, "end"),
        stayed: score(from, "end"),
        own: score(to, "end")
      })
      return found === undefined ? [] : [found]
    })
    if (compared.length === 0) return []
    const level = compared.filter((r) => r.moved >= r.stayed - cost).length
    const at = (key: "start" | "moved" | "stayed" | "own") => percent(mean(compared.map((r) => r[key])))
    return [
      {
        question: `Can a ${to} network go on from trained ${from} weights?`,
        holds: most(level, compared.length),
        sentence: `It starts at ${at("start")} % validation accuracy and after ${moreEpochs(configurations)} has ${at("moved")} %, on average; the ${from} network that went on as it was, with a fresh optimizer like the other, has ${at("stayed")} %, the ${to} one that was ${to} all along ${at("own")} %. It is at most ${points(cost)} below the first in ${level} of ${count(compared.length, "configuration")}.`
      }
    ]
  })
}

/** The answer in one sentence, from what the others found. */
function headline(
  equivalences: ReadonlyArray<Equivalence>,
  truncation: Claim,
  classify: Claim | undefined,
  own: Claim | undefined
): Claim {
  const question = "Does the truncation explain how near parallel networks come to sequential ones?"
  const answers = [truncation, classify, own].map((claim) => claim?.holds)
  const near = howNear(equivalences)
  if (answers.every((holds) => holds === true)) {
    const sentence = `The first two terms hold the trained networks, classify as well, and are where trained parallel networks end up. ${near} is what the truncation says.`
    return { question, holds: true, sentence }
  }
  if (answers.every((holds) => holds === false)) {
    const sentence = `Not here: the first two terms leave much of the trained sequential networks out and classify worse, and the parallel networks do what they do by their own training. ${near} is not because one approximates the other, weight for weight.`
    return { question, holds: false, sentence }
  }
  const names = [
    "hold the trained networks",
    "classify as well through the trained dense layer",
    "are where trained parallel networks end up"
  ]
  const say = (wanted: boolean | undefined) => names.filter((_, i) => answers[i] === wanted)
  const parts = [
    ...(say(true).length > 0 ? [`the first two terms ${list(say(true))}`] : []),
    ...(say(false).length > 0 ? [`they do not ${list(say(false).map(negated), "or")}`] : []),
    ...(say(undefined).length > 0 ? [`whether they ${list(say(undefined), "or")} cannot be told`] : [])
  ]
  const sentence = `${parts.join("; ")}.`
  return { question, holds: undefined, sentence: capital(sentence) }
}

/** What there is to explain, by the tests. */
function howNear(equivalences: ReadonlyArray<Equivalence>): string {
  const found = new Set(equivalences.map(({ finding }) => finding))
  if (found.size === 1 && found.has("equal")) return "That they are about equal"
  if (found.size === 1 && found.has("different")) return "They differ; how near they come"
  return "Whether they differ is open; how near they come"
}

const negated = (name: string) => name.replace("are where trained", "say where trained")

/** `trials`: the sequential networks and the parallel ones beside them, also those that are missing. */
export function expansionClaims(
  trials: ReadonlyArray<Trial>,
  configurations: ReadonlyArray<Configuration>
): ReadonlyArray<Claim> {
  if (configurations.length === 0) return []
  const truncation = truncationClaim(configurations)
  const classify = classifyClaim(configurations)
  const own = ownTrainingClaim(configurations)
  const equivalences = equivalencesOf(trials)
  const claims = [
    headline(equivalences, truncation, classify, own),
    ...equivalences.map(({ claim }) => claim),
    truncation,
    classify,
    retrainedClaim(configurations),
    own,
    trainingClaim(configurations),
    ...axisClaims(configurations),
    sourceClaim(configurations),
    strengthClaim(configurations),
    ...continuedClaims(configurations)
  ]
  return claims.filter((claim) => claim !== undefined)
}
