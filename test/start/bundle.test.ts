/** Programs start out of bundles: never out of one that is not what the sources are, and with the sources' own messages. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ALONE, executed, makeProject, openProject, type Project, repository } from "../support/project.ts"

const store = join(repository, "node_modules/.pipeline/bundles")

/** The bundle that is noted for a project's command line; undefined if none is. */
function bundleOf({ root }: Project): string | undefined {
  for (const name of readdirSync(join(store, "roots")).filter((name) => /^cli-\w+\.json$/.test(name))) {
    const { bundle, states } = JSON.parse(readFileSync(join(store, "roots", name), "utf8"))
    if (states.some(([path]: [string]) => path.startsWith(`${root}/`))) return join(store, bundle)
  }
  return undefined
}

/** Lets the command start until its bundle is noted: before, the note may be of a test that had this folder earlier. */
async function bundled(project: Project): Promise<string> {
  for (let i = 0; i < 3; i++) {
    await project.run(["config"])
    const bundle = bundleOf(project)
    if (bundle !== undefined) return bundle
  }
  throw new Error("no bundle is noted")
}

const studies = async (project: Project) => (await project.run(["list"])).stdout

test("an edit is seen at once, even one that leaves a file's size and time as they were", async () => {
  const project = makeProject(ALONE)
  const path = project.path("pipeline/pipeline.ts")
  utimesSync(path, 1e9, 1e9)
  await bundled(project)
  expect(await studies(project)).toContain("Which words occur how often?")
  project.edit("pipeline/pipeline.ts", "Which words occur", "Which verbs occur")
  utimesSync(path, 1e9, 1e9)
  expect(await studies(project)).toContain("Which verbs occur how often?")
  project.write(
    "pipeline/config.ts",
    `import { defineConfig } from "../src/run/config.ts"\nexport default defineConfig({ jobs: 3 })`
  )
  expect((await project.run(["config"])).stdout).toMatch(/jobs +3/)
  project.remove("pipeline/config.ts")
  expect((await project.run(["config"])).stdout).not.toMatch(/jobs +3/)
})

test("a copy elsewhere takes the same bundle, with its own files", async () => {
  const [one, other] = [makeProject(ALONE), makeProject({ ...ALONE, folder: "über 'there'" })]
  expect(await bundled(one)).toBe(await bundled(other))
  other.write("texts/fox.txt", "quite another text")
  const first = await one.json(["run"])
  expect(executed(await other.json(["run"])).toSorted()).toEqual(executed(first).toSorted())
  expect((await other.digests())["read/fox:text"]).not.toBe((await one.digests())["read/fox:text"])
})

test("a bundle that is damaged is made anew", async () => {
  const project = makeProject(ALONE)
  const bundle = await bundled(project)
  const chunk = readdirSync(bundle).find((name) => /^list-.*\.js$/.test(name))!
  truncateSync(join(bundle, chunk), 100)
  expect(await studies(project)).toContain("Which words occur how often?")
  truncateSync(join(bundle, "index.js"), 0)
  expect(await studies(project)).toContain("Which words occur how often?")
})

test("where no bundle can be kept the sources run, with the same keys", async () => {
  const project = makeProject(ALONE)
  await bundled(project)
  await project.json(["run"])
  project.remove("node_modules")
  mkdirSync(project.path("node_modules"))
  for (const name of readdirSync(join(repository, "node_modules")).filter((name) => !name.startsWith(".")))
    symlinkSync(join(repository, "node_modules", name), project.path("node_modules", name))
  project.write("node_modules/.pipeline", "a file where the bundles' folder would be")
  expect(executed(await openProject(project.root).json(["run"]))).toEqual([])
  expect(project.read("node_modules/.pipeline")).toContain("a file where")
})

test("places in messages and logs are those of the sources", async () => {
  const project = makeProject(ALONE)
  const compute = project.read("pipeline/compute/read.ts").split("\n").length
  project.edit(
    "pipeline/pipeline.ts",
    'compute: () => compute("read")',
    'compute: () => new URL("./compute/read.ts", import.meta.url)'
  )
  project.write(
    "pipeline/compute/read.ts",
    `${project.read("pipeline/compute/read.ts").replace("export default", "const old =")}
export default () => { throw new TypeError("not like this") }`
  )
  await bundled(project)
  const failed = await project.run(["run"])
  expect(failed.code).toBe(1)
  const [name] = readdirSync(project.path(project.logs, "read"))
  expect(project.read(join(project.logs, "read", name))).toContain(`pipeline/compute/read.ts:${compute + 1}:`)
  const line =
    project
      .read("pipeline/pipeline.ts")
      .split("\n")
      .findIndex((text) => text.includes("const words = ")) + 1
  project.edit("pipeline/pipeline.ts", "const words = ", "if (read) throw new Error('no further')\nconst words = ")
  const broken = await project.run(["list"])
  expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining(`(pipeline/pipeline.ts, line ${line})`)])
})
