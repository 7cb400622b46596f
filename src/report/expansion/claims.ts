/**
 * Does the truncation explain the equivalence? Each sentence is decided by a predicate over the networks, and says the
 * opposite where the opposite holds.
 */

import { exp, log } from "../../network/math.ts"
import { mean } from "../../statistics/statistics.ts"
import { distinct } from "../evidence/grid.ts"
import { count, list, percent, significant } from "../page/format.ts"
import type { Claim } from "../page/page.ts"
import {
  analysisAt,
  average,
  type Configuration,
  configurationName,
  continuedScores,
  exactAt,
  filterSeries,
  last,
  layerSeries,
  moreEpochs,
  readoutAt
} from "./rows.ts"

/** R_1 below which the first two terms are said to hold a network. */
export const enough = 0.1
/** Accuracy that a truncation may cost: the margin within which the studies call accuracies equal. */
export const cost = 0.005

const range = (values: ReadonlyArray<number>, show: (value: number) => string): string => {
  const [low, high] = [show(Math.min(...values)), show(Math.max(...values))]
  return low === high ? low : `${low} to ${high}`
}
const points = (value: number) =>
  `${percent(Math.abs(value))} ${percent(Math.abs(value)) === "1.0" ? "point" : "points"}`
const all = (part: number, whole: number): boolean | undefined =>
  part === whole ? true : part === 0 ? false : part * 2 === whole ? undefined : part * 2 > whole
const present = <T>(values: ReadonlyArray<T | null | undefined>): ReadonlyArray<T> =>
  values.filter((value): value is T => value !== null && value !== undefined)

function truncationClaim(configurations: ReadonlyArray<Configuration>): Claim {
  const left = present(configurations.map((c) => exactAt(c, 1, (o) => o.remainder)))
  const few = left.filter((value) => value < enough).length
  const beyond = left.filter((value) => value > 1).length
  const away = beyond === 0 ? "" : `; in ${beyond} of them T₀ + T₁ is further from H than x alone`
  return {
    question: "Do the first two terms hold the trained sequential networks?",
    holds: left.length === 0 ? undefined : all(few, left.length),
    sentence: `T₀ + T₁ leaves less than ${100 * enough} % of ‖H − x‖ over in ${few} of ${count(left.length, "configuration")} (R₁ ${range(left, significant)}${away}).`
  }
}

function classifyClaims(configurations: ReadonlyArray<Configuration>): ReadonlyArray<Claim> {
  const compared = configurations.flatMap((configuration) => {
    const at = (order: number | null, layer: "trained" | "retrained") => readoutAt(configuration, order, layer)
    const [whole, cut, wholeAgain, cutAgain] = [
      at(null, "trained"),
      at(1, "trained"),
      at(null, "retrained"),
      at(1, "retrained")
    ]
    if (whole === null || cut === null || wholeAgain === null || cutAgain === null) return []
    return [{ configuration, loss: whole - cut, lossAgain: wholeAgain - cutAgain, cut, cutAgain, wholeAgain }]
  })
  if (compared.length === 0) return []
  const cheap = compared.filter(({ loss }) => loss <= cost).length
  const cheapAgain = compared.filter(({ lossAgain }) => lossAgain <= cost).length
  const dearest = compared.reduce((a, b) => (b.loss > a.loss ? b : a))
  const dearestAgain = compared.reduce((a, b) => (b.lossAgain > a.lossAgain ? b : a))
  const regained = 1 - mean(compared.map((c) => c.lossAgain)) / mean(compared.map((c) => c.loss))
  return [
    {
      question: "Does the truncated network classify as well?",
      holds: all(cheap, compared.length),
      sentence: `Through the trained dense layer T₀ + T₁ costs at most ${points(cost)} of validation accuracy in ${cheap} of ${count(compared.length, "configuration")}; the dearest is ${points(dearest.loss)} (${configurationName(dearest.configuration)}), down to ${percent(dearest.cut)} %.`
    },
    {
      question: "Does it after the dense layer alone is trained again?",
      holds: all(cheapAgain, compared.length),
      sentence:
        `Against the whole network with its dense layer trained again too, T₀ + T₁ costs at most ${points(cost)} in ${cheapAgain} of ${compared.length}; the most is ${points(dearestAgain.lossAgain)} (${configurationName(dearestAgain.configuration)}). ` +
        (mean(compared.map((c) => c.loss)) > cost
          ? `Training the dense layer again wins back ${percent(Math.max(0, Math.min(1, regained)))} % of what the truncation costs on average: ${regained > 0.5 ? "most of the loss is that this layer was trained on something else" : "most of the loss is in the features themselves"}.`
          : "There was little to win back.")
    }
  ]
}

