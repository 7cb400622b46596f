/** What the report on methods of training answers: for each size of the training set, as far as its trainings are there. */
import { exp } from "../../network/math.ts"
import type { Judgement } from "../../statistics/verdict.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { count, list, signed, significant } from "../page/format.ts"
import { type Measure, trainingLoss, validationAtEqualLoss, validationLoss } from "./measures.ts"
import { at, type Finished, lnLoss } from "./outcome.ts"
import { against, closeness, type Group, type Pooled, pooled, ways } from "./rows.ts"

export const MEASURES: ReadonlyArray<Measure> = [trainingLoss, validationLoss, validationAtEqualLoss]

/** What cannot be told, and why, in a few words. */
export function whyOpen({ verdict, family }: Judgement): string {
  if (verdict.kind !== "open") return ""
  const { why } = verdict
  switch (why.reason) {
    case "few seeds":
      return `a test needs ${count(why.needs, "seed")}`
    case "family":
      return `so few seeds cannot decide among ${count(family, "test")}, ${why.needs} can`
    case "coverage":
      return `${why.pairs} of ${count(why.of, "pair")} are there`
    case "correction":
      return `the correction for ${count(family, "test")} takes it back`
    case "ranks":
      return "the interval excludes zero, the ranks do not tell"
    case "not learned":
      return "too many networks have not learned"
    case "no interval":
      return "too few configurations have the same seeds"
    case "wide":
      return "the interval holds both no difference and more than the margin"
  }
}

export const openAt = (where: string, question: string, why: string, detail: string): Claim => ({
  ...openClaim(question, why, detail),
  where
})

export const isOpen = ({ verdict }: Judgement): boolean => verdict.kind === "open"

/** −1 or 1 where the difference is decided, and not to be within the margin; else 0. */
export const signOf = ({ verdict }: Judgement): number =>
  verdict.kind === "different" || verdict.kind === "different, by an open amount" ? verdict.sign : 0

/** Decided to be within the margin. */
export const isEqual = ({ verdict }: Judgement): boolean =>
  verdict.kind === "equal" || verdict.kind === "different, within the margin"

/** "0.42 (0.31 to 0.55)", of values or, where they are logarithms, of what they are logarithms of. */
export function withInterval({ mean, interval }: Pooled, of: (value: number) => string): string {
  return interval === undefined ? of(mean) : `${of(mean)} (${of(interval.low)} to ${of(interval.high)})`
}
export const factor = (ln: number): string => significant(exp(ln), 2)

/** "CG 0.42 (0.31 to 0.55); L-BFGS 0.40 (0.33 to 0.51)" */
const valuesText = (found: ReadonlyArray<Pooled>, of: (value: number) => string): string =>
  found.map((one) => `${one.method} ${withInterval(one, of)}`).join("; ")

/** A method against the usual one, as claims: the best of those that are tested, or none. */
function lower(group: Group, usual: string, equal: "passes" | "cost"): Claim {
  const where = group.title
  const question = `Does a method reach a lower training loss than ${usual} at equal ${equal}?`
  const found =
    equal === "passes" ? against(group, usual) : against(group, usual, (one, other) => atEqualCost(one, other))
  if (found.length === 0) return openAt(where, question, `no method has trainings beside ${usual}'s`, "")
  const sorted = found.toSorted((a, b) => a.mean - b.mean)
  const sentence = `As a multiple of ${usual}'s: ${valuesText(sorted, factor)}.`
  const ahead = found.filter((one) => signOf(one) < 0)
  if (ahead.length > 0)
    return { where, question, holds: true, sentence: `${list(ahead.map(({ method }) => method))}. ${sentence}` }
  if (found.every((one) => !isOpen(one))) return { where, question, holds: false, sentence }
  return { where, question, holds: undefined, sentence: `${sentence} ${openText(found)}` }
}

