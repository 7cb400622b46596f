/** Questions and what the results say to them: what is decided first, what is open for the same reason once. */
import { capital } from "./format.ts"

/** A question and what the results say to it. */
export interface Claim {
  readonly question: string
  /** What it is asked of, where a page asks the same of several: "learningRate=0.001". */
  readonly where?: string
  /** true: yes; false: no, the opposite holds; undefined: it cannot be told. */
  readonly holds: boolean | undefined
  readonly sentence: string
  /** Name of the figure behind it, on the same page. */
  readonly figure?: string
  /** Of an open one: why, and the numbers. Those of one reason become one. */
  readonly open?: { readonly why: string; readonly detail: string }
  /** Of an open one: it is told in part, such as that there is a difference, but not how large it is. */
  readonly partly?: true
}

/** An open claim: its reason, then its numbers. */
export const openClaim = (question: string, why: string, detail: string, figure?: string): Claim => ({
  question,
  holds: undefined,
  sentence: `${capital(why)}${detail === "" ? "" : `: ${detail}`}.`,
  open: { why, detail },
  ...(figure !== undefined && { figure })
})

/** A question with what it is asked of. */
export const questionText = ({ question, where }: Pick<Claim, "question" | "where">): string =>
  where === undefined ? question : `${where}: ${question}`

/** Decided claims first, in their order; then those told in part, then the open ones, those of the same reason in one. */
export function arranged(claims: ReadonlyArray<Claim>): ReadonlyArray<Claim> {
  const decided = claims.filter(({ holds }) => holds !== undefined)
  const partly = claims.filter((claim) => claim.partly === true)
  const groups = Map.groupBy(
    claims.filter(({ holds, partly }) => holds === undefined && partly !== true),
    (claim) => claim.open?.why ?? claim
  )
  return [...decided, ...partly, ...[...groups.values()].map(inOne)]
}

/** Open claims of one reason: each question once with all that it is asked of, then the numbers of each. */
function inOne(group: ReadonlyArray<Claim>): Claim {
  const [first] = group
  if (group.length === 1 || first.open === undefined) return first
  const everywhere = new Set(group.map(({ where }) => where))
  if (everywhere.size === 1) {
    const questions = [...new Set(group.map(({ question }) => question))].join(" ")
    const details = group.flatMap(({ open }) => (open === undefined || open.detail === "" ? [] : [open.detail]))
    const { where } = first
    return {
      ...openClaim(questions, first.open.why, details.join("; "), first.figure),
      ...(where !== undefined && { where })
    }
  }
  const questions = [...Map.groupBy(group, ({ question }) => question)].map(([question, own]) => {
    const places = own.flatMap(({ where }) => where ?? [])
    return places.length === 0 ? question : `${question} (${places.join("; ")})`
  })
  const details = group.flatMap(({ open, where }) =>
    open === undefined || open.detail === "" ? [] : [where === undefined ? open.detail : `${where}: ${open.detail}`]
  )
  return openClaim(questions.join(" "), first.open.why, details.join("; "), first.figure)
}

/** The file of a report that has its claims for other programs, and for the page of findings. */
export const CLAIMS = "claims.json"

export const answerOf = (holds: boolean | undefined): "yes" | "no" | "open" =>
  holds === undefined ? "open" : holds ? "yes" : "no"

export const claimsFile = (claims: ReadonlyArray<Claim>): string =>
  `${JSON.stringify(
    claims.map(({ holds, sentence, ...asked }) => ({
      question: questionText(asked),
      answer: answerOf(holds),
      sentence
    })),
    null,
    1
  )}\n`