/** The parallel network that was trained itself, beside the truncation that would have to explain it. */
function ownTrainingClaim(configurations: ReadonlyArray<Configuration>): ReadonlyArray<Claim> {
  const compared = configurations.flatMap((c) => {
    const own = average(c, (n) => (n.parallel?.status === "finished" ? n.parallel.validation.accuracy : null))
    const whole = readoutAt(c, null, "trained")
    const cut = readoutAt(c, 1, "trained")
    return own === null || whole === null || cut === null ? [] : [{ own, whole, cut }]
  })
  if (compared.length === 0) return []
  const nearer = compared.filter((c) => Math.abs(c.own - c.whole) < Math.abs(c.cut - c.whole)).length
  const [own, whole, cut] = (["own", "whole", "cut"] as const).map((key) => mean(compared.map((c) => c[key])))
  return [
    {
      question: "Is a trained parallel network what the truncation predicts?",
      holds: nearer * 2 === compared.length ? undefined : nearer * 2 < compared.length,
      sentence:
        `Mean validation accuracy is ${percent(whole)} % for sequential networks, ${percent(own)} % for parallel ones trained themselves, ${percent(cut)} % for the sequential networks' own T₀ + T₁: ` +
        `in ${nearer} of ${count(compared.length, "configuration")} the trained parallel network is closer to the sequential one than the truncation is` +
        (nearer * 2 > compared.length
          ? ". It reaches that by its own training, not because it is the first two terms of the other."
          : ".")
    }
  ]
}

function trainingClaim(configurations: ReadonlyArray<Configuration>): ReadonlyArray<Claim> {
  const compared = configurations.flatMap((c) => {
    if (c.seeds[0].moments.length < 2) return []
    const at = (moment: number) => average(c, (n) => analysisAt(n, moment).exact[1].remainder)
    const [before, after] = [at(0), at(-1)]
    return before === null || after === null ? [] : [{ before, after }]
  })
  if (compared.length === 0) return []
  const better = compared.filter(({ before, after }) => after < before).length
  const holds = all(better, compared.length)
  const ratio = exp(mean(compared.map(({ before, after }) => log(after / before))))
  return [
    {
      question: "Does training bring the networks nearer to their truncation?",
      holds,
      sentence: `From initial values to the end of training R₁ falls in ${better} of ${count(compared.length, "configuration")} (${range(
        compared.map((c) => c.before),
        significant
      )} before, ${range(
        compared.map((c) => c.after),
        significant
      )} after; its geometric mean is ${significant(ratio)} times what it was).`
    }
  ]
}

function axisClaims(configurations: ReadonlyArray<Configuration>): ReadonlyArray<Claim> {
  const R1 = (c: Configuration) => exactAt(c, 1, (o) => o.remainder) ?? Number.NaN
  const claims: Array<Claim> = []
  const values = (own: ReadonlyArray<Configuration>, x: (c: Configuration) => number | string) =>
    list(own.map((c) => `${significant(R1(c))} at ${x(c)}`))
  const grows = (own: ReadonlyArray<Configuration>) => {
    const steps = own.slice(1).map((c, i) => R1(c) > R1(own[i]))
    return steps.every((up) => up) ? true : steps.every((up) => !up) ? false : undefined
  }
  for (const activation of distinct(configurations.map((c) => c.network.activation))) {
    const own = layerSeries(configurations, configurations[0].dataset, activation).filter((c) => Number.isFinite(R1(c)))
    // Two layers have no order above the second, in which everything is: the comparison starts where orders remain.
    if (own.length < 2) continue
    claims.push({
      question: `Does the truncation get worse with depth (${activation})?`,
      holds: grows(own),
      sentence: `R₁ is ${values(own, (c) => `${c.network.layers} layers`)}.`
    })
  }
  const filters = filterSeries(configurations, configurations[0].dataset).filter((c) => Number.isFinite(R1(c)))
  if (filters.length > 1) {
    const q = (c: Configuration) => significant(average(c, (n) => n.metrics?.overdetermination) ?? Number.NaN)
    claims.push({
      question: `Does it get worse with filters, that is with smaller Q (${count(filters[0].network.layers, "layer")}, ${filters[0].network.activation})?`,
      holds: grows(filters),
      sentence: `R₁ is ${values(filters, (c) => `${count(c.network.filters, "filter")} (Q ${q(c)})`)}.`
    })
  }
  return claims
}

/** Which part of what is left comes from products of Jacobians, which from masks and curvature. */
function sourceClaim(configurations: ReadonlyArray<Configuration>): ReadonlyArray<Claim> {
  const pairs = configurations.flatMap((c) => {
    const bent = average(c, (n) => last(n).frozen[1]?.bent)
    const products = average(c, (n) => last(n).frozen[1].remainder)
    return bent === null || products === null ? [] : [{ bent, products }]
  })
  if (pairs.length === 0) return []
  const products = pairs.filter((p) => p.products > p.bent).length
  const flips = present(configurations.map((c) => average(c, (n) => largestFlip(n))))
  const masks =
    flips.length === 0
      ? ""
      : ` In the layer where it is most, ${range(
          flips.map((f) => 100 * f),
          (v) => `${significant(v)} %`
        )} of the ReLU masks flip where layers see x.`
  return [
    {
      question: "Is it the products of layers that the truncation misses, rather than flipped masks or curvature?",
      holds: all(products, pairs.length),
      sentence: `With the layers linearized where they are passed, the orders from the second on make ${range(
        pairs.map((p) => p.products),
        significant
      )} of ‖H − x‖, while T₁ differs from its linearized part e₁ by ${range(
        pairs.map((p) => p.bent),
        significant
      )}; the first is larger in ${products} of ${count(pairs.length, "configuration")}.${masks}`
    }
  ]
}

