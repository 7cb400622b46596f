/** `run --until decided`: claims get the seeds of their next look, as the study declares, and no more once they are decided. */
import { expect, test } from "vitest"
import { executed, type Line, makeProject } from "../support/project.ts"

/**
 * A study with a claim on each text, looked at with the words of 2, 4 and 6 numbers of letters (which stand for seeds): that
 * on "fox" is decided at the first look, that on "sea" at the second.
 */
function projectWithLooks() {
  const project = makeProject({ pipeline: "words" })
  project.edit(
    "pipeline/pipeline.ts",
    "export default",
    `const looks = [2, 4, 6]
const counted = (text: string, most: number) =>
  [1, 2, 3, 4, 5, 6].slice(0, most).map((letters) => count.node({ text, letters }, { name: \`\${text}-\${letters}\` }))
const all = () => ["fox", "sea"].flatMap((text) => counted(text, 6))
const decided: Readonly<Record<string, number>> = { fox: 2, sea: 4 }
const looking = defineStudy({
  name: "looking",
  title: "Which words are long?",
  settings: Schema.Struct({}),
  values: {},
  nodes: all,
  draw: () => ({
    ...{ of: 9, expected: 2, seed: 0 },
    drawn: [{ name: "foxes", probability: 0.25, nodes: counted("fox", 2) }]
  }),
  portions: () => all().map((node) => [node]),
  borrows: () => ["fox", "sea"].flatMap((text) => counted(text, 6).slice(2)),
  design: () => ({
    claims: ["fox", "sea"].map((name) => ({ name, nodes: (seeds) => counted(name, seeds) })),
    judge: async (read) =>
      ["fox", "sea"].map((text) => {
        const there = counted(text, 6).findIndex((node) => read(node, "counts") === undefined)
        const seeds = there < 0 ? 6 : there
        const done = seeds >= decided[text]
        return { verdict: done ? "equal" : "open", next: done ? undefined : looks.find((look) => look > seeds) }
      })
  })
})

export default`
  )
  project.edit("pipeline/pipeline.ts", "studies: [words]", "studies: [words, looking]")
  return project
}

const counts = (lines: ReadonlyArray<Line>) => executed(lines).filter((name) => name.startsWith("count/"))
const claims = (lines: ReadonlyArray<Line>) =>
  lines.flatMap(({ type, claim, verdict, next }) => (type === "claim" ? [`${claim} ${verdict} ${next}`] : []))

test("each claim gets its next look until it is decided; plan says what the next looks need", async () => {
  const project = projectWithLooks()
  expect(claims(await project.json(["plan", "looking"]))).toEqual(["fox open 2", "sea open 2"])

  const planned = await project.run(["plan", "looking"])
  expect(planned.stdout).toContain("1 of 9 configurations are drawn (2 expected, draw 0), each with all its networks")
  expect(planned.stdout).toMatch(/ {2}foxes {2}p 0\.250 +2 of 2 trials to run/)

  const first = await project.json(["run", "looking"])
  expect(counts(first).sort()).toEqual(["count/fox-1", "count/fox-2", "count/sea-1", "count/sea-2"])
  const { stdout } = await project.run(["plan", "looking"])
  expect(stdout).toMatch(/1 of 2 claims need no more seeds; the next looks at the others:\n {2}sea {5}2 nodes/)

  const lines = await project.json(["run", "looking", "--until", "decided"])
  expect(counts(lines).sort()).toEqual(["count/sea-3", "count/sea-4"])
  expect(claims(lines)).toEqual(["fox equal null", "sea open 4", "fox equal null", "sea equal null"])
  // Decided, they get no more.
  expect(counts(await project.json(["run", "looking", "--until", "decided"]))).toEqual([])
})

test("a budget stops between looks, and the claim is then open; the next one goes on there", async () => {
  const project = projectWithLooks()
  const lines = await project.json(["run", "looking", "--until", "decided", "--budget", "5 trials"])
  expect(counts(lines)).toHaveLength(5)
  expect(claims(lines).at(-1)).toBe("sea open 4")
  expect(counts(await project.json(["run", "looking", "--until", "decided"]))).toHaveLength(1)
})

test("what has no claims, and other words, are refused", async () => {
  const project = projectWithLooks()
  expect(await project.run(["run", "words", "--until", "decided"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("words declares no claims that more seeds decide; those that do: looking")
  })
  expect(await project.run(["run", "looking", "--until", "bored"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--until 'bored': expected decided")
  })
})