/** ln of the ratio of their training losses when the cheaper one has ended. */
function atEqualCost(one: Finished, other: Finished): number | undefined {
  const ends = [one, other].map(({ curve }) => curve.at(-1)?.seconds)
  if (ends[0] === undefined || ends[1] === undefined) return undefined
  const spent = Math.min(ends[0], ends[1])
  const [a, b] = [at(one.curve, "seconds", spent), at(other.curve, "seconds", spent)]
  return a && b && lnLoss(a.loss) - lnLoss(b.loss)
}

/** What is open, for each reason: "open: CG and L-BFGS (a test needs 9 seeds)". */
export function openReasons<P extends Pooled>(
  found: ReadonlyArray<P>,
  name: (one: P) => string = ({ method }) => method
): ReadonlyArray<string> {
  const open = [...Map.groupBy(found.filter(isOpen), whyOpen)]
  return open.map(([why, some]) => {
    const all = some.length > 1 && some.length === found.length
    return `open: ${all ? "all of them" : list(some.map(name))} (${why})`
  })
}

const openText = (found: ReadonlyArray<Pooled>): string => sentenceOf(openReasons(found)).trim()

/** Which architecture is ahead under each method: those of one answer in one sentence. */
export function ahead(group: Group, measure: Measure): Claim {
  const where = group.title
  const question = `Do deep and shallow networks differ in ${measure.title.replace(/^ln /, "")}?`
  const found = pooled(group, measure)
  if (found.length === 0) return openAt(where, question, "no method has pairs yet", "")
  const what = measure.title.startsWith("ln ")
    ? "Deep as a multiple of shallow"
    : `Deep less shallow${measure.unit ?? ""}`
  const deep = measure.better === "lower" ? -1 : 1
  const parts = [
    part(found, deep, "the deep are ahead under"),
    part(found, -deep, "the shallow are ahead under"),
    about(found)
  ].flat()
  const decided = found.filter((one) => !isOpen(one))
  const sentence = `${what}: ${valuesText(found, measure.say)}. ${sentenceOf(parts)}${openText(found)}`.trim()
  const holds = decided.some((one) => signOf(one) !== 0) ? true : decided.length === found.length ? false : undefined
  return { where, question, holds, sentence, figure: `contrasts-${measure.name}` }

  function part(some: ReadonlyArray<Pooled>, sign: number, words: string): ReadonlyArray<string> {
    const own = some.filter((one) => signOf(one) === sign)
    return own.length === 0 ? [] : [`${words} ${list(own.map(({ method }) => method))}`]
  }
}

function about(found: ReadonlyArray<Pooled>): ReadonlyArray<string> {
  const equal = found.filter(isEqual)
  return equal.length === 0 ? [] : [`they are about equal under ${list(equal.map(({ method }) => method))}`]
}

/** Parts of one sentence, and a space behind it. */
export const sentenceOf = (parts: ReadonlyArray<string>): string => {
  const text = parts.join("; ")
  return text === "" ? "" : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}. `
}

/** Does the equivalence get tighter: are pairs closer under other methods than under the usual one? */
export function tighter(group: Group, usual: string, measure: Measure): Claim {
  const what = measure.title.replace(/^ln /, "")
  const where = group.title
  const question = `Are deep and shallow closer in ${what} than under ${usual}?`
  const found = closeness(group, usual, measure)
  if (found.length === 0) return openAt(where, question, `no method has pairs beside ${usual}'s`, "")
  const sentence = `Their distance, |deep − shallow| of ${measure.title}${measure.unit ?? ""}, less that under ${usual}: ${valuesText(found, measure.title.startsWith("ln ") ? signed : measure.say)}.`
  const [closer, further] = [-1, 1].map((sign) => found.filter((one) => signOf(one) === sign))
  const parts = [
    ...(closer.length === 0 ? [] : [`closer under ${list(closer.map(({ method }) => method))}`]),
    ...(further.length === 0 ? [] : [`further apart under ${list(further.map(({ method }) => method))}`]),
    ...about(found).map((text) => text.replace("they are about equal", "about as far apart"))
  ]
  const decided = closer.length + further.length > 0 || !found.some(isOpen)
  return {
    where,
    question,
    // Of some closer and some further apart neither answer is true.
    holds: !decided || (closer.length > 0 && further.length > 0) ? undefined : closer.length > 0,
    sentence: `${sentence} ${sentenceOf(parts)}${openText(found)}`.trim(),
    figure: `contrasts-${measure.name}`
  }
}