const largestFlip = (network: Configuration["seeds"][number]): number | null => {
  const shares = present(last(network).perBlock.map((b) => b.flippedAtInput))
  return shares.length === 0 ? null : Math.max(...shares)
}

function strengthClaim(configurations: ReadonlyArray<Configuration>): Claim {
  const at = (moment: number) => configurations.map((c) => average(c, (n) => analysisAt(n, moment).strength[1])!)
  const trained = at(-1)
  const weak = trained.filter((value) => value < 1).length
  return {
    question: "Are the layers weak enough for a first-order expansion, N·max‖J‖ < 1?",
    holds: all(weak, trained.length),
    sentence: `After training N·max‖J‖ is ${range(trained, significant)}, below 1 in ${weak} of ${count(trained.length, "configuration")}; before training it is ${range(at(0), significant)}.`
  }
}

function continuedClaims(configurations: ReadonlyArray<Configuration>): ReadonlyArray<Claim> {
  const end = (c: Configuration, kind: Parameters<typeof continuedScores>[1], when: "start" | "end") =>
    average(c, (n) => continuedScores(n, kind)?.[when].validationAccuracy)
  const compare = (kind: "sequential → parallel" | "parallel → sequential") => {
    const [from, to] = kind.split(" → ") as ["sequential" | "parallel", "sequential" | "parallel"]
    const rows = configurations.flatMap((c) => {
      const [start, moved, stayed, own] = [
        end(c, kind, "start"),
        end(c, kind, "end"),
        end(c, from, "end"),
        end(c, to, "end")
      ]
      return start === null || moved === null || stayed === null || own === null ? [] : [{ start, moved, stayed, own }]
    })
    if (rows.length === 0) return []
    const level = rows.filter((r) => r.moved >= r.stayed - cost).length
    const average = (key: keyof (typeof rows)[number]) => percent(mean(rows.map((r) => r[key])))
    return [
      {
        question: `Can a ${to} network go on from trained ${from} weights?`,
        holds: all(level, rows.length),
        sentence: `It starts at ${average("start")} % validation accuracy and after ${moreEpochs(configurations)} has ${average("moved")} %, on average; the ${from} network trained on as it was has ${average("stayed")} %, the ${to} one that was ${to} all along ${average("own")} %. It is at most ${points(cost)} below the first in ${level} of ${count(rows.length, "configuration")}.`
      }
    ]
  }
  return [...compare("sequential → parallel"), ...compare("parallel → sequential")]
}

/** The answer in one sentence, from what the others found. */
function headline(others: {
  readonly truncation: Claim
  readonly classify: Claim | undefined
  readonly own: Claim | undefined
}): Claim {
  const { truncation, classify, own } = others
  const question = "Does the truncation explain the equivalence?"
  const held = [truncation, classify, own].map((claim) => claim?.holds)
  if (held.every((holds) => holds === true)) {
    const sentence =
      "The first two terms hold the trained networks, classify as well, and are where trained parallel networks end up."
    return { question, holds: true, sentence }
  }
  if (held.every((holds) => holds === false)) {
    const sentence =
      "Not here: the first two terms leave much of the trained sequential networks out and classify worse, and the parallel networks do what they do by their own training. What makes the two alike is not that one approximates the other, weight for weight."
    return { question, holds: false, sentence }
  }
  const names = [
    "hold the trained networks",
    "classify as well through the trained dense layer",
    "are where trained parallel networks end up"
  ]
  const say = (wanted: boolean | undefined) => names.filter((_, i) => held[i] === wanted)
  const parts = [
    ...(say(true).length > 0 ? [`The first two terms ${list(say(true))}`] : []),
    ...(say(false).length > 0
      ? [
          `they do not ${list(
            say(false).map((name) => name.replace("are where trained", "say where trained")),
            "or"
          )}`
        ]
      : []),
    ...(say(undefined).length > 0 ? [`whether they ${list(say(undefined), "or")} cannot be told`] : [])
  ]
  const sentence = `${parts.join("; ")}.`
  return { question, holds: undefined, sentence: sentence[0].toUpperCase() + sentence.slice(1) }
}

export function expansionClaims(configurations: ReadonlyArray<Configuration>): ReadonlyArray<Claim> {
  if (configurations.length === 0) return []
  const truncation = truncationClaim(configurations)
  const classify = classifyClaims(configurations)
  const own = ownTrainingClaim(configurations)
  return [
    headline({ truncation, classify: classify[0], own: own[0] }),
    truncation,
    ...classify,
    ...own,
    ...trainingClaim(configurations),
    ...axisClaims(configurations),
    ...sourceClaim(configurations),
    strengthClaim(configurations),
    ...continuedClaims(configurations)
  ]
}
