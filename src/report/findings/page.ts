/** The page of findings: the paper's questions, what the studies' claims say to each, what others' work predicts. */
import type { Claim } from "../page/claims.ts"
import { count, list } from "../page/format.ts"
import { type Block, renderPage, type Section, text } from "../page/page.ts"

/** A finding of others, and what it would predict here. */
export interface Neighbour {
  readonly source: string
  readonly predicts: string
}

export interface Question {
  readonly id: string
  readonly title: string
  /** What the paper says to it. */
  readonly claimed: string
  /** Studies that answer it, the most direct first. */
  readonly studies: ReadonlyArray<string>
  readonly neighbours: ReadonlyArray<Neighbour>
}

/** What a study's report claims, as its file `claims.json` has it. */
export interface Said {
  readonly question: string
  readonly answer: "yes" | "no" | "open"
  readonly sentence: string
}

export interface Findings {
  readonly title: string
  readonly lead: string
  readonly questions: ReadonlyArray<Question>
  /** Of the studies whose reports are there. */
  readonly claims: ReadonlyMap<string, ReadonlyArray<Said>>
}

/** Decided claims of one study that are told here; the study's page has all. */
const MOST = 3

const link = (study: string): string => `[${study}](${study}/index.html)`

const asClaim = ({ question, answer, sentence }: Said): Claim => ({
  question,
  holds: answer === "open" ? undefined : answer === "yes",
  sentence
})

/** How many of a study's claims are decided, then the first of these. */
function found(study: string, claims: ReadonlyArray<Said>): ReadonlyArray<Block> {
  const decided = claims.filter(({ answer }) => answer !== "open")
  if (decided.length === 0)
    return [text(`Found by ${link(study)}: nothing is decided yet, ${count(claims.length, "claim")} open.`)]
  const first = decided.length > MOST ? `; the first ${MOST}` : ""
  return [
    text(`Found by ${link(study)}, ${decided.length} of ${count(claims.length, "claim")} decided${first}:`),
    { kind: "claims", claims: decided.slice(0, MOST).map(asClaim) }
  ]
}

/** One question's part: what is claimed, what was found and how sure that is, what others' work would predict. */
export function blocksOf({ claimed, studies, neighbours }: Question, claims: Findings["claims"]): ReadonlyArray<Block> {
  const saidBy = (study: string) => claims.get(study) ?? []
  const away = studies.filter((study) => saidBy(study).length === 0)
  const predicted = neighbours.map(({ source, predicts }) => `${predicts} (${source})`).join("; ")
  return [
    text(`Claimed: ${claimed}`),
    ...studies.filter((study) => !away.includes(study)).flatMap((study) => found(study, saidBy(study))),
    ...(away.length === 0 ? [] : [text(`No results yet of ${list(away.map((study) => `\`${study}\``))}.`)]),
    text(`Others’ work would predict: ${predicted}.`)
  ]
}

/** Files of the page by path: index.html, index.md. */
export function findingsPage({
  title,
  lead,
  questions,
  claims
}: Findings): Promise<Readonly<Record<string, Uint8Array>>> {
  const sections = questions.map(
    (question): Section => ({
      id: question.id,
      title: question.title,
      blocks: blocksOf(question, claims)
    })
  )
  return renderPage({ title, lead, sections })
}
