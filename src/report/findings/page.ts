/** The page of findings: the paper's questions, what the studies' claims say to each, what others' work predicts. */
import { capital, count, list } from "../page/format.ts"
import { renderPage, type Section, text } from "../page/page.ts"

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

/** Decided claims of one study that the paragraph has in full; the study's page has all. */
const MOST = 3

const link = (study: string): string => `[${study}](${study}/index.html)`

/** "study: **question? yes.** sentence …" */
function found(study: string, claims: ReadonlyArray<Said>): string {
  const decided = claims.filter(({ answer }) => answer !== "open")
  const open = claims.length - decided.length
  const said = decided
    .slice(0, MOST)
    .map(({ question, answer, sentence }) => `${question} ${capital(answer)}. ${sentence}`)
  const rest = [
    ...(decided.length > MOST ? [`${decided.length - MOST} more decided`] : []),
    ...(open > 0 ? [`${open} open`] : [])
  ]
  const sure =
    decided.length === 0
      ? `nothing is decided yet (${count(open, "claim")} open)`
      : `${decided.length} of ${count(claims.length, "claim")} decided`
  const more = rest.length === 0 || decided.length === 0 ? "" : ` (${list(rest)}.)`
  return `${link(study)}, ${sure}${said.length === 0 ? "." : `: ${said.join(" ")}${more}`}`
}

/** One question's paragraphs: what is claimed, what was found and how sure that is, what others' work would predict. */
export function paragraphs(
  { claimed, studies, neighbours }: Question,
  claims: Findings["claims"]
): ReadonlyArray<string> {
  const there = studies.flatMap((study) => {
    const own = claims.get(study)
    return own === undefined || own.length === 0 ? [] : [found(study, own)]
  })
  const away = studies.filter((study) => (claims.get(study) ?? []).length === 0)
  const none = away.length === 0 ? "" : `No results yet of ${list(away.map((study) => `\`${study}\``))}.`
  return [
    `Claimed: ${claimed}`,
    there.length === 0 ? `Found: nothing yet. ${none}` : `Found: ${there.join(" ")}${none === "" ? "" : ` ${none}`}`,
    `Others’ work would predict: ${neighbours.map(({ source, predicts }) => `${predicts} (${source})`).join("; ")}.`
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
      blocks: paragraphs(question, claims).map(text)
    })
  )
  return renderPage({ title, lead, sections })
}