/** Does it turn: is the architecture that is behind under the usual method ahead under another? */
export function turns(group: Group, usual: string): Claim {
  const where = group.title
  const question = `Is the other architecture ahead in training loss under another method than under ${usual}?`
  const found = pooled(group, trainingLoss)
  const common = found.find(({ method }) => method === usual)
  const others = found.filter(({ method }) => method !== usual)
  if (common === undefined || others.length === 0)
    return openAt(where, question, `no method has pairs beside ${usual}'s`, "")
  if (isOpen(common)) return openAt(where, question, `it is open which is ahead under ${usual}`, whyOpen(common))
  const turned = others.filter((one) => signOf(one) * signOf(common) < 0)
  const names = (some: ReadonlyArray<Pooled>) => list(some.map(({ method }) => method))
  if (turned.length > 0)
    return {
      where,
      question,
      holds: true,
      sentence: `Under ${names(turned)}, both differences decided, with opposite signs.`
    }
  const open = others.filter(isOpen)
  if (open.length > 0) return { where, question, holds: undefined, sentence: openText(others) }
  return { where, question, holds: false, sentence: `Under none of ${names(others)}.` }
}

/** Another precision, other steps: do they come to what the method itself comes to? */
function otherWays(group: Group): ReadonlyArray<Claim> {
  const found = ways(group)
  if (found.length === 0) return []
  const values = found.map((one) => `${one.method} ${withInterval(one, factor)} of ${one.wayOf}'s`).join("; ")
  const names = (some: ReadonlyArray<Pooled>) => list(some.map(({ method }) => method))
  const [lower, higher] = [-1, 1].map((sign) => found.filter((one) => signOf(one) === sign))
  const parts = [
    ...(lower.length > 0 ? [`lower: ${names(lower)}`] : []),
    ...(higher.length > 0 ? [`higher: ${names(higher)}`] : []),
    ...(found.some(isEqual) ? [`about equal: ${names(found.filter(isEqual))}`] : []),
    ...openReasons(found)
  ]
  const differ = lower.length + higher.length > 0
  return [
    {
      where: group.title,
      question: "Do other ways of the same methods come to another training loss with the same passes?",
      holds: differ ? true : found.some(isOpen) ? undefined : false,
      sentence: `As multiples: ${values}. ${sentenceOf(parts).trim()}`
    }
  ]
}

/** For each group with pairs; those without are one open question. */
export function methodClaims(groups: ReadonlyArray<Group>, usual: string): ReadonlyArray<Claim> {
  return groups.flatMap((group) => {
    const pairs = group.cells.flatMap(({ series }) => series.flatMap((one) => one.pairs))
    if (pairs.length === 0) return [notRun(group)]
    return [
      lower(group, usual, "passes"),
      lower(group, usual, "cost"),
      ...MEASURES.map((measure) => ahead(group, measure)),
      tighter(group, usual, trainingLoss),
      tighter(group, usual, validationLoss),
      turns(group, usual),
      ...otherWays(group)
    ]
  })
}

/** What is asked of a group that has not run, with its price. */
export function notRun(group: Group): Claim {
  const missing = group.cells.flatMap(({ series }) =>
    series.flatMap(({ outcomes }) => outcomes.filter(({ metrics }) => metrics === undefined))
  )
  const seconds = missing.reduce((sum, { price }) => sum + price, 0)
  const price = `${count(missing.length, "training")}, about ${significant(seconds / 3600, 2)} core-hours`
  return openAt(group.title, "What of it?", "not run", price)
}
