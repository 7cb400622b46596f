/** The page of findings: whichever studies have results, and that what is committed says what their reports say. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import pipeline from "../../../pipeline/pipeline.ts"
import compute from "../../../pipeline/stages/compute/findings.ts"
import { claimsFileOf, type FindingsParameters, findings } from "../../../pipeline/stages/findings.ts"
import { withSummary } from "../../../src/cli/readme.js"
import { blocksOf, findingsPage, type Question, type Said } from "../../../src/report/findings/page.ts"
import { claimsFile } from "../../../src/report/page/claims.ts"
import { repository } from "../../support/project.ts"

const question: Question = {
  id: "equal",
  title: "Are they equal?",
  claimed: "they are.",
  studies: ["one", "two", "three"],
  neighbours: [{ source: "Somebody 2016", predicts: "they are not" }]
}
const say = (n: number, answer: Said["answer"]): Said => ({
  question: `Question ${n}?`,
  answer,
  sentence: `Sentence ${n}.`
})
const toldOf = (claims: Readonly<Record<string, ReadonlyArray<Said>>>) =>
  blocksOf(question, new Map(Object.entries(claims)))
    .slice(1, -1)
    .flatMap((block) =>
      block.kind === "claims"
        ? block.claims.map(({ question, holds, sentence }) => `${question} ${holds} ${sentence}`)
        : block.kind === "text"
          ? [block.text]
          : []
    )

test("what is decided is told with its study, what is open is counted, what has no results is named", () => {
  expect(toldOf({})).toEqual(["No results yet of `one`, `two` and `three`."])
  expect(toldOf({ two: [say(1, "yes"), say(2, "no"), say(3, "open")], three: [say(4, "open")] })).toEqual([
    "Found by [two](two/index.html), 2 of 3 claims decided:",
    "Question 1? true Sentence 1.",
    "Question 2? false Sentence 2.",
    "Found by [three](three/index.html): nothing is decided yet, 1 claim open.",
    "No results yet of `one`."
  ])
  const many = [1, 2, 3, 4, 5].map((n) => say(n, "yes"))
  expect(toldOf({ one: many, two: many, three: many }).slice(0, 4)).toEqual([
    "Found by [one](one/index.html), 5 of 5 claims decided; the first 3:",
    ...[1, 2, 3].map((n) => `Question ${n}? true Sentence ${n}.`)
  ])
})

test("the page links to the reports, and the README's summary to their Markdown", async () => {
  const claims = new Map([["one", [say(1, "yes")]]])
  const files = await findingsPage({ title: "Found", lead: "All.", questions: [question], claims })
  const text = (name: string) => new TextDecoder().decode(files[name])
  expect(text("index.html")).toContain('<a href="one/index.html">one</a>, 1 of 1 claim decided:')
  const readme = withSummary(
    "a\n<!-- findings: written by `npm run findings` -->\nold\n<!-- end of findings -->\nz",
    text("index.md")
  )
  expect(readme).toMatch(
    /^a\n<!--.*-->\n\nAll\.\n\n\*\*Are they equal\?\*\*\n\nClaimed: they are\.\n\nFound by \[one\]\(reports\/one\/index\.md\), 1 of 1 claim decided:\n\n- \*\*Question 1\? yes\.\*\*/
  )
  expect(readme).toMatch(/<!-- end of findings -->\nz$/)
  expect(readme).not.toContain("old")
})

test("a report's claims are what the page reads", async () => {
  const bytes = new TextEncoder().encode(
    claimsFile([{ question: "Is it?", where: "mnist", holds: undefined, sentence: "Who knows." }])
  )
  const context = { ...({} as Parameters<typeof compute>[0]), files: { [claimsFileOf("one")]: () => bytes } }
  const parameters: FindingsParameters = {
    ...{ title: "Found", lead: "All." },
    questions: [{ ...question, studies: ["one"], neighbours: [{ source: "Somebody 2016", predicts: "it is not" }] }]
  }
  const files = await compute({ ...context, parameters })
  expect(new TextDecoder().decode(files["index.md"])).toContain("nothing is decided yet, 1 claim open")
})

test("what is committed follows from the reports, and the README's summary from it: else `npm run findings`", async () => {
  const study = pipeline.studies.find(({ name }) => name === "findings")!
  const [node] = study.nodes()
  const parameters = node.parameters as unknown as FindingsParameters
  const paths = (findings.files?.(parameters) ?? []).filter((path) => existsSync(join(repository, path)))
  const files = Object.fromEntries(paths.map((path) => [path, () => readFileSync(join(repository, path))]))
  const page = await compute({ ...({} as Parameters<typeof compute>[0]), parameters, files })
  for (const name of ["index.html", "index.md"])
    expect(readFileSync(join(repository, "reports", name), "utf8"), name).toBe(new TextDecoder().decode(page[name]))
  const readme = readFileSync(join(repository, "README.md"), "utf8")
  expect(withSummary(readme, new TextDecoder().decode(page["index.md"]))).toBe(readme)
})
